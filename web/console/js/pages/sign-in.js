/** Sign-in. Afterwards the officer is back where the address points. */

import { h, fill } from "../../../shared/js/dom.js";
import { problemText } from "../parts/states.js";
import { t } from "../texts.js";

export class SignInPage {
  /** @param {import("../desk.js").Desk} desk @param {import("../api.js").Problem|null} problem @param {string|null} because */
  constructor(desk, problem, because = null) {
    this.desk = desk;
    this.problem = problem;
    this.because = because;
    this.typed = { name: "", password: "" };
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
      this.word,
      this.button,
    );
    if (this.problem) fill(this.word, problemText(this.problem));
    this.desk.place({ title: t("app.title_sign_in"), main: form });
  }

  #field(name, type, autocomplete) {
    const field = h("input", { name, type, autocomplete, required: true, autocapitalize: "none", spellcheck: "false" });
    field.value = this.typed[name];
    field.addEventListener("input", () => (this.typed[name] = field.value));
    return field;
  }

  async #send(event) {
    event.preventDefault();
    const { name, password } = this.typed;
    if (!name.trim() || !password) return fill(this.word, t("sign_in.empty"));
    this.button.disabled = true;
    fill(this.button, t("sign_in.going"));
    try {
      await this.desk.signIn(name.trim(), password);
    } catch (problem) {
      this.problem = problem;
      this.typed.password = "";
      this.draw();
      this.nameField.form.elements.password.focus();
    }
    return undefined;
  }
}
