/** The lanes at the left, with their counts. */

import { h } from "../../../shared/js/dom.js";
import { t } from "../texts.js";

/** Lanes in the order of the day; a new lane of the server is one more word here. */
export const LANES = ["live", "to_review", "to_approve", "call_back", "visit", "mail", "sample", "closed"];
/** Where the day begins. */
export const FIRST_LANE = "to_review";

/** @param {string} here lane that is open @param {Object<string, number>} counts */
export function rail(here, counts) {
  return h(
    "ul",
    null,
    LANES.map((lane, index) => {
      const count = counts[lane];
      const current = lane === here && "page";
      return h(
        "li",
        null,
        h(
          "a",
          { href: `#/queue/${lane}`, "aria-current": current, title: t("lane.key", { key: index + 1 }) },
          h("span", null, t(`lane.${lane}`)),
          count !== undefined && h("b", { class: count ? "count" : "count none", "aria-label": t("lane.count", { count }) }, String(count)),
        ),
      );
    }),
  );
}
