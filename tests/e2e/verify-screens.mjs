/**
 * Goes through what the verification page can say, at 360x640, 320 px and 200 % zoom, in both languages: nothing scrolls sideways, axe finds
 * nothing serious, targets are large. With SCREENS_TO=folder it also leaves a picture of each.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { judge } from "./judge.mjs";
import { fewerColours } from "./palette.mjs";
import { CHECKED, LINK, startScripted } from "./scripted.mjs";

const TO = process.env.SCREENS_TO || (process.env.NODE_TEST_CONTEXT ? "" : fileURLToPath(new URL("../../docs/screens", import.meta.url)));
const said = (standing) => Object.assign({}, CHECKED, { standing, certificate: standing === "unknown" ? CHECKED.certificate : null });

/** What the county answers, and the heading that follows. */
const SCENES = {
  opening: { check: "never", heading: "正在查验" },
  holds: { check: CHECKED, heading: "凭证是真的" },
  ended: { check: Object.assign({}, CHECKED, { standing: "ended", certificate: Object.assign({}, CHECKED.certificate, { confirmed_on: "2025-10-14", due_on: "2026-10-31" }) }), heading: "有效期已经过了" },
  unknown: { check: said("unknown"), heading: "没有查到这张凭证" },
  altered: { check: said("altered"), heading: "这不是本县的凭证" },
  unreadable: { check: said("unreadable"), heading: "没有读到凭证" },
  offline: { check: { status: 500, code: "internal" }, heading: "现在连不上" },
};

describe("the verification page", { skip: BROWSER_MISSING, concurrency: false }, () => {
  let browser;
  let server;
  before(async () => {
    browser = await openBrowser();
    server = await startScripted(SCENES);
  });
  after(async () => {
    await browser.close();
    await server.close();
  });

  async function open(path) {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 }, locale: "zh-CN", reducedMotion: "reduce" });
    page.faults = [];
    page.on("pageerror", (fault) => page.faults.push(String(fault)));
    await page.goto(server.address + path);
    return page;
  }

  async function picture(page, name) {
    if (!TO) return;
    const path = join(TO, `verify-${name}.png`);
    await page.screenshot({ path, fullPage: true });
    fewerColours(path, 48, "none");
  }

  async function examine(page, name) {
    await judge(page, name);
    const small = await page.evaluate(() => Array.from(document.querySelectorAll("button, .primary, .quiet")).filter((each) => each.offsetWidth < 60 || each.offsetHeight < 60).map((each) => each.textContent));
    assert.deepEqual(small, [], `${name}: targets under 60 px`);
  }

  for (const [name, { heading }] of Object.entries(SCENES)) {
    test(name, { timeout: 60000 }, async () => {
      const page = await open("/v/" + name);
      await page.getByRole("heading", { name: heading }).waitFor();
      await examine(page, name);
      await picture(page, name);
      await page.setViewportSize({ width: 320, height: 568 });
      await examine(page, name + " 320");
      await page.locator(".tools button").click();
      await page.waitForFunction(() => document.documentElement.lang === "en-GB");
      await examine(page, name + " en 320");
      if (name === "holds") await picture(page, name + "-en");
      // 200 % zoom of a phone: half the pixels.
      await page.setViewportSize({ width: 180, height: 320 });
      await examine(page, name + " en zoom 200 %");
      assert.deepEqual(page.faults, []);
      await page.close();
    });
  }

  test("a genuine receipt says county, family name, days and number, and where one is", async () => {
    const page = await open("/v/holds");
    await page.getByRole("heading", { name: "凭证是真的" }).waitFor();
    const text = await page.locator("#page").innerText();
    for (const part of [LINK.county.name_zh, "王**", "2026年11月25日", "2027年11月30日", "K7M 3PX 9HE RT4", new URL(server.address).host]) assert.ok(text.includes(part), part);
    await page.close();
  });

  test("an altered receipt is not read out, and the next way is a call", async () => {
    const page = await open("/v/altered");
    await page.getByRole("heading", { name: "这不是本县的凭证" }).waitFor();
    assert.ok(!(await page.locator("#page").innerText()).includes("王**"));
    assert.equal(await page.locator(".primary").getAttribute("href"), "tel:12333");
    await page.close();
  });

  test("without a receipt in the address, and with one that no route takes, the page stays calm", async () => {
    for (const path of ["/v", "/v/a/b"]) {
      const page = await open(path);
      await page.getByRole("heading", { name: "没有读到凭证" }).waitFor();
      await page.close();
    }
  });

  test("when the line is back, it is checked again", async () => {
    const page = await open("/v/offline");
    await page.getByRole("heading", { name: "现在连不上" }).waitFor();
    SCENES.offline.check = CHECKED;
    await page.getByRole("button", { name: "再查一次" }).click();
    await page.getByRole("heading", { name: "凭证是真的" }).waitFor();
    await page.close();
  });
});
