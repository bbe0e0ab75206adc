/**
 * Goes through every screen of the phone page at 360x640, 320 px, 200 % text, 200 % zoom, in both languages: nothing scrolls sideways, axe finds
 * nothing serious, targets are large. With SCREENS_TO=folder it also leaves a picture of each.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { SCREENS } from "../../web/phone/js/flow.js";
import { BROWSER_MISSING, drawnCamera, openBrowser } from "./browser.mjs";
import { fits, judge } from "./judge.mjs";
import { fewerColours } from "./palette.mjs";
import { BOOKED, CASE, LINK, SLOTS, startScripted } from "./scripted.mjs";

/** Run on its own (`node tests/e2e/screens.mjs`), it takes the pictures of docs/screens anew; under a test runner only when told where to. */
const TO = process.env.SCREENS_TO || (process.env.NODE_TEST_CONTEXT ? "" : fileURLToPath(new URL("../../docs/screens", import.meta.url)));
/** Screens of which English and 200 % pictures are kept as well. */
const ALSO = ["who", "consent", "capture", "confirmed"];
const ONLY = process.env.SCREENS_ONLY;

const consented = Object.assign({}, LINK, { consented: true });
const colour = (r, g, b) => ({ r, g, b });
const welcome = (socket, prompt, stage) => socket.tell({ type: "welcome", call_id: "x", stage: stage || "capturing", prompt: prompt || { kind: "find_face" } });
const says = (prompt, hint, done) => (socket) => {
  welcome(socket, prompt);
  socket.tell({ type: "hint", hint });
  socket.tell({ type: "progress", done });
};
const ends = (result) => (socket) => { welcome(socket); setTimeout(() => socket.tell({ type: "result", result }), 400); };
const tap = (...texts) => async (page) => { for (const text of texts) await page.getByText(text, { exact: true }).click(); };
const begin = tap("开始", "打开摄像头");
const helped = tap("开始", "有人在旁边帮我", "同意，继续", "家里人", "本人同意，继续");
const behind = async (page) => { await helped(page); await tap("用后面的镜头拍")(page); };
const way = (name) => async (page) => { await tap("开始", "换一种方式")(page); await page.locator(`[for=way-${name}]`).click(); await tap("选好了")(page); };
const pickTime = async (page) => { await way("appointment")(page); await page.locator(".slots button").first().click(); };
const noCamera = () => Object.defineProperty(navigator, "mediaDevices", { value: undefined });
const noWebrtc = () => { delete window.RTCPeerConnection; };
const choosePicture = async (page) => {
  const chooser = page.waitForEvent("filechooser");
  await page.getByText("拍一张照片", { exact: true }).click();
  await (await chooser).setFiles({ name: "face.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not looked at by this server") });
};

const rung = Object.assign({}, consented, { state: "with_officer", case: CASE, live: { rings: true, word: "清泉 (clear spring)" } });
/** The room of a live call: what the officer's side and the server say there. */
const inRoom = (standing, ...more) => (socket) => [{ type: "welcome", word: rung.live.word, code: "4821" }, { type: "standing", standing }, ...more].forEach((message) => socket.tell(message));

/** name (screen, then a variant) → how to get there. */
const LOOKS = {
  opening: { scene: { link: "never" } },
  who: {},
  "who-trial": { scene: { link: Object.assign({}, LINK, { trial: true }) } },
  already: { scene: { link: Object.assign({}, LINK, { state: "confirmed", due_on: "2027-12-31" }) } },
  officer: { scene: { link: Object.assign({}, LINK, { state: "with_officer", case: CASE }) } },
  link_unknown: { scene: { link: { status: 404, code: "link_unknown" } } },
  link_expired: { scene: { link: { status: 410, code: "link_expired" } } },
  consent: { go: tap("开始") },
  agreeing: { scene: { consent: "never" }, go: tap("开始", "同意，继续") },
  consent_outdated: { scene: { consent: { status: 409, code: "consent_outdated" } }, go: tap("开始", "同意，继续") },
  ready: { scene: { link: consented }, go: tap("开始") },
  helper: { go: tap("开始", "有人在旁边帮我", "同意，继续") },
  "helper-choose": { go: tap("开始", "有人在旁边帮我", "同意，继续", "本人同意，继续") },
  "ready-helper": { go: helped },
  starting: { scene: { link: consented, talk: says() }, camera: "never", go: begin },
  capture: { scene: { link: consented, talk: says({ kind: "find_face" }, "nearer", 0.12) }, go: begin, settle: 900 },
  "capture-light": { scene: { link: consented, talk: says({ kind: "light", step: 3, colour: colour(244, 176, 208), fade_ms: 400 }, "good", 0.55) }, go: begin, settle: 1200 },
  "capture-light-dark": { scene: { link: consented, talk: says({ kind: "light", step: 4, colour: colour(40, 60, 190), fade_ms: 400 }, "hold_still", 0.7) }, go: begin, settle: 1200 },
  "capture-turn": { scene: { link: consented, talk: says({ kind: "turn", side: "left" }, "good", 0.8) }, go: begin, settle: 900 },
  "capture-rear": { scene: { talk: says({ kind: "find_face" }, "no_face", 0.12) }, camera: "rear", go: behind, settle: 900 },
  "capture-rear-dark": { scene: { talk: says({ kind: "light_off" }, "more_light", 0.5) }, camera: "rear", go: behind, settle: 900 },
  "capture-rear-turn": { scene: { talk: says({ kind: "turn", side: "left" }, "good", 0.8) }, camera: "rear", go: behind, settle: 900 },
  "capture-line": { scene: { link: consented, talk: (socket, nth) => (nth === 1 ? (says({ kind: "find_face" }, "good", 0.4)(socket), setTimeout(() => socket.terminate(), 700)) : socket.terminate()) }, go: begin, settle: 2000 },
  deciding: { scene: { link: consented, talk: says({ kind: "wait" }, "good", 1) }, go: begin },
  line: { scene: { link: consented, talk: (socket, nth) => (nth === 1 ? (welcome(socket), setTimeout(() => socket.terminate(), 500)) : socket.terminate()) }, go: begin, patience: 15000 },
  resuming: { scene: { link: consented, opened: 0, calls() { this.opened += 1; return this.opened === 1 ? undefined : "never"; }, talk: (socket) => { welcome(socket); setTimeout(() => socket.close(4404), 500); } }, go: begin },
  confirmed: { scene: { link: consented, talk: ends({ outcome: "confirmed", receipt_number: "K7M 3PX 9HE RT4", due_on: "2027-11-30" }) }, go: begin },
  "confirmed-later": { scene: { link: consented, certificate: { status: 500, code: "internal" }, talk: ends({ outcome: "confirmed", receipt_number: "K7M 3PX 9HE RT4", due_on: "2027-11-30" }) }, go: begin },
  retry: { scene: { link: consented, talk: ends({ outcome: "retry", advice: ["more_light", "nearer", "hold_still"], offer_person: false }) }, go: begin },
  retry_person: { scene: { link: consented, talk: ends({ outcome: "retry", advice: ["more_light"], offer_person: true }) }, go: begin },
  interrupted: { scene: { link: consented, talk: ends({ outcome: "interrupted" }) }, go: begin, patience: 12000 },
  elsewhere: { scene: { link: consented, talk: (socket) => { welcome(socket); setTimeout(() => socket.close(4409), 500); } }, go: begin },
  full: { scene: { link: consented, calls: { status: 503, code: "full", retryAfter: 50 } }, go: begin },
  rest: { scene: { link: consented, calls: { status: 429, code: "too_many_tries", retryAfter: 1500 } }, go: begin },
  used_up: { scene: { link: Object.assign({}, consented, { tries_used_up: true }) } },
  offline: { scene: { link: consented }, go: async (page) => { await tap("开始")(page); await page.context().setOffline(true); await tap("打开摄像头")(page); } },
  trouble: { scene: { link: consented, calls: { status: 500, code: "internal" } }, go: begin },
  camera_denied: { scene: { link: consented }, camera: "NotAllowedError", go: begin },
  "camera_denied-wechat": { scene: { link: consented }, camera: "NotAllowedError", agent: "MicroMessenger/8.0", go: begin },
  camera_busy: { scene: { link: consented }, camera: "NotReadableError", go: begin },
  camera_missing: { scene: { link: consented }, camera: "NotFoundError", go: begin },
  wechat: { scene: { link: consented }, before: noCamera, agent: "MicroMessenger/8.0", go: begin },
  copied: { scene: { link: consented }, before: noCamera, agent: "MicroMessenger/8.0", go: tap("开始", "打开摄像头", "复制链接") },
  no_live: { scene: { link: consented }, before: noCamera, go: begin },
  no_webrtc: { scene: { link: consented }, before: noWebrtc, go: begin },
  photo_sending: { scene: { link: consented, photo: "never" }, before: noCamera, go: async (page) => { await begin(page); await choosePicture(page); } },
  photo_again: { scene: { link: consented, photo: { status: 422, code: "unreadable_picture" } }, before: noCamera, go: async (page) => { await begin(page); await choosePicture(page); } },
  other: { go: tap("开始", "换一种方式") },
  other_person: { go: way("person") },
  other_appointment: { scene: { times: "never" }, go: way("appointment") },
  slots: { go: way("appointment") },
  slot: { go: pickTime },
  booking: { scene: { booked: "never" }, go: async (page) => { await pickTime(page); await tap("对，就约这个")(page); } },
  slot_taken: { scene: { booked: { status: 409, code: "slot_taken" } }, go: async (page) => { await pickTime(page); await tap("对，就约这个")(page); } },
  appointment: { go: async (page) => { await pickTime(page); await tap("对，就约这个")(page); } },
  changing: { scene: { asked: 0, times() { this.asked += 1; return this.asked === 1 ? { booked: BOOKED, slots: SLOTS } : "never"; } }, go: async (page) => { await way("appointment")(page); await tap("换个时间")(page); } },
  cancelling: { scene: { times: { booked: BOOKED, slots: SLOTS }, cancelled: "never" }, go: async (page) => { await way("appointment")(page); await tap("不约了")(page); } },
  cancelled: { scene: { times: { booked: BOOKED, slots: SLOTS } }, go: async (page) => { await way("appointment")(page); await tap("不约了")(page); } },
  other_paper_form: { go: way("paper_form") },
  other_station: { go: way("station") },
  other_home_visit: { go: way("home_visit") },
  other_sending: { scene: { other: "never" }, go: async (page) => { await way("person")(page); await tap("请打给我")(page); } },
  other_done: { go: async (page) => { await way("paper_form")(page); await tap("请寄给我")(page); } },
  other_unlinked: { scene: { link: { status: 410, code: "link_expired" } }, go: tap("换一种方式") },
  ringing: { scene: { link: rung } },
  live: { scene: { link: rung, talk: inRoom({ phase: "waiting", other_here: false, place: 2, wait_minutes: 5, still_frames: false }) }, go: tap("接听"), settle: 600 },
  "live-talking": { scene: { link: rung, talk: inRoom({ phase: "talking", other_here: true, still_frames: false }, { type: "caption", text: "请您说一下今天是几号" }) }, go: tap("接听"), settle: 600 },
  live_ended: { scene: { link: rung, talk: inRoom({ phase: "waiting", other_here: false, place: 1, wait_minutes: 1, still_frames: false }) }, go: tap("接听", "挂断") },
  closed: { scene: { link: Object.assign({}, LINK, { state: "confirmed", due_on: "2027-12-31" }) }, go: tap("好，关掉") },
};

const screenOf = (name) => name.split("-")[0];

describe("every screen of the phone page", { skip: BROWSER_MISSING, concurrency: false }, () => {
  let browser;
  let server;
  before(async () => {
    browser = await openBrowser();
    server = await startScripted(Object.fromEntries(Object.entries(LOOKS).map(([name, look]) => [name, look.scene || {}])));
  });
  after(async () => {
    await browser.close();
    await server.close();
  });

  test("none is forgotten", () => {
    assert.deepEqual([...new Set(Object.keys(LOOKS).map(screenOf))].sort(), Object.keys(SCREENS).sort());
  });

  for (const [name, look] of Object.entries(LOOKS)) {
    if (ONLY && !name.match(ONLY)) continue;
    test(name, { timeout: 60000 }, () => lookAt(name, look));
  }

  async function lookAt(name, look) {
    const context = await browser.newContext({ viewport: { width: 360, height: 640 }, userAgent: look.agent, reducedMotion: "reduce", timezoneId: "Asia/Shanghai", isMobile: false });
    const page = await context.newPage();
    const faults = [];
    page.on("pageerror", (fault) => faults.push(String(fault)));
    await page.addInitScript(drawnCamera, look.camera || "face");
    if (look.before) await page.addInitScript(look.before);
    await page.goto(`${server.address}/p/${name}`);
    if (look.go) await look.go(page);
    await page.locator(`[data-screen=${screenOf(name)}]`).waitFor({ timeout: look.patience || 8000 });
    await page.waitForTimeout(look.settle || 150);
    await examine(page, name, "zh");
    for (const language of ["zh", "en"]) {
      if (language === "en") await page.locator(".tools button").last().click();
      await page.setViewportSize({ width: 320, height: 568 });
      await fits(page, `${name} ${language} 320`);
      if (language === "en") await examine(page, name, "en");
    }
    await page.setViewportSize({ width: 360, height: 640 });
    for (let step = 0; step < 3; step += 1) await page.locator(".tools button").nth(-2).click();
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).fontSize), "44px");
    await examine(page, name, "en-200");
    await page.locator(".tools button").last().click();
    await examine(page, name, "zh-200");
    await page.locator(".tools button").nth(-2).click();
    await page.setViewportSize({ width: 180, height: 320 });
    await fits(page, `${name} zoom 200 %`);
    assert.deepEqual(faults, [], "the page threw");
    await context.close();
  }

  async function examine(page, name, kind) {
    await page.waitForTimeout(60);
    if (TO && (kind === "zh" || process.env.SCREENS_TO || (ALSO.includes(name) && kind !== "en-200" && !(name === "consent" && kind === "zh-200")))) await picture(page, join(TO, `phone-${name}${kind === "zh" ? "" : "-" + kind}.png`));
    await judge(page, `${name} ${kind}`);
    const small = await page.evaluate(() => Array.from(document.querySelectorAll("#page button, #page .primary, #page label.card"))
      .filter((each) => each.offsetParent && (each.offsetWidth < 60 || each.offsetHeight < 60)).map((each) => each.textContent));
    assert.deepEqual(small, [], `${name} ${kind}: targets under 60 px`);
  }

  /** The whole screen at once: a window as high as its content. */
  async function picture(page, path) {
    const { width, height } = page.viewportSize();
    if (process.env.SCREENS_FOLD) await page.screenshot({ path: path.replace(".png", ".fold.png") });
    for (let round = 0; round < 3; round += 1) {
      // What depends on the window's height grows with it: measure again.
      const whole = await page.evaluate(() => document.scrollingElement.scrollHeight);
      await page.setViewportSize({ width, height: Math.max(height, whole) });
    }
    await page.screenshot({ path });
    fewerColours(path, 48, "none");
    await page.setViewportSize({ width, height });
  }
});
