/** The console's own arithmetic: where faces lie, what dates say, which case is next; and the contract with the service. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { nearest, place, through } from "../../web/console/js/geometry.js";
import * as words from "../../web/console/js/words.js";
import { Viewer } from "../../web/console/js/viewer.js";
import { cases } from "../e2e/scripted-console-cases.mjs";
import { fields, variants } from "./rust.mjs";

const VIEWS = "src/service/views.rs";
const CONSOLE = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "web", "console", "js");
const still = { zoom: 1, x: 0, y: 0 };
const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

test("eyes of two different pictures come to lie at the same places, whatever size and tilt", () => {
  const tile = { width: 240, height: 300 };
  const upright = [[100, 200], [160, 200]];
  const tilted = [[30, 12], [42, 28]];
  for (const view of [still, { zoom: 2.5, x: 0.2, y: -0.1 }]) {
    const a = place({ width: 480, height: 640 }, upright, tile, view);
    const b = place({ width: 90, height: 60 }, tilted, tile, view);
    for (const eye of [0, 1]) {
      const [ax, ay] = through(a, upright[eye]);
      const [bx, by] = through(b, tilted[eye]);
      near(ax, bx);
      near(ay, by);
    }
  }
});

test("an aligned face is not mirrored or stretched", () => {
  const [a, b, c, d] = place({ width: 480, height: 270 }, [[200, 90], [230, 96]], { width: 200, height: 250 }, still);
  near(a, d);
  near(b, -c);
  assert.ok(a * d - b * c > 0);
});

test("a picture without eyes is shown whole", () => {
  const tile = { width: 200, height: 250 };
  const matrix = place({ width: 400, height: 100 }, null, tile, still);
  assert.deepEqual(through(matrix, [0, 0]), [0, 100]);
  assert.deepEqual(through(matrix, [400, 100]), [200, 150]);
});

test("two tiles of different size move alike", () => {
  const eyes = [[100, 200], [160, 200]];
  const view = { zoom: 2, x: 0.3, y: 0.1 };
  const [ax] = through(place({ width: 480, height: 640 }, eyes, { width: 200, height: 250 }, view), eyes[0]);
  const [bx] = through(place({ width: 480, height: 640 }, eyes, { width: 400, height: 500 }, view), eyes[0]);
  near(ax * 2, bx);
});

test("the nearest picture to a moment", () => {
  const stills = [{ at_ms: 0 }, { at_ms: 900 }, { at_ms: 2000 }];
  assert.equal(nearest(stills, 1400), 1);
  assert.equal(nearest(stills, 1500), 2);
  assert.equal(nearest(stills, -5), 0);
});

test("time left and time over", () => {
  const now = Date.parse("2026-11-24T08:00:00Z");
  const say = (instant) => {
    const { key, values, over, soon } = words.remaining(instant, now);
    return [key, values.n, over, soon];
  };
  assert.deepEqual(say("2026-11-24T08:00:30Z"), ["time.minutes_left", 1, false, true]);
  assert.deepEqual(say("2026-11-24T14:30:00Z"), ["time.hours_left", 6, false, true]);
  assert.deepEqual(say("2026-11-27T09:00:00Z"), ["time.days_left", 3, false, false]);
  assert.deepEqual(say("2026-11-24T07:10:00Z"), ["time.minutes_over", 50, true, false]);
});

test("a due date counts days in the county, not instants", () => {
  const justAfterMidnightInChina = Date.parse("2026-11-23T16:30:00Z");
  assert.equal(words.countyToday(justAfterMidnightInChina), "2026-11-24");
  assert.equal(words.daysUntil("2026-11-24", "2026-11-24").key, "time.today");
  assert.deepEqual(words.daysUntil("2026-11-30", "2026-11-24").values, { n: 6 });
  assert.equal(words.daysUntil("2026-11-20", "2026-11-24").over, true);
});

test("years between reference and call", () => {
  assert.equal(words.yearsBetween("2019-11-25", "2026-11-24T00:00:00Z"), 6);
  assert.equal(words.yearsBetween("2019-11-24", "2026-11-24T00:00:00Z"), 7);
  assert.equal(words.yearsBetween(null, "2026-11-24T00:00:00Z"), null);
  assert.equal(words.yearsPhrase(6).many, false);
  assert.equal(words.yearsPhrase(7).many, true);
  assert.equal(words.yearsPhrase(0).key, "faces.years_none");
});

test("a second officer is announced for grave reasons and for what the machine has not seen", () => {
  const asks = (kind, ...reasons) => words.wantsFourEyes({ kind, reasons });
  assert.equal(asks("flagged_call", { group: "match" }, { group: "attack" }), true);
  assert.equal(asks("flagged_call", { group: "data" }), true);
  assert.equal(asks("flagged_call", { code: "far_below", group: "match" }), true);
  assert.equal(asks("flagged_call", { group: "capture" }, { group: "people" }), false);
  assert.equal(asks("photo"), true);
});

test("a score is a sentence with its interval, or says that there is none", () => {
  const known = { known: "known", of_ten_thousand: 0.004, low: 0, high: 0.92, sample: 40_000, calibration_version: "a" };
  assert.deepEqual(words.meaningPhrase(known), { key: "meaning.known", values: { n: "<0.01", low: "0", high: "0.92", sample: "40,000" } });
  assert.equal(words.meaningPhrase({ known: "sample_too_small", sample: 12 }).key, "meaning.sample_too_small");
  assert.equal(words.meaningPhrase(null).key, "meaning.none");
});

test("quarters follow one another, and shares keep a decimal only where it says something", () => {
  assert.equal(words.quarterBy("2026-4", 1), "2027-1");
  assert.equal(words.quarterBy("2026-1", -1), "2025-4");
  assert.equal(words.quarterBy("2026-2", 5), "2027-3");
  assert.deepEqual([words.share(1, 8), words.share(1, 200), words.share(0, 0), words.share(1, 1), words.per(500)], ["13 %", "0.5 %", "0 %", "100 %", "5 %"]);
});

test("why a picture was compared", () => {
  const pose = { yaw_deg: -4.4, pitch_deg: 2.6, roll_deg: 0 };
  assert.deepEqual(words.whyPhrase({ quality: 88, pose }, 0), { key: "faces.why_this", values: { quality: 88, yaw: 4, pitch: 3 } });
  assert.equal(words.whyPhrase({ quality: 88, pose: null }, 0).key, "faces.why_quality");
  assert.equal(words.whyPhrase({ quality: 88, pose }, -1).key, "faces.why_film");
});

test("the space bar: held shows the reference, a short press keeps it", () => {
  const viewer = new Viewer({ references: [{}], call: { stills: [{ probe: true, quality: 50 }, { probe: true, quality: 90 }] } });
  assert.equal(viewer.still, 1, "the best picture comes first");
  viewer.press(0);
  viewer.press(30);
  assert.equal(viewer.flicker, true);
  viewer.release(900);
  assert.equal(viewer.flicker, false);
  viewer.press(1000);
  viewer.release(1100);
  assert.equal(viewer.flicker, true);
  viewer.press(2000);
  viewer.release(2100);
  assert.equal(viewer.flicker, false);
});

test("a picture cannot be moved out of sight, and zooming out puts it back", () => {
  const viewer = new Viewer({ references: [{}], call: null });
  viewer.zoom(3);
  viewer.pan(50, -50);
  assert.ok(viewer.view.x <= viewer.view.zoom / 2 && viewer.view.y >= -viewer.view.zoom / 2);
  viewer.zoom(-20);
  assert.deepEqual(viewer.view, still);
});

const made = cases(Date.parse("2026-11-24T00:00:00Z"));
const withCall = made.find((one) => one.call);
const SHAPES = [
  ["BeneficiaryView", withCall.beneficiary, []],
  ["ReferenceView", withCall.references[0], ["file"]],
  ["CallView", withCall.call, []],
  ["StillView", withCall.call.stills[0], ["file"]],
  ["ConfirmationView", withCall.confirmations[0], []],
  ["HistoryView", withCall.history[0], []],
];

for (const [name, value, ours] of SHAPES) {
  test(`made-up cases speak like the service: ${name}`, () => {
    const keys = Object.keys(value).filter((key) => !ours.includes(key));
    assert.deepEqual(keys.sort(), fields(VIEWS, name).sort());
  });
}

test("made-up cases speak like the service: CaseView", () => {
  const keys = Object.keys(withCall);
  const expected = [...fields(VIEWS, "CaseRow"), ...fields(VIEWS, "CaseView")].filter((key) => key !== "may");
  assert.deepEqual(keys.sort(), expected.sort());
});

test("the console can draw every mark, send every disposition and every reason to ask again", () => {
  const timeline = readFileSync(join(CONSOLE, "parts", "timeline.js"), "utf8");
  const dispositions = readFileSync(join(CONSOLE, "parts", "dispositions.js"), "utf8");
  for (const kind of variants("src/domain/evidence.rs", "MarkKind")) assert.match(timeline, new RegExp(`\\n  ${kind}: \\{ row:`), kind);
  for (const id of variants("src/domain/case.rs", "Disposition")) assert.match(dispositions, new RegExp(`id: "${id}"`), id);
  const listed = /ASK_AGAIN_BECAUSE = \[([^\]]*)\]/.exec(dispositions)[1].match(/\w+/g);
  assert.deepEqual(listed, variants("src/domain/case.rs", "AskAgainBecause"));
});

test("the preview says what the service's notice says", () => {
  const notice = join(CONSOLE, "..", "..", "..", "src", "notice");
  const rust = readFileSync(join(notice, "compose.rs"), "utf8").replace(/\\\n\s*/g, "");
  for (const language of ["zh", "en"]) {
    const texts = JSON.parse(readFileSync(join(CONSOLE, "..", "..", "shared", "locales", `console.${language}.json`), "utf8"));
    for (const because of variants("src/domain/case.rs", "AskAgainBecause")) assert.ok(rust.includes(`"${texts[`citizen.${because}`]}"`), because);
    const frame = texts["citizen.notice"].replace("{county}", "{county_name}").replace("{link}", "{url}");
    assert.equal(readFileSync(join(notice, "templates", language, "case_result.sms.txt"), "utf8").trim(), frame);
  }
});

test("signs speak for an attack, for a living person, or say little", () => {
  assert.deepEqual([2, 0.2, -0.2, -3].map(words.signWords), ["against", "little", "little", "alive"]);
});
