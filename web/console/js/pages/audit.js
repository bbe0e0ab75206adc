/** The audit: who did what, when, from where to where, why, on what evidence, under which policy; and whether it is still what was written. */

import { h, fill } from "../../../shared/js/dom.js";
import * as house from "../house.js";
import { date, moment, t } from "../texts.js";
import { Place } from "./place.js";

export class AuditPage extends Place {
  title = "places.audit";
  /** What is asked for. */
  form = { person: "", officer: "", action: "", mark: "", from: "", until: "" };
  chain = null;
  ask = () => house.audit(this.#asked());

  keys = () => [
    { key: "f", does: t("audit.filter"), run: () => document.querySelector(".audit-filter input")?.focus() },
    { key: "v", does: t("audit.check"), run: () => this.#check() },
    { key: "ArrowDown", shown: t("key.updown"), does: t("audit.rows"), run: () => this.#step(1) },
    { key: "ArrowUp", hidden: true, does: t("audit.rows"), run: () => this.#step(-1) },
  ];

  #step(by) {
    const all = [...document.querySelectorAll(".audit-row > summary")];
    all[Math.min(all.length - 1, Math.max(0, all.indexOf(document.activeElement) + by))]?.focus();
  }

  #asked(before = null) {
    const { person, officer, action, mark, from, until } = this.form;
    const instant = (day, add = 0) => (day ? new Date(Date.parse(`${day}T00:00:00+08:00`) + add).toISOString() : null);
    return { person, officer: officer || null, action: action || null, mark, from: instant(from), until: instant(until, 86_400_000), before };
  }

  aside() {
    return h("p", { class: "soft aside" }, h("button", { class: "tool", type: "button", "data-at": "check", onclick: () => this.#check() }, t("audit.check"), h("kbd", null, "V")));
  }

  body() {
    const { rows, more } = this.data;
    return [
      this.chainSaid ??= h("div", { class: "chain", role: "status" }, h("p", { class: "soft" }, t("audit.not_checked"))),
      this.#filter(),
      rows.length ? h("div", { class: "audit" }, rows.map((row) => this.#row(row))) : h("p", { class: "soft" }, t("audit.nothing")),
      more && h("button", { class: "tool", type: "button", "data-at": "more", onclick: () => this.#more() }, t("audit.more")),
    ];
  }

  #filter() {
    const { officers } = this.data;
    const field = (name, label, control) => {
      control.setAttribute("name", name);
      return h("label", null, label, control);
    };
    const select = (value, options) => h("select", null, options.map(([id, text]) => h("option", { value: id, selected: id === value }, text)));
    const send = (event) => {
      event.preventDefault();
      for (const control of event.target.elements) if (control.name) this.form[control.name] = control.value.trim();
      this.fetch();
    };
    return h("form", { class: "audit-filter card", onsubmit: send },
      field("person", t("audit.person"), h("input", { type: "text", value: this.form.person, autocomplete: "off", placeholder: t("audit.person_hint") })),
      field("officer", t("audit.officer"), select(this.form.officer, [["", t("audit.everybody")], ...officers.map(([name, id]) => [id, name])])),
      field("action", t("audit.action"), select(this.form.action, [["", t("audit.everything")], ...ACTIONS.map((name) => [name, t(`action.${name}`)])])),
      field("mark", t("audit.mark"), h("input", { type: "text", value: this.form.mark, autocomplete: "off", spellcheck: "false", placeholder: t("audit.mark_hint") })),
      field("from", t("audit.from"), h("input", { type: "date", value: this.form.from })),
      field("until", t("audit.until"), h("input", { type: "date", value: this.form.until })),
      h("button", { class: "main", type: "submit" }, t("audit.show")));
  }

  #row(row) {
    const who = row.officer ?? t(`actor.${row.actor}`);
    const about = row.case_number ? t("case.number", { number: row.case_number }) : `${t(`subject.${SUBJECTS.includes(row.subject_kind) ? row.subject_kind : "other"}`)} ${row.subject_id.slice(-8)}`;
    const moved = row.to && h("span", { class: "moved" }, `${stateName(row, row.from)} → ${stateName(row, row.to)}`);
    const facts = [
      row.reason && ["reason", reasonName(row)],
      row.note && ["note", h("q", null, row.note)],
      row.evidence_sha256 && ["evidence", h("code", null, row.evidence_sha256)],
      row.policy_version && ["policy", row.policy_version],
      row.pack && ["pack", row.pack],
      ...row.models.map((sha256) => ["model", h("code", null, sha256)]),
      ["subject", h("code", null, `${row.subject_kind} ${row.subject_id}`)],
      ["id", h("code", null, row.id)],
      ["detail", h("code", null, JSON.stringify(row.detail))],
    ].filter(Boolean);
    return h("details", { class: "audit-row" },
      h("summary", null, h("time", { datetime: row.at }, moment(row.at, { year: true })), h("b", null, who), h("span", null, t(`action.${row.action}`)), moved, h("span", { class: "soft" }, about)),
      h("dl", { class: "numbers" }, facts.map(([key, value]) => h("div", null, h("dt", null, t(`audit.fact_${key}`)), h("dd", null, value)))),
      row.subject_kind === "case" && this.may("export_case") && h("p", { class: "ends" },
        h("button", { class: "tool", type: "button", onclick: () => this.#export(row.subject_id, "pdf") }, t("audit.export_pdf")),
        h("button", { class: "tool", type: "button", onclick: () => this.#export(row.subject_id, "json") }, t("audit.export_json"))));
  }

  async #more() {
    const last = this.data.rows.at(-1);
    const next = await this.act(() => house.audit(this.#asked({ at: last.at, id: last.id })), { quiet: true });
    if (!next) return;
    this.data = { ...next, rows: [...this.data.rows, ...next.rows] };
    this.redraw();
  }

  async #export(id, form) {
    const file = await this.act(() => house.exportCase(id, form), { quiet: true });
    if (!file) return;
    house.keep(file);
    this.desk.announce(t("audit.exported"));
  }

  async #check() {
    fill(this.chainSaid, h("p", { class: "soft" }, t("audit.checking")));
    const chain = await this.act(() => house.chain(), { quiet: true });
    if (!chain) return fill(this.chainSaid);
    const whole = chain.first_broken_entry === null && chain.first_broken_seal === null;
    return fill(this.chainSaid, h("section", { class: whole ? "result ok" : "result against" },
      h("h2", null, t(whole ? "audit.whole" : "audit.broken")),
      chain.first_broken_entry !== null && h("p", null, t("audit.broken_entry", { place: chain.first_broken_entry })),
      chain.first_broken_seal !== null && h("p", null, t("audit.broken_seal", { from: moment(chain.first_broken_seal[0], { year: true }), until: moment(chain.first_broken_seal[1], { year: true }) })),
      h("p", { class: "soft" }, t("audit.counted", { entries: chain.entries, seals: chain.seals, sealed: chain.sealed_events, open: chain.unsealed_events, when: date(chain.at.slice(0, 10)) })),
      h("p", { class: "soft" }, t("audit.root"), " ", h("code", null, chain.root))));
  }
}

const SUBJECTS = ["beneficiary", "case", "call", "officer", "link", "still", "reference", "visit", "paper_form", "policy_change", "seed"];

/** `Action` of the domain that can be filtered by. */
export const ACTIONS = [
  "case_claimed", "case_viewed", "face_viewed", "case_confirmed", "case_approval_asked", "case_asked_again", "case_passed_on", "case_refusal_asked", "case_refused", "case_to_call_back",
  "case_to_visit", "case_to_mail", "case_escalated", "case_taken_back", "case_exported", "call_opened", "call_confirmed", "call_flagged", "call_retry", "signed_in", "sign_in_refused",
  "roles_changed", "policy_proposed", "policy_approved", "policy_rejected", "case_seeded", "seed_answered", "audit_read",
];

function stateName(row, state) {
  if (!state) return "–";
  return t(row.subject_kind === "call" ? `call_status.${state}` : `status.${state}`);
}

function reasonName(row) {
  const key = { case_refused: "refuse", case_asked_again: "ask" }[row.action];
  return key ? t(`${key}.${row.reason}`) : row.reason;
}
