/** The two dialogs of the desk: the keys, and "are you still there?". */

import { h } from "../../../shared/js/dom.js";
import { t } from "../texts.js";

/** Shows what every key does now. @param {import("../keys.js").Keys} keys */
export function helpDialog(keys) {
  const rows = keys.listed().map((binding) => [
    h("dt", null, h("kbd", null, binding.shown ?? binding.key.toUpperCase())),
    h("dd", null, binding.does),
  ]);
  const onOff = h("input", { type: "checkbox", checked: keys.single, onchange: (event) => (keys.single = event.target.checked) });
  const close = h("button", { class: "main", type: "submit" }, t("help.close"), h("kbd", null, "Esc"));
  const dialog = h(
    "dialog",
    { class: "card", "aria-labelledby": "help-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "help-title" }, t("help.title")),
      h("p", { class: "soft" }, t("help.lead")),
      h("dl", { class: "keys" }, rows.length ? rows : h("dd", null, t("help.none"))),
      h("label", { class: "check" }, onOff, t("help.switch")),
      close,
    ),
  );
  open(dialog, close);
}

/** Asks whether the officer is still there. */
export function askWhetherThere() {
  const stay = h("button", { class: "main", type: "submit" }, t("idle.stay"));
  const dialog = h(
    "dialog",
    { class: "card", role: "alertdialog", "aria-labelledby": "idle-title", "aria-describedby": "idle-text" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "idle-title" }, t("idle.title")),
      h("p", { id: "idle-text" }, t("idle.text")),
      stay,
    ),
  );
  const stayed = new Promise((resolve) => dialog.addEventListener("close", resolve));
  open(dialog, stay);
  return { dialog, stayed };
}

/** Opens a dialog; afterwards the focus is where it was. */
function open(dialog, first) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus?.({ preventScroll: true });
  });
  dialog.showModal();
  first.focus();
}
