/** Live calls about a case: what the officer kept, and the signed protocol. */

import { h } from "../../../shared/js/dom.js";
import * as api from "../api.js";
import { moment, t } from "../texts.js";

/** @param {Object} view CaseView */
export function liveCalls(view) {
  if (!view.live_calls.length) return null;
  return h(
    "section",
    { class: "live-calls", "aria-labelledby": "live-calls" },
    h("h2", { id: "live-calls" }, t("live.calls")),
    view.live_calls.map((call) =>
      h(
        "div",
        null,
        h("p", null, moment(call.opened_at), " · ", call.protocol ? h("a", { href: api.protocolAddress(call.live_call_id), target: "_blank", rel: "noopener" }, t("live.protocol")) : t("live.no_protocol")),
        h("div", { class: "live-stills" }, call.stills.map((still) => h("img", { src: api.liveStillAddress(still.id), alt: t("live.still_at", { time: moment(still.taken_at) }), loading: "lazy" }))),
      ),
    ),
  );
}
