/** The queue at the console against the scripted county: claims, colleagues, and each way that a case can go, by its key. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { OFFICERS } from "./scripted-console-cases.mjs";
import { startScripted } from "./scripted-console.mjs";

let browser;
let scripted;
let page;

const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
const caseOf = (name) => scripted.county.cases.find((one) => one.beneficiary_name === name);
const settled = () => page.waitForFunction(() => document.querySelector(".case") && !document.querySelector(".loading"));

async function open() {
  page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
  page.setDefaultTimeout(8000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.stack));
  await page.goto(scripted.url);
}

async function signIn() {
  await page.locator("input[name=name]").fill(OFFICERS[0].name);
  await page.locator("input[name=password]").fill(OFFICERS[0].password);
  await press("Enter");
  await page.locator("nav.rail").waitFor();
}

async function openCase(name, lane = "to_review") {
  await page.evaluate((hash) => { location.hash = hash; }, `#/case/${caseOf(name).id}/${lane}`);
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

describe("console queue", { skip: BROWSER_MISSING }, () => {
  before(async () => { browser = await openBrowser(); });
  after(() => browser?.close());
  beforeEach(async () => { scripted = await startScripted(); });
  afterEach(async () => {
    assert.deepEqual(page.faults, []);
    await page.close();
    await scripted.stop();
  });

  test("N claims the most urgent case; a colleague gets the next one; leaving gives it back", async () => {
    await open();
    await signIn();
    await press("n");
    await settled();
    assert.equal(caseOf("林秀珍").claimed_by, "chen");
    await press("Escape");
    await page.locator("table.queue").waitFor();
    await page.waitForTimeout(200);
    assert.equal(caseOf("林秀珍").claimed_by, null, "given back");
    caseOf("林秀珍").claimed_by = "zhou";
    scripted.changed();
    await page.getByText("zhou正在办").waitFor();
    await press("n");
    await page.getByRole("heading", { level: 1, name: "马德福" }).waitFor();
  });

  test("a colleague is at the case: it can be looked at, and a decision is told kindly", async () => {
    await open();
    await signIn();
    caseOf("林秀珍").claimed_by = "zhou";
    await openCase("林秀珍");
    await page.getByText("zhou正在办这一件").waitFor();
    await press("a", "Enter");
    await page.getByRole("heading", { name: "同事正在办这一件" }).waitFor();
    assert.equal(caseOf("林秀珍").status, "open");
  });

  test("each way has a key: visit, post, supervisor, refusal with reason and words, put off, hand over", async () => {
    await open();
    await signIn();
    const decided = async (name, lane, ...keys) => {
      await openCase(name, lane);
      await press(...keys);
      await page.locator(".result").waitFor();
      return caseOf(name);
    };
    assert.equal((await decided("林秀珍", "to_review", "c", "Enter")).status, "to_call_back");
    await press("u");
    await page.getByRole("heading", { name: "您的决定" }).waitFor();
    assert.equal(caseOf("林秀珍").status, "open", "taken back");
    assert.equal((await decided("林秀珍", "to_review", "h", "Enter")).status, "to_visit");
    assert.equal((await decided("林秀珍", "visit", "m", "Enter")).status, "to_mail");
    await openCase("林秀珍", "mail");
    await press("e", "Enter");
    await page.getByText("请写一句说明").waitFor();
    await page.keyboard.type("who is this");
    await press("Enter");
    await page.getByRole("heading", { name: "已交主管" }).waitFor();
    await openCase("马德福");
    await press("x", "2", "Tab");
    await page.keyboard.type("a screen");
    await press("Enter");
    await page.locator(".result.wait").waitFor();
    assert.deepEqual(caseOf("马德福").proposal, { disposition: "refuse", because: "deception", text: "a screen", from: "open" });
    await openCase("欧阳桂芬");
    await press("z", "3", "Tab");
    await page.keyboard.type("tomorrow");
    await press("Enter");
    await page.getByRole("heading", { name: "已暂缓" }).waitFor();
    assert.equal(caseOf("欧阳桂芬").history.at(-1).note, "tomorrow");
  });

  test("pass on needs a note; Enter that ends a word of an input method does not send", async () => {
    await open();
    await signIn();
    await openCase("林秀珍");
    await press("p", "Enter");
    await page.getByText("请写一句说明").waitFor();
    await page.keyboard.type("n r a 1");
    await page.locator("textarea").dispatchEvent("keydown", { key: "Enter", isComposing: true });
    await page.waitForTimeout(150);
    assert.equal(caseOf("林秀珍").status, "open");
    await press("Escape", "p");
    assert.equal(await page.locator("textarea").inputValue(), "n r a 1", "a draft survives");
    await press("Enter");
    await page.getByRole("heading", { name: "已转交" }).waitFor();
    assert.equal(caseOf("林秀珍").history.at(-1).note, "n r a 1");
  });
});
