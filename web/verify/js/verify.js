/** Says whether a receipt is genuine: the last part of the page's own address is the receipt, the county answers what it is worth. */
import { fill, h } from "../../shared/js/dom.js";
import { LANGUAGES, LANGUAGE_TAGS, dateInWords, fetchTable, textsOf } from "../../shared/js/texts.js";
import { pictogram } from "../../phone/js/pictograms.js";

/** How long an answer may take, ms. */
const ANSWER_MS = 15000;
/** The national social-security line, until the county has told its own. */
const NATIONAL_LINE = "12333";

/** Each standing: its drawing and ground. `offline` is what the page says when the county does not answer. */
const LOOKS = {
  opening: ["cup", ""], holds: ["tick", "ok"], ended: ["calendar", "wait"], unknown: ["link", ""], altered: ["link", ""],
  unreadable: ["link", ""], offline: ["signal", ""],
};

const parts = location.pathname.split("/").filter(Boolean);
const receipt = parts.length > 1 ? parts[parts.length - 1] : "";
const tables = {};
let t = (key) => key;
let language = (navigator.language || "zh").startsWith("en") ? "en" : LANGUAGES[0];
let found = { standing: "opening", county: null, certificate: null };

async function check() {
  found = { standing: "opening", county: found.county, certificate: null };
  draw();
  found = await ask();
  draw();
  document.querySelector("h1").focus();
}

async function ask() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ANSWER_MS);
  try {
    const response = await fetch("/api/verify/" + (receipt || "none"), { cache: "no-store", credentials: "omit", signal: stop.signal });
    // An address that no route takes is no receipt either.
    if (response.status >= 400 && response.status < 500) return { standing: "unreadable", county: null, certificate: null };
    if (!response.ok) throw new Error(String(response.status));
    return await response.json();
  } catch (failure) {
    return { standing: "offline", county: found.county, certificate: null };
  } finally {
    clearTimeout(timer);
  }
}

function draw() {
  const { standing, county, certificate } = found;
  const [drawing, tone] = LOOKS[standing];
  const name = county ? county[language === "en" ? "name_en" : "name_zh"] : "";
  const values = { county: name, phone: county ? county.phone : NATIONAL_LINE, host: location.host };
  ["ok", "wait"].forEach((each) => document.documentElement.classList.toggle("tone-" + each, each === tone));
  document.title = t(`verify.standing.${standing}.main`) + " · " + t("verify.title");
  fill(document.getElementById("top"),
    h("p", { class: "brand" }, h("span", { class: "seal", "aria-hidden": "true" }, "见"), h("span", {}, t("verify.title"))),
    h("div", { class: "tools" }, h("button", { type: "button", class: "tool", onclick: nextLanguage, "aria-label": t("verify.language") }, h("span", { lang: language === "zh" ? "en" : "zh-CN" }, t("verify.language_mark")))));
  fill(document.getElementById("main"),
    h("section", { class: certificate ? "screen" : "screen plain", "data-standing": standing },
      name && h("p", { class: "eyebrow" }, name),
      h("div", { class: "medal " + drawing }, pictogram(drawing)),
      h("h1", { tabindex: "-1" }, t(`verify.standing.${standing}.main`)),
      h("p", { class: "sub" }, t(`verify.standing.${standing}.sub`, values)),
      certificate && says(certificate, standing !== "unknown"),
      county && h("p", { class: "here" }, t("verify.here"), h("br"), h("strong", {}, values.host), h("br"), t("verify.here_note"))),
    h("div", { class: "actions many" }, action(standing, values)));
}

/** What the receipt says; of one that the records do not know only the number, to ask about it. */
function says(certificate, known) {
  const row = (key, value) => h("div", {}, h("dt", {}, t(key)), h("dd", {}, value));
  const day = (date) => h("time", { datetime: date }, dateInWords(date, language));
  const number = row("verify.number", certificate.receipt_number);
  if (!known) return h("dl", { class: "says card" }, number);
  return [
    h("div", { class: "date" }, h("span", { class: "label" }, t("verify.due")), day(certificate.due_on)),
    h("dl", { class: "says card" },
      row("verify.addressee", certificate.addressee), row("verify.confirmed", day(certificate.confirmed_on)), number),
    h("p", { class: "aside" }, t("verify.no_more")),
  ];
}

function action(standing, values) {
  if (standing === "opening") return null;
  if (standing === "offline") return h("button", { type: "button", class: "primary", onclick: check }, t("verify.again"));
  return h("a", { class: standing === "holds" ? "quiet" : "primary", href: "tel:" + values.phone }, t("verify.call", values));
}

async function nextLanguage() {
  await speak(LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length]);
  draw();
}

/** Changes the language; without a line the page stays in the one it has. */
async function speak(wished) {
  try {
    tables[wished] = tables[wished] || await fetchTable(`/assets/verify/locales/${wished}.json`);
  } catch (failure) {
    if (!tables[language]) throw failure;
    return;
  }
  language = wished;
  t = textsOf(tables[wished]);
  document.documentElement.lang = LANGUAGE_TAGS[wished];
}

speak(language).then(check).catch(() => setTimeout(() => location.reload(), 4000));
