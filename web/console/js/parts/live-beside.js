/** What stands beside the picture of a live call: the reference, and what the machine sees, as sentences. */

import { h } from "../../../shared/js/dom.js";
import { t } from "../texts.js";
import { icon } from "./icons.js";

/** How much a sentence weighs: its drawing and its colour. */
const TONES = { match: "good", far: "against", good: "good", ahead: "good", several: "against", no_face: "open" };
const DRAWINGS = { good: "tick", against: "against", open: "open" };

/** @param {Object|null} seen LiveSeen @param {HTMLElement|null} tile the reference */
export function beside(seen, tile) {
  const rows = seen ? [["match", seen.comparison], ["picture", seen.picture], ["pose", seen.pose]] : [];
  return [
    h("figure", { class: "tile" }, h("div", { class: "ground" }, tile ?? h("p", { class: "note" }, t("live.no_reference"))), h("figcaption", null, t("live.reference"))),
    h(
      "section",
      { class: "seen", "aria-labelledby": "live-seen" },
      h("h2", { id: "live-seen" }, t("live.seen")),
      h("ul", null, rows.map(([what, word]) => row(what, word))),
      h("p", { class: "soft" }, t("live.seen_note")),
    ),
  ];
}

function row(what, word) {
  const tone = TONES[word] ?? "open";
  return h("li", { class: tone }, icon(DRAWINGS[tone]), h("span", null, t(`live.${what}.${word}`)));
}
