/** Batches: a roster or photographs come in, are tried and taken; due dates are counted, notices sent, the paying side told. */

import { h } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { linesOf, share } from "../figures.js";
import { ask } from "../parts/forms.js";
import { batchReport } from "../parts/batch-report.js";
import { rosterWords } from "../roster-words.js";
import { currentLanguage, moment, number, t } from "../texts.js";
import { upload } from "../upload.js";
import { Place, table } from "./place.js";

/** How often a running batch is asked how far it is, ms. */
const PACE_MS = 1000;
const FILES = { roster: ".csv,.xlsx,text/csv", photos: ".zip", answers: ".csv,.json" };
const KINDS = { keep_roster: ["roster", "photos", "due", "notices"], take_continuation_file: ["export", "answers"] };
const CAN_RUN = ["ready", "checked", "interrupted", "failed"];
const CAN_DRY = ["roster", "photos", "notices"];

export class BatchesPage extends Place {
  title = "places.batches";

  constructor(desk, id = null) {
    super(desk);
    this.open = id;
    /** Files of this browser by batch: an upload goes on without asking for the file again. */
    this.files = desk.files ??= new Map();
  }

  ask = async () => {
    const [list, one, files, words] = await Promise.all([bureau.batches(), this.open ? bureau.batch(this.open) : null, this.may("take_continuation_file") ? bureau.continuations() : [], rosterWords()]);
    return { list, one, files, words };
  };

  async fetch() {
    await super.fetch();
    clearTimeout(this.timer);
    const runs = this.data && [this.data.one, ...this.data.list].some((one) => one?.state === "running");
    if (runs && !this.stopped) this.timer = setTimeout(() => this.#again(), PACE_MS);
  }

  async #again() {
    const before = this.data.one?.state;
    await this.fetch();
    const now = this.data?.one;
    if (now && before === "running" && now.state !== "running") this.desk.announce(t(`batch.state_${now.state}`));
  }

  stop() {
    clearTimeout(this.timer);
    super.stop();
  }

  back() {
    this.open ? (location.hash = "#/batches") : super.back();
  }

  heading = () => (this.open && this.data?.one ? t(`batch.${this.data.one.kind}`) : t(this.title));

  body() {
    return this.open && this.data.one ? this.#one(this.data.one) : this.#all();
  }

  #all() {
    const { list, files } = this.data;
    const kinds = Object.entries(KINDS).filter(([act]) => this.may(act)).flatMap(([, kinds]) => kinds);
    return [
      h("ul", { class: "begin" }, kinds.map((kind) => h("li", { class: "card" }, h("h2", null, t(`batch.${kind}`)), h("p", { class: "soft" }, t(`batch.${kind}_text`)), h("button", { class: "tool", type: "button", onclick: () => this.#make(kind) }, t(FILES[kind] ? "batch.choose" : "batch.begin"))))),
      h("h2", null, t("batch.list")),
      list.length ? table(t("batch.list"), ["batch.what", "batch.state", "batch.result", "batch.made"].map((key) => t(key)), list.map((one) => [
        h("a", { href: `#/batches/${one.id}` }, t(`batch.${one.kind}`), one.file_name && h("small", null, one.file_name)), this.#state(one), h("small", null, batchReport(one).line), [moment(one.made_at), h("small", null, one.made_by)]])) : h("p", { class: "soft" }, t("batch.none")),
      files.length > 0 && [h("h2", null, t("batch.files")), table(t("batch.files"), ["batch.file", "batch.rows", "batch.answered", "batch.take"].map((key) => t(key)), [...files].reverse().map((one) => [
        t("batch.file_number", { number: one.sequence, date: one.made_on }), number(one.totals.rows), t("batch.answers_line", { accepted: number(one.accepted), rejected: number(one.rejected), open: number(one.unanswered) }),
        ["csv", "csv.sig", "json", "control.json"].map((part) => h("a", { class: "quiet", href: bureau.continuationAddress(one.sequence, part), download: "" }, part))]))],
    ];
  }

  #state(one) {
    if (one.state === "running") return [t("batch.state_running"), this.#bar(one)];
    if (one.state === "receiving") return [t("batch.state_receiving"), bar(one.parts ? one.received / one.parts : null, t("batch.received", { percent: Math.floor((100 * one.received) / Math.max(1, one.parts)) }))];
    return h("span", { class: `tone ${{ done: "good", failed: "attend", interrupted: "attend", checked: "waiting" }[one.state] ?? ""}` }, t(`batch.state_${one.state}`));
  }

  #bar(one) {
    const part = share(one);
    const step = one.step ? t(`batch.step_${one.step}`) : t("batch.step_begins");
    return bar(part, part === null ? t("batch.pace", { step, done: number(one.done) }) : t("batch.pace_of", { step, done: number(one.done), total: number(one.total) }));
  }

  #one(one) {
    const { rows, faults, lines, more } = batchReport(one);
    return [
      h("p", { class: "soft" }, [one.file_name, t("batch.by", { name: one.made_by, when: moment(one.made_at) }), one.run_by && one.ended_at && t("batch.ran", { name: one.run_by, when: moment(one.ended_at) })].filter(Boolean).join(" · ")),
      h("section", { class: "card batch-state" }, this.#state(one), rows.length > 0 && h("dl", { class: "numbers" }, rows.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))), faults && h("p", { class: "word" }, faults)),
      this.#ends(one),
      lines.length > 0 && h("section", null, h("h2", null, t("batch.lines")), h("p", { class: "soft" }, t("batch.lines_text")),
        table(t("batch.lines"), ["batch.line", "batch.outcome", "batch.who", "batch.what_is", ...(lines.some((line) => line.can_settle) ? ["batch.settle"] : [])].map((key) => t(key)), lines.map((line) => this.#line(line, lines.some((other) => other.can_settle)))),
        more > 0 && h("p", { class: "soft" }, t("batch.lines_more", { count: number(more) }))),
    ];
  }

  #line(line, settles) {
    const cells = [line.line || "–", h("span", { class: `tone ${{ fault: "attend", changed: "waiting", gone: "", new: "good" }[line.outcome]}` }, t(`roster.${line.outcome}`)), line.who, [line.column && h("b", null, line.column.split(" ").map((word) => fieldName(word)).join(t("figure.and")), " "), this.#said(line.what), line.fix && h("small", null, "→ ", this.#said(line.fix))]];
    if (settles) cells.push(line.can_settle ? h("input", { type: "checkbox", name: "settle", value: String(line.line), "aria-label": t("batch.settle_line", { line: line.line }) }) : "");
    return cells;
  }

  /** The service speaks English about lines. */
  #said(text) {
    return currentLanguage() === "zh" ? this.data.words(text) : text;
  }

  #ends(one) {
    const buttons = [];
    const button = (key, run, main = false) => buttons.push(h("button", { class: main ? "main" : "tool", type: "button", "data-at": key, onclick: run }, t(key)));
    if (one.state === "receiving") button("batch.go_on", () => this.#send(one), true);
    if (CAN_RUN.includes(one.state)) {
      const tried = one.state === "checked";
      if (CAN_DRY.includes(one.kind)) button("batch.dry", () => this.#run(one, { dry_run: true }), !tried);
      button(one.state === "interrupted" ? "batch.again" : `batch.run_${one.kind}`, () => this.#take(one), tried || !CAN_DRY.includes(one.kind));
    }
    if (!["running", "done", "dropped"].includes(one.state)) button("batch.drop", () => this.act(() => bureau.dropBatch(one.id)));
    if (one.state === "done" && !FILES[one.kind]) button("batch.once_more", () => this.#make(one.kind));
    return buttons.length > 0 && h("p", { class: "ends" }, buttons);
  }

  async #make(kind) {
    let file = null;
    if (FILES[kind]) {
      const chosen = await ask({ desk: this.desk, title: t(`batch.${kind}`), lead: t(`batch.${kind}_file`), fields: [{ name: "file", label: t("batch.file_choose"), kind: "file", accept: FILES[kind] }], go: t("batch.send"), work: ({ file: one }) => Promise.resolve({ file: one }) });
      if (!chosen?.file) return;
      ({ file } = chosen);
    }
    const made = await this.act(() => bureau.makeBatch({ kind, file_name: file?.name ?? null, file_bytes: file?.size ?? 0 }), { quiet: true });
    if (!made) return;
    if (file) this.files.set(made.id, file);
    location.hash = `#/batches/${made.id}`;
  }

  async start() {
    await super.start();
    const one = this.data?.one;
    if (one?.state === "receiving" && this.files.has(one.id)) await this.#send(one);
  }

  async #send(one) {
    let file = this.files.get(one.id);
    if (!file) {
      const chosen = await ask({ desk: this.desk, title: t("batch.go_on"), lead: t("batch.same_file", { name: one.file_name ?? "" }), fields: [{ name: "file", label: t("batch.file_choose"), kind: "file", accept: FILES[one.kind] }], go: t("batch.send"), work: ({ file: again }) => Promise.resolve({ file: again }) });
      if (!chosen?.file) return;
      if (chosen.file.size !== one.file_bytes) return this.say(t("batch.other_file"));
      ({ file } = chosen);
    }
    await this.act(() => upload(one, file, (now) => {
      this.data.one = now;
      if (!this.stopped) this.redraw();
    }));
  }

  /** Runs for good; what a person has settled goes with it. */
  async #take(one) {
    const settled = [...document.querySelectorAll("input[name=settle]:checked")].map((box) => Number(box.value));
    if (one.kind !== "roster") return this.#run(one, {});
    const { report } = one;
    const fields = [{ name: "mark_gone", label: t("batch.mark_gone", { count: number(report?.gone ?? 0) }), kind: "check" }, { name: "settled", label: t("batch.settled"), value: settled.join(" "), required: false, hint: t("batch.settled_hint") }];
    const form = await ask({ desk: this.desk, title: t("batch.run_roster"), lead: t("batch.take_lead"), fields, go: t("batch.run_roster"), work: ({ mark_gone: mark, settled: text }) => (linesOf(text) ? Promise.resolve({ mark_gone: mark, settled: linesOf(text) }) : Promise.reject({ code: "lines" })) });
    return form && this.#run(one, form);
  }

  #run(one, form) {
    return this.act(() => bureau.runBatch(one.id, form));
  }
}

function fieldName(word) {
  const key = `field.${word}`;
  const text = t(key);
  return text === key ? word : text;
}

/** A bar with its words. @param {number|null} part 0 to 1; `null`: nobody knows */
function bar(part, words) {
  return h("span", { class: "pace" }, h("progress", part === null ? { "aria-label": words } : { value: String(part), max: "1", "aria-label": words }), h("small", null, words));
}
