/** The panel that never scrolls away: choose, one step to make sure, send, and what came of it. */

import { h, fill } from "../../../shared/js/dom.js";
import * as api from "../api.js";
import { currentLanguage, date, moment, t } from "../texts.js";
import { DISPOSITIONS } from "./dispositions.js";
import { icon } from "./icons.js";
import { proposal } from "./proposal.js";
import { problemText } from "./states.js";

/** Refusals of the server that have their own kind words. */
const CONFLICTS = ["stale_version", "own_case", "closed", "claimed"];

export class Decision {
  /** @type {{at: "choose"|"step"|"sending"|"done"|"conflict"|"trouble", entry?: Object, form?: Object, answer?: Object, problem?: Object}} */
  state = { at: "choose" };
  element = h("div", { class: "decision" });
  #step = null;
  #draft = null;

  /**
   * @param {Object} view CaseView
   * @param {{county: Object, next: () => void, back: () => void, reload: () => void, help: () => void,
   *   heard: (problem: Object) => boolean, announce: (text: string) => void, decided: () => void}} desk
   */
  constructor(view, desk) {
    this.view = view;
    this.county = desk.county;
    this.me = desk.me;
    this.desk = desk;
    this.send = () => this.#send();
  }

  /** Draws the panel; `focus` puts the reading place into it. */
  draw({ focus = false } = {}) {
    const drawn = {
      choose: () => this.#choose(),
      step: () => this.#makeSure(),
      sending: () => [h("p", { class: "sending", role: "status" }, t("done.sending"))],
      done: () => this.#done(),
      conflict: () => this.#conflict(),
      trouble: () => this.#trouble(),
    }[this.state.at]();
    this.element.className = `decision ${this.state.at}`;
    fill(this.element, drawn);
    if (focus) (this.element.querySelector("[data-first]") ?? this.element.querySelector("h2"))?.focus();
    return this.element;
  }

  keys() {
    const cancel = { key: "Escape", shown: t("key.esc"), does: t("decide.cancel"), inFields: true, run: () => this.#go({ at: "choose" }) };
    if (this.state.at === "step") {
      const send = { key: "Enter", shown: t("key.enter"), does: this.#step.go, run: () => this.#send() };
      return [cancel, send, ...(this.#step.keys ?? [])];
    }
    if (this.state.at === "conflict" || this.state.at === "trouble") return [cancel];
    if (this.state.at === "sending") return [{ key: "Escape", hidden: true, does: "", run: () => {} }];
    if (this.state.at === "done" && this.state.answer.undo) return [{ key: "u", does: t("done.undo"), run: () => this.#undo() }];
    return this.state.at === "choose" ? this.#offered().map((entry) => this.#entryKey(entry)) : [];
  }

  /** True while the officer may leave without losing an unfinished step. */
  get idle() {
    return this.state.at === "choose" || this.state.at === "done";
  }

  #entryKey(entry) {
    return { key: entry.key, does: this.#name(entry), run: () => this.#go({ at: "step", entry }) };
  }

  #offered() {
    return DISPOSITIONS.filter((entry) => entry.allowed.some((word) => this.view.may.includes(word)));
  }

  #name(entry) {
    return t(`decide.${entry.id}`);
  }

  #go(state) {
    this.state = state;
    this.#step = null;
    this.draw({ focus: true });
  }

  #choose() {
    const offered = this.#offered();
    const closed = ["confirmed", "asked_again", "settled", "refused"].includes(this.view.status);
    return [
      heading(t("decide.title")),
      !offered.length && h("p", { class: "closed" }, t(closed ? "decide.closed" : "decide.not_yours")),
      this.#own(offered) && h("p", { class: "four-eyes" }, icon("people"), t("decide.own")),
      laterProposal(this.view),
      h("div", { class: "choices" }, offered.filter((entry) => !entry.small).map((entry) => this.#choice(entry))),
      offered.some((entry) => entry.small) && h("div", { class: "ways", role: "group", "aria-label": t("decide.ways") }, offered.filter((entry) => entry.small).map((entry) => this.#way(entry))),
      this.#more(),
    ];
  }

  /** The officer's own first confirmation, which waits for somebody else. */
  #own(offered) {
    return this.view.status === "to_approve" && !offered.some((entry) => entry.main);
  }

  #choice(entry) {
    const hint = t(`decide.${entry.id}_hint`);
    return h(
      "button",
      { class: entry.main ? "main choice" : "choice", type: "button", onclick: () => this.#go({ at: "step", entry }) },
      icon(entry.icon),
      h("span", null, h("b", null, this.#name(entry)), h("small", null, hint)),
      h("kbd", null, entry.key.toUpperCase()),
    );
  }

  #way(entry) {
    return h("button", { class: "tool", type: "button", onclick: () => this.#go({ at: "step", entry }) }, this.#name(entry), h("kbd", null, entry.key.toUpperCase()));
  }

  #more() {
    const quiet = (text, key, run) => h("button", { class: "quiet", type: "button", onclick: run }, text, h("kbd", null, key));
    return h(
      "div",
      { class: "more", role: "group", "aria-label": t("decide.more") },
      quiet(t("decide.next"), "N", this.desk.next),
      quiet(t("decide.back"), t("key.esc"), this.desk.back),
      quiet(t("decide.help"), "?", this.desk.help),
    );
  }

  #makeSure() {
    // A step that is drawn again (another language, a failed try) starts from what was typed.
    this.#step = this.state.entry.step(this);
    const step = this.#step;
    if (step.first) step.first.setAttribute("data-first", "");
    const submit = (event) => {
      event.preventDefault();
      this.#send();
    };
    const form = h(
      "form",
      { onsubmit: submit },
      heading(step.title),
      step.body,
      h("button", { class: "main", type: "submit" }, step.go, h("kbd", null, t("key.enter"))),
      h("button", { class: "quiet", type: "button", onclick: () => this.#go({ at: "choose" }) }, t("decide.cancel"), h("kbd", null, t("key.esc"))),
    );
    this.#keepDraft(form);
    return [form];
  }

  #keepDraft(form) {
    const note = form.querySelector("textarea");
    if (!note) return;
    note.value = this.#draft ?? "";
    note.addEventListener("input", () => (this.#draft = note.value));
  }

  async #send() {
    const { entry } = this.state;
    const disposition = this.state.form ?? this.#step.read();
    if (!disposition) return;
    this.#go({ at: "sending", entry, form: disposition });
    try {
      const answer = await this.desk.proving(() => this.#tell(disposition));
      this.#go({ at: "done", answer });
      this.desk.decided();
    } catch (problem) {
      if (this.desk.heard(problem)) return;
      this.#go({ at: CONFLICTS.includes(problem.code) ? "conflict" : "trouble", entry, form: disposition, problem });
    }
  }

  /** Most entries are dispositions; two put the case off and leave it undecided. */
  async #tell({ put_off: putOff, ...disposition }) {
    const { id, version } = this.view;
    if (this.desk.tell) return this.desk.tell({ version, disposition });
    if (!putOff) return api.dispose(id, { version, disposition });
    await api.putOff(id, { version, ...putOff });
    return { status: putOff.to ? "handed_over" : "snoozed" };
  }

  #done() {
    const { answer } = this.state;
    if (answer.check) return this.#checked(answer.check);
    const tone = { confirmed: "ok", to_approve: "wait" }[answer.status] ?? "calm";
    const title = t(`done.${answer.status}`);
    this.desk.announce(title);
    return [
      h(
        "section",
        { class: `result ${tone}` },
        icon({ confirmed: "tick", to_approve: "people", asked_again: "turn" }[answer.status] ?? "send"),
        heading(title),
        resultBody(answer),
      ),
      h("button", { class: "main", type: "button", "data-first": true, onclick: this.desk.next }, t("done.next"), h("kbd", null, t("key.enter"))),
      answer.undo && h("button", { class: "quiet", type: "button", onclick: () => this.#undo() }, t("done.undo"), h("kbd", null, "U")),
      h("button", { class: "quiet", type: "button", onclick: this.desk.back }, t("done.queue"), h("kbd", null, t("key.esc"))),
    ];
  }

  /** The case was a check: what was true, and that nobody was touched by it. */
  #checked({ truth, right }) {
    const title = t("check.title");
    this.desk.announce(`${title} ${t(right ? "check.right" : "check.wrong")}`);
    return [
      h("section", { class: `result ${right ? "ok" : "wait"}` }, icon(right ? "tick" : "cup"), heading(title), h("p", null, h("b", null, t(right ? "check.right" : "check.wrong"))), h("p", null, t(`check.${truth}`)), h("p", { class: "soft" }, t("check.calm"))),
      h("button", { class: "main", type: "button", "data-first": true, onclick: this.desk.next }, t("done.next"), h("kbd", null, t("key.enter"))),
      h("button", { class: "quiet", type: "button", onclick: this.desk.back }, t("done.queue"), h("kbd", null, t("key.esc"))),
    ];
  }

  /** Takes the move back and shows the case as it was. */
  async #undo() {
    try {
      await api.undo(this.view.id, this.view.version + 1);
      this.desk.announce(t("done.undone"));
      this.desk.reload();
    } catch (problem) {
      if (!this.desk.heard(problem)) this.#go({ at: "conflict", problem: { code: "stale_version" } });
    }
  }

  #conflict() {
    const { code } = this.state.problem;
    const [text, run] = code === "own_case" ? [t("done.next"), this.desk.next] : [t("conflict.reload"), this.desk.reload];
    return [
      h("section", { class: "result wait", role: "alert" }, icon("people"), heading(t(`conflict.${code}`)), h("p", null, t(`conflict.${code}_text`))),
      h("button", { class: "main", type: "button", "data-first": true, onclick: run }, text, h("kbd", null, t("key.enter"))),
      h("button", { class: "quiet", type: "button", onclick: this.desk.back }, t("done.queue")),
    ];
  }

  #trouble() {
    return [
      h("section", { class: "result wait", role: "alert" }, icon("cloud"), heading(t("error.title")), h("p", null, problemText(this.state.problem))),
      h("button", { class: "main", type: "button", "data-first": true, onclick: this.send }, t("app.retry"), h("kbd", null, t("key.enter"))),
      h("button", { class: "quiet", type: "button", onclick: () => this.#go({ at: "choose" }) }, t("decide.cancel"), h("kbd", null, t("key.esc"))),
    ];
  }
}

/** An approver sees the evidence before the reviewer's opinion: it is folded until they ask for it. */
function laterProposal(view) {
  const shown = proposal(view);
  if (!shown || !view.may.includes("approve")) return shown;
  return h("details", { class: "later-proposal" }, h("summary", null, t("proposal.show")), h("p", { class: "soft" }, t("proposal.later")), shown);
}

function heading(text) {
  return h("h2", { tabindex: "-1" }, text);
}

function resultBody(answer) {
  if (answer.status === "confirmed") {
    return h("dl", null, h("dt", null, t("done.receipt")), h("dd", null, answer.receipt_number), h("dt", null, t("done.until")), h("dd", { class: "until" }, date(answer.due_on)));
  }
  if (answer.link) return newLink(answer.link, answer.notice?.[currentLanguage()]);
  return answer.status === "asked_again" ? null : h("p", null, t(`done.${answer.status}_text`));
}

/** The new link, which is shown this once, and the whole text for the person when the service wrote one. */
function newLink(link, notice) {
  const said = h("span", { role: "status" });
  const address = h("input", { readonly: true, value: link.url, "aria-label": t("done.link") });
  const letter = notice && h("textarea", { readonly: true, rows: "5", "aria-label": t("done.notice") });
  if (letter) letter.value = notice;
  return [
    h("p", null, t("done.link_text", { date: moment(link.expires_at, { year: true }) })),
    h("div", { class: "link" }, letter, letter && copier(letter, t("done.copy_notice"), said), address, copier(address, t("done.copy"), said), said),
  ];
}

function copier(field, text, said) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      fill(said, t("done.copied"));
    } catch {
      // Plain http: or an old browser: it is selected for the officer's own Ctrl+C.
      field.select();
      fill(said, t("done.copy_by_hand"));
    }
  };
  return h("button", { class: "tool", type: "button", onclick: copy }, text);
}
