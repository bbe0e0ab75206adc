/** Texts and dates in the language of the page. */

/** Languages, the first one is where everybody starts. */
export const LANGUAGES = ["zh", "en"];

/** The `lang` attribute and speech language of each. */
export const LANGUAGE_TAGS = { zh: "zh-CN", en: "en-GB" };

/** The county's clock: promises such as "by Thursday" are made in its time, wherever the phone is. */
const COUNTY_TIME = "Asia/Shanghai";

/**
 * Fetches a table of texts.
 * @param {string} address
 * @returns {Promise<Object<string, string>>}
 */
export async function fetchTable(address) {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) throw new Error(address + " answered " + response.status);
  return response.json();
}

/**
 * A function that gives the text of a key, with `{names}` filled in. An unknown key shows itself; a test sees to it that there is none.
 * @param {Object<string, string>} table
 */
export function textsOf(table) {
  return (key, values) => {
    const text = key in table ? table[key] : key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
  };
}

/**
 * A calendar date (`2027-12-31`) in words.
 * @param {string} date
 * @param {string} language
 */
export function dateInWords(date, language) {
  return written(new Date(date + "T00:00:00Z"), language, { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" });
}

/**
 * The day of an instant in the county's time, with the weekday, e.g. "11月26日周四".
 * @param {string} instant RFC 3339
 * @param {string} language
 */
export function dayInWords(instant, language) {
  return written(new Date(instant), language, { month: "long", day: "numeric", weekday: language === "zh" ? "short" : "long", timeZone: COUNTY_TIME });
}

/** The time of day of an instant in the county's time, e.g. "09:30". */
export function timeInWords(instant, language) {
  return written(new Date(instant), language, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: COUNTY_TIME });
}

/** The time of day so many seconds from now on the phone's own clock, e.g. "14:30". */
export function clockIn(seconds, language) {
  return written(new Date(Date.now() + seconds * 1000), language, { hour: "2-digit", minute: "2-digit", hour12: false });
}

function written(when, language, format) {
  return new Intl.DateTimeFormat(LANGUAGE_TAGS[language], format).format(when);
}
