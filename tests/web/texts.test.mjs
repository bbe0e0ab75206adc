/** Every text is there in both languages, every text that a page asks for exists, and the words keep to the house's manners. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { SCREENS } from "../../web/phone/js/flow.js";
import { filesBelow, table, textOf, variantsOf } from "./files.mjs";

const phone = { zh: table("web/shared/locales/zh.json"), en: table("web/shared/locales/en.json") };
const verify = { zh: table("web/verify/locales/zh.json"), en: table("web/verify/locales/en.json") };
const visit = { zh: table("web/visit/locales/zh.json"), en: table("web/visit/locales/en.json") };
const demo = { zh: table("web/demo/locales/zh.json"), en: table("web/demo/locales/en.json") };
/** Version of the consent text → SHA-256 of its words in both languages: a consent on record says exactly what was read. */
const CONSENT_TEXTS = { "2026-11-1": "372881529f28e5c60f79a7bd88332c27858f95f91ed4e04aecc7cc537ff34007", "2026-11-2": "bea8653be4e3e0cb37633932df43e617a2869ef816244bb14f01c48476a67a83" };
const gaps = (text) => Array.from(text.matchAll(/\{(\w+)\}/g), (hit) => hit[1]).sort();

for (const [name, tables] of Object.entries({ phone, demo, verify, visit })) {
  test(`${name}: the same keys in Chinese and English, none empty, with the same gaps`, () => {
    assert.deepEqual(Object.keys(tables.zh), Object.keys(tables.en));
    for (const key of Object.keys(tables.zh)) {
      assert.ok(tables.zh[key].trim() && tables.en[key].trim(), key);
      assert.deepEqual(gaps(tables.zh[key]), gaps(tables.en[key]), key);
    }
  });
}

test("every screen has its sentence, its second line and the words of its buttons", () => {
  for (const [screen, data] of Object.entries(SCREENS)) {
    if (screen === "capture" || screen === "live") continue;
    const wanted = [`phone.${screen}.main`, `phone.${screen}.sub`];
    if (data.helper_texts) wanted.push(`phone.${screen}.helper_main`, `phone.${screen}.helper_sub`);
    if (data.primary !== "call_us") wanted.push(`phone.${screen}.primary`);
    [...(data.extra || []), ...(data.helper_extra || [])].forEach((event) => wanted.push("phone.extra." + event));
    wanted.forEach((key) => assert.ok(key in phone.zh, key));
  }
});

test("every key written in a script exists, and every key is used", () => {
  const starts = { phone: ["web/phone", phone.zh], demo: ["web/demo", demo.zh], verify: ["web/verify", verify.zh], visit: ["web/visit", visit.zh] };
  for (const [name, [folder, words]] of Object.entries(starts)) {
    const scripts = filesBelow(folder, ".js").map(textOf).join("\n");
    const written = new Set(Array.from(scripts.matchAll(new RegExp(`["\`](${name}\\.[a-z0-9_.]+)["\`]`, "g")), (hit) => hit[1]).filter((key) => !key.endsWith(".") && !key.endsWith("_")));
    const built = [...scripts.matchAll(new RegExp(`["\`](${name}\\.[a-z0-9_.]*)(?=\\$\\{|["\`] \\+|[._]["\`])`, "g"))].map((hit) => hit[1]);
    for (const key of written) assert.ok(key in words || Object.keys(words).some((each) => built.includes(key) && each.startsWith(key)), `${key} is asked for and does not exist`);
    const known = (key) => written.has(key) || built.some((start) => start.length > name.length + 1 && key.startsWith(start)) || SCREENS[key.split(".")[1]] || /^phone\.(reason|issue|hint|prompt)\./.test(key);
    for (const key of Object.keys(words)) assert.ok(known(key), `${key} is not used by anything`);
  }
});

test("every hint, quality issue and reason of the domain has its words for the citizen, and no other", () => {
  const enums = { hint: variantsOf("src/domain/challenge.rs", "Hint"), issue: variantsOf("src/domain/finding.rs", "QualityIssue"), reason: variantsOf("src/domain/verdict.rs", "Reason") };
  assert.ok(enums.reason.length > 25 && enums.hint.includes("more_light") && enums.issue.includes("too_dark"), "the enums were not read");
  for (const [kind, names] of Object.entries(enums)) {
    const own = Object.keys(phone.zh).filter((key) => key.startsWith(`phone.${kind}.`)).map((key) => key.split(".")[2]);
    assert.deepEqual(own.filter((name) => name !== "line").sort(), [...names].sort(), kind);
  }
  enums.hint.forEach((hint) => assert.ok("demo.hint." + hint in demo.zh, hint));
  variantsOf("src/domain/case.rs", "OtherWay").forEach((way) => assert.ok("phone.way." + way in phone.zh && `phone.other_${way}.main` in phone.zh, way));
  variantsOf("src/domain/visit.rs", "VisitOutcome").filter((name) => name !== "called").forEach((name) => assert.ok("visit.outcome." + name in visit.zh, name));
  variantsOf("src/domain/assistance.rs", "Assistance").forEach((name) => assert.ok("visit.assistance." + name in visit.zh, name));
  variantsOf("src/domain/helper.rs", "Helper").forEach((helper) => assert.ok("phone.relation." + helper in phone.zh, helper));
  ["find_face", "light", "light_off", "turn_left", "turn_right", "face_forward", "wait"].forEach((prompt) => assert.ok("phone.rear." + prompt in phone.zh, prompt));
  variantsOf("src/domain/case.rs", "CaseKind").forEach((kind) => assert.ok("phone.officer.step_" + kind in phone.zh, kind));
});

test("attack reasons sound alike to the citizen: nothing can be learnt from them", () => {
  const attack = ["flat_surface", "repeated_frames", "injected_stream", "light_mismatch", "timing_mismatch", "liveness_inconclusive"];
  for (const words of Object.values(phone)) assert.equal(new Set(attack.map((name) => words["phone.reason." + name])).size, 1);
});

test("main lines are short: at most 12 Chinese characters", () => {
  for (const [key, text] of Object.entries({ ...phone.zh, ...verify.zh }).filter(([key]) => /\.(main|helper_main)$|^phone\.prompt\.|^phone\.rear\.(?!hint)/.test(key))) {
    const count = (text.replace(/\{\w+\}/g, "").match(/\p{Script=Han}/gu) || []).length;
    assert.ok(count <= 12, `${key}: ${count} characters`);
  }
});

test("no blame, no alarm, no technical words, no countdown", () => {
  const never = { zh: /失败|错误|无效|拒绝(?!您)|禁止|非法|异常|超时|倒计时|秒后|%|％|WebRTC|浏览器版本|服务器/, en: /\bfail|\berror|invalid|denied|forbidden|rejected|illegal|timeout|seconds left|%|WebRTC|server/i };
  for (const [language, words] of [...Object.entries(phone), ...Object.entries(verify)]) {
    for (const [key, text] of Object.entries(words)) assert.doesNotMatch(text, never[language], key);
  }
});

test("the consent text is the one that its version stands for", () => {
  const version = textOf("src/service/phone.rs").match(/CONSENT_VERSION: &str = "([^"]+)"/)[1];
  const text = Object.values(phone).map((words) => Object.keys(words).filter((key) => key.startsWith("phone.consent.")).sort().map((key) => words[key]).join("\n")).join("\n\n");
  const digest = createHash("sha256").update(text).digest("hex");
  assert.equal(digest, CONSENT_TEXTS[version], `the words changed: give them a new version in src/service/phone.rs and note its digest ${digest} here`);
});
