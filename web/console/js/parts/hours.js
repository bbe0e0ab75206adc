/** The hours of one day for appointments: seen by everybody, changed by whoever keeps the rules. */

import { h } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { clock, t } from "../texts.js";
import { ask, show } from "./forms.js";

const short = (time) => time.slice(0, 5);

/** A line for each span: `09:00-11:30 2`. @param {{from: string, until: string, officers: number}[]} spans */
export const linesOfHours = (spans) => spans.map(({ from, until, officers }) => `${short(from)}-${short(until)} ${officers}`).join("\n");

/** The spans that lines name; `null` when a line cannot be read. Without a number there is one officer. @param {string} text */
export function hoursOfLines(text) {
  const spans = text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const [, from, until, officers = "1"] = /^(\d{1,2}[:：]\d{2})\s*[-–—~～至]\s*(\d{1,2}[:：]\d{2})(?:\s+[x×]?(\d{1,3}))?$/.exec(line) ?? [];
    return from && { from: whole(from), until: whole(until), officers: Number(officers) };
  });
  return spans.every(Boolean) ? spans : null;
}

const whole = (time) => `${time.replace("：", ":").padStart(5, "0")}:00`;

/** @param {import("../pages/place.js").Place} page @param {{day_on: string, spans: Object[], reason: string|null}} hours */
export function hoursOfDay(page, hours) {
  const { day_on: day, spans, reason } = hours;
  const told = spans.map(({ from, until, officers }) => h("li", null, `${short(from)}–${short(until)}`, " ", h("small", { class: "soft" }, t("hours.officers", { count: officers }))));
  const change = page.may("approve_policy") && h("span", { class: "ends" },
    h("button", { class: "tool", type: "button", "data-at": "hours", onclick: () => set(page, hours) }, t("hours.change")),
    reason !== null && h("button", { class: "tool", type: "button", "data-at": "pattern", onclick: () => page.act(() => bureau.dropHours(day)) }, t("hours.pattern")));
  return h("section", { class: "card hours", "aria-label": t("hours.title") },
    h("h2", null, t("hours.title")), told.length ? h("ul", null, told) : h("p", null, t("hours.closed")),
    h("p", { class: "soft" }, reason === null ? t("hours.by_pattern") : t("hours.other", { reason })), change);
}

async function set(page, { day_on: day, spans, reason }) {
  const fields = [{ name: "lines", label: t("hours.lines"), kind: "long", value: linesOfHours(spans), required: false, hint: t("hours.hint") }, { name: "reason", label: t("hours.reason"), value: reason ?? "" }];
  const outside = await ask({ desk: page.desk, title: t("hours.change"), lead: t("hours.lead"), fields, go: t("officers.save_short"), work: ({ lines, reason: why }) => {
    const read = hoursOfLines(lines);
    return read ? bureau.setHours({ day_on: day, spans: read, reason: why }) : Promise.reject({ code: "hours_lines" });
  } });
  if (!outside) return;
  await page.fetch();
  if (outside.length) await show(t("hours.outside"), h("p", { class: "soft" }, t("hours.outside_lead")), h("ul", null, outside.map((one) => h("li", null, `${clock(one.starts_at)} ${one.name} ${one.phone ?? ""}`))));
}
