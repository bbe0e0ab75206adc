/** The county's pictures and batches in numbers: axes, layers, bars of a way, parts of a file, lines that somebody typed, terms that change. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { axis, places, stacked } from "../../web/console/js/charts/draw.js";
import { stepBar } from "../../web/console/js/charts/funnel.js";
import { CHANNELS, lastMonths, linesOf, monthsOfChannels, ofPlace, partsLeft, share } from "../../web/console/js/figures.js";
import { hoursOfLines, linesOfHours } from "../../web/console/js/parts/hours.js";
import { translator } from "../../web/console/js/roster-words.js";
import { fields, variants } from "./rust.mjs";

test("an axis ends on a round number at or above the most, with few steps", () => {
  for (const most of [1, 2, 3, 7, 9, 10, 11, 49, 120, 999, 1000, 83_412, 1_000_000]) {
    const { top, ticks } = axis(most);
    assert.ok(top >= most && top <= 2.5 * most + 1, `${most}: ${top}`);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${most}: ${ticks}`);
    assert.equal(ticks.at(-1), top);
    assert.ok(ticks.every(Number.isInteger), `people are whole: ${ticks}`);
  }
  assert.deepEqual(axis(0).ticks, [0, 1], "nobody at all");
});

test("bars fill the room side by side and never lie on one another", () => {
  const spots = places(15, 514);
  spots.forEach((spot, nth) => assert.ok(nth === 0 || spot.x >= spots[nth - 1].x + spots[nth - 1].width));
  assert.ok(spots.at(-1).x + spots.at(-1).width <= 514);
});

test("layers lie on one another without gaps, in one order, and what is nothing is not drawn", () => {
  const [column] = stacked([{ a: 3, b: 0, c: 4 }], ["c", "b", "a"]);
  assert.deepEqual(column, [{ key: "c", from: 0, until: 4 }, { key: "a", from: 4, until: 7 }]);
});

test("a step of a way is as long as its share, in the middle", () => {
  assert.deepEqual(stepBar(50, 100, 200), { x: 50, width: 100 });
  assert.deepEqual(stepBar(0, 0, 200), { x: 100, width: 0 });
  assert.deepEqual(stepBar(130, 100, 200), { x: 0, width: 200 }, "never beyond the room");
});

test("every channel of the service has its place in the column", () => {
  assert.deepEqual([...CHANNELS].sort(), variants("src/domain/confirmation.rs", "Channel").sort());
  const css = readFileSync(new URL("../../web/console/css/county.css", import.meta.url), "utf8");
  for (const channel of CHANNELS.filter((one) => one !== "data_match")) assert.ok(css.includes(`.of-${channel} `), channel);
});

test("months go back over the turn of the year", () => {
  assert.deepEqual(lastMonths("2027-02-10", 4), ["2026-11", "2026-12", "2027-01", "2027-02"]);
  const { months, channels } = monthsOfChannels([{ month: "2026-12", channel: "mail", people: 3 }, { month: "2026-12", channel: "video_auto", people: 5 }], "2027-02-10");
  assert.equal(months.length, 12);
  assert.deepEqual(months.at(-3), { month: "2026-12", by: { mail: 3, video_auto: 5 }, people: 8 });
  assert.deepEqual(channels, ["video_auto", "mail"], "only those that there are, from the bottom up");
  assert.deepEqual(ofPlace([{ month: "2026-11" }, { month: "earlier" }]).map((one) => one.month), ["earlier", "2026-11"]);
});

test("an upload goes on after the last part that came", () => {
  const batch = { file_bytes: 10, part_bytes: 4, parts: 3, received: 1 };
  assert.deepEqual(partsLeft(batch), [{ nth: 1, from: 4, until: 8 }, { nth: 2, from: 8, until: 10 }]);
  assert.deepEqual(partsLeft({ ...batch, received: 3 }), []);
  assert.equal(share({ done: 5, total: 0 }), null);
  assert.equal(share({ done: 5, total: 10 }), 0.5);
});

test("lines as people type them", () => {
  assert.deepEqual(linesOf(" 17, 230、5 "), [17, 230, 5]);
  assert.deepEqual(linesOf(""), []);
  assert.equal(linesOf("17-19"), null);
});

test("what the service says about lines of a roster is said in Chinese, and nothing else is", () => {
  const table = JSON.parse(readFileSync(new URL("../../web/shared/locales/roster.zh.json", import.meta.url), "utf8"));
  const say = translator(table);
  assert.equal(say("the same id number stands in line 17"), "和第 17 行身份证号相同");
  assert.equal(say("its name is no id number: it has a wrong check character (a digit was mistyped)"), "文件名不是身份证号：校验位不对（有一位写错）");
  assert.equal(say("something new"), "something new");
  const roster = new URL("../../src/service/roster/", import.meta.url);
  const rust = readdirSync(roster, { recursive: true }).filter((name) => name.endsWith(".rs") && !name.endsWith("tests.rs")).map((name) => readFileSync(new URL(name, roster), "utf8").split("#[cfg(test)]")[0]);
  const spoken = [...rust, ...["src/domain/beneficiary.rs", "src/service/batches/run.rs"].map((name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"))].join("\n");
  for (const english of Object.keys(table)) for (const piece of english.split("{}")) assert.ok(spoken.includes(piece), `nobody says: ${english}`);
  const told = [...rust.join("\n").matchAll(/(?:let (?:what|fix) =\s*|RosterFault::new\([^"]*?"[^"]*", "[^"]*", |row\.fault\(Column::\w+, )"([^"{]{6,})"/g)].map(([, text]) => text);
  assert.ok(told.length > 20, `only ${told.length} were found`);
  assert.deepEqual(told.filter((text) => !(text in table)), [], "has no Chinese");
});

test("the pages read the figures by the names that the service gives them", () => {
  const page = readFileSync(new URL("../../web/console/js/pages/county.js", import.meta.url), "utf8");
  for (const field of fields("src/service/views/county.rs", "CountyFigures")) assert.ok(page.includes(field), field);
  for (const field of fields("src/service/views/county.rs", "Funnel").filter((name) => name !== "days")) assert.ok(page.includes(`"${field}"`), field);
  const person = ["pages/person.js", "parts/account.js", "parts/person-actions.js"].map((name) => readFileSync(new URL(`../../web/console/js/${name}`, import.meta.url), "utf8")).join("\n");
  for (const field of fields("src/service/views/person.rs", "PersonView")) assert.ok(person.includes(field), field);
});

test("hours of a day are typed as people write them, and come back as they were", () => {
  const spans = [{ from: "09:00:00", until: "11:30:00", officers: 2 }, { from: "18:30:00", until: "20:00:00", officers: 1 }];
  assert.deepEqual(hoursOfLines(linesOfHours(spans)), spans);
  assert.deepEqual(hoursOfLines("  9:00–11:30  x2\n\n18：30 至 20：00\n"), spans);
  assert.deepEqual(hoursOfLines(" \n"), [], "closed");
  for (const bad of ["9 to 11", "09:00", "09:00-11:30 two", "09:00-11:30 2\nlater"]) assert.equal(hoursOfLines(bad), null, bad);
});
