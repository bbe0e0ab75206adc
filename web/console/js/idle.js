/** Signs an officer out who has left the desk, and tells the server that one who is there is there. */

const CHECK_MS = 5_000;
/** How often the server hears of an officer at work, ms. */
const PING_MS = 5 * 60_000;
/** How long the question "are you still there?" stands, ms. */
const ASK_MS = 60_000;
const HANDS = ["pointerdown", "keydown", "wheel"];

export class Idle {
  #lastHand = Date.now();
  #lastPing = Date.now();
  #question = null;
  #timer;
  #noticed = () => {
    if (!this.#question) this.#lastHand = Date.now();
  };

  /**
   * @param {{minutes: number, ping: () => void, ask: () => {dialog: HTMLDialogElement, stayed: Promise<void>}, out: () => void}} how
   */
  constructor(how) {
    this.how = how;
    HANDS.forEach((kind) => document.addEventListener(kind, this.#noticed, { passive: true, capture: true }));
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  stop() {
    clearInterval(this.#timer);
    HANDS.forEach((kind) => document.removeEventListener(kind, this.#noticed, { capture: true }));
    this.#question?.dialog.remove();
  }

  #check() {
    const now = Date.now();
    const quiet = now - this.#lastHand;
    const limit = this.how.minutes * 60_000;
    if (quiet >= limit) {
      this.stop();
      this.how.out();
    } else if (quiet >= limit - ASK_MS && !this.#question) {
      this.#ask();
    } else if (this.#lastHand > this.#lastPing && now - this.#lastPing >= Math.min(PING_MS, limit / 4)) {
      this.#lastPing = now;
      this.how.ping();
    }
  }

  #ask() {
    this.#question = this.how.ask();
    this.#question.stayed.then(() => {
      this.#question = null;
      this.#lastHand = Date.now();
      this.#lastPing = this.#lastHand;
      this.how.ping();
    });
  }
}
