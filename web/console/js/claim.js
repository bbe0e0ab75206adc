/** An officer's hold on a case: taken when it is opened, kept by a heart-beat, given back when the page is left undecided. */

import * as api from "./api.js";

/** The server holds a claim five minutes; a sign of life each minute survives four that are lost. */
const BEAT_MS = 60_000;

export class Claim {
  #timer = null;
  #gone = () => this.giveBack();

  /** @param {string} id @param {(problem: Object) => void} lost hears that it ended */
  constructor(id, lost) {
    this.id = id;
    this.lost = lost;
  }

  async take() {
    this.decided();
    await api.claim(this.id);
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    window.addEventListener("pagehide", this.#gone);
  }

  async #beat() {
    try {
      await api.keepClaim(this.id);
    } catch (problem) {
      if (problem.code === "server_away") return; // the next beat may come in time
      this.decided();
      this.lost(problem);
    }
  }

  /** The decision ended it. */
  decided() {
    clearInterval(this.#timer);
    this.#timer = null;
    window.removeEventListener("pagehide", this.#gone);
  }

  giveBack() {
    if (!this.#timer) return;
    this.decided();
    api.giveBack(this.id).catch(() => null);
  }
}
