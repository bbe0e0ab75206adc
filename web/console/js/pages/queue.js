/** The queue: one lane, most urgent first, and the next case on one key. */

import { h } from "../../../shared/js/dom.js";
import { icon } from "../parts/icons.js";
import { LANES } from "../parts/rail.js";
import { listen } from "../news.js";
import { loading, problemText, trouble } from "../parts/states.js";
import { clock, date, moment, say, t } from "../texts.js";
import { countyToday, daysUntil, remaining } from "../words.js";

/** How often an open queue asks for news, ms. */
const NEWS_MS = 20_000;
/** Reasons that are named in a row; the rest is a number. */
const REASONS_SHOWN = 2;

export class QueuePage {
  /** @param {import("../desk.js").Desk} desk @param {string} lane */
  constructor(desk, lane) {
    this.desk = desk;
    this.lane = lane;
    this.view = null;
    this.problem = null;
    this.stopped = false;
  }

  async start() {
    this.unbind = this.desk.keys.use(() => this.#keys());
    this.timer = setInterval(() => document.hidden || this.#fetch(), NEWS_MS);
    this.deaf = listen(() => document.hidden || this.#fetch());
    this.draw();
    await this.#fetch();
    if (!this.stopped) this.desk.focusHeading();
  }

  stop() {
    this.stopped = true;
    clearInterval(this.timer);
    this.deaf();
    this.unbind();
  }

  async #fetch() {
    const before = this.view?.cases.map((row) => row.id);
    const shown = JSON.stringify(this.view);
    try {
      this.view = await this.desk.fetchLane(this.lane);
      this.problem = null;
    } catch (problem) {
      if (this.stopped || this.desk.heard(problem)) return;
      this.problem = problem;
    }
    if (this.stopped) return;
    this.readAt = Date.now();
    const fresh = before && this.view?.cases.filter((row) => !before.includes(row.id)).length;
    if (fresh) this.desk.announce(t("queue.news", { count: fresh }));
    if (this.problem || JSON.stringify(this.view) !== shown) this.#redrawInPlace();
  }

  /** News must not take the focus from the row that the officer is on. */
  #redrawInPlace() {
    const href = document.activeElement?.closest?.("main a")?.getAttribute("href");
    this.draw();
    if (href) document.querySelector(`main a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
  }

  draw() {
    const title = t(`lane.${this.lane}`);
    this.desk.place({
      title: t("app.title_queue", { lane: title }),
      main: this.problem && !this.view ? trouble(this.problem, () => this.#fetch()) : this.#list(title),
      panel: this.lane !== "closed" && this.#nextPanel(),
      panelLabel: t("queue.next_title"),
    });
  }

  #list(title) {
    const { view } = this;
    const head = h("header", { class: "queue-head" }, h("h1", null, title), view?.cases.length > 0 && h("p", { class: "soft" }, this.#countText()));
    if (!view) return [head, loading(t("app.loading"))];
    return [head, view.cases.length ? this.#table(view.cases) : empty()];
  }

  #countText() {
    const { cases, counts } = this.view;
    const late = cases.filter((row) => row.late).length;
    // The server lists the first hundred and counts them all.
    const count = counts[this.lane] ?? cases.length;
    if (this.lane === "closed") return t("queue.count_closed", { count });
    return t(late ? "queue.count_late" : "queue.count", { count, late });
  }

  #table(cases) {
    const closed = this.lane === "closed";
    const heads = ["queue.col_person", "queue.col_why", "queue.col_due", closed ? "queue.col_result" : "queue.col_answer"];
    return h(
      "table",
      { class: "queue" },
      h("thead", null, h("tr", null, heads.map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", null, cases.map((row) => this.#row(row, closed))),
    );
  }

  #row(row, closed) {
    const due = daysUntil(row.due_on, countyToday(Date.now()));
    const last = closed
      ? h("td", null, h("b", { class: `status ${row.status}` }, t(`status.${row.status}`)))
      : h("td", null, this.#promise(row));
    return h(
      "tr",
      { class: row.late && !closed && "late", onclick: (event) => event.target.closest("a") ?? this.desk.go(row.id, this.lane) },
      h(
        "th",
        { scope: "row" },
        h("a", { href: `#/case/${row.id}/${this.lane}` }, row.beneficiary_name),
        h("span", { class: "age" }, t("queue.age", { age: row.age })),
        h("small", null, row.case_number),
        row.live ? h("small", { class: "online" }, t(`live.row_${row.live}`)) : row.online && h("small", { class: "online" }, t("queue.online")),
        row.claimed_by && h("small", { class: "held" }, t("queue.held", { name: row.claimed_by })),
        row.snoozed_until && h("small", { class: "held" }, t("queue.snoozed", { until: moment(row.snoozed_until) })),
      ),
      h("td", null, why(row)),
      h("td", { class: "when" }, date(row.due_on), h("small", { class: due.over && "over" }, say(due))),
      last,
    );
  }

  #promise(row) {
    const left = remaining(row.answer_by, Date.now());
    return h(
      "span",
      { class: "when" },
      moment(row.answer_by),
      h("small", { class: row.late ? "over" : left.soon ? "soon" : "" }, row.late && icon("late"), say(left)),
    );
  }

  /** The most urgent case that this officer can decide. */
  #first() {
    return this.view?.cases.find((row) => !row.own) ?? null;
  }

  #nextPanel() {
    const first = this.#first();
    return h(
      "section",
      { class: "next-up" },
      h("h2", null, t("queue.next_title")),
      h("p", { class: "soft" }, t("queue.next_lead")),
      first && h("p", { class: "who" }, t("queue.next_who", { name: first.beneficiary_name, age: first.age })),
      first
        ? h("button", { class: "main", type: "button", onclick: () => this.#next() }, t("queue.next"), h("kbd", null, "N"))
        : this.view && h("p", null, t("queue.next_none")),
      this.readAt && h("p", { class: "soft" }, t("queue.updated", { time: clock(this.readAt) })),
    );
  }

  async #next() {
    try {
      await this.desk.next(this.lane);
    } catch (problem) {
      if (!this.desk.heard(problem)) this.desk.announce(problemText(problem));
    }
  }

  #step(by) {
    const links = [...document.querySelectorAll("main tbody a")];
    const here = links.indexOf(document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, here + by))]?.focus();
  }

  #keys() {
    const lanes = LANES.map((lane, index) => ({
      key: String(index + 1),
      shown: t("key.digits", { n: LANES.length }),
      does: t("key.lanes"),
      hidden: index > 0,
      run: () => this.desk.goQueue(lane),
    }));
    return [
      ...(this.lane === "closed" ? [] : [{ key: "n", does: t("queue.next"), run: () => this.#next() }]),
      { key: "ArrowDown", shown: t("key.updown"), does: t("key.rows"), run: () => this.#step(1) },
      { key: "ArrowUp", does: t("key.rows"), hidden: true, run: () => this.#step(-1) },
      ...lanes,
    ];
  }
}

function why(row) {
  const kind = row.kind === "flagged_call" ? null : h("b", { class: "kind" }, t(`kind.${row.kind}`));
  const named = row.reasons.filter(({ code }) => !(kind && code === "asked_for_person"));
  const more = named.length - REASONS_SHOWN;
  return [
    kind,
    h(
      "span",
      { class: "reasons" },
      named.slice(0, REASONS_SHOWN).map(({ code, group }) => h("span", { class: `reason of-${group}` }, t(`reason.${code}.name`))),
      more > 0 && h("span", { class: "and-more" }, `+${more}`),
    ),
  ];
}

function empty() {
  return h("section", { class: "empty" }, icon("cup"), h("h2", null, t("queue.empty_title")), h("p", { class: "soft" }, t("queue.empty")));
}
