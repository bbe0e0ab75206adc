/** The schemes side by side: what holds now, what held, what somebody proposes; a change takes two people and a day to come. */

import { h } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { ask } from "../parts/forms.js";
import { date, dayOf, number, t } from "../texts.js";
import { countyToday } from "../words.js";
import { Place } from "./place.js";

/** Terms in the order of the table. */
const TERMS = ["cycle_months", "anchor", "anchor_on", "month_end", "early_days", "grace_days", "notice_days", "contact_attempts_min", "channels_min", "back_pay"];

export class SchemesPage extends Place {
  title = "places.schemes";
  ask = () => bureau.schemes();

  body() {
    const versions = this.data.filter((one) => one.state !== "rejected");
    const rejected = this.data.filter((one) => one.state === "rejected");
    return [
      h("p", { class: "soft" }, t("schemes.lead")),
      h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": t("places.schemes") }, h("table", { class: "queue schemes", "aria-label": t("places.schemes") },
        h("thead", null, h("tr", null, h("td", null), versions.map((one) => h("th", { scope: "col", class: one.state === "proposed" ? "proposed" : one.in_force ? "in-force" : "" }, name(one), this.#head(one))))),
        h("tbody", null, TERMS.map((term) => h("tr", null, h("th", { scope: "row" }, t(`term.${term}`)), versions.map((one) => cell(one, before(versions, one), term)))),
          h("tr", null, h("th", { scope: "row" }, t("schemes.people")), versions.map((one) => h("td", null, number(one.people)))),
          h("tr", null, h("th", { scope: "row" }, t("schemes.who")), versions.map((one) => h("td", null, who(one))))))),
      rejected.length > 0 && h("p", { class: "soft" }, t("schemes.rejected", { count: rejected.length })),
    ];
  }

  #head(one) {
    const state = one.state === "proposed" ? t("schemes.waits") : one.in_force ? t("schemes.in_force") : t("schemes.not_now");
    return [
      h("small", null, t("schemes.version", { version: one.version }), " · ", one.effective_from === "1900-01-01" ? t("schemes.from_start") : t("schemes.from", { date: date(one.effective_from) })),
      h("small", { class: "state" }, state),
      one.state === "proposed" && this.#decision(one),
      one.in_force && this.may("propose_policy") && h("button", { class: "tool", type: "button", onclick: () => this.#propose(one) }, t("schemes.propose")),
    ];
  }

  #decision(one) {
    if (one.own) return h("small", null, t("schemes.own"));
    if (!this.may("approve_policy")) return null;
    return h("span", { class: "ends" },
      h("button", { class: "tool", type: "button", onclick: () => this.#decide(one, true) }, t("schemes.approve")),
      h("button", { class: "tool", type: "button", onclick: () => this.#decide(one, false) }, t("schemes.reject")));
  }

  async #decide(one, approve) {
    const key = approve ? "schemes.approve" : "schemes.reject";
    const done = await ask({ desk: this.desk, grave: approve, title: t(key), lead: t("schemes.decide_lead", { name: one.terms.name, version: one.version, date: date(one.effective_from) }), go: t(key), work: () => bureau.decideScheme({ name: one.terms.name, version: one.version, approve }) });
    if (done) await this.fetch();
  }

  async #propose(one) {
    const { terms } = one;
    const count = (term, max) => ({ name: term, label: t(`term.${term}`), kind: "number", value: String(terms[term]), min: "0", max: String(max) });
    const tomorrow = countyToday(Date.now() + 86_400_000);
    const done = await ask({
      desk: this.desk, grave: true, title: t("schemes.propose_title", { name: terms.name }), lead: t("schemes.propose_lead"), go: t("schemes.propose_go"),
      fields: [
        { name: "effective_from", label: t("schemes.effective"), kind: "date", min: tomorrow, hint: t("schemes.effective_hint") },
        count("cycle_months", 60), count("grace_days", 366),
        { name: "notice_days", label: t("term.notice_days"), value: terms.notice_days.join(" "), hint: t("schemes.days_hint") },
        count("contact_attempts_min", 50), count("channels_min", 5),
        { name: "month_end", label: t("term.month_end"), kind: "check", value: terms.month_end },
        { name: "back_pay", label: t("term.back_pay"), kind: "check", value: terms.back_pay },
      ],
      work: (values) => bureau.proposeScheme({ effective_from: values.effective_from, terms: changed(terms, values) }),
    });
    if (done) await this.fetch();
  }
}

/** The terms with what the form says. */
export function changed(terms, values) {
  const numbers = Object.fromEntries(["cycle_months", "grace_days", "contact_attempts_min", "channels_min"].map((term) => [term, Number(values[term])]));
  const days = values.notice_days.split(/[\s,，、]+/).filter(Boolean).map(Number);
  return { ...terms, ...numbers, notice_days: days, month_end: values.month_end, back_pay: values.back_pay };
}

const name = (one) => h("b", null, t(`scheme.${one.terms.name}`) === `scheme.${one.terms.name}` ? one.terms.name : t(`scheme.${one.terms.name}`));

/** The version of the same scheme from which a version changes something. */
function before(versions, one) {
  const own = versions.filter((other) => other.terms.name === one.terms.name && other.version < one.version && other.state === "approved");
  return own.at(-1) ?? null;
}

function cell(one, old, term) {
  const value = said(one.terms, term);
  const new_ = old && said(old.terms, term) !== value;
  return h("td", { class: new_ && "changed" }, new_ ? h("b", null, value) : value, new_ && h("small", null, t("schemes.was", { value: said(old.terms, term) })));
}

function said(terms, term) {
  const value = terms[term];
  if (term === "anchor") return t(`anchor.${value}`);
  if (value === undefined || value === null) return "–";
  if (typeof value === "boolean") return t(value ? "schemes.yes" : "schemes.no");
  if (Array.isArray(value)) return value.map((day) => `−${day}`).join("  ");
  return term === "anchor_on" ? date(value) : String(value);
}

function who(one) {
  if (!one.proposer) return t("schemes.settings");
  const proposed = t("proposals.by", { name: one.proposer, when: dayOf(one.proposed_at) });
  return [h("small", null, proposed), one.approver && h("small", null, t("proposals.decided_by", { name: one.approver, when: dayOf(one.decided_at) }))];
}
