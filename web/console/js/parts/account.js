/** How a person's state came about: every event with what it did; and how far a stop is, step by step. */

import { h } from "../../../shared/js/dom.js";
import { date, moment, t } from "../texts.js";
import { icon } from "./icons.js";

/** @param {Object[]} events Told[], oldest first */
export function account(events) {
  return h("ol", { class: "told", tabindex: "0", "aria-label": t("person.account") }, [...events].reverse().map((event) => h("li", { class: event.what },
    h("time", { datetime: event.at }, moment(event.at, { year: true })),
    h("span", null, h("b", null, what(event)), moved(event)))));
}

/** One event in words. */
function what(event) {
  const values = {
    entered: () => ({ date: event.last_confirmed_on ? date(event.last_confirmed_on) : t("facts.never") }),
    confirmed: () => ({ channel: t(`channel.${event.channel}`), date: date(event.alive_on) }),
    outage: () => ({ from: date(event.from_on), until: date(event.until_on) }),
    contacted: () => ({ channel: t(`contact_channel.${event.channel}`), outcome: t(`contact_outcome.${event.outcome}`) }),
    signal: () => ({ kind: t(`signal.${event.kind}`) }),
    signal_settled: () => ({ state: t(`signal_state.${event.state}`) }),
    investigation_closed: () => ({ finding: t(`finding.${event.finding}`) }),
    proposed: () => ({ kind: t(`proposal_kind.${event.kind}`) }),
    proposal_moved: () => ({ kind: t(`proposal_kind.${event.kind}`), state: t(`proposal_state.${event.state}`) }),
    status: () => ({ status: t(`benefit.${event.status}`) }),
  }[event.what];
  return t(`told.${event.what}`, values?.());
}

/** What it did to the due date. */
function moved({ what: kind, moved_days: days, due_on: due }) {
  if (kind === "entered") return h("small", null, t("told.due_first", { date: date(due) }));
  if (days === 0) return null;
  return h("small", { class: days > 0 ? "good" : "over" }, t(days > 0 ? "told.due_later" : "told.due_earlier", { date: date(due), days: Math.abs(days) }));
}

/** What a stop would need; quiet while nothing is overdue. @param {Object} view PersonView */
export function stopSteps(view) {
  if (view.status !== "active" || !view.stop_steps[0].done) return null;
  return h("section", { class: "stop-steps card" }, h("h2", null, t("stop.title")), h("p", { class: "soft" }, t("stop.lead")),
    h("ol", null, view.stop_steps.map(({ what: step, done, have, need }) => h("li", { class: done ? "done" : "open" }, icon(done ? "tick" : "open"), h("span", null, t(`stop.${step}`), need !== null && h("small", null, t("stop.have", { have, need }))), h("span", { class: "unseen" }, t(done ? "stop.done" : "stop.missing"))))));
}

/** Proposals and investigations. @param {Object} view PersonView */
export function proposalsOf({ proposals, investigations }) {
  if (!proposals.length && !investigations.length) return null;
  return h("section", { class: "proposals-of" }, h("h2", null, t("person.proposals")),
    h("ul", null, investigations.map((one) => h("li", null, investigation(one)))),
    h("ul", null, proposals.map((one) => h("li", null, h("b", null, t(`proposal_kind.${one.kind}`)), " · ", t(`proposal_state.${one.state}`), h("small", { class: "soft" }, proposers(one))))));
}

/** @param {Object} one InvestigationView */
export function investigation(one) {
  if (!one.closed_at) return [h("b", null, t("investigation.open")), h("small", { class: "soft" }, t("investigation.by", { name: one.opened_by, when: moment(one.opened_at, { year: true }) }))];
  return [h("b", null, t(`finding.${one.finding}`)), h("small", { class: "soft" }, t("investigation.by", { name: one.closed_by, when: moment(one.closed_at, { year: true }) })), h("q", null, one.report)];
}

/** Who proposed and who decided. @param {Object} one ProposalView */
export function proposers(one) {
  return [one.reviewer && t("proposals.by", { name: one.reviewer, when: moment(one.proposed_at, { year: true }) }), one.approver && t("proposals.decided_by", { name: one.approver, when: moment(one.decided_at, { year: true }) }), one.from_month && t("proposals.from_month", { month: one.from_month }), one.arrears && t("proposals.arrears", { months: one.arrears.months })].filter(Boolean).join(" · ");
}
