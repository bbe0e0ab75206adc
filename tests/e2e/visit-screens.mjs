/**
 * The visiting clerk's page at 360x640 and 320 px, in both languages: nothing scrolls sideways, axe finds nothing serious, targets are large. The
 * API is played from a script. With SCREENS_TO=folder it also leaves a picture of each.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { fits, judge } from "./judge.mjs";
import { fewerColours } from "./palette.mjs";
import { startScripted } from "./scripted.mjs";

const TO = process.env.SCREENS_TO || "";
const somebody = (name, address, more) => Object.assign({
  visit_id: name, beneficiary_id: name, name, phone: "0734-5550100", due_on: "2026-12-31", channel: "home_visit", asked_by: "family", asked_at: "2026-11-20T01:00:00Z",
  township: "石桥镇", address, state: "assigned", planned_on: "2026-11-26", clerk_id: "c", outcome: null, in_call: false, confirmed: false, version: 2,
}, more);
const PEOPLE = [somebody("王秀兰", "白果村7号"), somebody("李桂香", "石桥村3号", { in_call: true }), somebody("赵大山", "石桥村12号", { state: "recorded" })];

/** name → what the list answers, and how to get there. */
const LOOKS = {
  list: {},
  nobody: { people: [] },
  signed_out: { people: null },
  consent: { go: (page) => page.getByText("一起视频认证").first().click() },
  record: { go: (page) => page.getByText("记录这次上门").first().click() },
  refused: { go: async (page) => { await page.getByText("记录这次上门").first().click(); await page.getByText("记好了，交上去").click(); await page.getByText("请写一句看到、听到了什么。").waitFor(); } },
  station: { go: async (page) => { await page.getByText("在站点帮人办").click(); await page.locator("#township").fill("石桥镇"); await page.locator("#township").blur(); await page.locator("article").first().waitFor(); } },
};

describe("every screen of the visiting clerk's page", { skip: BROWSER_MISSING, concurrency: false }, () => {
  let browser;
  let server;
  before(async () => {
    browser = await openBrowser();
    server = await startScripted({});
  });
  after(async () => {
    await browser.close();
    await server.close();
  });

  for (const [name, look] of Object.entries(LOOKS)) test(name, { timeout: 60000 }, () => lookAt(name, look));

  async function lookAt(name, look) {
    const context = await browser.newContext({ viewport: { width: 360, height: 640 }, timezoneId: "Asia/Shanghai" });
    const page = await context.newPage();
    const faults = [];
    page.on("pageerror", (fault) => faults.push(String(fault)));
    await page.route("**/visit", (route) => route.fulfill({ status: 200, contentType: "text/html", body: readFileSync(new URL("../../web/visit/index.html", import.meta.url)) }));
    await page.route("**/api/console/**", (route) => answer(route, look.people === undefined ? PEOPLE : look.people));
    await page.goto(server.address + "/visit");
    await page.locator("h1[tabindex]").waitFor();
    if (look.go) await look.go(page);
    await examine(page, name);
    await page.setViewportSize({ width: 320, height: 568 });
    await fits(page, name + " 320 px");
    assert.deepEqual(faults, [], "the page threw");
    await context.close();
  }

  function answer(route, people) {
    const url = route.request().url();
    if (people === null) return route.fulfill({ status: 401, json: { code: "signed_out" } });
    if (url.endsWith("/record")) return route.fulfill({ status: 422, json: { code: "statement_missing" } });
    return route.fulfill({ json: people });
  }

  async function examine(page, name) {
    await page.waitForTimeout(100);
    if (TO) {
      const path = join(TO, `visit-${name}.png`);
      await page.screenshot({ path, fullPage: true });
      fewerColours(path, 96, "none");
    }
    await judge(page, name);
    const small = await page.evaluate(() => Array.from(document.querySelectorAll("#main button, #main select, #main a.quiet, #main label.check"))
      .filter((each) => each.offsetParent && (each.offsetWidth < 60 || each.offsetHeight < 60)).map((each) => each.textContent));
    assert.deepEqual(small, [], name + ": targets under 60 px");
  }
});
