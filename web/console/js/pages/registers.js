/** The registers: special care (台账), visits by township, appointments of a day, forms on paper. */

import { h } from "../../../shared/js/dom.js";
import * as api from "../api.js";
import * as bureau from "../bureau.js";
import { ask, show } from "../parts/forms.js";
import { icon } from "../parts/icons.js";
import { hoursOfDay } from "../parts/hours.js";
import { keyForm } from "../parts/key-form.js";
import { clock, date, moment, t } from "../texts.js";
import { countyToday, daysUntil } from "../words.js";
import { say } from "../texts.js";
import { Place, rowKeys, table } from "./place.js";

const TABS = ["care", "visits", "appointments", "forms"];
const today = () => countyToday(Date.now());

export class RegistersPage extends Place {
  title = "places.registers";

  /** `#/registers/visits`, `#/registers/appointments/2026-11-26` */
  constructor(desk, tab = "care", of = "") {
    super(desk);
    this.tab = TABS.includes(tab) ? tab : "care";
    this.of = of;
  }

  ask = () => ({
    care: () => bureau.care(),
    visits: async () => ({ list: await bureau.visits(), colleagues: this.may("claim") ? await api.colleagues() : [] }),
    appointments: async () => {
      const day = this.of || today();
      const [list, hours] = await Promise.all([bureau.appointments(day), bureau.hours(day)]);
      return { list, hours };
    },
    forms: () => bureau.forms(),
  })[this.tab]();

  heading = () => t(`registers.${this.tab}`);
  keys = () => [...TABS.map((tab, nth) => ({ key: String(nth + 1), shown: t("key.digits", { n: TABS.length }), does: t("registers.switch"), hidden: nth > 0, run: () => (location.hash = `#/registers/${tab}`) })), ...rowKeys()];

  body() {
    const tabs = h("nav", { "aria-label": t("places.registers") }, h("ul", { class: "tabs" }, TABS.map((tab) => h("li", null, h("a", { href: `#/registers/${tab}`, "aria-current": tab === this.tab && "page" }, t(`registers.${tab}`))))));
    return [tabs, { care: () => this.#care(), visits: () => this.#visits(), appointments: () => this.#appointments(), forms: () => this.#forms() }[this.tab]()];
  }

  #empty() {
    return h("section", { class: "empty" }, icon("cup"), h("h2", null, t("registers.none")), h("p", { class: "soft" }, t(`registers.none_${this.tab}`)));
  }

  #care() {
    const site = this.may("dispose_on_site");
    const tools = h("p", { class: "ends" }, site && h("button", { class: "tool", type: "button", onclick: () => this.#careVisits() }, t("registers.care_visits")), h("a", { class: "quiet", href: "/api/console/special-care.csv", download: true }, t("registers.csv")));
    if (!this.data.length) return [tools, this.#empty()];
    return [tools, table(t("registers.care"), ["facts.name", "registers.township", "act.flag", "registers.since", "registers.review", "facts.due", "registers.do"].map((key) => t(key)), this.data.map((one) => [
      person(one), one.township || t("facts.unknown"), [t(`care.${one.flag}`), h("small", null, one.reason)], [date(one.since_on), h("small", null, t(`asked_by.${one.asked_by}`))],
      h("span", { class: one.review_due && "over" }, date(one.review_on)), date(one.due_on), site && h("button", { class: "tool", type: "button", onclick: () => this.#review(one) }, t("registers.look_again"))]))];
  }

  async #review(one) {
    const next = countyToday(Date.now() + 365 * 86_400_000);
    const done = await ask({ desk: this.desk, title: t("registers.look_again"), lead: t("registers.look_again_lead", { name: one.name }), fields: [{ name: "ends", label: t("registers.ends"), kind: "check" }, { name: "review_on", label: t("act.review"), kind: "date", value: next, required: false }], go: t("officers.save_short"), work: ({ ends, review_on }) => bureau.reviewCare(one.entry_id, { version: one.version, review_on: ends ? null : review_on }) });
    if (done) await this.fetch();
  }

  async #careVisits() {
    const made = await ask({ desk: this.desk, title: t("registers.care_visits"), lead: t("registers.care_visits_lead"), fields: [{ name: "days", label: t("registers.days"), kind: "number", value: "60", min: "1", max: "400" }], go: t("registers.care_visits"), work: ({ days }) => bureau.careVisits(Number(days)) });
    if (made) this.say(t("registers.visits_made", { count: Array.isArray(made) ? made.length : 0 }));
  }

  #visits() {
    const { list } = this.data;
    if (!list.length) return this.#empty();
    const towns = Map.groupBy ? Map.groupBy(list, (one) => one.township) : grouped(list);
    const names = new Map(this.data.colleagues.map((one) => [one.id, one.name]));
    return [...towns].map(([town, visits]) => h("section", { class: "town" }, h("h2", null, town || t("figure.township_unknown"), h("small", null, t("registers.visits_count", { count: visits.length }))),
      table(town || t("figure.township_unknown"), ["facts.name", "registers.where", "registers.asked", "facts.due", "registers.state", "registers.do"].map((key) => t(key)), visits.map((one) => [
        [person(one), one.phone && h("small", null, one.phone)], [one.address, h("small", null, t(`channel.${one.channel}`))], [moment(one.asked_at), h("small", null, t(`asked_by.${one.asked_by}`))],
        [date(one.due_on), h("small", { class: daysUntil(one.due_on, today()).over && "over" }, say(daysUntil(one.due_on, today())))],
        [t(`visit.${one.state}`), one.clerk_id && h("small", null, [names.get(one.clerk_id), one.planned_on && date(one.planned_on)].filter(Boolean).join(" · "))], this.#visitActs(one)]))));
  }

  #visitActs(one) {
    if (one.state === "recorded") return this.may("approve") && h("button", { class: "tool", type: "button", onclick: () => this.#check(one) }, t("registers.check"));
    return this.may("dispose_on_site") && this.data.colleagues.length > 0 && h("button", { class: "tool", type: "button", onclick: () => this.#assign(one) }, t("registers.assign"));
  }

  async #assign(one) {
    const options = this.data.colleagues.map(({ id, name }) => [id, name]);
    const done = await ask({ desk: this.desk, title: t("registers.assign"), lead: t("registers.assign_lead", { name: one.name, address: one.address }), fields: [{ name: "clerk_id", label: t("registers.clerk"), kind: "select", options, value: one.clerk_id ?? "" }, { name: "planned_on", label: t("act.planned"), kind: "date", value: one.planned_on ?? today(), min: today() }], go: t("registers.assign"), work: (values) => bureau.assignVisit(one.visit_id, { version: one.version, ...values }) });
    if (done) await this.fetch();
  }

  /** The second person sees picture and statement, and only then says what they think. */
  async #check(one) {
    const found = await this.act(async () => {
      const evidence = await bureau.visitEvidence(one.visit_id);
      return { evidence, photo: evidence.has_photo ? await bureau.lookAt(bureau.visitPhotoAddress(one.visit_id)) : null };
    }, { quiet: true });
    if (!found) return;
    const { evidence, photo } = found;
    const body = [photo && h("img", { src: photo, alt: t("registers.visit_photo", { name: one.name }) }), h("q", null, evidence.statement), h("p", null, t(evidence.card_seen ? "registers.card_seen" : "registers.card_not_seen"))];
    const options = ["agree", "go_again"].map((id) => [id, t(`visit_check.${id}`)]);
    const done = await ask({ desk: this.desk, title: t("registers.check"), body, fields: [{ name: "check", label: t("registers.check_what"), kind: "select", options }], go: t("officers.save_short"), work: ({ check }) => bureau.checkVisit(one.visit_id, { version: one.version, check }) });
    if (photo) URL.revokeObjectURL(photo);
    if (done) await this.fetch();
    if (done?.receipt_number) this.say(t("registers.confirmed", { receipt: done.receipt_number, date: date(done.due_on) }));
  }

  #appointments() {
    const day = this.of || today();
    const go = (on) => (location.hash = `#/registers/appointments/${on}`);
    const shift = (by) => go(countyToday(Date.parse(`${day}T04:00:00Z`) + by * 86_400_000));
    const tools = h("p", { class: "ends" }, h("button", { class: "tool", type: "button", onclick: () => shift(-1) }, t("registers.day_before")), h("label", { class: "inline" }, t("registers.day"), h("input", { type: "date", id: "day", value: day, onchange: (event) => event.target.value && go(event.target.value) })), h("button", { class: "tool", type: "button", onclick: () => shift(1) }, t("registers.day_after")));
    const { list, hours } = this.data;
    const top = [tools, hoursOfDay(this, hours)];
    if (!list.length) return [top, this.#empty()];
    return [top, table(t("registers.appointments"), ["registers.time", "facts.name", "facts.phone", "act.way", "registers.state", "registers.do"].map((key) => t(key)), list.map((one) => [
      `${clock(one.starts_at)}–${clock(one.ends_at)}`, [person(one), one.case_id && h("a", { class: "quiet", href: `#/case/${one.case_id}/visit` }, t("registers.case"))], one.phone ?? t("facts.unknown"), t(`appointment_way.${one.way}`), t(`appointment.${one.state}`),
      one.state === "booked" && this.may("dispose_on_site") && h("span", { class: "ends" }, ["kept", "missed", "cancelled"].map((state) => h("button", { class: "tool", type: "button", onclick: () => this.act(() => bureau.closeAppointment(one.appointment_id, state)) }, t(`appointment.do_${state}`))))]))];
  }

  #forms() {
    const take = this.may("dispose_on_site") && h("p", { class: "ends" }, h("button", { class: "tool", type: "button", "data-at": "came_back", onclick: () => this.#cameBack() }, t("registers.came_back")));
    if (!this.data.length) return [take, this.#empty()];
    const me = this.desk.officer.id;
    return [take, h("p", { class: "soft" }, t("registers.forms_lead")), table(t("registers.forms"), ["facts.name", "act.way", "registers.came", "registers.state", "registers.do"].map((key) => t(key)), this.data.map((one) => {
      const mine = one.state === "keyed" && one.first_by === me;
      return [person(one), t(`channel.${one.channel}`), moment(one.received_at), t(`form.${one.state}`), this.may("dispose_on_site") && (mine ? h("small", null, t("registers.keyed_by_you")) : h("button", { class: "tool", type: "button", onclick: () => this.#key(one) }, t("registers.key")))];
    }))];
  }

  /** A form is found by the code on it, compared with its person, and taken with its scan. */
  async #cameBack() {
    const owner = await ask({ desk: this.desk, title: t("registers.came_back"), lead: t("registers.came_back_lead"), fields: [{ name: "text", label: t("registers.code"), hint: t("registers.code_hint") }], go: t("people.go"), work: ({ text }) => bureau.whoseForm(text) });
    if (!owner) return;
    const channels = ["mail", "consulate"].map((id) => [id, t(`channel.${id}`)]);
    const done = await ask({ desk: this.desk, title: t("registers.came_back"), lead: t("registers.form_of", { name: owner.name, tail: owner.id_number_tail }), fields: [{ name: "channel", label: t("act.way"), kind: "select", options: channels }, { name: "scan", label: t("act.scan"), kind: "file", accept: "image/jpeg,image/png" }], go: t("act.form_go"), work: ({ channel, scan }) => bureau.receiveForm(owner.beneficiary_id, channel, scan) });
    if (done) await this.fetch();
  }

  async #key(one) {
    const result = await keyForm(this, one);
    if (!result) return;
    await this.fetch();
    const { state, differences = [], receipt_number: receipt, due_on: due, refusal, next_way: next } = result;
    if (state === "confirmed") this.say(t("registers.confirmed", { receipt, date: date(due) }));
    else if (state === "differs") await show(t("form.differs"), h("p", null, t("registers.differs", { fields: differences.map((field) => t(`form_field.${field}`)).join(t("figure.and")) })));
    else if (state === "refused") await show(t("form.refused"), h("p", null, t(`form_refusal.${refusal}`)), next && h("p", null, t(`next_way.${next}`)));
    else this.say(t("registers.keyed"));
  }
}

const person = (one) => h("a", { href: `#/person/${one.beneficiary_id}` }, one.name);

function grouped(list) {
  const groups = new Map();
  list.forEach((one) => groups.set(one.township, [...(groups.get(one.township) ?? []), one]));
  return groups;
}
