/** Reference beside the call: two tiles at one scale, flicker, zoom, brightness. */

import { h, fill } from "../../../shared/js/dom.js";
import { referenceAddress, stillAddress } from "../api.js";
import { date, dayOf, say, seconds, t } from "../texts.js";
import { qualityPhrase, sourcePhrase, whyPhrase, yearsBetween, yearsPhrase } from "../words.js";
import "./face-tile.js";

export class Compare {
  /** @param {Object} caseView CaseView @param {import("../viewer.js").Viewer} viewer @param {import("../pictures.js").Pictures} pictures */
  constructor(caseView, viewer, pictures) {
    this.view = caseView;
    this.viewer = viewer;
    this.pictures = pictures;
  }

  draw() {
    this.which = h("span", null);
    this.left = tile(t("faces.reference"), this.viewer.references.length > 1 && this.#otherReference());
    this.right = tile(this.view.kind === "photo" ? t("faces.photo") : t("faces.probe"));
    this.state = h("span", { class: "flicker-state", "aria-live": "polite" });
    this.level = h("output", { class: "level" });
    this.flickerButton = tool(t("faces.flicker"), t("key.space"), () => this.viewer.toggleFlicker(), t("faces.flicker_title"));
    this.picks = h("div", { class: "picks", role: "group", "aria-label": t("faces.pick") }, this.#probeButtons());
    [this.left, this.right].forEach((side) => this.#draggable(side.face));
    this.element = h(
      "section",
      { class: "compare", "aria-label": t("faces.title") },
      h("div", { class: this.viewer.stills.length ? "tiles" : "tiles one" }, this.left.element, this.viewer.stills.length > 0 && [this.right.element, this.picks]),
      this.#toolbar(),
      this.view.kind !== "photo" && this.viewer.probes.length > 0 && h("p", { class: "soft why-frames" }, t("faces.why", { count: this.viewer.probes.length }), " ", this.whyThis = h("span", null)),
    );
    this.update();
    return this.element;
  }

  #toolbar() {
    const usable = this.viewer.references.length || this.viewer.stills.length;
    if (!usable) return null;
    const { viewer } = this;
    this.slider = h("input", { type: "range", min: "0.6", max: "2", step: "0.1", "aria-label": t("faces.brightness"), title: t("faces.brightness") });
    this.slider.addEventListener("input", () => viewer.brighten(Number(this.slider.value)));
    return h(
      "div",
      { class: "tools" },
      viewer.references.length > 0 && viewer.stills.length > 0 && [this.flickerButton, this.state],
      h("span", { class: "gap" }),
      tool("−", null, () => viewer.zoom(-1), t("faces.zoom_out")),
      this.level,
      tool("+", null, () => viewer.zoom(1), t("faces.zoom_in")),
      tool(t("faces.reset"), "0", () => viewer.reset()),
      h("span", { class: "sun", "aria-hidden": "true" }, "☀"),
      this.slider,
    );
  }

  #otherReference() {
    const label = t("faces.other_reference");
    return h("button", { class: "other", type: "button", title: label, onclick: (event) => press(event, () => this.viewer.nextReference()) }, h("span", { class: "unseen" }, label), this.which, h("kbd", null, "V"));
  }

  #probeButtons() {
    this.small = this.viewer.probes.slice(0, 4).map((index, n) => {
      const face = h("jm-face", { class: "small" });
      const still = this.viewer.stills[index];
      const label = t("faces.best", { n: n + 1 });
      const button = h("button", { type: "button", "aria-label": label, onclick: (event) => press(event, () => this.viewer.pickStill(index)) }, face, h("kbd", null, String(n + 1)));
      this.#load(face, stillAddress(still.id), still.eyes, "");
      return { button, index };
    });
    return this.small.map(({ button }) => button);
  }

  /** Puts the viewer's state on the screen. */
  update() {
    this.#drawReference();
    this.#drawStill();
    const { viewer } = this;
    [this.left, this.right].forEach((side) => side.face.look(viewer.view, viewer.brightness));
    this.small.forEach(({ button, index }) => button.setAttribute("aria-pressed", String(index === viewer.still)));
    this.flickerButton.setAttribute("aria-pressed", String(viewer.flicker));
    fill(this.state, viewer.flicker ? t("faces.showing_reference") : "");
    fill(this.level, t("faces.zoom_level", { percent: Math.round(viewer.view.zoom * 100) }));
    if (this.slider) this.slider.value = String(viewer.brightness);
  }

  #drawReference() {
    const reference = this.viewer.references[this.viewer.reference];
    if (!reference) return nothing(this.left, t("faces.none_reference"));
    fill(this.which, t("faces.which", { n: this.viewer.reference + 1, count: this.viewer.references.length }));
    const years = yearsBetween(reference.taken_on, this.view.call?.opened_at ?? this.view.opened_at);
    const between = years === null ? null : yearsPhrase(years);
    fill(
      this.left.about,
      reference.taken_on ? t("faces.taken", { date: date(reference.taken_on) }) : t("faces.taken_unknown"),
      " · ",
      say(sourcePhrase(reference.source)),
      between && h("span", { class: between.many ? "years many" : "years" }, say(between)),
    );
    return this.#load(this.left.face, referenceAddress(reference.id, this.view.id), reference.eyes, this.#referenceLabel(reference), this.left.note);
  }

  #referenceLabel(reference) {
    const when = reference.taken_on ? date(reference.taken_on) : dayOf(reference.enrolled_at);
    return t("faces.alt_reference", { name: this.view.beneficiary_name, date: when });
  }

  #drawStill() {
    const { viewer } = this;
    const still = viewer.stills[viewer.still];
    if (!still) return null;
    const quality = say(qualityPhrase(still.quality));
    const rank = viewer.probes.indexOf(viewer.still);
    fill(
      this.right.about,
      [this.view.call.duration_ms > 0 && t("faces.at", { seconds: seconds(still.at_ms) }), quality].filter(Boolean).join(" · "),
      h("span", null, rank >= 0 ? t("faces.best", { n: rank + 1 }) : t("faces.from_film")),
    );
    if (this.whyThis) fill(this.whyThis, say(whyPhrase(still, rank)));
    this.right.element.classList.toggle("flickering", viewer.flicker);
    const reference = viewer.references[viewer.reference];
    if (viewer.flicker && reference) {
      return this.#load(this.right.face, referenceAddress(reference.id, this.view.id), reference.eyes, t("faces.alt_flicker"), this.right.note);
    }
    const label = t("faces.alt_probe", { name: this.view.beneficiary_name, seconds: seconds(still.at_ms), quality });
    return this.#load(this.right.face, stillAddress(still.id), still.eyes, label, this.right.note);
  }

  async #load(face, address, eyes, label, note = null) {
    face.wanted = address;
    try {
      const image = await this.pictures.get(address);
      if (face.wanted !== address) return;
      face.picture(image, eyes, label);
      if (note) fill(note, eyes ? "" : t("faces.not_aligned"));
    } catch {
      if (face.wanted !== address) return;
      face.picture(null, null, t("error.picture"));
      if (note) fill(note, t("error.picture"));
    }
  }

  #draggable(face) {
    face.addEventListener("pointerdown", (event) => face.setPointerCapture(event.pointerId));
    face.addEventListener("pointermove", (event) => {
      if (!face.hasPointerCapture(event.pointerId) || this.viewer.view.zoom === 1) return;
      this.viewer.pan(event.movementX / face.clientWidth, event.movementY / face.clientWidth);
    });
    face.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.viewer.zoom(event.deltaY < 0 ? 1 : -1);
    });
    face.addEventListener("dblclick", () => this.viewer.zoom(2));
  }
}

function tile(title, beside = null) {
  const face = h("jm-face");
  const about = h("p", { class: "about" });
  const note = h("p", { class: "note", role: "status" });
  const element = h("figure", { class: "tile" }, h("figcaption", null, h("span", { class: "title" }, h("b", null, title), beside), about), h("div", { class: "ground" }, face, note));
  return { element, face, about, note };
}

function nothing(side, text) {
  side.face.picture(null, null, text);
  fill(side.about, "");
  fill(side.note, text);
}

function tool(text, key, run, title = null) {
  return h("button", { class: "tool", type: "button", title, "aria-label": key ? null : title, onclick: (event) => press(event, run) }, text, key && h("kbd", null, key));
}

/** After a click the focus leaves the button, so that the space bar flickers again instead of pressing it anew. */
function press(event, run) {
  run();
  if (event.detail) event.currentTarget.blur();
}
