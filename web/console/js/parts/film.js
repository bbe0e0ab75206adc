/** The film of the call: its pictures in order, and under them the timeline of marks. Arrow keys go from picture to picture. */

import { h } from "../../../shared/js/dom.js";
import { stillAddress } from "../api.js";
import { nearest } from "../geometry.js";
import { say, seconds, t } from "../texts.js";
import { qualityPhrase } from "../words.js";
import { facesOf, legend, lineOf, markList, timeline } from "./timeline.js";

export class Film {
  /** @param {Object} call CallView with at least one still @param {import("../viewer.js").Viewer} viewer @param {import("../pictures.js").Pictures} pictures */
  constructor(call, viewer, pictures) {
    this.call = call;
    this.viewer = viewer;
    this.pictures = pictures;
  }

  draw() {
    const { call } = this;
    const head = h("h2", { id: "film-title" }, t("film.title"), h("small", { class: "soft" }, t("film.lead", { seconds: seconds(call.duration_ms), count: call.stills.length })));
    this.frames = call.stills.map((still, index) => this.#frame(still, index));
    this.strip = h("div", { class: "strip", role: "slider", tabindex: "0", "aria-label": t("film.slider"), "aria-valuemin": "1", "aria-valuemax": String(call.stills.length) }, this.frames);
    this.line = timeline(call, (ms) => this.viewer.pickStill(nearest(call.stills, ms)));
    this.update();
    return h("section", { class: "film", "aria-labelledby": "film-title" }, head, this.strip, this.line.element, facesOf(call), lineOf(call), legend(call.marks), markList(call.marks));
  }

  #frame(still, index) {
    const canvas = h("canvas", { width: String(still.width_px), height: String(still.height_px) });
    const rank = this.viewer.probes.indexOf(index);
    const badge = rank >= 0 && h("i", null, String(rank + 1));
    const frame = h("span", { class: "frame", onclick: () => this.viewer.pickStill(index) }, canvas, badge);
    this.pictures.get(stillAddress(still.id)).then(
      (image) => canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height),
      () => frame.classList.add("missing"),
    );
    return frame;
  }

  update() {
    const { still: here, stills, probes } = this.viewer;
    const still = stills[here];
    const values = { n: here + 1, count: stills.length, seconds: seconds(still.at_ms), quality: say(qualityPhrase(still.quality)) };
    this.frames.forEach((frame, index) => frame.classList.toggle("here", index === here));
    this.strip.setAttribute("aria-valuenow", String(here + 1));
    this.strip.setAttribute("aria-valuetext", t(probes.includes(here) ? "film.value_probe" : "film.value", values));
    this.line.cursor(still.at_ms);
    const frame = this.frames[here];
    this.strip.scrollTo({ left: frame.offsetLeft - this.strip.clientWidth / 2 + frame.offsetWidth / 2 });
  }

  /** @returns {{does: string, key: string, shown?: string, hidden?: boolean, run: Function}[]} */
  keys() {
    const step = (by) => () => this.viewer.step(by);
    return [
      { key: "ArrowRight", shown: t("key.arrows"), does: t("key.scrub"), run: step(1) },
      { key: "ArrowLeft", does: t("key.scrub"), hidden: true, run: step(-1) },
      { key: "Home", does: t("key.scrub"), hidden: true, run: () => this.viewer.pickStill(0) },
      { key: "End", does: t("key.scrub"), hidden: true, run: () => this.viewer.pickStill(this.frames.length - 1) },
    ];
  }
}
