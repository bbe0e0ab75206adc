/** Statistics of a quarter: pictures of our own, each with its table behind one key; what would tell of fewer than ten people is hidden. */

import { h } from "../../../shared/js/dom.js";
import { shares } from "../charts/shares.js";
import * as house from "../house.js";
import { t } from "../texts.js";
import { quarterBy, quarterName, share } from "../words.js";
import { Place, table } from "./place.js";

const DIMENSIONS = ["age_band", "device", "channel", "township"];

export class StatisticsPage extends Place {
  title = "places.statistics";
  tables = false;
  dimension = "age_band";
  ask = () => house.statistics(this.quarter);

  /** @param {import("../desk.js").Desk} desk @param {string} [quarter] `2026-4` */
  constructor(desk, quarter = "") {
    super(desk);
    this.quarter = quarter;
  }

  heading = () => (this.data ? t("stats.title_of", { quarter: t("stats.quarter", quarterName(this.data.quarter)) }) : t(this.title));

  keys = () => [
    { key: "t", does: t(this.tables ? "stats.show_pictures" : "stats.show_tables"), run: () => this.#turn() },
    { key: "ArrowLeft", shown: t("key.arrows"), does: t("stats.quarters"), run: () => this.#go(-1) },
    { key: "ArrowRight", hidden: true, does: t("stats.quarters"), run: () => this.#go(1) },
    ...DIMENSIONS.map((dimension, n) => ({ key: String(n + 1), shown: t("key.digits", { n: DIMENSIONS.length }), does: t("stats.by"), hidden: n > 0, run: () => this.#by(dimension) })),
  ];

  #turn() {
    this.tables = !this.tables;
    this.redraw();
    this.desk.announce(t(this.tables ? "stats.show_tables" : "stats.show_pictures"));
  }

  #by(dimension) {
    this.dimension = dimension;
    this.redraw();
    this.desk.announce(t(`stats.by_${dimension}`));
  }

  #go(by) {
    if (!this.data || (by > 0 && this.data.running)) return;
    location.hash = `#/statistics/${quarterBy(this.data.quarter, by)}`;
  }

  aside() {
    const { quarter, running } = this.data;
    return h("p", { class: "soft aside" },
      h("button", { class: "tool", type: "button", "data-at": "before", onclick: () => this.#go(-1) }, "←", h("span", { class: "unseen" }, t("stats.before"))),
      h("button", { class: "tool", type: "button", "data-at": "after", disabled: running, onclick: () => this.#go(1) }, "→", h("span", { class: "unseen" }, t("stats.after"))),
      h("button", { class: "tool", type: "button", "data-at": "turn", "aria-pressed": String(this.tables), onclick: () => this.#turn() }, t(this.tables ? "stats.show_pictures" : "stats.show_tables"), h("kbd", null, "T")),
      h("a", { class: "tool", href: house.statisticsAddress(quarter), download: `statistics-${quarter}.csv` }, t("stats.csv")));
  }

  body() {
    return [
      h("p", { class: "soft" }, t(this.data.running ? "stats.running" : "stats.lead")),
      this.#journeys(),
      h("div", { class: "pictures" }, this.#figure("steps", this.#steps()), this.#figure("channels", this.#channels()), this.#figure("queue", this.#queue()), this.#figure("officers", this.#officers())),
    ];
  }

  #figure(name, [chart, tabled]) {
    return h("figure", { class: `card figure ${name}` }, h("figcaption", null, h("h2", null, t(`stats.${name}`)), h("p", { class: "soft" }, t(`stats.${name}_text`, this.#said(name)))), this.tables ? tabled : chart);
  }

  #said(name) {
    if (name !== "queue") return undefined;
    const { decided, late, waiting, overdue } = this.data.deadlines;
    return { decided, late, waiting, overdue };
  }

  #journeys() {
    const data = this.data.tables.find((one) => one.dimension === this.dimension);
    const tabs = DIMENSIONS.map((dimension, n) => h("button", { class: "tool", type: "button", "data-at": dimension, "aria-pressed": String(dimension === this.dimension), onclick: () => this.#by(dimension) }, t(`stats.by_${dimension}`), h("kbd", null, String(n + 1))));
    const groups = [{ ...data.all, name: null }, ...data.groups];
    const name = (group) => (group.name === null ? t("stats.all") : groupName(this.dimension, group.name));
    const rows = groups.map((group) => ({ name: name(group), said: passSaid(group), share: group.first_pass === null || group.people === null ? null : group.first_pass / group.people }));
    const cell = (value, words = String) => (value === null ? t("stats.hidden") : words(value));
    const heads = ["group", "people", "first_pass", "attempts", "median"].map((key) => t(`stats.${key}`));
    const lines = groups.map((group) => [name(group), cell(group.people), group.first_pass === null ? t("stats.hidden") : `${group.first_pass} (${share(group.first_pass, group.people)})`, cell(group.attempts, (n) => n.toFixed(1)), cell(group.median_seconds, (n) => t("stats.seconds", { n }))]);
    const times = groups.filter((group) => group.median_seconds !== null);
    const slowest = Math.max(1, ...times.map((group) => group.median_seconds));
    const medians = groups.map((group) => ({ name: name(group), said: group.median_seconds === null ? t("stats.hidden") : t("stats.median_said", { seconds: group.median_seconds, attempts: group.attempts.toFixed(1) }), share: group.median_seconds === null ? null : group.median_seconds / slowest }));
    return h("section", { class: "journeys", "aria-label": t("stats.journeys") },
      h("div", { class: "tabs", role: "group", "aria-label": t("stats.by") }, tabs),
      this.tables ? table(t("stats.journeys"), heads, lines) : h("div", { class: "pictures" },
        h("figure", { class: "card figure" }, h("figcaption", null, h("h2", null, t("stats.first_pass")), h("p", { class: "soft" }, t("stats.first_pass_text"))), shares(rows, t("stats.first_pass"))),
        h("figure", { class: "card figure" }, h("figcaption", null, h("h2", null, t("stats.median")), h("p", { class: "soft" }, t("stats.median_text"))), shares(medians, t("stats.median")))));
  }

  #steps() {
    const most = Math.max(1, ...this.data.steps.map((one) => one.people ?? 0));
    const rows = this.data.steps.map(({ step, people }) => ({ name: t(`step.${step}`), said: people === null ? t("stats.hidden") : t("stats.people_said", { people }), share: people === null ? null : people / most }));
    return [shares(rows, t("stats.steps")), table(t("stats.steps"), [t("stats.step"), t("stats.people")], rows.map(({ name, said }) => [name, said]))];
  }

  #channels() {
    const some = this.data.channels.filter(({ people }) => people !== 0);
    if (!some.length) return [nothing(), nothing()];
    const most = Math.max(1, ...some.map((one) => one.people ?? 0));
    const rows = some.map(({ channel, people }) => ({ name: t(`channel.${channel}`), said: people === null ? t("stats.hidden") : t("stats.people_said", { people }), share: people === null ? null : people / most }));
    return [shares(rows, t("stats.channels")), table(t("stats.channels"), [t("earlier.channel"), t("stats.people")], rows.map(({ name, said }) => [name, said]))];
  }

  #queue() {
    const ages = [0, 1, 2, 3].map((n) => t(`stats.age_${n}`));
    const sum = ({ by_age: all }) => all.reduce((a, b) => a + b, 0);
    const most = Math.max(1, ...this.data.lanes.map(sum));
    const rows = this.data.lanes.map((lane) => ({ name: t(`lane.${lane.lane}`), said: t("stats.waits_said", { count: sum(lane), old: lane.by_age[3] }), share: sum(lane) / most }));
    return [shares(rows, t("stats.queue")), table(t("stats.queue"), [t("stats.lane"), ...ages], this.data.lanes.map((lane) => [t(`lane.${lane.lane}`), ...lane.by_age.map(String)]))];
  }

  #officers() {
    const { officers } = this.data;
    if (!officers.length) return [nothing(), nothing()];
    const most = Math.max(1, ...officers.map((one) => one.decided));
    const rows = officers.map(({ officer, decided }) => ({ name: officer, said: t("stats.decided_said", { decided }), share: decided / most }));
    return [shares(rows, t("stats.officers")), table(t("stats.officers"), [t("officers.col_name"), t("stats.taken"), t("stats.decided")], officers.map(({ officer, taken, decided }) => [officer, String(taken), String(decided)]))];
  }
}

const nothing = () => h("p", { class: "soft" }, t("stats.nothing"));

function groupName(dimension, name) {
  if (!name) return t("stats.unknown");
  return { age_band: t(`age_band.${name}`), device: t(`device.${name}`), channel: t(`channel.${name}`) }[dimension] ?? name;
}

function passSaid({ people, first_pass: passed }) {
  if (people === null) return t("stats.hidden");
  return passed === null ? t("stats.people_said", { people }) : t("stats.pass_said", { percent: share(passed, people), people });
}

