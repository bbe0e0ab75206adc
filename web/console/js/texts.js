/** Texts, dates and numbers of the console in the officer's language. */

import { LANGUAGE_TAGS, fetchTable, textsOf } from "../../shared/js/texts.js";

/** The bureau works in its own time, wherever the browser's clock stands. */
const COUNTY_TIME = "Asia/Shanghai";
const REMEMBERED = "jianmian.console.language";

let language = "zh";
let lookUp = (key) => key;

/** The language of the page, `zh` or `en`. */
export function currentLanguage() {
  return language;
}

/** The language this browser used last; Chinese at first. */
export function rememberedLanguage() {
  return localStorage.getItem(REMEMBERED) === "en" ? "en" : "zh";
}

/** Loads a language and makes it the page's. @param {"zh"|"en"} next */
export async function speak(next) {
  const tables = ["console", "county"].map((name) => fetchTable(new URL(`../../shared/locales/${name}.${next}.json`, import.meta.url).href));
  const table = Object.assign({}, ...(await Promise.all(tables)));
  language = next;
  lookUp = textsOf(table);
  localStorage.setItem(REMEMBERED, next);
  document.documentElement.lang = LANGUAGE_TAGS[next];
}

/** The text of a key. @param {string} key @param {Object<string, *>} [values] @returns {string} */
export function t(key, values) {
  return lookUp(key, values);
}

/** The text of a `{key, values}` pair made by words.js. */
export function say(phrase) {
  return t(phrase.key, phrase.values);
}

/** A calendar date (`2027-12-31`): "2027年12月31日", "31 Dec 2027". */
export function date(day) {
  return formatted(new Date(`${day}T00:00:00Z`), { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
}

/** The day of an instant, with the time when asked for: "11月24日 17:00". @param {string} instant RFC 3339 */
export function moment(instant, { year = false } = {}) {
  const day = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: COUNTY_TIME };
  return formatted(new Date(instant), year ? { year: "numeric", ...day } : day);
}

/** The calendar day of an instant in the county. */
export function dayOf(instant) {
  return formatted(new Date(instant), { year: "numeric", month: "short", day: "numeric", timeZone: COUNTY_TIME });
}

/** The time of day of an instant. */
export function clock(instant) {
  return formatted(new Date(instant), { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: COUNTY_TIME });
}

/** A month (`2026-11`): "2026年11月", "Nov 2026"; in short "11月", "Nov". */
export function month(text, { short = false } = {}) {
  return formatted(new Date(`${text}-01T00:00:00Z`), { ...(short ? {} : { year: "numeric" }), month: "short", timeZone: "UTC" });
}

/** A count with the language's separators. */
export function number(count) {
  return new Intl.NumberFormat(LANGUAGE_TAGS[language]).format(count);
}

/** Milliseconds as seconds with one decimal. */
export function seconds(ms) {
  return (ms / 1000).toFixed(1);
}

function formatted(when, format) {
  return new Intl.DateTimeFormat(LANGUAGE_TAGS[language], format).format(when);
}
