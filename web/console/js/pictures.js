/** Pictures of one case, each fetched once (every fetch is an audit event) and never kept longer than the page. */

export class Pictures {
  #pending = new Map();

  /** @param {string} address @returns {Promise<HTMLImageElement>} */
  get(address) {
    if (!this.#pending.has(address)) {
      const image = new Image();
      image.src = address;
      const decoded = image.decode().then(() => image);
      decoded.catch(() => this.#pending.delete(address));
      this.#pending.set(address, decoded);
    }
    return this.#pending.get(address);
  }
}
