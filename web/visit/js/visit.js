/**
 * The visiting clerk's page, also for a station's device: who is to be seen, a call on this device, or a record with picture and statement.
 * Nothing about anybody is kept in the browser; the call opens in a window of its own, which the next person's call replaces.
 */
import { fill, h } from "../../shared/js/dom.js";
import { LANGUAGES, LANGUAGE_TAGS, dateInWords, fetchTable, textsOf } from "../../shared/js/texts.js";
import { api, pictureOf } from "./api.js";

const OUTCOMES = ["met", "not_home", "moved", "declined", "said_to_have_died", "not_needed"];
const ASSISTANCE = ["", "guided", "assisted", "proxy"];
/** Name of the window in which calls open: one for all, so that no former person's page stays. */
const CALL_WINDOW = "jianmian-call";

const top = document.getElementById("top");
const main = document.getElementById("main");
let language = LANGUAGES[0];
let t = (key) => key;
let township = "";
let station = false;
let people = [];
let told = "";
let callWindow = null;

async function load() {
  if (station && !township) {
    people = [];
    return draw();
  }
  return attempt(async () => { people = await (station ? api.station(township) : api.mine()); });
}

/** Does something and draws the list; a failure is told in words, and where a form is filled in (`stay`), on the form: nothing written is lost. */
async function attempt(work, words, stay) {
  try {
    await work();
    told = words || "";
  } catch (failure) {
    const key = "visit.told." + failure.message;
    told = t(key) === key ? t("visit.told.trouble") : t(key);
    if (stay) return tellHere();
  }
  return draw();
}

function tellHere() {
  const here = main.querySelector(".told");
  here.hidden = false;
  here.textContent = told;
  here.scrollIntoView({ block: "center" });
}

function draw() {
  fill(top,
    h("p", { class: "brand" }, h("span", { class: "seal", "aria-hidden": "true" }, "见"), h("span", {}, t("visit.title"))),
    h("div", { class: "tools" }, h("button", { type: "button", class: "tool", onclick: nextLanguage, title: t("visit.language") }, h("span", { lang: language === "zh" ? "en" : "zh-CN" }, t("visit.language_mark")))));
  document.title = t("visit.title");
  fill(main,
    h("section", { class: "screen" },
      h("h1", { tabindex: "-1" }, t(station ? "visit.station.main" : "visit.mine.main")),
      h("p", { class: "sub" }, t(station ? "visit.station.sub" : "visit.mine.sub")),
      told && h("p", { class: "told", role: "status" }, told),
      station && townshipField(),
      people.map(person),
      !people.length && h("p", { class: "aside" }, t("visit.nobody"))),
    h("div", { class: "actions many" },
      h("button", { type: "button", class: "primary", onclick: load }, t("visit.again")),
      h("button", { type: "button", class: "quiet", onclick: () => { station = !station; told = ""; load(); } }, t(station ? "visit.to_mine" : "visit.to_station")),
      h("a", { class: "quiet", href: "/console" }, t("visit.sign_in"))));
}

function townshipField() {
  const input = h("input", { id: "township", autocomplete: "off", maxlength: 40, onchange: () => { township = input.value.trim(); load(); } });
  input.value = township;
  return h("div", { class: "fields card" }, h("label", { for: "township" }, t("visit.township")), input);
}

function person(visit) {
  return h("article", { class: "person card" },
    h("h2", {}, visit.name),
    h("p", {}, [visit.township, visit.address].filter(Boolean).join(" · ")),
    h("p", {}, t("visit.due", { day: dateInWords(visit.due_on, language) })),
    visit.phone && h("p", {}, h("a", { class: "inline", href: "tel:" + visit.phone }, visit.phone)),
    visit.confirmed && h("p", { class: "told" }, t("visit.confirmed")),
    visit.state === "recorded" ? h("p", { class: "aside" }, t("visit.waits")) : actions(visit));
}

function actions(visit) {
  if (visit.in_call) return h("button", { type: "button", class: "primary", onclick: () => endCall(visit) }, t("visit.next_person"));
  return [
    h("button", { type: "button", class: "primary", onclick: () => askConsent(visit) }, t("visit.call")),
    h("button", { type: "button", class: "quiet", onclick: () => recordForm(visit) }, t("visit.record")),
  ];
}

/** The person's own consent comes first; a clerk cannot give it. */
function askConsent(visit) {
  page(t("visit.consent.main"), t("visit.consent.sub", { name: visit.name }), [], [
    [t("visit.consent.primary"), () => {
      // The window opens with the tap: browsers refuse it later.
      callWindow = window.open("about:blank", CALL_WINDOW);
      attempt(async () => {
        const link = await api.call(visit.visit_id, language);
        if (callWindow) callWindow.location.replace(link.url);
        else location.assign(link.url);
        people = await (station ? api.station(township) : api.mine());
      });
    }],
    [t("visit.back"), draw],
  ]);
}

function endCall(visit) {
  if (callWindow) callWindow.close();
  callWindow = null;
  attempt(async () => {
    const done = await api.endCall(visit.visit_id);
    people = await (station ? api.station(township) : api.mine());
    if (done.receipt_number) throw new Error("done");
  });
}

function recordForm(visit) {
  const choice = (id, values, word) => h("select", { id }, values.map((value) => h("option", { value }, word(value))));
  const outcome = choice("outcome", OUTCOMES, (value) => t("visit.outcome." + value));
  const assistance = choice("assistance", ASSISTANCE, (value) => t("visit.assistance." + (value || "none")));
  const statement = h("textarea", { id: "statement", rows: 4, maxlength: 2000 });
  const card = h("input", { type: "checkbox", id: "card" });
  const photo = h("input", { type: "file", id: "photo", accept: "image/jpeg,image/png", capture: "environment" });
  const field = (id, input) => [h("label", { for: id }, t("visit.field." + id)), input];
  page(t("visit.record_form.main"), visit.name, [h("div", { class: "fields card" },
    field("outcome", outcome), field("assistance", assistance), field("statement", statement),
    h("label", { class: "check", for: "card" }, card, h("span", {}, t("visit.field.card"))), field("photo", photo))], [
    [t("visit.record_form.primary"), () => attempt(async () => {
      const record = { version: visit.version, outcome: outcome.value, assistance: assistance.value || null, statement: statement.value.trim(), card_seen: card.checked };
      const met = outcome.value === "met" && photo.files[0];
      await api.record(visit.visit_id, record, met ? await pictureOf(photo.files[0]) : null);
      people = await (station ? api.station(township) : api.mine());
    }, t("visit.told.recorded"), true)],
    [t("visit.back"), draw],
  ]);
}

function page(heading, sub, body, buttons) {
  fill(main,
    h("section", { class: "screen" }, h("h1", { tabindex: "-1" }, heading), h("p", { class: "sub" }, sub), body, h("p", { class: "told", role: "status", hidden: true })),
    h("div", { class: "actions many" }, buttons.map(([label, press], nth) => h("button", { type: "button", class: nth ? "quiet" : "primary", onclick: press }, label))));
  window.scrollTo(0, 0);
  main.querySelector("h1").focus();
}

async function nextLanguage() {
  await speak(LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length]);
  draw();
}

async function speak(wished) {
  t = textsOf(await fetchTable(`/assets/visit/locales/${wished}.json`));
  language = wished;
  document.documentElement.lang = LANGUAGE_TAGS[wished];
}

speak(language).then(load).catch(() => setTimeout(() => location.reload(), 4000));
