/**
 * What an officer can do with a case. A new disposition of the server is one more entry here and its texts.
 *
 * @typedef {{id: string, allowed: string[], key: string, icon: string, main?: boolean,
 *   step: (decision: import("./decision.js").Decision) => Step}} Entry `allowed`: words of `CaseView.may` that offer it
 * @typedef {{title: string, body: (Node|null|false)[], go: string, read: () => Object|null, keys?: Object[], first?: HTMLElement}} Step
 *   `read` gives the disposition to send, `null` when something is missing
 */

import { h, fill } from "../../../shared/js/dom.js";
import { colleagues } from "../api.js";
import { currentLanguage, t } from "../texts.js";
import { wantsFourEyes } from "../words.js";
import { proposal } from "./proposal.js";
import { icon } from "./icons.js";

/** `AskAgainBecause` of the domain. */
export const ASK_AGAIN_BECAUSE = ["too_dark", "blurred", "covered", "not_sure", "other_person"];
/** Reasons of a call that suggest one of them. */
const SUGGESTED = { too_dark: "too_dark", blurred: "blurred", covered: "covered", too_far: "blurred", second_face: "other_person" };
/** Longest note. */
const NOTE_MAX = 500;

/** @type {Entry[]} */
export const DISPOSITIONS = [
  { id: "confirm", allowed: ["confirm"], key: "a", icon: "tick", main: true, step: confirmStep },
  { id: "approve", allowed: ["approve"], key: "a", icon: "tick", main: true, step: approveStep },
  { id: "ask_again", allowed: ["ask_again"], key: "r", icon: "turn", step: askAgainStep },
  { id: "pass_on", allowed: ["pass_on"], key: "p", icon: "send", step: passOnStep },
  { id: "call_back", allowed: ["call_back"], key: "c", icon: "send", small: true, step: noteStep("call_back", false) },
  { id: "visit", allowed: ["visit"], key: "h", icon: "send", small: true, step: noteStep("visit", false) },
  { id: "mail", allowed: ["mail"], key: "m", icon: "send", small: true, step: noteStep("mail", false) },
  { id: "escalate", allowed: ["escalate"], key: "e", icon: "people", small: true, step: noteStep("escalate", true) },
  { id: "refuse", allowed: ["refuse"], key: "x", icon: "against", small: true, step: refuseStep },
  { id: "snooze", allowed: ["pass_on"], key: "z", icon: "late", small: true, step: snoozeStep },
  { id: "hand_over", allowed: ["pass_on"], key: "o", icon: "people", small: true, step: handOverStep },
];

/** `RefuseBecause` of the domain. */
export const REFUSE_BECAUSE = ["not_the_person", "deception", "died", "other_ground"];
/** For how long a case is put off, hours. */
const SNOOZE_HOURS = [1, 4, 24, 72];

function confirmStep({ view }) {
  return {
    title: t("confirm.title"),
    body: [wantsFourEyes(view) ? h("p", { class: "four-eyes" }, icon("people"), t("confirm.four_eyes")) : h("p", null, t("confirm.text"))],
    go: t("confirm.go"),
    read: () => ({ disposition: "confirm" }),
  };
}

function approveStep({ view }) {
  const proposed = view.proposal?.disposition ?? "confirm";
  return {
    title: t("confirm.approve_title"),
    body: [proposal(view), h("p", null, t(proposed === "confirm" ? "confirm.approve_text" : `approve.${proposed}_text`))],
    go: t("confirm.go_approve"),
    read: () => ({ disposition: "approve" }),
  };
}

/** A field for words in which Enter sends; `needed`: not without words. */
function noteField({ send }, needed, label) {
  const word = h("p", { class: "word", role: "alert" });
  const note = h("textarea", { rows: "3", maxlength: String(NOTE_MAX) });
  note.addEventListener("keydown", (event) => {
    // Enter that ends a word of an input method belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  const read = () => {
    const text = note.value.trim();
    if (text || !needed) return text;
    fill(word, t("pass.needed"));
    note.focus();
    return null;
  };
  return { body: [h("label", { class: "note-field" }, label, note), word], note, read };
}

/** A step with a few words. */
function noteStep(id, needed) {
  return (decision) => {
    const { body, note, read } = noteField(decision, needed, t(needed ? "note.why" : "note.optional"));
    return {
      title: t(`decide.${id}`),
      body: [h("p", null, t(`decide.${id}_hint`)), ...body],
      go: t(`decide.${id}`),
      read: () => (read() === null ? null : { disposition: id, note: read() }),
      first: note,
    };
  };
}

/** Radio buttons that their digits choose. */
function choices(name, legend, values, label, first) {
  const radios = values.map((value) => h("input", { type: "radio", name, value: String(value), checked: value === first }));
  const set = h("fieldset", { class: "because" }, h("legend", null, legend), radios.map((radio, n) => h("label", null, radio, h("span", null, label(values[n])), h("kbd", null, String(n + 1)))));
  const choose = (radio) => {
    radio.checked = true;
    radio.focus();
  };
  const keys = radios.map((radio, n) => ({ key: String(n + 1), shown: t("key.digits", { n: radios.length }), does: legend, hidden: n > 0, run: () => choose(radio) }));
  return { set, keys, first: radios.find((radio) => radio.checked), value: () => radios.find((radio) => radio.checked).value };
}

function refuseStep(decision) {
  const reason = choices("refuse", t("refuse.because"), REFUSE_BECAUSE, (because) => t(`refuse.${because}`), "not_the_person");
  const { body, read } = noteField(decision, true, t("refuse.text"));
  return {
    title: t("refuse.title"),
    body: [h("p", { class: "four-eyes" }, icon("people"), t("decide.refuse_hint")), reason.set, ...body],
    go: t("refuse.go"),
    read: () => (read() === null ? null : { disposition: "refuse", because: reason.value(), text: read() }),
    keys: reason.keys,
    first: reason.first,
  };
}

function snoozeStep(decision) {
  const wait = choices("snooze", t("snooze.until"), SNOOZE_HOURS, (hours) => t(`snooze.hours_${hours}`), SNOOZE_HOURS[0]);
  const { body, read } = noteField(decision, true, t("note.why"));
  return {
    title: t("snooze.title"),
    body: [h("p", null, t("snooze.lead")), wait.set, ...body],
    go: t("snooze.go"),
    read: () => (read() === null ? null : { put_off: { until: new Date(Date.now() + Number(wait.value()) * 3_600_000).toISOString(), because: read() } }),
    keys: wait.keys,
    first: wait.first,
  };
}

function handOverStep(decision) {
  const to = h("select", { name: "colleague" });
  const { body, note, read } = noteField(decision, true, t("note.why"));
  colleagues().then((all) => {
    const others = all.filter(({ id }) => id !== decision.me);
    fill(to, others.map(({ id, name }) => h("option", { value: id }, name)));
  }).catch(() => null);
  return {
    title: t("hand_over.title"),
    body: [h("label", { class: "note-field" }, t("hand_over.to"), to), ...body],
    go: t("hand_over.go"),
    read: () => (!to.value || read() === null ? null : { put_off: { to: to.value, because: read() } }),
    first: note,
  };
}

function askAgainStep({ view, county }) {
  const suggested = view.reasons.map(({ code }) => SUGGESTED[code]).find(Boolean) ?? "not_sure";
  const preview = h("blockquote", { "aria-live": "polite" });
  const radios = ASK_AGAIN_BECAUSE.map((because) => h("input", { type: "radio", name: "because", value: because, checked: because === suggested }));
  const chosen = () => radios.find((radio) => radio.checked).value;
  const show = () => fill(preview, citizenText(county, chosen()));
  const choose = (radio) => {
    radio.checked = true;
    radio.focus();
    show();
  };
  radios.forEach((radio) => radio.addEventListener("change", show));
  show();
  return {
    title: t("ask.title"),
    body: [
      h(
        "fieldset",
        { class: "because" },
        h("legend", null, t("ask.because")),
        radios.map((radio, n) => h("label", null, radio, h("span", null, t(`ask.${radio.value}`)), h("kbd", null, String(n + 1)))),
      ),
      h("p", { class: "soft preview-title" }, t("ask.preview")),
      preview,
    ],
    go: t("ask.go"),
    read: () => ({ disposition: "ask_again", because: chosen() }),
    keys: radios.map((radio, n) => ({ key: String(n + 1), shown: t("key.digits", { n: radios.length }), does: t("ask.because"), hidden: n > 0, inFields: true, run: () => choose(radio) })),
    first: radios.find((radio) => radio.checked),
  };
}

/** The text that the person gets, in the words of the service's notice; its date and link are made when it is sent. */
function citizenText(county, because) {
  const from = currentLanguage() === "zh" ? county.name_zh : county.name_en;
  const values = { county: from, why: t(`citizen.${because}`), until: t("citizen.until"), link: t("citizen.link"), phone: county.phone };
  return t("citizen.notice", values);
}

function passOnStep({ send }) {
  const word = h("p", { class: "word", role: "alert" });
  const note = h("textarea", { rows: "4", maxlength: String(NOTE_MAX), "aria-describedby": "note-hint" });
  note.addEventListener("keydown", (event) => {
    // Enter that ends a word of an input method belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  return {
    title: t("pass.title"),
    body: [h("label", { class: "note-field" }, t("pass.note"), note), h("p", { class: "soft", id: "note-hint" }, t("pass.note_hint")), word],
    go: t("pass.go"),
    read: () => {
      const text = note.value.trim();
      if (text) return { disposition: "pass_on", note: text };
      fill(word, t("pass.needed"));
      note.focus();
      return null;
    },
    first: note,
  };
}
