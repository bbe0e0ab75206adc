/**
 * The house's own pages (statistics, quality, audit) and blind checks against the scripted county: every page in both languages, at 1366x768 and at
 * 200 % zoom, without a mouse; nothing scrolls sideways, axe finds nothing serious. And how many keys a case takes from signing in to the
 * decision. With SCREENS_TO=folder it also leaves pictures.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { judge } from "./judge.mjs";
import { fewerColours } from "./palette.mjs";
import { OFFICERS } from "./scripted-console-cases.mjs";
import { startScripted } from "./scripted-console.mjs";

const TO = process.env.SCREENS_TO;
const WAYS = { "": { viewport: { width: 1366, height: 768 } }, "-200": { viewport: { width: 683, height: 384 }, deviceScaleFactor: 2 }, "-en": { viewport: { width: 1366, height: 768 }, colorScheme: "dark" } };
/** Scripted runs through a case: keys after the page is open. Signing in is typed by the browser's password store, as passkeys are touched. */
const KEYS_MOST = 15;

let browser;
let scripted;
let page;

const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
const caseOf = (name) => scripted.county.cases.find((one) => one.beneficiary_name === name);

async function open(how = WAYS[""]) {
  await page?.close();
  page = await browser.newPage(how);
  page.setDefaultTimeout(8000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.stack));
  await page.goto(scripted.url);
  await page.locator("input[name=name]").waitFor();
}

async function signIn(officer = OFFICERS[0]) {
  await page.locator("input[name=name]").fill(officer.name);
  await page.locator("input[name=password]").fill(officer.password);
  await press("Enter");
  await page.locator("nav.rail a").first().waitFor();
}

async function goTo(place) {
  await page.evaluate((hash) => { location.hash = hash; }, `#/${place}`);
  await page.locator("main article.place").waitFor();
  await page.waitForFunction(() => !document.querySelector(".loading"));
}

async function look(name) {
  await page.waitForTimeout(150);
  if (TO) {
    const path = join(TO, `house-${name}.png`);
    await page.screenshot({ path });
    fewerColours(path, 128, "sierra2_4a");
  }
  await judge(page, name);
}

describe("the house's pages", { skip: BROWSER_MISSING }, () => {
  before(async () => { browser = await openBrowser(); });
  after(() => browser?.close());
  beforeEach(async () => { scripted = await startScripted(); });
  afterEach(async () => {
    assert.deepEqual(page.faults, []);
    await page.close();
    page = null;
    await scripted.stop();
  });

  /** name → how to get there. */
  const LOOKS = {
    statistics: () => goTo("statistics"),
    "statistics-tables": async () => { await goTo("statistics"); await press("4", "t"); await page.locator(".journeys table").waitFor(); },
    quality: () => goTo("quality"),
    "quality-seed": async () => { await goTo("quality"); await press("s"); await page.locator("dialog[open]").waitFor(); },
    "quality-change": async () => { await goTo("quality"); await press("c"); await page.locator("dialog[open]").waitFor(); },
    audit: async () => { await goTo("audit"); await press("v"); await page.locator(".chain .result").waitFor(); },
    "audit-event": async () => { await goTo("audit"); await press("ArrowDown", "Enter"); await page.locator(".audit-row[open]").waitFor(); },
    "audit-broken": async () => { scripted.county.meddled = true; await goTo("audit"); await press("v"); await page.locator(".chain .against").waitFor(); },
    check: async () => {
      caseOf("欧阳桂芬").check = { truth: "same_person", right: true };
      await page.evaluate((hash) => { location.hash = hash; }, `#/case/${caseOf("欧阳桂芬").id}/to_review`);
      await page.getByRole("heading", { level: 1, name: "欧阳桂芬" }).waitFor();
      await press("a", "Enter");
      await page.locator(".result.ok").waitFor();
    },
  };

  for (const [way, how] of Object.entries(WAYS)) {
    for (const [name, go] of Object.entries(LOOKS)) {
      test(`${name}${way}: everything in sight, nothing serious for axe`, async () => {
        await open(how);
        if (way === "-en") {
          await page.locator("header [lang=en]").click();
          await page.locator("header [lang=zh]").waitFor(); // drawn anew, and the focus is on the switch
        }
        await signIn();
        await go();
        await look(name + way);
      });
    }
  }

  test("statistics: another quarter, another grouping and the tables by keys; hidden cells say so", async () => {
    await open();
    await signIn();
    await goTo("statistics");
    assert.match(await page.locator("h1").innerText(), /2026 年第 4 季度/);
    assert.equal(await page.locator(".chart .hidden-cell").count() > 0, true, "what is hidden is drawn as hidden");
    await press("ArrowLeft");
    await page.getByRole("heading", { level: 1, name: "2026 年第 3 季度" }).waitFor();
    await press("ArrowRight");
    await page.getByRole("heading", { level: 1, name: "2026 年第 4 季度" }).waitFor();
    await press("ArrowRight");
    await press("4", "t");
    const row = page.locator(".journeys tr", { hasText: "洪山镇" });
    assert.match(await row.innerText(), /少于 10，不显示/);
    assert.match(await page.locator(".journeys tr", { hasText: "栗江镇" }).innerText(), /139 \(85 %\)/);
    assert.equal(await page.locator("a[download]").getAttribute("href"), "/api/console/statistics.csv?quarter=2026-4");
  });

  test("quality: a check is put in by keys; a change is proposed by one and approved by another", async () => {
    await open();
    await signIn();
    await goTo("quality");
    await page.getByText("样本太小").first().waitFor();
    await press("s");
    await page.locator("dialog[open] select").selectOption("other_person");
    await page.locator("dialog[open] button.main").press("Enter");
    await page.getByText("队列里还有 3 件").waitFor();
    await press("c");
    await page.locator("dialog[open] input[name=\"90_over\"]").fill("25");
    await page.locator("dialog[open] input[name=reason]").fill("抽查会议");
    await page.locator("dialog[open] button.main").press("Enter");
    await page.getByText("等另一位主管决定").waitFor();
    const mine = scripted.county.changes[0];
    assert.deepEqual(mine.terms, { share: 500, shares: [{ channel: "video_auto", age_band: "90_over", share: 2500 }] });
    await page.locator("tr", { hasText: "九十岁以上" }).getByRole("button", { name: "同意", exact: true }).press("Enter");
    await page.getByText("已同意").waitFor();
    assert.equal(scripted.county.changes[1].state, "approved");
  });

  test("audit: filtered, checked, and a case taken out", async () => {
    await open();
    await signIn();
    await goTo("audit");
    await press("f");
    await page.keyboard.type(scripted.county.cases[0].case_number);
    await press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".audit-row").length === 4);
    await page.locator(".audit-filter select[name=action]").selectOption("case_refused");
    await page.locator(".audit-filter button").press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".audit-row").length === 1);
    assert.match(await page.locator(".audit-row summary").innerText(), /zhou[\s\S]*→/);
    await page.locator(".audit-row summary").press("Enter");
    const taken = page.waitForEvent("download");
    await page.getByRole("button", { name: "导出档案（PDF）" }).press("Enter");
    assert.equal((await taken).suggestedFilename(), "case.pdf");
    await press("v");
    await page.getByText("全部相符，没有被改动").waitFor();
  });

  test("the approver sees the evidence before the reviewer's opinion, and what they agree to before they agree", async () => {
    const one = caseOf("林秀珍");
    Object.assign(one, { status: "to_approve", confirmed_by: OFFICERS[1].id, proposal: { disposition: "refuse", because: "deception", text: "屏幕的边", from: "open" } });
    await open();
    await signIn();
    await page.evaluate((hash) => { location.hash = hash; }, `#/case/${one.id}/to_approve`);
    await page.getByRole("heading", { level: 1, name: "林秀珍" }).waitFor();
    assert.equal(await page.getByText("屏幕的边").isVisible(), false, "folded");
    await press("a");
    await page.locator(".decision.step").getByText("屏幕的边").waitFor();
  });

  test("scores are sentences with an interval, or say that the sample is too small; frames and line are explained", async () => {
    await open();
    await signIn();
    await page.evaluate((hash) => { location.hash = hash; }, `#/case/${caseOf("林秀珍").id}/to_review`);
    await page.getByText("一万个不相干的人里大约有 1.32 个能到这个分（95% 的把握：0.7 到 2.26").waitFor();
    await page.getByText("为什么是这几张").waitFor();
    await page.locator(".line-quality svg rect").first().waitFor();
    await page.evaluate((hash) => { location.hash = hash; }, `#/case/${caseOf("马德福").id}/to_review`);
    await page.getByText("量过的人太少（比过 212").waitFor();
    assert.ok(await page.locator(".line-quality .weak").count() >= 3, "a weak line is seen");
  });

  test("from signing in to the decision without a mouse: the median of the ways is below 15 keys", async () => {
    /** Each way as hands on a keyboard do it; the password manager fills name and password, Enter signs in. */
    const ways = {
      "confirm the next case": ["Enter", "n", "Space", "a", "Enter"],
      "flicker, go through the film, confirm": ["Enter", "n", "Space", "Space", "ArrowRight", "ArrowRight", "ArrowRight", "1", "a", "Enter"],
      "ask again, another reason": ["Enter", "n", "ArrowRight", "ArrowRight", "r", "2", "Enter"],
      "call back": ["Enter", "n", "Space", "c", "Enter"],
      "visit, taken back, confirmed": ["Enter", "n", "h", "Enter", "u", "a", "Enter"],
      "refuse with words": ["Enter", "n", "Space", "+", "+", "x", "2", "Tab", ..."a screen", "Enter"],
      "put off until tomorrow": ["Enter", "n", "z", "3", "Tab", ..."later", "Enter"],
    };
    const counts = [];
    for (const [name, keys] of Object.entries(ways)) {
      await scripted.stop();
      scripted = await startScripted();
      await open();
      await page.locator("input[name=name]").fill(OFFICERS[0].name);
      await page.locator("input[name=password]").fill(OFFICERS[0].password);
      let pressed = 0;
      for (const key of keys) {
        await page.keyboard.press(key);
        pressed += 1;
        if (pressed === 1) await page.locator("table.queue tbody tr").first().waitFor();
        if (pressed === 2) await page.locator(".decision.choose .choice").first().waitFor();
        if (key === "u") await page.locator(".decision.choose .choice").first().waitFor();
        if (key === "Enter" && pressed > 2) await page.locator(".result").waitFor();
      }
      await page.locator(".result").waitFor();
      assert.equal(await page.locator(".result.against, .trouble").count(), 0, name);
      counts.push(pressed);
    }
    const median = counts.sort((a, b) => a - b)[Math.floor(counts.length / 2)];
    console.log(`keys from signing in to the decision: ${counts.join(", ")}; median ${median}`);
    assert.ok(median < KEYS_MOST, `median ${median}`);
  });
});
