/** Sign-in: a passkey, or password and code. Afterwards the officer is back where the address points. */

import { h, fill } from "../../../shared/js/dom.js";
import { usable } from "../passkey.js";
import { problemText } from "../parts/states.js";
import { t } from "../texts.js";

export class SignInPage {
  /** @param {import("../desk.js").Desk} desk @param {import("../api.js").Problem|null} problem @param {string|null} because */
  constructor(desk, problem, because = null) {
    this.desk = desk;
    this.problem = problem;
    this.because = because;
    this.typed = { name: "", password: "", code: "" };
    this.asksCode = false;
  }

  start() {
    this.draw();
    this.nameField.focus();
  }

  stop() {}

  draw() {
    this.nameField = this.#field("name", "text", "username");
    this.button = h("button", { class: "main", type: "submit" }, t("sign_in.go"), h("kbd", null, t("key.enter")));
    this.word = h("p", { class: "word", role: "alert" });
    const form = h(
      "form",
      { class: "card sign-in", novalidate: true, onsubmit: (event) => this.#send(event) },
      h("img", { src: "/assets/shared/emblem.svg", alt: "", width: "48", height: "48" }),
      h("h1", null, t("sign_in.title")),
      h("p", { class: "soft" }, this.because ? t(`sign_in.${this.because}`) : t("sign_in.lead")),
      h("label", null, t("sign_in.name"), this.nameField),
      h("label", null, t("sign_in.password"), this.#field("password", "password", "current-password")),
      this.asksCode && h("label", null, t("sign_in.code"), this.#field("code", "text", "one-time-code", "numeric")),
      this.word,
      this.button,
      usable() && h("p", { class: "or", "aria-hidden": "true" }, t("sign_in.or")),
      usable() && h("button", { class: "tool", type: "button", onclick: () => this.#passkey() }, t("sign_in.passkey")),
    );
    if (this.problem) fill(this.word, problemText(this.problem));
    this.desk.place({ title: t("app.title_sign_in"), main: form });
  }

  #field(name, type, autocomplete, inputmode = null) {
    const field = h("input", { name, type, autocomplete, inputmode, required: true, autocapitalize: "none", spellcheck: "false" });
    field.value = this.typed[name];
    field.addEventListener("input", () => (this.typed[name] = field.value));
    return field;
  }

  async #send(event) {
    event.preventDefault();
    const { name, password, code } = this.typed;
    if (!name.trim() || !password) return fill(this.word, t("sign_in.empty"));
    this.button.disabled = true;
    fill(this.button, t("sign_in.going"));
    try {
      await this.desk.signIn(name.trim(), password, code.trim());
    } catch (problem) {
      this.#refused(problem);
    }
    return undefined;
  }

  #refused(problem) {
    const wantsCode = problem.code === "code_needed";
    this.asksCode ||= wantsCode;
    this.problem = wantsCode ? null : problem;
    this.typed.code = "";
    if (!wantsCode) this.typed.password = "";
    this.draw();
    this.nameField.form.elements[wantsCode ? "code" : "password"].focus();
  }

  async #passkey() {
    fill(this.word, "");
    try {
      await this.desk.signInWithPasskey();
    } catch (problem) {
      fill(this.word, problemText(problem));
    }
  }
}
