/** The journey is data; these tests walk over it. The picture in docs/JOURNEY.md is drawn from the same data. */
import assert from "node:assert/strict";
import test from "node:test";
import { ANYWHERE, GUARDS, SCREENS, next, start } from "../../web/phone/js/flow.js";
import { textOf } from "./files.mjs";
import { picture } from "./journey.mjs";

const LINK = { state: "ready", consented: false, wait_seconds: 0, tries_used_up: false };
const able = { camera: true, webrtc: true, wechat: false };
const at = (screen, news) => ({ screen, context: Object.assign(start(able).context, { link: LINK }, news) });
const targets = (rule) => (Array.isArray(rule) ? rule.map((way) => way.to) : [rule]);

test("every rule names screens and guards that exist, and every list ends without a condition", () => {
  for (const [name, rules] of [...Object.entries(SCREENS).map(([name, data]) => [name, data.on]), ["anywhere", ANYWHERE]]) {
    for (const [event, rule] of Object.entries(rules)) {
      targets(rule).forEach((to) => assert.ok(to === "back" || to in SCREENS, `${name}.${event} leads to ${to}`));
      if (!Array.isArray(rule)) continue;
      rule.filter((way) => way.if).forEach((way) => assert.ok(way.if in GUARDS, `${name}.${event} asks ${way.if}`));
      assert.ok(!rule[rule.length - 1].if, `${name}.${event} may lead nowhere`);
    }
  }
});

test("every guard is asked somewhere", () => {
  const asked = JSON.stringify([SCREENS, ANYWHERE]);
  Object.keys(GUARDS).forEach((guard) => assert.ok(asked.includes(`"if":"${guard}"`), guard));
});

test("every screen can be reached from the opening", () => {
  const reached = new Set(["opening"]);
  for (let before = 0; before !== reached.size;) {
    before = reached.size;
    for (const name of [...reached]) Object.values(SCREENS[name].on).concat(Object.values(ANYWHERE)).flatMap(targets).forEach((to) => to !== "back" && reached.add(to));
  }
  assert.deepEqual(Object.keys(SCREENS).filter((name) => !reached.has(name)), []);
});

test("no dead end: every screen has a main button, and another way, a way back or a telephone", () => {
  const handled = ["call_us", "photo", "copy_link", "reconnect", "close", "start_rear"];
  for (const [name, data] of Object.entries(SCREENS)) {
    if (!["capture", "live"].includes(name)) assert.ok(data.primary in data.on || handled.includes(data.primary), `${name}: ${data.primary} does nothing`);
    [...(data.extra || []), ...(data.helper_extra || [])].forEach((event) => assert.ok(event in data.on || handled.includes(event), `${name}: ${event} does nothing`));
    assert.ok([undefined, "call_us", "back"].includes(data.quiet), name);
  }
});

test("camera and call are on only where they are needed", () => {
  assert.deepEqual(Object.keys(SCREENS).filter((name) => SCREENS[name].live).sort(), ["capture", "deciding", "line", "live", "resuming", "starting"]);
});

test("what the link says decides the first screen", () => {
  const opened = (news) => next(start(able), "link", { link: Object.assign({}, LINK, news) }).screen;
  assert.equal(opened({}), "who");
  assert.equal(opened({ state: "confirmed" }), "already");
  assert.equal(opened({ state: "with_officer" }), "officer");
  assert.equal(opened({ tries_used_up: true, wait_seconds: 9 }), "used_up");
  assert.equal(opened({ wait_seconds: 9 }), "rest");
});

test("consent comes before the camera, unless it was given", () => {
  assert.equal(next(at("who"), "begin").screen, "consent");
  assert.equal(next(at("who", { link: Object.assign({}, LINK, { consented: true }) }), "begin").screen, "ready");
});

test("whoever helps says who they are before the consent is noted, and chooses the camera afterwards", () => {
  assert.equal(next(at("consent"), "agree").screen, "agreeing");
  const helped = next(at("consent", { assisted: true }), "agree");
  assert.equal(helped.screen, "helper");
  assert.equal(next(helped, "they_agree").screen, "helper", "nobody is anonymous");
  assert.equal(next(at("helper", { assisted: true, helper: "family" }), "they_agree").screen, "agreeing");
  assert.equal(next(at("retry", { result: {} }), "get_help").screen, "helper");
  for (const screen of ["retry", "retry_person"]) assert.ok(!SCREENS[screen].helper_extra.includes("get_help"), "help is there already");
  assert.equal(next(at("ready", { assisted: true }), "start", { side: "rear" }).context.side, "rear");
});

test("another way leads back to where it was asked for, and to ready when the call is over by then", () => {
  assert.equal(next(next(at("consent"), "other_way"), "back").screen, "consent");
  assert.equal(next(next(at("capture"), "other_way"), "back").screen, "ready");
  const deep = next(next(next(at("who"), "other_way"), "choose"), "other_way");
  assert.equal(deep.screen, "other");
  assert.equal(next(deep, "back").screen, "who");
  assert.equal(next({ screen: "link_expired", context: start(able).context }, "other_way").screen, "other_unlinked");
});

test("a broken call is taken up again by itself, but not for ever", () => {
  assert.equal(next(at("capture"), "call_lost", { resumes: 3 }).screen, "resuming");
  assert.equal(next(at("capture"), "result_interrupted", { resumes: 3 }).screen, "resuming");
  assert.equal(next(at("capture"), "call_lost", { resumes: 4 }).screen, "interrupted");
  assert.equal(next(at("capture"), "result_interrupted", { resumes: 4 }).screen, "interrupted");
});

test("every result has its screen; from the second try on a person comes first", () => {
  assert.equal(next(at("deciding"), "result_confirmed", { result: {} }).screen, "confirmed");
  assert.equal(next(at("deciding"), "result_with_officer", { result: {} }).screen, "officer");
  assert.equal(next(at("deciding"), "result_retry", { result: { offer_person: false } }).screen, "retry");
  assert.equal(next(at("deciding"), "result_retry", { result: { offer_person: true } }).screen, "retry_person");
});

test("an event that means nothing on a screen changes nothing", () => {
  const state = at("who");
  assert.equal(next(state, "agree"), state);
  assert.equal(next(state, "no such event"), state);
});

test("the picture of the journey is up to date (node tests/web/journey.mjs draws it)", () => {
  assert.equal(textOf("docs/JOURNEY.md"), picture());
});
