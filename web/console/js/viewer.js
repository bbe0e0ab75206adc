/** What an officer is looking at in one case: which reference, which picture of the call, how near. Tells the parts when it changes. */

const ZOOM_STEP = 1.25;
const ZOOM_MAX = 5;
/** A press of the space bar shorter than this keeps the reference; a longer one shows it only while held, ms. */
const SHORT_PRESS_MS = 250;

export class Viewer extends EventTarget {
  reference = 0;
  /** Index into the call's stills. */
  still = 0;
  view = { zoom: 1, x: 0, y: 0 };
  brightness = 1;
  /** The reference stands in the call's tile. */
  flicker = false;
  #pressedAt = null;
  #keptBefore = false;

  /** @param {Object} caseView CaseView */
  constructor(caseView) {
    super();
    this.references = caseView.references;
    this.stills = caseView.call?.stills ?? [];
    /** Indexes of the pictures that were compared, best first. */
    this.probes = this.stills
      .map((still, index) => ({ index, probe: still.probe, quality: still.quality ?? 0 }))
      .filter((still) => still.probe)
      .sort((a, b) => b.quality - a.quality)
      .map((still) => still.index);
    this.still = this.probes[0] ?? 0;
  }

  pickStill(index) {
    this.#change({ still: Math.max(0, Math.min(this.stills.length - 1, index)), flicker: false });
  }

  step(by) {
    if (this.stills.length) this.pickStill(this.still + by);
  }

  pickProbe(n) {
    if (n in this.probes) this.pickStill(this.probes[n]);
  }

  nextReference() {
    if (this.references.length > 1) this.#change({ reference: (this.reference + 1) % this.references.length });
  }

  zoom(direction) {
    const zoom = Math.min(ZOOM_MAX, Math.max(1, this.view.zoom * ZOOM_STEP ** direction));
    this.#change({ view: zoom === 1 ? { zoom, x: 0, y: 0 } : { ...this.view, zoom } });
  }

  /** Moves the picture, in shares of the tile's width. */
  pan(x, y) {
    const reach = this.view.zoom / 2;
    const within = (value) => Math.max(-reach, Math.min(reach, value));
    this.#change({ view: { zoom: this.view.zoom, x: within(this.view.x + x), y: within(this.view.y + y) } });
  }

  brighten(brightness) {
    this.#change({ brightness });
  }

  reset() {
    this.#change({ view: { zoom: 1, x: 0, y: 0 }, brightness: 1 });
  }

  toggleFlicker() {
    if (this.references.length && this.stills.length) this.#change({ flicker: !this.flicker });
  }

  /** The space bar goes down. @param {number} at ms */
  press(at) {
    if (this.#pressedAt !== null || !this.references.length || !this.stills.length) return;
    this.#pressedAt = at;
    this.#keptBefore = this.flicker;
    this.#change({ flicker: !this.flicker });
  }

  /** The space bar comes up: a short press keeps what it shows, a long one goes back. @param {number} at ms */
  release(at) {
    if (this.#pressedAt === null) return;
    const held = at - this.#pressedAt >= SHORT_PRESS_MS;
    this.#pressedAt = null;
    if (held) this.#change({ flicker: this.#keptBefore });
  }

  #change(what) {
    Object.assign(this, what);
    this.dispatchEvent(new Event("change"));
  }
}
