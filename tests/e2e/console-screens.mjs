/**
 * The console in a real browser against the scripted county: every screen at 1366x768 and at 200 % zoom, in both languages, by day and by
 * night (nothing scrolls sideways, axe finds nothing serious); a case without a mouse; and what happens when things go wrong.
 * With SCREENS_TO=folder it also leaves pictures of the main screens.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { judge } from "./judge.mjs";
import { fewerColours } from "./palette.mjs";
import { OFFICERS } from "./scripted-console-cases.mjs";
import { FACES, startScripted } from "./scripted-console.mjs";

const TO = process.env.SCREENS_TO;
const DESK = { viewport: { width: 1366, height: 768 } };
/** A 1366x768 screen at 200 % browser zoom. */
const ZOOMED = { viewport: { width: 683, height: 384 }, deviceScaleFactor: 2 };

let browser;
let scripted;
let page;

/** A fresh page; a script error fails the test that caused it. */
async function open(how = DESK) {
  await page?.close();
  page = await browser.newPage(how);
  page.setDefaultTimeout(8000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.stack));
  await page.goto(scripted.url);
  await page.locator("input[name=name]").waitFor();
}

async function signIn({ name, password } = OFFICERS[0]) {
  await page.locator("input[name=name]").fill(name);
  await page.locator("input[name=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.locator("nav.rail").waitFor();
}

const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
const caseOf = (name) => scripted.county.cases.find((one) => one.beneficiary_name === name);
const settled = () => page.waitForFunction(() => document.querySelector(".case") && !document.querySelector(".loading"));

async function openCase(name, lane = "to_review") {
  await page.evaluate((hash) => { location.hash = hash; }, `#/case/${caseOf(name).id}/${lane}`);
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Samples of the call's tile: changes when another picture is drawn. */
const tileOf = (nth) => page.locator(".ground jm-face canvas").nth(nth).evaluate((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, value, at) => (at % 997 === 0 ? (sum * 31 + value) % 1_000_000_007 : sum), 7);
});

async function picture(name) {
  if (!TO) return;
  const path = join(TO, `console-${name}.png`);
  await page.waitForTimeout(300);
  await page.screenshot({ path });
  fewerColours(path, 160, "sierra2_4a");
}

describe("console", { skip: BROWSER_MISSING }, () => {
  before(async () => {
    if (!existsSync(FACES)) console.log("NOTE console-screens: without ../shared/faces drawn faces stand in");
    browser = await openBrowser();
  });
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
    "sign-in": { signedOut: true },
    queue: {},
    case: { go: () => openCase("林秀珍") },
    "ask-again": { go: async () => { await openCase("林秀珍"); await press("r", "1"); } },
    "pass-on": { go: async () => { await openCase("马德福"); await press("p"); } },
    invitation: { signedOut: true, go: async () => { await page.evaluate(() => { location.hash = `#/invitation/${"k7Qm2Vx9".repeat(5)}abc`; }); await page.locator(".invitation summary").click(); } },
    officers: { go: async () => { await page.evaluate(() => { location.hash = "#/officers"; }); await page.locator("table.queue tbody tr").first().waitFor(); } },
    own: { go: async () => { await page.evaluate(() => { location.hash = "#/own"; }); await page.locator(".sessions li").first().waitFor(); } },
    refuse: { go: async () => { await openCase("林秀珍"); await press("x", "2"); } },
    "put-off": { go: async () => { await openCase("林秀珍"); await press("z"); } },
    held: { go: async () => { caseOf("林秀珍").claimed_by = "zhou"; await openCase("林秀珍"); } },
    confirm: { go: async () => { await openCase("欧阳桂芬"); await press("a"); } },
    confirmed: { go: async () => { await openCase("欧阳桂芬"); await press("a", "Enter"); await page.locator(".result.ok").waitFor(); } },
    "four-eyes": { go: async () => { await openCase("马德福"); await press("a"); await page.locator(".four-eyes").waitFor(); } },
    approve: { go: () => openCase("谢春梅", "to_approve") },
    "new-link": { go: async () => { await openCase("覃玉兰"); await press("r", "Enter"); await page.locator(".result input").waitFor(); } },
    photo: { go: async () => { await openCase("岑月仙"); await settled(); } },
    "call-back": { go: () => openCase("田小满", "call_back") },
    "home-visit": { go: () => openCase("石清泉", "visit") },
    "no-pictures": { go: () => openCase("白永年") },
    closed: { go: () => page.evaluate(() => { location.hash = "#/queue/closed"; }) },
    empty: { go: async () => { scripted.county.cases = []; await page.evaluate(() => { location.hash = "#/queue/to_approve"; }); await page.locator(".empty").waitFor(); } },
    conflict: { go: async () => { await openCase("林秀珍"); caseOf("林秀珍").version += 1; await press("a", "Enter"); await page.locator(".result.wait").waitFor(); } },
    away: { go: async () => { scripted.county.away = true; await page.evaluate(() => { location.hash = "#/queue/other"; }); await page.locator(".trouble").waitFor(); } },
    keys: { go: async () => { await openCase("林秀珍"); await press("?"); await page.locator("dialog[open]").waitFor(); } },
  };
  const WAYS = {
    "": DESK,
    "-200": ZOOMED,
    "-en-night": { ...DESK, colorScheme: "dark" },
  };

  for (const [name, { signedOut, go }] of Object.entries(LOOKS)) {
    for (const [way, how] of Object.entries(WAYS)) {
      test(`${name}${way}: fits, and axe finds nothing serious`, async () => {
        await open(how);
        if (way.startsWith("-en")) {
          await page.getByRole("button", { name: "English" }).click();
          await page.getByRole("heading", { name: "Sign in" }).waitFor();
        }
        if (!signedOut) await signIn();
        await go?.();
        await page.waitForTimeout(350);
        await picture(name + way);
        await judge(page, name + way);
      });
    }
  }

  test("a case from sign-in to decision without a mouse, under 15 keystrokes", async () => {
    await open();
    let strokes = 0;
    const stroke = async (key) => { strokes += 1; await page.keyboard.press(key); };
    await page.keyboard.type(OFFICERS[0].name);
    await stroke("Tab");
    await page.keyboard.type(OFFICERS[0].password);
    await stroke("Enter");
    await page.locator("table.queue").waitFor();
    await stroke("n");
    await settled();
    await page.getByRole("heading", { level: 1, name: "林秀珍" }).waitFor();
    await stroke("ArrowRight");
    await stroke("2");
    await stroke("a");
    await page.getByRole("heading", { name: "确认：人在世，也是本人？" }).waitFor();
    await stroke("Enter");
    await page.getByText("R-2026-0047193").waitFor();
    await stroke("Enter");
    await page.getByRole("heading", { level: 1, name: "马德福" }).waitFor();
    assert.equal(caseOf("林秀珍").status, "confirmed");
    assert.ok(strokes < 15, `${strokes} strokes`);
    console.log(`keystrokes from sign-in to the next case: ${strokes}`);
  });

  test("everything is reached by Tab in reading order, with a ring of 3 px", async () => {
    await open();
    await signIn();
    await openCase("林秀珍");
    const seen = [];
    for (let n = 0; n < 90; n += 1) {
      await page.keyboard.press("Tab");
      const here = await page.evaluate(() => {
        const all = [...document.querySelectorAll("a[href], button:not(:disabled), input, summary, [tabindex='0']")].filter((one) => one.checkVisibility());
        const style = getComputedStyle(document.activeElement);
        return { at: all.indexOf(document.activeElement), count: all.length, ring: style.outlineStyle === "solid" ? style.outlineWidth : "none" };
      });
      if (seen.includes(here.at)) break;
      if (here.at < 0) continue;
      assert.equal(here.ring, "3px", `the element ${here.at} has no ring`);
      seen.push(here.at);
      seen.count = here.count;
    }
    assert.deepEqual([...seen].sort((a, b) => a - b), Array.from({ length: seen.count }, (_, n) => n), "something is not reached");
    const start = seen.indexOf(0);
    assert.deepEqual([...seen.slice(start), ...seen.slice(0, start)], [...seen].sort((a, b) => a - b), "not in reading order");
  });

  test("the space bar shows the reference in the call's tile and goes back; arrows go through the film", async () => {
    await open();
    await signIn();
    await openCase("林秀珍");
    await page.waitForTimeout(500);
    const call = await tileOf(1);
    await page.keyboard.down(" ");
    await page.waitForTimeout(400);
    const held = await tileOf(1);
    await page.keyboard.up(" ");
    await page.waitForTimeout(200);
    assert.notEqual(held, call);
    assert.equal(await tileOf(1), call);
    const slider = page.getByRole("slider", { name: /胶片/ });
    const before = Number(await slider.getAttribute("aria-valuenow"));
    await press("ArrowRight");
    assert.equal(Number(await slider.getAttribute("aria-valuenow")), before + 1);
    await page.waitForTimeout(200);
    assert.notEqual(await tileOf(1), call);
    await press("Home", "ArrowLeft");
    assert.equal(await slider.getAttribute("aria-valuenow"), "1");
  });

  test("each picture of a case is fetched once, however often it is looked at", async () => {
    await open();
    await signIn();
    await openCase("林秀珍");
    await page.waitForTimeout(500);
    const fetched = scripted.county.pictures;
    await press("ArrowRight", "ArrowRight", "1", "2", "3", " ", " ", "+", "-");
    await page.waitForTimeout(300);
    assert.equal(scripted.county.pictures, fetched);
    assert.equal(fetched, 12 + 1, "twelve stills and the newest reference");
  });

  test("four eyes: the first officer is told, cannot approve; the second approves after the evidence", async () => {
    await open();
    await signIn();
    await openCase("马德福");
    await press("a");
    await page.locator(".four-eyes").waitFor();
    await press("Enter");
    await page.getByRole("heading", { name: "已提交，还要一位同事复核" }).waitFor();
    assert.equal(caseOf("马德福").status, "to_approve");
    // The server's last word, should a page offer it all the same.
    caseOf("马德福").confirmed_by = "somebody";
    await openCase("马德福", "to_approve");
    caseOf("马德福").confirmed_by = OFFICERS[0].id;
    await press("a", "Enter");
    await page.getByRole("heading", { name: "这一件要由别的同事复核" }).waitFor();
    caseOf("马德福").claimed_by = null; // the lease of a browser that was closed has ended
    await open();
    await signIn(OFFICERS[1]);
    await openCase("马德福", "to_approve");
    assert.equal(await page.locator(".history ol").isVisible(), false, "the opinion comes after the evidence");
    await press("a", "Enter");
    await page.locator(".result.ok").waitFor();
    assert.equal(caseOf("马德福").status, "confirmed");
  });

  test("next never lands on one's own case: a colleague has to approve it", async () => {
    await open().then(() => signIn());
    await page.evaluate(() => { location.hash = "#/queue/to_approve"; });
    await page.getByRole("link", { name: "罗国栋" }).waitFor();
    caseOf("罗国栋").answer_by = new Date(Date.now() - 3_600_000).toISOString();
    for (const then of ["n", "a"]) {
      await press("n"); // the second time the case that is held is offered again: officers do not pick
      await page.getByRole("heading", { level: 1, name: "谢春梅" }).waitFor();
      await settled();
      if (then === "a") await press(then);
    }
    await press("Enter");
    await page.locator(".result.ok").waitFor();
    await press("Enter");
    await page.locator("table.queue").waitFor();
  });

  test("a photograph stands in the call's place with the same tools, and without a film", async () => {
    await open().then(() => signIn());
    await openCase("岑月仙").then(() => page.waitForTimeout(500));
    const photo = await tileOf(1);
    await press(" ");
    await settled().then(() => page.waitForTimeout(400));
    assert.notEqual(await tileOf(1), photo, "the reference shows in its place");
    assert.equal(await page.locator(".film").count(), 0);
  });

  test("two officers at once: the second is told kindly and sees what changed", async () => {
    await open();
    await signIn();
    await openCase("林秀珍");
    Object.assign(caseOf("林秀珍"), { version: 2, status: "asked_again" });
    await press("r", "Enter");
    await page.getByRole("heading", { name: "这一件已经办结" }).waitFor();
    await press("Enter");
    await page.getByText("这一件已经办结。").waitFor();
    assert.equal(await page.getByRole("button", { name: /确认是本人/ }).count(), 0);
  });

  test("ask again: the preview follows the reason; the new link is shown and copied", async () => {
    await open();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await signIn();
    await openCase("覃玉兰");
    await press("r", "2");
    await page.getByText("上次画面不清楚").waitFor();
    await press("3");
    await page.getByText("请摘下口罩和帽子").waitFor();
    await press("Enter");
    const link = await page.getByLabel("新的链接").inputValue();
    assert.equal(caseOf("覃玉兰").history.at(-1).note, "covered");
    assert.ok((await page.getByLabel("给本人的通知").inputValue()).includes(link));
    await page.getByRole("button", { name: "复制链接" }).click();
    await page.getByText("已复制").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
  });

  test("signed out in the middle of a case: sign in, and back to it", async () => {
    await open();
    await signIn();
    await openCase("林秀珍");
    scripted.county.sessions.clear();
    await press("a", "Enter");
    await page.getByText("您已经退出登录").waitFor();
    await signIn();
    await page.getByRole("heading", { level: 1, name: "林秀珍" }).waitFor();
    assert.equal(caseOf("林秀珍").status, "open");
  });

  test("a wrong password is told without blame; the right one works afterwards", async () => {
    await open();
    await page.locator("input[name=name]").fill("chen");
    await page.locator("input[name=password]").fill("wrong");
    await press("Enter");
    await page.getByText("账号或密码不对").waitFor();
    await signIn();
    await page.locator("table.queue").waitFor();
  });

  test("the server is away while deciding: nothing is lost, trying again decides once", async () => {
    await open();
    await signIn();
    await openCase("林秀珍");
    scripted.county.away = true;
    await press("a", "Enter");
    await page.getByText("连不上服务器").waitFor();
    scripted.county.away = false;
    await press("Enter");
    await page.locator(".result.ok").waitFor();
    assert.equal(caseOf("林秀珍").version, 2);
  });

  test("nobody at the desk: a question, then signed out; a hand keeps the officer in", async () => {
    await page?.close();
    page = await browser.newPage(DESK);
    page.faults = [];
    await page.clock.install();
    await page.goto(scripted.url);
    await signIn();
    await page.locator("table.queue").waitFor();
    await page.clock.fastForward("20:00");
    await press("ArrowDown");
    await page.clock.fastForward("28:00");
    assert.equal(await page.locator("dialog").count(), 0);
    await page.clock.fastForward("01:10");
    await page.getByRole("button", { name: "我还在" }).click();
    // The page hears of the answer when the dialog has closed: before that the clock would run on as if nobody had answered.
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.clock.fastForward("20:00");
    await page.locator("table.queue").waitFor();
    await page.clock.fastForward("09:10");
    await page.getByRole("alertdialog").waitFor();
    await page.clock.fastForward("01:10");
    await page.getByText("已经替您退出").waitFor();
    assert.equal(scripted.county.sessions.size, 0);
  });

  test("new cases appear by themselves and leave the focus where it is", async () => {
    await page?.close();
    page = await browser.newPage(DESK);
    page.faults = [];
    await page.clock.install();
    await page.goto(scripted.url);
    await signIn();
    await page.locator("table.queue").waitFor();
    await press("ArrowDown", "ArrowDown");
    scripted.county.cases.push({ ...caseOf("白永年"), id: "0190a000-0000-7000-9000-00000000ffff", beneficiary_name: "新来的" });
    await page.clock.fastForward("00:21");
    await page.getByRole("link", { name: "新来的" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "马德福");
  });

  test("single-key shortcuts can be switched off and stay off", async () => {
    await open();
    await signIn();
    await openCase("林秀珍");
    await press("?");
    await page.getByLabel("使用单键快捷键").uncheck();
    await press("Escape");
    await press("a");
    assert.equal(await page.locator(".decision.step").count(), 0);
    await page.getByRole("button", { name: /确认是本人/ }).click();
    await page.locator(".decision.step").waitFor();
  });
});
