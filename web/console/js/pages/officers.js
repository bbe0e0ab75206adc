/** Who works here: roles, invitations, sessions; for whoever may not, one's own desk: sessions and passkeys. */

import { h, fill } from "../../../shared/js/dom.js";
import * as api from "../api.js";
import { make, usable } from "../passkey.js";
import { loading, problemText, trouble } from "../parts/states.js";
import { date, moment, t } from "../texts.js";

/** `Role` of the domain. */
export const ROLES = ["officer", "approver", "station_clerk", "supervisor", "payment_clerk", "auditor"];

/** What both pages share: fetching, drawing, a word about what went wrong. */
class ListPage {
  /** @param {import("../desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.rows = null;
    this.problem = null;
    this.stopped = false;
  }

  async start() {
    this.unbind = this.desk.keys.use(() => [{ key: "Escape", shown: t("key.esc"), does: t("decide.back"), run: () => this.desk.goQueue() }]);
    this.draw();
    await this.fetch();
    if (!this.stopped) this.desk.focusHeading();
  }

  stop() {
    this.stopped = true;
    this.unbind();
  }

  async fetch() {
    try {
      this.rows = await this.ask();
      this.problem = null;
    } catch (problem) {
      if (this.stopped || this.desk.heard(problem)) return;
      this.problem = problem;
    }
    if (!this.stopped) this.draw();
  }

  draw() {
    this.word = h("p", { class: "word", role: "alert" });
    const body = this.problem ? trouble(this.problem, () => this.fetch()) : this.rows ? this.body() : loading(t("app.loading"));
    this.desk.place({ title: t(this.title), main: this.problem ? body : h("article", { class: "people" }, h("h1", null, t(this.title)), this.word, body), panel: this.rows && this.panel?.(), panelLabel: t(this.title) });
  }

  /** Does it, with a proof of who one is where the server asks for one, and draws anew. */
  async act(work) {
    try {
      const done = await this.desk.proving(work);
      await this.fetch();
      return done;
    } catch (problem) {
      if (!this.desk.heard(problem)) fill(this.word, problemText(problem));
      return null;
    }
  }
}

export class OfficersPage extends ListPage {
  title = "officers.title";
  ask = () => api.officers();
  /** The invitation made last: shown this once. */
  link = null;

  get #may() {
    return this.desk.officer.acts;
  }

  body() {
    const heads = ["officers.col_name", "officers.col_roles", "officers.col_ways", "officers.col_sessions"];
    return [
      this.link && invitationCard(this.link),
      h("table", { class: "queue" },
        h("thead", null, h("tr", null, heads.map((key) => h("th", { scope: "col" }, t(key))))),
        h("tbody", null, this.rows.map((row) => this.#row(row)))),
    ];
  }

  #row(row) {
    const own = row.id === this.desk.officer.id;
    const may = (act) => this.#may.includes(act);
    const roles = row.roles.map((role) => t(`role.${role}`)).join(t("invitation.and")) || t("officers.no_roles");
    return h(
      "tr",
      null,
      h("th", { scope: "row" }, row.name, own && h("small", null, t("officers.you")), h("small", null, t("officers.since", { date: date(row.added_at.slice(0, 10)) }))),
      h("td", null, roles, may("set_roles") && !own && h("button", { class: "tool", type: "button", onclick: () => this.#editRoles(row) }, t("officers.change"))),
      h("td", null, ways(row), may("invite") && h("button", { class: "tool", type: "button", onclick: () => this.#invite(row) }, t("officers.invite_anew"))),
      h("td", null, String(row.sessions), row.sessions > 0 && may("revoke_sessions") && h("button", { class: "tool", type: "button", onclick: () => this.act(() => api.endSessions(row.id)) }, t("officers.end_sessions"))),
    );
  }

  async #invite(row) {
    this.link = (await this.act(() => api.invite(row.id))) ?? this.link;
    this.draw();
  }

  #editRoles(row) {
    rolesDialog(t("officers.roles_of", { name: row.name }), row.roles, t("officers.save"), (roles) => this.act(() => api.setRoles(row.id, roles)));
  }

  panel() {
    if (!this.#may.includes("invite")) return null;
    const name = h("input", { name: "new-officer", type: "text", autocapitalize: "none", spellcheck: "false", autocomplete: "off" });
    const boxes = roleBoxes(["officer"]);
    const add = async (event) => {
      event.preventDefault();
      const roles = chosen(boxes);
      if (!name.value.trim() || !roles.length) return fill(this.word, t("officers.incomplete"));
      this.link = (await this.act(() => api.addOfficer(name.value.trim(), roles))) ?? this.link;
      return this.draw();
    };
    return h("form", { class: "new-officer", onsubmit: add, novalidate: true }, h("h2", null, t("officers.new")), h("label", null, t("sign_in.name"), name), boxes, h("button", { class: "main", type: "submit" }, t("officers.invite")));
  }
}

export class OwnDeskPage extends ListPage {
  title = "own.title";
  ask = () => api.sessions();

  body() {
    const me = this.desk.officer.id;
    return [
      h("h2", null, t("own.sessions")),
      h("ul", { class: "sessions" }, this.rows.map((row) => h("li", null,
        h("b", null, row.browser), h("span", { class: "soft" }, t("own.since", { when: moment(row.signed_in_at), way: t(`way.${row.way}`) })),
        row.here ? h("i", null, t("own.here")) : h("button", { class: "tool", type: "button", onclick: () => this.act(() => api.endSessions(me, row.id)) }, t("own.end"))))),
      this.rows.length > 1 && h("button", { class: "tool", type: "button", onclick: () => this.act(() => api.endSessions(me)) }, t("own.end_others")),
      usable() && h("h2", null, t("own.passkeys")),
      usable() && h("p", null, t("own.passkey_text")),
      usable() && h("button", { class: "tool", type: "button", onclick: () => this.#another() }, t("own.passkey_add")),
    ];
  }

  async #another() {
    const options = await this.act(() => api.anotherPasskeyOptions());
    if (!options) return;
    const done = await this.act(async () => {
      await api.addPasskey(await make(options));
      return true;
    });
    if (done) fill(this.word, t("own.passkey_added"));
  }
}

function ways(row) {
  const words = [row.passkeys > 0 && t("officers.passkeys", { count: row.passkeys }), row.password && t(row.code ? "way.password_and_code" : "way.password")].filter(Boolean);
  return words.join(t("invitation.and")) || t("officers.invited");
}

function invitationCard(link) {
  const address = h("input", { readonly: true, value: link.url, "aria-label": t("officers.link") });
  const said = h("span", { role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link.url);
      fill(said, t("done.copied"));
    } catch {
      address.select();
      fill(said, t("done.copy_by_hand"));
    }
  };
  return h("section", { class: "result calm" }, h("h2", null, t("officers.link_title", { name: link.name })), h("p", null, t("officers.link_text", { date: moment(link.expires_at) })), h("div", { class: "link" }, address, h("button", { class: "tool", type: "button", onclick: copy }, t("done.copy")), said));
}

function roleBoxes(held) {
  return h("fieldset", { class: "roles" }, h("legend", null, t("officers.col_roles")), ROLES.map((role) => h("label", { class: "check" }, h("input", { type: "checkbox", name: "role", value: role, checked: held.includes(role) }), h("span", null, t(`role.${role}`), h("small", { class: "soft" }, t(`role.${role}_does`))))));
}

const chosen = (boxes) => [...boxes.querySelectorAll("input:checked")].map((box) => box.value);

function rolesDialog(title, held, go, then) {
  const boxes = roleBoxes(held);
  const dialog = h("dialog", { class: "card", "aria-labelledby": "roles-title" },
    h("form", { method: "dialog", onsubmit: () => then(chosen(boxes)) }, h("h2", { id: "roles-title" }, title), boxes, h("button", { class: "main", type: "submit" }, go), h("button", { class: "quiet", type: "button", onclick: () => dialog.close() }, t("decide.cancel"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
