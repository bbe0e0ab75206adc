/**
 * What an officer can do with a case. A new disposition of the server is one more entry here and its texts.
 *
 * @typedef {{id: string, allowed: string[], key: string, icon: string, main?: boolean,
 *   step: (decision: import("./decision.js").Decision) => Step}} Entry `allowed`: words of `CaseView.may` that offer it
 * @typedef {{title: string, body: (Node|null|false)[], go: string, read: () => Object|null, keys?: Object[], first?: HTMLElement}} Step
 *   `read` gives the disposition to send, `null` when something is missing
 */

import { h, fill } from "../../../shared/js/dom.js";
import { currentLanguage, t } from "../texts.js";
import { wantsFourEyes } from "../words.js";
import { icon } from "./icons.js";

/** `AskAgainBecause` of the domain. */
export const ASK_AGAIN_BECAUSE = ["too_dark", "blurred", "covered", "not_sure", "other_person"];
/** Reasons of a call that suggest one of them. */
const SUGGESTED = { too_dark: "too_dark", blurred: "blurred", covered: "covered", too_far: "blurred", second_face: "other_person" };
/** Longest note. */
const NOTE_MAX = 500;

/** @type {Entry[]} */
export const DISPOSITIONS = [
  { id: "confirm", allowed: ["confirm", "approve"], key: "a", icon: "tick", main: true, step: confirmStep },
  { id: "ask_again", allowed: ["ask_again"], key: "r", icon: "turn", step: askAgainStep },
  { id: "pass_on", allowed: ["pass_on"], key: "p", icon: "send", step: passOnStep },
];

function confirmStep({ view }) {
  const approves = view.may.includes("approve");
  const fourEyes = !approves && wantsFourEyes(view);
  return {
    title: t(approves ? "confirm.approve_title" : "confirm.title"),
    body: [
      fourEyes
        ? h("p", { class: "four-eyes" }, icon("people"), t("confirm.four_eyes"))
        : h("p", null, t(approves ? "confirm.approve_text" : "confirm.text")),
    ],
    go: t(approves ? "confirm.go_approve" : "confirm.go"),
    read: () => ({ disposition: "confirm" }),
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
