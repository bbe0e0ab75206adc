/** One person: due date and why, everything that happened, and what can be done. Each look at a face is asked for with its reason. */

import { h, fill } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { icon } from "../parts/icons.js";
import { ask } from "../parts/forms.js";
import { actions } from "../parts/person-actions.js";
import { account, proposalsOf, stopSteps } from "../parts/account.js";
import { date, dayOf, moment, t } from "../texts.js";
import { countyToday, daysUntil, sourcePhrase, yearsBetween } from "../words.js";
import { say } from "../texts.js";
import { standing } from "./people.js";
import { Place, table } from "./place.js";

export class PersonPage extends Place {
  title = "places.person";

  constructor(desk, id) {
    super(desk);
    this.id = id;
  }

  ask = () => bureau.person(this.id);
  heading = () => this.data?.person.name ?? t("places.person");
  keys = () => (this.data ? actions(this).map(({ key, does, run }) => ({ key, does, run })) : []);

  back() {
    history.length > 1 ? history.back() : (location.hash = "#/people/find");
  }

  stop() {
    this.#forgetFaces();
    super.stop();
  }

  aside() {
    const { person } = this.data;
    const today = countyToday(Date.now());
    return h("p", { class: "aside" }, standing(this.data), " ", h("span", { class: "soft" }, `${t("queue.age", { age: yearsBetween(person.birth_on, today) })} · ${t(`sex.${person.sex}`)} · …${person.id_number_tail}`));
  }

  body() {
    const { data } = this;
    return [
      this.#due(),
      h("div", { class: "two" }, this.#facts(), this.#references()),
      this.#account(),
      section("confirmations", data.confirmations, ["earlier.when", "earlier.channel", "person.by", "earlier.until", "earlier.receipt"], (one) => [
        [date(one.alive_on), one.alive_on !== dayIn(one.confirmed_at) && h("small", null, t("person.recorded", { date: dayOf(one.confirmed_at) }))],
        [t(`channel.${one.channel}`), one.assistance && h("small", null, t(`assistance.${one.assistance}`))],
        one.officer ?? t("person.service"), date(one.due_on), one.receipt_number]),
      section("notices", data.notices, ["person.when", "person.notice", "person.way", "person.outcome"], (one) => [
        moment(one.planned_at, { year: true }), [t(`notice_kind.${one.kind}`), one.day > 0 && h("small", null, t("person.days_before", { days: one.day }))],
        [t(`notice_channel.${one.channel}`), one.given_up.length > 0 && h("small", null, t("person.given_up", { ways: one.given_up.map((way) => t(`notice_channel.${way}`)).join(t("figure.and")) }))], t(`notice_status.${one.status}`)]),
      section("contacts", data.contacts, ["person.when", "person.way", "person.outcome", "person.by"], (one) => [
        moment(one.attempted_at, { year: true }), t(`contact_channel.${one.channel}`), [t(`contact_outcome.${one.outcome}`), !one.counts && h("small", null, t("person.not_counted"))], one.officer ?? t("person.service")]),
      section("links", data.links, ["person.made", "person.until", "person.opened"], (one) => [moment(one.made_at, { year: true }), moment(one.expires_at, { year: true }), one.opened_at ? moment(one.opened_at, { year: true }) : t("person.never_opened")]),
      section("registers", this.#registers(), ["person.when", "person.what", "person.state"], (row) => row),
      section("cases", data.cases, ["person.when", "person.case", "person.state"], (one) => [moment(one.opened_at, { year: true }), [h("a", { href: `#/case/${one.id}/closed` }, one.case_number), h("small", null, t(`kind.${one.kind}`))], t(`status.${one.status}`)]),
      stopSteps(this.data),
      proposalsOf(this.data),
    ];
  }

  #due() {
    const { dates, phase, status, terms, agrees } = this.data;
    const left = daysUntil(dates.due_on, countyToday(Date.now()));
    const why = terms.anchor === "last_confirmation" ? "person.why_last" : terms.anchor === "birthday" ? "person.why_birthday" : "person.why_calendar";
    const extended = Math.round((Date.parse(dates.due_on) - Date.parse(dates.cycle_due_on)) / 86_400_000);
    return h("section", { class: `due-line card ${phase}` },
      h("p", { class: "big" }, t(status === "active" ? "person.due" : `person.due_${status}`, { date: date(dates.due_on) }), h("span", { class: left.over ? "over" : "soft" }, say(left))),
      h("p", null, t(why, { from: date(dates.period_from), months: terms.cycle_months }), terms.month_end && t("person.month_end"), extended > 0 && t("person.extended", { days: extended })),
      h("p", { class: "soft" }, t("person.grace", { notices: date(dates.notify_from), calls: date(dates.call_from), grace: date(dates.grace_until) })),
      !agrees && h("p", { class: "word" }, icon("against"), t("person.disagrees")));
  }

  #facts() {
    const { person, has_email: email } = this.data;
    const rows = [["phone", person.phone ? h("a", { href: `tel:${person.phone.replace(/[^+\d]/g, "")}` }, person.phone) : t("facts.unknown")], ["residence", person.residence ?? t("facts.unknown")], ["born", date(person.birth_on)], ["last", person.last_confirmed_on ? date(person.last_confirmed_on) : t("facts.never")]];
    return h("section", { class: "facts" }, h("h2", null, t("facts.title")), h("dl", { class: "numbers" }, rows.map(([key, value]) => h("div", null, h("dt", null, t(`facts.${key}`)), h("dd", null, value)))), email && h("p", { class: "soft" }, t("person.has_email")));
  }

  #references() {
    const { references } = this.data;
    const today = countyToday(Date.now());
    this.faces = h("div", { class: "faces-shown" });
    const rows = references.map((one) => {
      const years = yearsBetween(one.taken_on, today);
      return h("li", null, h("span", null, one.taken_on ? t("person.taken", { date: date(one.taken_on) }) : t("person.taken_unknown"), h("small", { class: "soft" }, `${say(sourcePhrase(one.source))} · ${t("person.enrolled", { date: dayOf(one.enrolled_at) })}`), years > 6 && h("small", { class: "over" }, t("person.old_reference", { years }))),
        this.may("see_face") && h("button", { class: "tool", type: "button", onclick: () => this.#look(one) }, t("person.look")));
    });
    return h("section", { class: "references" }, h("h2", null, t("person.references")), rows.length ? h("ul", null, rows) : h("p", { class: "soft" }, t("person.no_references")), this.faces);
  }

  /** A face is shown for a stated reason, and no longer than the page is open. */
  async #look(reference) {
    const options = ["person_asks", "check_reference", "prepare_visit"].map((id) => [id, t(`because.${id}`)]);
    const address = await ask({ desk: this.desk, title: t("person.look"), lead: t("person.look_lead"), fields: [{ name: "because", label: t("person.look_because"), kind: "select", options }], go: t("person.look"), work: ({ because }) => bureau.lookAt(bureau.faceAddress(this.id, reference.id, because)) });
    if (!address) return;
    this.#forgetFaces();
    this.shown = address;
    fill(this.faces, h("img", { src: address, alt: t("person.face_of", { name: this.data.person.name }) }));
  }

  #forgetFaces() {
    if (this.shown) URL.revokeObjectURL(this.shown);
    this.shown = null;
  }

  #account() {
    return h("section", { class: "account" }, h("h2", null, t("person.account")), account(this.data.events));
  }

  #registers() {
    const { care, visits, forms, appointments } = this.data;
    return [
      ...care.map((one) => [date(one.since_on), [t("person.care", { flag: t(`care.${one.flag}`) }), h("small", null, one.reason)], t("person.review", { date: date(one.review_on) })]),
      ...appointments.map((one) => [moment(one.starts_at, { year: true }), t("person.appointment", { way: t(`appointment_way.${one.way}`) }), t(`appointment.${one.state}`)]),
      ...visits.map((one) => [moment(one.asked_at, { year: true }), [t(`channel.${one.channel}`), one.clerk && h("small", null, one.clerk)], one.outcome ? t(`visit_outcome.${one.outcome}`) : t(`visit.${one.state}`)]),
      ...forms.map((one) => [moment(one.received_at, { year: true }), t(`channel.${one.channel}`), t(`form.${one.state}`)]),
    ];
  }

  panel() {
    const list = actions(this);
    return h("section", { class: "actions" }, h("h2", null, t("person.actions")), list.length ? list.map(({ key, does, text, run, grave }) => h("button", { class: grave ? "choice grave" : "choice", type: "button", onclick: run }, h("span", null, does, text && h("small", null, text)), h("kbd", null, key.toUpperCase()))) : h("p", { class: "soft" }, t("person.no_actions")));
  }
}

const dayIn = (instant) => countyToday(Date.parse(instant));

/** A folded table, or a quiet line when there is nothing; the first of them are open. */
function section(name, rows, heads, cells) {
  const title = t(`person.${name}`);
  return h("details", { class: "part", open: rows.length > 0 && rows.length <= 8 }, h("summary", null, h("h2", null, title), h("span", { class: "count" }, String(rows.length))), rows.length ? table(title, heads.map((key) => t(key)), rows.map(cells)) : h("p", { class: "soft" }, t("person.none")));
}
