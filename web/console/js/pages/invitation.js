/** The page of an invitation: set up a passkey, or a password with one-time codes, and be signed in. */

import { h, fill, svg } from "../../../shared/js/dom.js";
import * as api from "../api.js";
import { make, usable } from "../passkey.js";
import { loading, problemText, trouble } from "../parts/states.js";
import { moment, t } from "../texts.js";

/** Shortest password. */
const PASSWORD_MIN = 12;

export class InvitationPage {
  /** @param {import("../desk.js").Desk} desk @param {string} token */
  constructor(desk, token) {
    this.desk = desk;
    this.token = token;
    this.view = null;
    this.problem = null;
  }

  async start() {
    this.draw();
    try {
      this.view = await api.invitation(this.token);
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.draw();
    this.desk.focusHeading();
  }

  stop() {}

  draw() {
    this.desk.place({ title: t("invitation.title"), main: this.#main() });
  }

  #main() {
    if (this.problem) return trouble(this.problem, () => this.start());
    if (!this.view) return loading(t("app.loading"));
    const { name, roles, expires_at: until } = this.view;
    this.word = h("p", { class: "word", role: "alert" });
    return h(
      "section",
      { class: "card invitation" },
      h("h1", null, t("invitation.welcome", { name })),
      h("p", { class: "soft" }, t("invitation.lead", { roles: roles.map((role) => t(`role.${role}`)).join(t("invitation.and")), until: moment(until) })),
      this.word,
      usable() ? this.#passkey() : h("p", { class: "four-eyes" }, t("invitation.no_passkey")),
      this.#password(),
    );
  }

  #passkey() {
    return h(
      "section",
      null,
      h("h2", null, t("invitation.passkey_title")),
      h("p", null, t("invitation.passkey_text")),
      h("button", { class: "main", type: "button", onclick: () => this.#try(async () => {
        const made = await make(await api.invitationPasskeyOptions(this.token));
        return api.acceptWithPasskey(this.token, made);
      }) }, t("invitation.passkey_go")),
    );
  }

  #password() {
    const field = (name, type, autocomplete, more = {}) => h("input", { name, type, autocomplete, required: true, spellcheck: "false", ...more });
    const form = h(
      "form",
      { novalidate: true, onsubmit: (event) => { event.preventDefault(); this.#choose(form.elements); } },
      h("ol", { class: "steps" },
        h("li", null, t("invitation.step_scan"), h("div", { class: "code" }, this.view.qr_svg && picture(this.view.qr_svg), h("p", { class: "soft" }, t("invitation.by_hand"), h("code", null, this.view.code_secret.replace(/(.{4})/g, "$1 ").trim())))),
        h("li", null, h("label", null, t("invitation.password"), field("password", "password", "new-password", { minlength: String(PASSWORD_MIN) }))),
        h("li", null, h("label", null, t("invitation.code"), field("code", "text", "one-time-code", { inputmode: "numeric" }))),
      ),
      h("button", { class: "main", type: "submit" }, t("invitation.password_go")),
    );
    return h("details", { open: !usable() }, h("summary", null, h("h2", null, t("invitation.password_title"))), form);
  }

  #choose({ password, code }) {
    if (password.value.length < PASSWORD_MIN) return fill(this.word, t("invitation.short", { min: PASSWORD_MIN }));
    return this.#try(() => api.acceptWithPassword(this.token, { password: password.value, code: code.value.trim() }));
  }

  async #try(work) {
    fill(this.word, "");
    try {
      this.desk.enterAs(await work());
    } catch (problem) {
      fill(this.word, problemText(problem));
      this.word.scrollIntoView({ block: "nearest" });
    }
  }
}

/** The code for the telephone's camera: always dark on light, or no camera reads it. */
function picture(markup) {
  const drawing = svg(markup.replace(/^<\?xml[^>]*>/, ""));
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", t("invitation.qr"));
  return h("div", { class: "qr" }, drawing);
}
