/** Finding people, and the lists of who is due, overdue, to be called, suspended. */

import { h } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { icon } from "../parts/icons.js";
import { date, month, number, t } from "../texts.js";
import { countyToday, yearsBetween } from "../words.js";
import { Place, rowKeys, table } from "./place.js";

/** Lists in the order of their urgency. */
const LANES = ["due", "in_grace", "past_grace", "to_call", "overdue", "suspended", "ended"];

export class PeoplePage extends Place {
  title = "places.people";

  /** `#/people/due`, `#/people/month/2026-11`, `#/people/overdue/石桥镇`, `#/people/find` */
  constructor(desk, lane = "find", of = "") {
    super(desk);
    this.lane = LANES.includes(lane) || lane === "month" ? lane : "find";
    this.month = this.lane === "month" ? of : "";
    this.township = this.lane === "month" ? "" : of;
    this.text = desk.sought ?? "";
  }

  ask = async () => {
    if (this.lane === "find") return this.text ? { people: await bureau.find(this.text), next: null } : { people: null, next: null };
    return bureau.people({ lane: this.lane, month: this.month, township: this.township });
  };

  heading = () => {
    if (this.lane === "find") return t("places.people");
    if (this.lane === "month") return t("people.of_month", { month: month(this.month) });
    return this.township ? t("people.of_township", { lane: t(`people.${this.lane}`), township: this.township }) : t(`people.${this.lane}`);
  };

  keys = () => [{ key: "/", does: t("people.search"), run: () => document.querySelector("#sought")?.focus() }, ...rowKeys()];

  settle() {
    if (this.lane === "find") document.querySelector(this.text ? "main h1" : "#sought")?.focus();
    else super.settle();
  }

  aside() {
    const { people, next } = this.data;
    return people && h("p", { class: "soft aside" }, t(next ? "people.count_more" : "people.count", { count: number(people.length) }));
  }

  body() {
    const { people } = this.data;
    return [this.#search(), this.#lanes(), people ? (people.length ? this.#table(people) : this.#nobody()) : h("p", { class: "soft" }, t("people.hint")), this.data.next && h("button", { class: "tool more-rows", type: "button", "data-at": "more", onclick: () => this.#more() }, t("people.more"))];
  }

  #search() {
    const go = async (event) => {
      event.preventDefault();
      this.text = event.target.elements.sought.value.trim();
      this.desk.sought = this.text;
      if (this.lane !== "find") return (location.hash = "#/people/find");
      await this.act(() => null);
      return document.querySelector("main tbody th a")?.focus();
    };
    return h("form", { class: "search", role: "search", onsubmit: go },
      h("label", { for: "sought" }, t("people.search")),
      h("input", { id: "sought", name: "sought", type: "search", value: this.text, autocomplete: "off", maxlength: "64", placeholder: t("people.placeholder") }),
      h("button", { class: "main", type: "submit" }, t("people.go")));
  }

  #lanes() {
    return h("nav", { "aria-label": t("people.lists") }, h("ul", { class: "tabs" }, LANES.map((lane) => h("li", null, h("a", { href: `#/people/${lane}`, "aria-current": lane === this.lane && "page" }, t(`people.${lane}`))))));
  }

  #table(people) {
    const today = countyToday(Date.now());
    return table(this.heading(), ["facts.name", "facts.id", "facts.phone", "people.standing", "facts.due", "facts.last", "facts.residence"].map((key) => t(key)), people.map((one) => [
      [h("a", { href: `#/person/${one.id}` }, one.name), h("span", { class: "age" }, t("queue.age", { age: yearsBetween(one.birth_on, today) }))],
      `…${one.id_number_tail}`,
      one.phone ?? t("facts.unknown"),
      standing(one),
      date(one.due_on),
      one.last_confirmed_on ? date(one.last_confirmed_on) : t("facts.never"),
      one.residence ?? t("facts.unknown"),
    ]), { className: "people-list" });
  }

  #nobody() {
    return h("section", { class: "empty" }, icon("cup"), h("h2", null, t(this.lane === "find" ? "people.not_found" : "people.nobody")), h("p", { class: "soft" }, t(this.lane === "find" ? "people.not_found_text" : "people.nobody_text")));
  }

  async #more() {
    await this.act(async () => {
      const { people, next } = await bureau.people({ lane: this.lane, month: this.month, township: this.township, after: this.data.next });
      this.data = { people: [...this.data.people, ...people], next };
    }, { quiet: true });
    this.redraw();
  }
}

/** Where somebody stands, in a word with its tone. */
export function standing({ status, phase }) {
  if (status !== "active") return h("span", { class: "tone against" }, t(`benefit.${status}`));
  if (!phase) return h("span", { class: "tone" }, t("phase.uncounted"));
  const tone = { confirmed: "good", due: "waiting", in_grace: "attend", past_grace: "attend" }[phase];
  return h("span", { class: `tone ${tone}` }, t(`phase.${phase}`));
}
