/** A colleague's opinion, in words. */

import { h } from "../../../shared/js/dom.js";
import { t } from "../texts.js";

/** What a colleague proposed: the approver must know what they agree to. */
export function proposal({ proposal: proposed }) {
  if (!proposed) return null;
  const why = proposed.disposition === "refuse" ? h("p", null, t(`refuse.${proposed.because}`), " · ", proposed.text) : null;
  return h("section", { class: "proposal" }, h("b", null, t(`proposal.${proposed.disposition}`)), why);
}
