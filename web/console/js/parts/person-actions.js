/** What can be done from a person's page: key, form, what is sent. Only what this officer's roles allow and the person's state wants. */

import { h } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { ask, show } from "./forms.js";
import { date, dayOf, clock, moment, t } from "../texts.js";
import { countyToday } from "../words.js";

/** Days ahead in which an appointment is looked for. */
const DAYS_AHEAD = 14;
const later = (days) => countyToday(Date.now() + days * 86_400_000);

/** @param {import("../pages/person.js").PersonPage} page @returns {{key: string, does: string, text?: string, grave?: boolean, run: () => void}[]} */
export function actions(page) {
  const { data, desk } = page;
  const site = page.may("dispose_on_site");
  const stop = page.may("propose_stop");
  const open = data.investigations.find((one) => !one.closed_at);
  const nobody = data.investigations.find((one) => one.finding === "not_found");
  const deceased = data.investigations.find((one) => one.finding === "deceased");
  const waits = data.proposals.some((one) => one.kind !== "resume" && ["proposed", "approved"].includes(one.state));
  const ready = data.stop_steps.slice(0, 5).every((step) => step.done);
  return [
    site && { key: "l", does: t("act.link"), text: t("act.link_text"), run: () => link(page) },
    site && { key: "b", does: t("act.book"), run: () => book(page) },
    site && { key: "v", does: t("act.visit"), run: () => visit(page) },
    site && { key: "p", does: t("act.letter"), text: t("act.letter_text"), run: () => letter(page) },
    site && { key: "m", does: t("act.preview"), run: () => preview(page) },
    site && { key: "s", does: t("act.care"), run: () => care(page) },
    site && { key: "c", does: t("act.contact"), run: () => contact(page) },
    site && { key: "f", does: t("act.form"), run: () => receive(page) },
    stop && !open && data.phase !== "confirmed" && { key: "i", does: t("act.investigate"), run: () => page.act(() => bureau.investigate(page.id)) },
    stop && open && { key: "i", does: t("act.investigated"), run: () => investigated(page, open) },
    stop && nobody && ready && !waits && data.status === "active" && { key: "x", does: t("act.suspend"), text: t("act.suspend_text"), grave: true, run: () => propose(page, "suspend", nobody) },
    stop && deceased && !waits && data.status !== "ended" && { key: "e", does: t("act.end"), text: t("act.suspend_text"), grave: true, run: () => propose(page, "end", deceased) },
  ].filter(Boolean).map((action) => ({ ...action, run: () => desk.officer && action.run() }));
}

/** Asks, does, and fetches the person anew. */
async function asking(page, how) {
  const done = await ask({ desk: page.desk, ...how });
  if (done) await page.fetch();
  return done;
}

async function link(page) {
  const made = await asking(page, { title: t("act.link"), lead: t("act.link_lead"), go: t("act.link_go"), work: () => bureau.newLink(page.id) });
  if (!made) return;
  const address = h("input", { readonly: true, value: made.url, "aria-label": t("act.link_address") });
  const said = h("span", { role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.url);
      said.textContent = t("done.copied");
    } catch {
      address.select();
      said.textContent = t("done.copy_by_hand");
    }
  };
  await show(t("act.link"), h("p", null, t("act.link_once", { date: dayOf(made.expires_at) })), h("div", { class: "link" }, address, h("button", { class: "tool", type: "button", onclick: copy }, t("done.copy")), said));
}

async function book(page) {
  const slots = await page.act(() => bureau.slots(later(0), later(DAYS_AHEAD)), { quiet: true });
  if (!slots) return;
  const free = slots.filter((slot) => slot.free > 0);
  if (!free.length) return page.say(t("act.no_slots"));
  const options = free.map((slot) => [slot.starts_at, t("act.slot", { when: moment(slot.starts_at), until: clock(slot.ends_at), free: slot.free })]);
  const ways = ["call", "counter"].map((way) => [way, t(`appointment_way.${way}`)]);
  await asking(page, { title: t("act.book"), fields: [{ name: "starts_at", label: t("act.when"), kind: "select", options }, { name: "way", label: t("act.way"), kind: "select", options: ways }], go: t("act.book_go"), work: ({ starts_at, way }) => bureau.book({ beneficiary_id: page.id, way, starts_at }) });
}

const ASKED_BY = ["person", "family", "community", "bureau"];
const askedBy = () => ({ name: "asked_by", label: t("act.asked_by"), kind: "select", options: ASKED_BY.map((who) => [who, t(`asked_by.${who}`)]) });

function visit(page) {
  const { person } = page.data;
  return asking(page, { title: t("act.visit"), fields: [{ name: "channel", label: t("act.where"), kind: "select", options: ["home_visit", "station"].map((id) => [id, t(`channel.${id}`)]) }, askedBy(), { name: "address", label: t("act.address"), value: person.residence ?? "", required: false }, { name: "planned_on", label: t("act.planned"), kind: "date", min: later(0), required: false }], go: t("act.visit_go"),
    work: ({ channel, asked_by, address, planned_on }) => bureau.askVisit({ beneficiary_id: page.id, channel, asked_by, address: address || null, planned_on: planned_on || null }) });
}

async function letter(page) {
  const address = await page.act(() => bureau.lookAt(bureau.letterAddress(page.id)), { quiet: true });
  if (!address) return;
  h("a", { href: address, download: "letter.pdf" }).click();
  page.desk.announce(t("act.letter_done"));
  page.say(t("act.letter_done"));
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function preview(page) {
  const texts = await page.act(async () => [["sms", await bureau.preview(page.id, "sms")], ["email", await bureau.preview(page.id, "email")]], { quiet: true });
  if (texts) await show(t("act.preview"), h("p", { class: "soft" }, t("act.preview_lead")), texts.map(([channel, one]) => h("section", { class: "preview" }, h("h3", null, t(`notice_channel.${channel}`), h("small", { class: "soft" }, one.to ?? t("facts.unknown"))), one.subject && h("p", null, h("b", null, one.subject)), h("pre", null, one.text))));
}

function care(page) {
  const flags = ["old_and_weak", "sick", "disabled", "alone", "other"].map((flag) => [flag, t(`care.${flag}`)]);
  return asking(page, { title: t("act.care"), fields: [{ name: "flag", label: t("act.flag"), kind: "select", options: flags }, { name: "reason", label: t("act.reason"), kind: "long" }, askedBy(), { name: "since_on", label: t("act.since"), kind: "date", value: later(0), max: later(0) }, { name: "review_on", label: t("act.review"), kind: "date", value: later(365), min: later(1) }], go: t("act.care_go"), work: (values) => bureau.enterCare({ beneficiary_id: page.id, ...values }) });
}

function contact(page) {
  const channels = ["phone_call", "home_visit", "letter", "sms", "email"].map((id) => [id, t(`contact_channel.${id}`)]);
  const outcomes = ["reached", "no_answer", "delivered", "sent", "undeliverable", "our_fault"].map((id) => [id, t(`contact_outcome.${id}`)]);
  return asking(page, { title: t("act.contact"), lead: t("act.contact_lead"), fields: [{ name: "channel", label: t("person.way"), kind: "select", options: channels }, { name: "outcome", label: t("person.outcome"), kind: "select", options: outcomes }], go: t("act.contact_go"), work: (values) => bureau.contact(page.id, values) });
}

function receive(page) {
  const channels = ["mail", "consulate"].map((id) => [id, t(`channel.${id}`)]);
  return asking(page, { title: t("act.form"), lead: t("act.form_lead"), fields: [{ name: "channel", label: t("person.way"), kind: "select", options: channels }, { name: "scan", label: t("act.scan"), kind: "file", accept: "image/jpeg,image/png" }], go: t("act.form_go"), work: ({ channel, scan }) => bureau.receiveForm(page.id, channel, scan) });
}

function investigated(page, open) {
  const findings = ["not_found", "alive", "deceased"].map((id) => [id, t(`finding.${id}`)]);
  return asking(page, { title: t("act.investigated"), lead: t("act.investigated_lead", { name: open.opened_by, date: dayOf(open.opened_at) }), fields: [{ name: "finding", label: t("act.finding"), kind: "select", options: findings }, { name: "report", label: t("act.report"), kind: "long", hint: t("act.report_hint") }], go: t("act.investigated_go"), work: (values) => bureau.investigated(page.id, { investigation_id: open.id, ...values }) });
}

function propose(page, kind, found) {
  return asking(page, { title: t(kind === "end" ? "act.end" : "act.suspend"), lead: t("act.propose_lead", { date: date(page.data.dates.due_on), name: page.data.person.name }), grave: true, go: t("act.propose_go"), work: () => bureau.propose(page.id, { kind, investigation_id: found.id }) });
}
