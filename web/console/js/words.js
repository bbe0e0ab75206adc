/**
 * What the console says about numbers and dates, as text keys. Pure: no page, no network, no clock of its own.
 *
 * @typedef {{key: string, values?: Object<string, *>}} Phrase
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Years after which a face has changed enough to say so (DOMAIN: matching holds about six years after the reference). */
const YEARS_MANY = 6;

/** Groups of reasons for which a second officer is asked (DOMAIN, four eyes). */
const FOUR_EYES_GROUPS = ["attack", "data"];

/**
 * How long until a promise runs out, or since it did.
 * @param {string} instant RFC 3339
 * @param {number} now ms since 1970
 * @returns {Phrase & {over: boolean, soon: boolean}}
 */
export function remaining(instant, now) {
  const left = new Date(instant).getTime() - now;
  const over = left < 0;
  const size = Math.abs(left);
  const [unit, length] = size < HOUR ? ["minutes", MINUTE] : size < 2 * DAY ? ["hours", HOUR] : ["days", DAY];
  const n = Math.max(1, Math.floor(size / length));
  return { key: `time.${unit}_${over ? "over" : "left"}`, values: { n }, over, soon: !over && left < DAY };
}

/**
 * How many days until a calendar date.
 * @param {string} day `2027-12-31`
 * @param {string} today `2027-12-01`
 * @returns {Phrase & {over: boolean, soon: boolean}}
 */
export function daysUntil(day, today) {
  const n = Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / DAY);
  if (n === 0) return { key: "time.today", over: false, soon: true };
  if (n < 0) return { key: "time.day_over_due", values: { n: -n }, over: true, soon: false };
  return { key: "time.days_left", values: { n }, over: false, soon: n <= 7 };
}

/** Today in the county, as `2027-12-31`. @param {number} now ms since 1970 */
export function countyToday(now) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date(now));
}

/** Whole years between two dates, `null` when the first is unknown. */
export function yearsBetween(from, to) {
  if (!from) return null;
  const [a, b] = [new Date(from), new Date(to)];
  const before = b.getUTCMonth() * 32 + b.getUTCDate() < a.getUTCMonth() * 32 + a.getUTCDate();
  return Math.max(0, b.getUTCFullYear() - a.getUTCFullYear() - (before ? 1 : 0));
}

/** @returns {Phrase & {many: boolean}} */
export function yearsPhrase(years) {
  if (years === 0) return { key: "faces.years_none", many: false };
  const many = years > YEARS_MANY;
  return { key: many ? "faces.years_many" : "faces.years", values: { years }, many };
}

/** Picture quality in words; the number stays in the fold-out. @param {number|null} quality 0 to 100 @returns {Phrase} */
export function qualityPhrase(quality) {
  if (quality === null || quality === undefined) return { key: "faces.quality_unknown" };
  return { key: quality >= 70 ? "faces.quality_good" : quality >= 40 ? "faces.quality_fair" : "faces.quality_poor" };
}

/** Where a reference came from. @returns {Phrase} */
export function sourcePhrase(source) {
  const known = ["roster", "demo", "call"].includes(source);
  return known ? { key: `faces.source_${source}` } : { key: "faces.source_other", values: { source } };
}

/** What the guided turn showed. @param {{turn: string, after_ms?: number}} turn @returns {Phrase} */
export function turnPhrase(turn) {
  const values = turn.after_ms === undefined ? undefined : { seconds: (turn.after_ms / 1000).toFixed(1) };
  return { key: `turn.${turn.turn}`, values };
}

/** A second officer will be asked, as far as the case tells. @param {{kind: string, reasons: {code: string, group: string}[]}} view */
export function wantsFourEyes({ kind, reasons }) {
  return kind !== "flagged_call" || reasons.some(({ code, group }) => code === "far_below" || FOUR_EYES_GROUPS.includes(group));
}

/** What an officer should think of an outcome at a glance: `good`, `open` or `against`. */
export function tone(kind, outcome) {
  const good = { comparison: ["match"], light: ["seen"], turn: ["seen"] };
  const against = { comparison: ["far"], light: ["mismatch", "late", "flat"], turn: ["too_soon", "wrong_side"] };
  if (good[kind].includes(outcome)) return "good";
  return against[kind].includes(outcome) ? "against" : "open";
}

/** What a part of the attack score says: half a unit is a factor of 1.6 and says little. @param {number} adds natural logarithm */
export function signWords(adds) {
  if (adds >= 0.5) return "against";
  return adds <= -0.5 ? "alive" : "little";
}

/** A share as whole per cent, or with one decimal below ten. @param {number} part @param {number} whole */
export function share(part, whole) {
  const percent = whole > 0 ? (100 * part) / whole : 0;
  return `${percent < 10 && percent % 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** A share of 10,000 as per cent. */
export const per = (share) => `${share / 100} %`;

/** Year and number of `2026-4`. */
export function quarterName(quarter) {
  const [year, n] = quarter.split("-").map(Number);
  return { year, n };
}

/** The quarter so many before or after. @param {string} quarter `2026-4` */
export function quarterBy(quarter, by) {
  const { year, n } = quarterName(quarter);
  const at = year * 4 + (n - 1) + by;
  return `${Math.floor(at / 4)}-${(at % 4) + 1}`;
}

/** What a comparison score means by the calibration in use, as one sentence with its interval. @param {?Object} meaning ScoreMeaning @returns {Phrase} */
export function meaningPhrase(meaning) {
  if (!meaning) return { key: "meaning.none" };
  const sample = meaning.sample.toLocaleString("en-US");
  if (meaning.known !== "known") return { key: "meaning.sample_too_small", values: { sample } };
  const people = (n) => (n > 0 && n < 0.01 ? "<0.01" : n >= 10 ? String(Math.round(n)) : String(Number(n.toFixed(2))));
  return { key: "meaning.known", values: { n: people(meaning.of_ten_thousand), low: people(meaning.low), high: people(meaning.high), sample } };
}

/** Why a picture of the call was compared, or that it was not. @param {Object} still StillView @param {number} rank -1: not compared @returns {Phrase} */
export function whyPhrase(still, rank) {
  if (rank < 0) return { key: "faces.why_film" };
  const quality = still.quality ?? "–";
  if (!still.pose) return { key: "faces.why_quality", values: { quality } };
  return { key: "faces.why_this", values: { quality, yaw: Math.round(Math.abs(still.pose.yaw_deg)), pitch: Math.round(Math.abs(still.pose.pitch_deg)) } };
}
