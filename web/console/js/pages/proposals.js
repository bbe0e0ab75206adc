/** Proposals to the paying side: the grounds first, then the decision of somebody else than who proposed. */

import { h } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { ask } from "../parts/forms.js";
import { icon } from "../parts/icons.js";
import { investigation, proposers } from "../parts/account.js";
import { date, t } from "../texts.js";
import { Place } from "./place.js";

const STATES = ["proposed", "approved", "acknowledged", "rejected", "withdrawn"];

export class ProposalsPage extends Place {
  title = "places.proposals";

  constructor(desk, state = "proposed") {
    super(desk);
    this.state = STATES.includes(state) ? state : "proposed";
  }

  ask = () => bureau.proposals(this.state);

  body() {
    return [
      h("p", { class: "soft" }, t("proposals.lead")),
      h("nav", { "aria-label": t("proposals.states") }, h("ul", { class: "tabs" }, STATES.map((state) => h("li", null, h("a", { href: `#/proposals/${state}`, "aria-current": state === this.state && "page" }, t(`proposal_state.${state}`)))))),
      this.data.length ? h("ul", { class: "proposals" }, this.data.map((one) => this.#card(one))) : h("section", { class: "empty" }, icon("cup"), h("h2", null, t("proposals.none")), h("p", { class: "soft" }, t("proposals.none_text"))),
    ];
  }

  #card(one) {
    return h("li", { class: "card" },
      h("h2", null, h("a", { href: `#/person/${one.beneficiary_id}` }, one.name), h("small", null, t(`proposal_kind.${one.kind}`))),
      h("dl", { class: "numbers" },
        fact("facts.due", date(one.due_on)),
        one.kind === "suspend" && fact("proposals.contacts", t("proposals.contacts_text", { attempts: one.attempts, channels: one.channels }))),
      one.investigation && h("section", { class: "found" }, h("h3", null, t("proposals.investigation")), investigation(one.investigation)),
      h("p", { class: "soft" }, proposers(one)),
      one.state === "proposed" && this.#decision(one));
  }

  #decision(one) {
    if (one.own) return h("p", { class: "held-by" }, t("proposals.own"));
    if (!this.may("approve")) return h("p", { class: "soft" }, t("proposals.not_yours"));
    return h("p", { class: "ends" },
      h("button", { class: "main grave", type: "button", onclick: () => this.#decide(one, true) }, t("proposals.approve")),
      h("button", { class: "tool", type: "button", onclick: () => this.#decide(one, false) }, t("proposals.reject")));
  }

  async #decide(one, approve) {
    const done = await ask({ desk: this.desk, grave: approve, title: t(approve ? "proposals.approve" : "proposals.reject"), lead: t(approve ? "proposals.approve_lead" : "proposals.reject_lead", { name: one.name }), go: t(approve ? "proposals.approve" : "proposals.reject"), work: () => bureau.decide(one.id, approve) });
    if (done) await this.fetch();
  }
}

const fact = (key, value) => h("div", null, h("dt", null, t(key)), h("dd", null, value));
