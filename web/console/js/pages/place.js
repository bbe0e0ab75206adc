/** What the county's pages share: fetch, draw, say what went wrong, do something with a proof of who one is where it is asked for. */

import { h, fill } from "../../../shared/js/dom.js";
import { loading, problemText, trouble } from "../parts/states.js";
import { t } from "../texts.js";

export class Place {
  /** @param {import("../desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.data = null;
    this.problem = null;
    this.stopped = false;
    this.word = h("p", { class: "word", role: "alert" });
  }

  /** Key of the title. */
  title = "places.county";
  /** The heading, when it is more than the title. */
  heading = () => t(this.title);
  /** Keys of this page. @returns {import("../keys.js").Binding[]} */
  keys = () => [];

  may(act) {
    return Boolean(this.desk.officer?.acts?.includes(act));
  }

  async start() {
    this.unbind = this.desk.keys.use(() => [...this.keys(), { key: "Escape", shown: t("key.esc"), does: t("decide.back"), run: () => this.back() }]);
    this.draw();
    await this.fetch();
    if (!this.stopped) this.settle();
  }

  /** Where the reading place goes when the page is there. */
  settle() {
    this.desk.focusHeading();
  }

  back() {
    this.desk.goQueue();
  }

  stop() {
    this.stopped = true;
    this.unbind();
  }

  async fetch() {
    try {
      const data = await this.ask();
      if (this.stopped) return;
      this.data = data;
      this.problem = null;
    } catch (problem) {
      if (this.stopped || this.desk.heard(problem)) return;
      this.problem = problem;
    }
    this.redraw();
  }

  draw() {
    const failed = this.problem && trouble(this.problem, () => this.fetch());
    const body = failed || [h("header", { class: "place-head" }, h("h1", null, this.heading()), this.data && this.aside?.()), this.word, this.data ? this.body() : loading(t("app.loading_place"))];
    this.desk.place({
      title: `${t(this.title)} · ${t("app.name")}`,
      main: h("article", { class: `place ${this.constructor.name}` }, body),
      panel: !failed && this.data ? this.panel?.() : null,
      panelLabel: this.heading(),
    });
  }

  /** Draws anew without taking the focus from the link or control that has it (controls keep their `data-at`). */
  redraw() {
    const held = document.activeElement?.closest?.("main [data-at], main a[href], main input[id]");
    const name = ["data-at", "href", "id"].find((attribute) => held?.hasAttribute(attribute));
    const selector = name && `main [${name}="${CSS.escape(held.getAttribute(name))}"]`;
    this.draw();
    if (selector) document.querySelector(selector)?.focus({ preventScroll: true });
  }

  say(text) {
    fill(this.word, text);
    if (text) this.word.scrollIntoView({ block: "nearest" });
  }

  /** Does it and fetches anew; what went wrong is said on the page. @returns {Promise<*>} null when it did not work */
  async act(work, { quiet = false } = {}) {
    this.say("");
    try {
      const done = (await this.desk.proving(work)) ?? true;
      if (!quiet) await this.fetch();
      return done;
    } catch (problem) {
      if (!this.desk.heard(problem)) this.say(problemText(problem));
      return null;
    }
  }
}

/** A table with a name for those who listen. @param {string} name @param {string[]} heads @param {Array[]} rows cells; the first is the row's head */
export function table(name, heads, rows, { className = "" } = {}) {
  return h("table", { class: `queue ${className}`, "aria-label": name },
    h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", null, rows.map((cells) => h("tr", null, cells.map((cell, nth) => (nth ? h("td", null, cell) : h("th", { scope: "row" }, cell)))))));
}

/** Moves the focus among the links of the table's rows. */
export function stepRows(by) {
  const links = [...document.querySelectorAll("main tbody th a")];
  const here = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, here + by))]?.focus();
}

export const rowKeys = () => [
  { key: "ArrowDown", shown: t("key.updown"), does: t("key.rows"), run: () => stepRows(1) },
  { key: "ArrowUp", does: t("key.rows"), hidden: true, run: () => stepRows(-1) },
];
