/** Small forms in a dialog: named fields, one main button, Esc closes; what the server says stays on the form. */

import { h, fill } from "../../../shared/js/dom.js";
import { problemText } from "./states.js";
import { t } from "../texts.js";

/**
 * @typedef {{name: string, label: string, kind?: "text"|"long"|"date"|"number"|"select"|"file"|"check", value?: string, options?: [string, string][],
 *   required?: boolean, hint?: string, min?: string, max?: string, accept?: string}} Field
 */

/** @param {Field} field */
function control(field) {
  const { name, kind = "text", value = "", options = [], required = kind !== "check", min, max, accept } = field;
  if (kind === "select") return h("select", { name, required }, options.map(([id, text]) => h("option", { value: id, selected: id === value }, text)));
  if (kind === "long") return h("textarea", { name, required, rows: "5", maxlength: "4000" }, value);
  if (kind === "check") return h("input", { name, type: "checkbox", checked: Boolean(value) });
  return h("input", { name, type: kind === "number" ? "number" : kind === "date" ? "date" : kind === "file" ? "file" : "text", value: kind === "file" ? undefined : value, required, min, max, accept, autocomplete: "off" });
}

function row(field) {
  const made = control(field);
  if (field.kind === "check") return h("label", { class: "check" }, made, h("span", null, field.label));
  return h("label", null, field.label, made, field.hint && h("small", { class: "soft" }, field.hint));
}

/** The values of a form by the names of its fields; files as they are. */
function valuesOf(form) {
  return Object.fromEntries([...form.elements].filter((one) => one.name).map((one) => [one.name, one.type === "checkbox" ? one.checked : one.type === "file" ? one.files[0] ?? null : one.value.trim()]));
}

/**
 * Asks for something and does it; closes when it is done.
 * @param {{title: string, lead?: string, body?: Node|Node[], fields?: Field[], go: string, desk: import("../desk.js").Desk, work: (values: Object) => Promise<*>, grave?: boolean}} how
 * @returns {Promise<*>} what the work gave, or null when it was not done
 */
export function ask({ title, lead, body = null, fields = [], go, desk, work, grave = false }) {
  const word = h("p", { class: "word", role: "alert" });
  const main = h("button", { class: grave ? "main grave" : "main", type: "submit" }, go);
  let result = null;
  const send = async (event) => {
    event.preventDefault();
    fill(word);
    main.disabled = true;
    try {
      result = (await desk.proving(() => work(valuesOf(form)))) ?? true;
      dialog.close();
    } catch (problem) {
      if (desk.heard(problem)) dialog.close();
      else fill(word, problemText(problem));
    }
    main.disabled = false;
  };
  const form = h("form", { method: "dialog", onsubmit: send }, h("h2", { id: "ask-title" }, title), lead && h("p", { class: "soft" }, lead), body, fields.map(row), word,
    h("div", { class: "ends" }, main, h("button", { class: "quiet", type: "button", onclick: () => dialog.close() }, t("decide.cancel"))));
  const dialog = h("dialog", { class: "card ask", "aria-labelledby": "ask-title" }, form);
  return new Promise((resolve) => {
    const before = document.activeElement;
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus?.({ preventScroll: true });
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
    (dialog.querySelector("input, select, textarea") ?? main).focus();
  });
}

/** Shows something until it is closed. @param {string} title @param {...(Node|string)} body */
export function show(title, ...body) {
  const close = h("button", { class: "main", type: "submit" }, t("help.close"), h("kbd", null, "Esc"));
  const dialog = h("dialog", { class: "card ask wide", "aria-labelledby": "show-title" }, h("form", { method: "dialog" }, h("h2", { id: "show-title" }, title), body, close));
  return new Promise((resolve) => {
    const before = document.activeElement;
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus?.({ preventScroll: true });
      resolve();
    });
    document.body.append(dialog);
    dialog.showModal();
    close.focus();
  });
}
