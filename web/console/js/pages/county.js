/** The county at a glance: what waits, and four pictures, each with its table behind one key. */

import { h } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { bars, patch } from "../charts/bars.js";
import { funnel } from "../charts/funnel.js";
import { small } from "../charts/multiples.js";
import { monthsOfChannels, ofPlace } from "../figures.js";
import { clock, date, month, number, t } from "../texts.js";
import { Place, table } from "./place.js";

/** How often the figures are asked for anew while the page is open, ms. The server counts at most once a minute. */
const NEWS_MS = 60_000;

export class CountyPage extends Place {
  title = "places.county";
  ask = () => bureau.county();
  tables = false;

  async start() {
    this.timer = setInterval(() => document.hidden || this.fetch(), NEWS_MS);
    await super.start();
  }

  stop() {
    clearInterval(this.timer);
    super.stop();
  }

  keys = () => [{ key: "t", does: t(this.tables ? "county.show_pictures" : "county.show_tables"), run: () => this.#turn() }];

  #turn() {
    this.tables = !this.tables;
    this.redraw();
    this.desk.announce(t(this.tables ? "county.show_tables" : "county.show_pictures"));
  }

  aside() {
    return h("p", { class: "soft aside" }, t("county.as_of", { date: date(this.data.on), time: clock(this.data.counted_at) }), " ",
      h("button", { class: "tool", type: "button", "data-at": "turn", onclick: () => this.#turn() }, t(this.tables ? "county.show_pictures" : "county.show_tables"), h("kbd", null, "T")));
  }

  body() {
    return [
      this.#cards(),
      h("div", { class: "pictures" },
        this.#figure("months", this.#months()),
        this.#figure("channels", this.#channels()),
        this.#figure("townships", this.#townships()),
        this.#figure("funnel", this.#funnel())),
      h("p", { class: "soft" }, t("county.working"), this.may("see_statistics") && [" ", h("a", { href: "/api/console/county.csv", download: true }, t("county.published"))]),
    ];
  }

  #cards() {
    const { due, desks, people } = this.data;
    const list = (lane) => this.may("see_people") && `#/people/${lane}`;
    const register = (tab) => this.may("see_case") && `#/registers/${tab}`;
    const cards = [
      ["due", due.due, list("due")],
      ["in_grace", due.in_grace, list("in_grace")],
      ["past_grace", due.past_grace, list("past_grace"), "attend"],
      ["to_call", due.to_call, list("to_call"), "attend"],
      ["suspended", people.suspended ?? 0, list("suspended")],
      ["proposals", desks.proposals, this.may("see_people") && "#/proposals", "attend"],
      ["visits", desks.visits, register("visits")],
      ["appointments", desks.appointments, register("appointments")],
      ["forms", desks.forms, register("forms")],
      ["care", desks.care, register("care")],
    ];
    return h("ul", { class: "cards" }, cards.map(([key, count, href, tone]) => {
      const inside = [h("b", { class: count > 0 && tone }, number(count)), h("span", null, t(`card.${key}`))];
      return h("li", null, href ? h("a", { class: "card", href }, inside) : h("div", { class: "card" }, inside));
    }));
  }

  #figure(name, [chart, tabled]) {
    return h("figure", { class: `card figure ${name}` }, h("figcaption", null, h("h2", null, t(`figure.${name}`)), h("p", { class: "soft" }, t(`figure.${name}_text`, { days: this.data.funnel.days }))), this.tables ? h("div", { class: "scrolls", role: "region", tabindex: "0", "aria-label": t(`figure.${name}`) }, tabled) : chart);
  }

  #months() {
    const here = this.data.on.slice(0, 7);
    const said = (one) => t("figure.month_said", { month: month(one.month), people: number(one.people) });
    const href = (one) => (this.may("see_people") ? `#/people/month/${one.month}` : undefined);
    const drawn = this.data.months.map((one) => ({ label: month(one.month, { short: true }), said: said(one), value: one.people, marked: one.month <= here, href: href(one) }));
    return [bars(drawn, { label: t("figure.months"), number }), table(t("figure.months"), [t("figure.month"), t("figure.people")], this.data.months.map((one) => [month(one.month), number(one.people)]))];
  }

  #channels() {
    const { months, channels } = monthsOfChannels(this.data.channels, this.data.on);
    const name = (key) => t(`channel.${key}`);
    if (!channels.length) return [h("p", { class: "soft none" }, t("figure.channels_none")), h("p", { class: "soft none" }, t("figure.channels_none"))];
    const drawn = months.map((one) => ({
      label: month(one.month, { short: true }), value: one.people, layers: one.by,
      said: t("figure.month_said", { month: month(one.month), people: channels.filter((key) => one.by[key]).map((key) => `${name(key)} ${number(one.by[key])}`).join(t("figure.and")) || number(0) }),
    }));
    const legend = h("ul", { class: "legend" }, channels.map((key) => h("li", null, patch(key), name(key))));
    return [[bars(drawn, { label: t("figure.channels"), number, keys: channels }), legend],
      table(t("figure.channels"), [t("figure.month"), ...channels.map(name)], months.map((one) => [month(one.month), ...channels.map((key) => number(one.by[key] ?? 0))]))];
  }

  #townships() {
    const { townships } = this.data;
    if (!townships.length) return [h("p", { class: "soft none" }, t("figure.townships_none")), h("p", { class: "soft none" }, t("figure.townships_none"))];
    const most = Math.max(...townships.flatMap((one) => one.months.map((m) => m.people)));
    const name = (one) => one.township || t("figure.township_unknown");
    const link = (one) => (one.township && this.may("see_people") ? h("a", { href: `#/people/overdue/${encodeURIComponent(one.township)}` }, one.township) : name(one));
    const each = townships.map((one) => h("li", null,
      h("p", null, h("b", null, link(one)), h("span", null, t("figure.overdue_of", { overdue: number(one.overdue), past: number(one.past_grace) }))),
      small({ label: t("figure.township_said", { township: name(one), overdue: number(one.overdue) }), values: ofPlace(one.months).map((m) => ({ value: m.people, marked: m.month === "earlier", said: `${m.month === "earlier" ? t("figure.earlier") : month(m.month)}: ${number(m.people)}` })) }, most)));
    const more = this.data.townships_more > 0 && h("p", { class: "soft" }, t("figure.townships_more", { townships: number(this.data.townships_more), people: number(this.data.overdue_more) }));
    return [[h("ul", { class: "small-multiples" }, each), more],
      [table(t("figure.townships"), [t("figure.township"), t("figure.overdue"), t("figure.past_grace")], townships.map((one) => [link(one), number(one.overdue), number(one.past_grace)])), more]];
  }

  #funnel() {
    const { funnel: way } = this.data;
    const steps = [["due"], ["told"], ["opened"], ["called"], ["confirmed", "good"], ["with_officer", "waiting"], ["unreached", "attend"]];
    const share = (n) => (way.due ? Math.round((100 * n) / way.due) : 0);
    const drawn = steps.map(([key, kind]) => {
      const count = t("figure.count_share", { people: number(way[key]), percent: share(way[key]) });
      return { name: t(`step.${key}`), count, said: `${t(`step.${key}`)}: ${count}`, value: way[key], kind };
    });
    return [funnel(drawn, { label: t("figure.funnel"), all: way.due }), table(t("figure.funnel"), [t("figure.step"), t("figure.people")], drawn.map((step) => [step.name, step.count]))];
  }
}
