/** The page for newcomers: leave a picture, then make the call here or on a phone. Served only while the demonstration is switched on. */
import { fill, h, svg } from "../../shared/js/dom.js";
import { LANGUAGES, LANGUAGE_TAGS, fetchTable, textsOf } from "../../shared/js/texts.js";

const SILHOUETTE = '<svg viewBox="0 0 300 400" aria-hidden="true" focusable="false"><ellipse cx="150" cy="170" rx="82" ry="108"/><path d="M20 398c8-82 60-104 92-112M280 398c-8-82-60-104-92-112"/></svg>';
/** Longest side of a picture that is sent, px. */
const SIDE_PX = 1280;

const state = { about: null, language: "zh", camera: null, picture: null, said: null, enrolled: null, busy: false };
const tables = {};
let t = (key) => key;

function draw() {
  document.title = t("demo.title");
  fill(document.getElementById("top"),
    h("p", { class: "brand" }, h("span", { class: "seal", "aria-hidden": "true" }, "见"), h("span", {}, state.about ? state.about.county[state.language === "en" ? "name_en" : "name_zh"] : "")),
    h("button", { type: "button", class: "plain", onclick: nextLanguage, lang: state.language === "zh" ? "en" : "zh-CN" }, t("demo.language")));
  fill(document.getElementById("main"),
    h("h1", {}, t("demo.main")),
    h("p", { class: "lead" }, t("demo.lead")),
    state.about && state.about.trial && h("p", { class: "trial" }, state.about.pack ? t("demo.trial", state.about) : t("demo.pack_none")),
    state.about && state.about.unproven && !state.about.trial && h("p", { class: "trial" }, t("demo.unproven")),
    h("div", { class: "steps" }, enrolCard(), callCard()),
    state.about && consoleCard());
}

const heading = (number, key) => h("h2", {}, h("span", { class: "n", "aria-hidden": "true" }, number), h("span", {}, t(key)));

function enrolCard() {
  const file = h("input", { type: "file", id: "file", accept: "image/jpeg,image/png", onchange: () => file.files[0] && send(file.files[0]) });
  const inside = state.camera ? state.camera.video : state.picture && h("img", { src: state.picture, alt: "" });
  return h("section", { class: "card" },
    heading("1", "demo.enrol"),
    h("p", { class: "soft" }, t("demo.enrol_note")),
    h("div", { class: inside ? "finder" : "finder empty" }, inside, !state.picture && svg(SILHOUETTE)),
    state.said && h("p", { class: "say " + state.said.tone, role: "status" }, state.said.words()),
    state.camera
      ? h("button", { type: "button", class: "main", onclick: take }, t("demo.take"))
      : h("button", { type: "button", class: state.enrolled ? "second" : "main", onclick: openCamera, disabled: state.busy }, t(state.busy ? "demo.busy" : state.picture ? "demo.again" : "demo.open")),
    file, h("label", { class: "second", for: "file" }, t("demo.file")));
}

function callCard() {
  const made = state.enrolled;
  if (!made) return h("section", { class: "card waiting" }, heading("2", "demo.call"), h("p", { class: "soft" }, t("demo.call_wait")));
  return h("section", { class: "card" },
    heading("2", "demo.call"),
    h("a", { class: "main", href: linkHere(made), target: "_blank", rel: "noopener" }, t("demo.here")),
    h("p", { class: "soft" }, h("strong", {}, t("demo.phone"))),
    made.phone_links.length === 0 && h("p", { class: "soft" }, t("demo.no_phone")),
    made.phone_links.map((each) => [
      h("div", { class: "qr" }, drawing(each.qr_svg)),
      h("p", { class: "address" }, h("a", { href: each.url }, new URL(each.url).host)),
    ]),
    made.phone_links.length > 0 && h("p", { class: "soft" }, t("demo.phone_note")));
}

/** The link under the address by which this page came: on another machine the server's own name for itself leads nowhere. */
function linkHere(made) {
  const same = made.phone_links.find((each) => new URL(each.url).origin === location.origin);
  return same ? same.url : made.link.url;
}

function consoleCard() {
  const { console_url: address, officers } = state.about;
  return h("section", { class: "card console" },
    h("h2", {}, t("demo.console")),
    h("p", { class: "soft" }, t("demo.console_note")),
    h("div", { class: "officers" }, officers.map(({ name, password }) => h("dl", {},
      h("dt", {}, t("demo.officer")), h("dd", {}, name), h("dt", {}, t("demo.password")), h("dd", {}, password || t("demo.password_elsewhere"))))),
    h("p", { class: "soft" }, t("demo.four_eyes")),
    h("p", {}, h("a", { class: "second", href: address, target: "_blank", rel: "noopener" }, t("demo.console_open"))));
}

/** The server's QR code, taken in as a picture only: whatever else the text might hold is left behind. */
function drawing(markup) {
  const parsed = new DOMParser().parseFromString(markup, "image/svg+xml").documentElement;
  parsed.querySelectorAll("script, foreignObject").forEach((each) => each.remove());
  parsed.setAttribute("role", "img");
  parsed.setAttribute("aria-label", t("demo.phone"));
  return document.importNode(parsed, true);
}

async function openCamera() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 960 }, height: { ideal: 1280 } }, audio: false });
    const video = h("video", { muted: true, autoplay: true, playsinline: true, "aria-hidden": "true" });
    video.muted = true;
    video.srcObject = stream;
    state.camera = { stream, video };
    forget();
    draw();
    await video.play();
  } catch (closed) {
    say("", () => t("demo.camera_denied"));
  }
}

function closeCamera() {
  if (state.camera) state.camera.stream.getTracks().forEach((each) => each.stop());
  state.camera = null;
}

function forget() {
  if (state.picture) URL.revokeObjectURL(state.picture);
  state.picture = null;
  state.said = null;
  state.enrolled = null;
}

function take() {
  const { video } = state.camera;
  const scale = Math.min(1, SIDE_PX / Math.max(video.videoWidth, video.videoHeight));
  const canvas = h("canvas", { width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale) });
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(send, "image/jpeg", 0.92);
}

async function send(picture) {
  closeCamera();
  forget();
  state.picture = URL.createObjectURL(picture);
  state.busy = true;
  draw();
  try {
    const response = await fetch("/api/demo/enrol", { method: "POST", headers: { "Content-Type": picture.type || "image/jpeg" }, body: picture });
    const told = await response.json();
    state.busy = false;
    if (response.ok) welcome(told);
    else refuse(told);
  } catch (silent) {
    state.busy = false;
    say("", () => t("demo.trouble"));
  }
}

function welcome(told) {
  state.enrolled = told;
  say("ok", () => t("demo.enrolled", told));
}

function refuse({ code, hints }) {
  const key = "demo.refused." + code;
  const first = key in tables[state.language] ? key : "demo.trouble";
  say("", () => [t(first)].concat((hints || []).map((hint) => t("demo.hint." + hint))).join(state.language === "zh" ? "" : " "));
}

function say(tone, words) {
  state.said = { tone, words };
  draw();
}

async function nextLanguage() {
  await speak(LANGUAGES[(LANGUAGES.indexOf(state.language) + 1) % LANGUAGES.length]);
  draw();
}

async function speak(language) {
  tables[language] = tables[language] || await fetchTable(`/assets/demo/locales/${language}.json`);
  state.language = language;
  t = textsOf(tables[language]);
  document.documentElement.lang = LANGUAGE_TAGS[language];
}

async function begin() {
  await speak(LANGUAGES[0]);
  draw();
  const response = await fetch("/api/demo", { cache: "no-store" });
  if (response.ok) state.about = await response.json();
  draw();
}

begin().catch(() => { document.getElementById("main").textContent = "请刷新页面。 Please reload the page."; });
