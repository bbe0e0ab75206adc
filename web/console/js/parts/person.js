/** Who it is about: facts, earlier confirmations, and what happened with the case. */

import { h } from "../../../shared/js/dom.js";
import { date, dayOf, moment, t } from "../texts.js";

/** @param {Object} view CaseView */
export function facts(view) {
  const { beneficiary: person } = view;
  const rows = [
    view.wish && ["wish", view.wish],
    view.wish_phone && ["wish_phone", phone(view.wish_phone)],
    ["phone", person.phone ? phone(person.phone) : t("facts.unknown")],
    ["residence", person.residence ?? t("facts.unknown")],
    ["id", person.id_number_tail],
    ["born", date(person.birth_on)],
    ["sex", t(`sex.${person.sex}`)],
    ["last", person.last_confirmed_on ? date(person.last_confirmed_on) : t("facts.never")],
  ].filter(Boolean);
  return h(
    "section",
    { class: "facts", "aria-labelledby": "facts-title" },
    h("h2", { id: "facts-title" }, t("facts.title"), whole(view) && h("a", { class: "whole", href: `#/person/${person.id}` }, t("person.whole"))),
    h("dl", { class: "numbers" }, rows.map(([key, value]) => h("div", { class: key }, h("dt", null, t(`facts.${key}`)), h("dd", null, value)))),
  );
}

/** A call is judged by what it shows: the person's whole record comes after the decision. (A check of known truth has none, and must not be told by that.) */
const whole = ({ kind, may }) => kind !== "flagged_call" || may.length === 0;

function phone(number) {
  return h("a", { href: `tel:${number.replace(/[^+\d]/g, "")}` }, number);
}

/** @param {Object[]} confirmations ConfirmationView[] */
export function earlier(confirmations) {
  const heads = ["when", "channel", "until", "receipt"].map((key) => h("th", { scope: "col" }, t(`earlier.${key}`)));
  const rows = confirmations.map((one) =>
    h("tr", null, h("td", null, dayOf(one.confirmed_at)), h("td", null, t(`channel.${one.channel}`)), h("td", null, date(one.due_on)), h("td", null, one.receipt_number)),
  );
  return h(
    "section",
    { class: "earlier", "aria-labelledby": "earlier-title" },
    h("h2", { id: "earlier-title" }, t("earlier.title")),
    rows.length ? h("table", null, h("thead", null, h("tr", null, heads)), h("tbody", null, rows)) : h("p", { class: "soft" }, t("earlier.none")),
  );
}

/** An approver sees the evidence before the reviewer's opinion: then the history is folded. @param {Object} view CaseView */
export function history(view) {
  const items = view.history.map((line) =>
    h(
      "li",
      null,
      h("time", { datetime: line.at }, moment(line.at)),
      h("span", null, h("b", null, t(`action.${line.action}`)), line.officer && h("span", { class: "by" }, line.officer), line.note && h("q", null, line.note)),
    ),
  );
  const list = items.length ? h("ol", null, items) : h("p", { class: "soft" }, t("history.none"));
  const later = view.may.includes("approve");
  return h(
    "section",
    { class: "history", "aria-labelledby": "history-title" },
    h("h2", { id: "history-title" }, t("history.title")),
    later ? [h("p", { class: "soft" }, t("history.later")), h("details", null, h("summary", null, t("history.show")), list)] : list,
  );
}
