/** The officer's script of a live call: the word first, the code read back, two drawn prompts, a still, the result. */

import { h, fill } from "../../../shared/js/dom.js";
import { currentLanguage, t } from "../texts.js";
import { icon } from "./icons.js";

export class Script {
  element = h("div", { class: "live-script" });
  #script = { prompts: [], words: [], word_said: false, code_read: false, code_wrong: 0, snapshots: 0 };
  #code = h("input", { type: "text", inputmode: "numeric", maxlength: "4", autocomplete: "off", class: "code" });

  /** @param {{word: string, say: (message: Object) => void, decide: () => void}} call */
  constructor(call) {
    this.call = call;
  }

  take(script) {
    if (script.code_wrong > this.#script.code_wrong) this.#code.select();
    this.#script = script;
  }

  /** Draws anew, and lets the hand stay in the field for the code. */
  draw(over) {
    const typing = document.activeElement === this.#code;
    const { word_said: said, snapshots } = this.#script;
    fill(
      this.element,
      h("h2", null, t("live.script")),
      h(
        "ol",
        { class: "live-steps" },
        this.#step(said, t("live.step_word"), h("p", { class: "word-to-say" }, this.call.word), !said && !over && this.#button(t("live.word_said"), "W", () => this.#word())),
        this.#codeStep(over),
        this.#script.prompts.map((prompt, nth) => this.#prompt(prompt, nth, over)),
        this.#step(snapshots > 0, t("live.step_snapshot", { count: snapshots }), null, null),
      ),
      !over && h("button", { class: "main", type: "button", onclick: this.call.decide }, t("live.decide"), h("kbd", null, "D")),
      h("p", { class: "soft" }, t("live.not_recorded")),
    );
    if (typing) this.#code.focus();
  }

  keys() {
    return [
      { key: "w", does: t("live.word_said"), run: () => this.#word() },
      { key: "k", does: t("live.step_code"), run: () => this.#code.focus() },
      ...this.#script.prompts.map((prompt, nth) => ({ key: String(nth + 1), does: t("live.prompt_key", { nth: nth + 1 }), run: () => this.#advance(prompt, nth) })),
    ];
  }

  #step(done, text, what, action) {
    return h("li", { class: done ? "done" : "" }, h("span", { class: "step-name" }, done && icon("tick"), text), what, action);
  }

  #button(text, key, run) {
    return h("button", { class: "tool", type: "button", onclick: run }, text, key && h("kbd", null, key));
  }

  #word() {
    this.call.say({ type: "word_said" });
  }

  #codeStep(over) {
    const { code_read: read, code_wrong: wrong } = this.#script;
    const field = h("form", { class: "code-form", onsubmit: (event) => this.#sendCode(event) }, h("label", null, h("span", { class: "unseen" }, t("live.step_code")), this.#code), this.#button(t("live.check"), "", (event) => this.#sendCode(event)));
    return this.#step(read, h("span", null, t("live.step_code"), " ", h("kbd", null, "K")), !read && !over && field, !read && wrong > 0 && h("p", { class: "word", role: "alert" }, t("live.code_wrong", { count: wrong })));
  }

  #sendCode(event) {
    event.preventDefault();
    const digits = this.#code.value.trim();
    if (digits) this.call.say({ type: "code", digits });
  }

  /** The key shows the prompt first, and says then that it was done. */
  #advance(prompt, nth) {
    this.call.say(prompt.shown_ms === null ? { type: "ask", nth } : { type: "judge", nth, done: true });
  }

  #prompt(prompt, nth, over) {
    const words = this.#script.words[nth]?.[currentLanguage()] ?? "";
    const shown = prompt.shown_ms !== null;
    const judged = prompt.done !== null;
    const name = t("live.step_prompt", { words });
    const actions = over
      ? null
      : !shown
        ? this.#button(t("live.show"), String(nth + 1), () => this.#advance(prompt, nth))
        : h("span", { class: "judge" }, this.#button(t("live.did"), judged ? "" : String(nth + 1), () => this.call.say({ type: "judge", nth, done: true })), this.#button(t("live.did_not"), "", () => this.call.say({ type: "judge", nth, done: false })));
    return this.#step(prompt.done === true, name, prompt.done === false && h("p", { class: "word" }, t("live.did_not")), actions);
  }
}
