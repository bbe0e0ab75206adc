/** The phone page: keeps the state, draws the screen, and hands events round. Nothing is stored but language and text size, and those only
 * until the tab is closed. */
import { h, fill } from "../../shared/js/dom.js";
import { LANGUAGES, LANGUAGE_TAGS, fetchTable, textsOf } from "../../shared/js/texts.js";
import { createApi, tokenOf } from "./api.js";
import { abilities } from "./camera.js";
import { drawCapture } from "./capture.js";
import { createConductor } from "./conductor.js";
import { SCREENS, next, start } from "./flow.js";
import { pictogram } from "./pictograms.js";
import { drawScreen, valuesOf } from "./screen.js";
import { createVoice } from "./voice.js";

/** Text sizes of the switch, share of the normal one. */
const SIZES = [1, 1.25, 1.5, 2];

const kept = {
  get: (name) => { try { return sessionStorage.getItem(name); } catch (forbidden) { return null; } },
  set: (name, value) => { try { sessionStorage.setItem(name, value); } catch (forbidden) { /* it then lasts until reload */ } },
};
const top = document.getElementById("top");
const main = document.getElementById("main");
const aloud = document.getElementById("aloud");
const tables = {};
let language = LANGUAGES.includes(kept.get("language")) ? kept.get("language") : LANGUAGES[0];
let size = Math.max(0, SIZES.indexOf(Number(kept.get("size"))));
let t = (key) => key;
let state = start(abilities());
let capture = null;

const voice = createVoice(drawTop);
const conductor = createConductor({
  api: createApi(tokenOf(location.pathname)),
  dispatch,
  context: () => Object.assign({ language }, state.context),
  changed: () => capture && capture.update(),
  kept: note,
  noted(news) {
    note(news);
    const read = document.activeElement === main.querySelector("h1");
    draw(false);
    if (read) main.querySelector("h1").focus({ preventScroll: true });
  },
});

/** Events that do something before, or instead of, leading to another screen. */
const press = {
  start: () => dispatch("start", { resumes: 0, talks: state.screen !== "ready" && state.context.talks }),
  start_rear: () => dispatch("start", { resumes: 0, side: "rear" }),
  get_help: () => dispatch("get_help", { assisted: true }),
  they_agree: () => dispatch("they_agree", { helper_asked: true }),
  photo: takePhoto,
  see_person: () => dispatch("see_person", { resumes: 0, talks: true, side: "front" }),
  answer: () => dispatch("answer", { resumes: 0, talks: true }),
  copy_link: copyLink,
  reconnect: () => conductor.reconnect(),
  close: closePage,
};

function dispatch(event, news) {
  const before = state;
  state = next(state, event, news);
  if (state === before) return;
  draw(true);
  conductor.enter(state.screen);
}

/** Keeps what is written or chosen on this screen. */
function note(news) {
  state = { screen: state.screen, context: Object.assign({}, state.context, news) };
}

function draw(arrived) {
  if (capture) capture.leave();
  capture = state.screen === "capture" ? drawCapture(captureTools()) : state.screen === "live" ? state.context.room.draw(roomTools()) : null;
  const drawn = capture || drawScreen(state, { t, language, dispatch, note, press });
  document.body.className = capture ? "capturing" : "";
  ["ok", "wait"].forEach((tone) => document.documentElement.classList.toggle("tone-" + tone, SCREENS[state.screen].tone === tone));
  fill(main, ribbon(), drawn.section, drawn.actions);
  drawTop();
  if (capture) capture.update();
  const heading = main.querySelector("h1");
  document.title = heading.textContent + " · " + t("phone.title");
  if (!arrived) return;
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  if (!capture) read();
}

/** Reads the screen with the phone's voice: the same words, in the same order. */
function read() {
  const words = Array.from(main.querySelectorAll("[data-aloud]"), (each) => each.textContent);
  voice.say(words.join(language === "zh" ? "。" : ". "), language);
}

function captureTools() {
  return {
    t,
    live: conductor.live,
    helped: state.context.assisted,
    switchCamera: conductor.switchCamera,
    torch: conductor.torch,
    shown: conductor.shown,
    skipMovement: conductor.skipMovement,
    askPerson: conductor.askPerson,
    otherWay: () => dispatch("other_way"),
    say: (words) => voice.say(words, language),
    announce: (words) => { aloud.textContent = words; },
  };
}

function roomTools() {
  return { t, language, values: valuesOf(state.context, language), announce: (words) => { aloud.textContent = words; } };
}

function ribbon() {
  const link = state.context.link;
  return link && link.trial && h("p", { class: "ribbon" }, t("phone.trial"));
}

function drawTop() {
  const tool = (label, press, content, pressed) => h("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick: press, "aria-pressed": pressed }, content);
  const sound = voice.speaking ? "phone.tool.silence" : "phone.tool.repeat";
  const held = document.activeElement && top.contains(document.activeElement) ? Array.from(top.querySelectorAll("button")).indexOf(document.activeElement) : -1;
  fill(top,
    h("p", { class: "brand" }, h("span", { class: "seal", "aria-hidden": "true" }, "见"), h("span", {}, t("phone.title"))),
    h("div", { class: "tools" },
      voice.available && tool(t(sound), voice.press, pictogram(voice.on ? "speaker" : "silent"), String(voice.on)),
      tool(t("phone.tool.size"), nextSize, h("span", { class: "letters" }, t("phone.tool.size_mark"))),
      tool(t("phone.tool.language"), nextLanguage, h("span", { lang: language === "zh" ? "en" : "zh-CN" }, t("phone.tool.language_mark")))));
  if (held >= 0) top.querySelectorAll("button")[held].focus();
}

function nextSize() {
  size = (size + 1) % SIZES.length;
  kept.set("size", String(SIZES[size]));
  setSize();
}

function setSize() {
  document.documentElement.style.fontSize = SIZES[size] * 100 + "%";
  document.documentElement.classList.toggle("large", SIZES[size] > 1.25);
}

async function nextLanguage() {
  await speak(LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length]);
  kept.set("language", language);
  draw(false);
  if (!capture) read();
}

/** Changes the language; without a line the page stays in the one it has. */
async function speak(wished) {
  try {
    tables[wished] = tables[wished] || await fetchTable(`/assets/shared/locales/${wished}.json`);
  } catch (failure) {
    if (!tables[language]) throw failure;
    return;
  }
  language = wished;
  t = textsOf(tables[wished]);
  document.documentElement.lang = LANGUAGE_TAGS[wished];
}

/** The phone's own camera app, or a picture at hand; an officer looks at it. */
function takePhoto() {
  const chooser = h("input", { type: "file", accept: "image/jpeg,image/png", capture: "user", hidden: true, onchange: () => {
    if (chooser.files[0]) dispatch("photo_taken", { photo: chooser.files[0] });
    chooser.remove();
  } });
  document.body.append(chooser);
  chooser.click();
}

function copyLink() {
  const field = h("textarea", { class: "unseen", readonly: true });
  field.value = location.href;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  dispatch("copied");
}

/** Where the browser lets a page close itself (WeChat does), it does; elsewhere the last screen says that all is done. */
function closePage() {
  voice.hush();
  dispatch("close");
  if (window.WeixinJSBridge) window.WeixinJSBridge.call("closeWindow");
  else window.close();
}

async function begin() {
  setSize();
  await speak(language);
  draw(false);
  conductor.enter(state.screen);
}

begin().catch(() => setTimeout(() => location.reload(), 4000));
