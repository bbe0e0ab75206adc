/** `<jm-face>`: one picture in a tile on neutral grey, upright and with the eyes where the neighbouring tile has them. */

import { place } from "../geometry.js";

class FaceTile extends HTMLElement {
  #image = null;
  #eyes = null;
  #view = { zoom: 1, x: 0, y: 0 };
  #brightness = 1;
  #queued = false;
  #canvas = document.createElement("canvas");
  #observer = new ResizeObserver(() => this.#queue());

  connectedCallback() {
    this.replaceChildren(this.#canvas);
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
  }

  /** @param {HTMLImageElement|null} image @param {[[number, number], [number, number]]|null} eyes @param {string} label */
  picture(image, eyes, label) {
    this.#image = image;
    this.#eyes = eyes;
    // Without a label it is decoration: whatever holds the tile says what it is.
    if (label) {
      this.#canvas.setAttribute("role", "img");
      this.#canvas.setAttribute("aria-label", label);
    } else this.#canvas.setAttribute("aria-hidden", "true");
    this.#queue();
  }

  /** @param {import("../geometry.js").View} view @param {number} brightness 1 as it is */
  look(view, brightness) {
    this.#view = view;
    this.#brightness = brightness;
    this.#queue();
  }

  #queue() {
    if (this.#queued) return;
    this.#queued = true;
    requestAnimationFrame(() => {
      this.#queued = false;
      this.#draw();
    });
  }

  #draw() {
    const tile = { width: this.clientWidth, height: this.clientHeight };
    if (!tile.width || !tile.height) return;
    const dense = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(tile.width * dense);
    this.#canvas.height = Math.round(tile.height * dense);
    const context = this.#canvas.getContext("2d");
    if (!this.#image) return;
    const picture = { width: this.#image.naturalWidth, height: this.#image.naturalHeight };
    context.scale(dense, dense);
    context.imageSmoothingQuality = "high";
    context.filter = this.#brightness === 1 ? "none" : `brightness(${this.#brightness})`;
    context.transform(...place(picture, this.#eyes, tile, this.#view));
    context.drawImage(this.#image, 0, 0);
  }
}

customElements.define("jm-face", FaceTile);
