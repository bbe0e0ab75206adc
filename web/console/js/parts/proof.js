/** "Please show again who you are": a dialog in passing, before a decision that hurts. */

import { h, fill } from "../../../shared/js/dom.js";
import * as api from "../api.js";
import { sign, usable } from "../passkey.js";
import { t } from "../texts.js";
import { problemText } from "./states.js";

/** Asks; resolves to whether it was shown. @param {{way: string}} officer @returns {Promise<boolean>} */
export function askForProof(officer) {
  return new Promise((resolve) => {
    const word = h("p", { class: "word", role: "alert" });
    const password = h("input", { name: "password", type: "password", autocomplete: "current-password" });
    const code = h("input", { name: "code", type: "text", inputmode: "numeric", autocomplete: "one-time-code" });
    let shown = false;
    const attempt = async (work) => {
      fill(word, "");
      try {
        await work();
        shown = true;
        dialog.close();
      } catch (problem) {
        fill(word, problemText(problem));
      }
    };
    const byPasskey = async () => api.proveWithPasskey(await sign(await api.proofOptions()));
    const withPasskey = officer.way === "passkey" && usable();
    const submit = (event) => {
      event.preventDefault();
      attempt(withPasskey ? byPasskey : () => api.prove(password.value, code.value.trim()));
    };
    const dialog = h(
      "dialog",
      { class: "card", "aria-labelledby": "proof-title" },
      h(
        "form",
        { onsubmit: submit, novalidate: true },
        h("h2", { id: "proof-title" }, t("proof.title")),
        h("p", null, t(withPasskey ? "proof.passkey_text" : "proof.text")),
        !withPasskey && h("label", null, t("sign_in.password"), password),
        officer.way === "password_and_code" && h("label", null, t("sign_in.code"), code),
        word,
        h("button", { class: "main", type: "submit" }, t(withPasskey ? "proof.passkey" : "proof.go"), h("kbd", null, t("key.enter"))),
        h("button", { class: "quiet", type: "button", onclick: () => dialog.close() }, t("decide.cancel"), h("kbd", null, t("key.esc"))),
      ),
    );
    const before = document.activeElement;
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus?.({ preventScroll: true });
      resolve(shown);
    });
    document.body.append(dialog);
    dialog.showModal();
    if (!withPasskey) password.focus();
  });
}
