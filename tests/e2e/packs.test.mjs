/**
 * What the models in use change: the demonstration with the trial pack (every clone has it) from the newcomer's own photograph to the
 * officer's desk, and a server with no usable model at all. Nothing is ever confirmed automatically here.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { installCamera, withoutFaces } from "./camera.mjs";
import { BINARY_MISSING, County } from "./county.mjs";
import { openCase, openDesk } from "./officer.mjs";
import { call, openPhone } from "./phone.mjs";

const skip = BROWSER_MISSING || BINARY_MISSING;

describe("model packs", { skip, timeout: 10 * 60_000 }, () => {
  let browser;
  before(async () => { browser = await openBrowser(); });
  after(() => browser?.close());

  /** A county that is closed after the test. */
  async function countyOf(t, settings) {
    const county = await County.make(settings);
    t.after(() => county.close());
    return county;
  }

  test("a newcomer enrols with the own camera and calls; the trial pack leaves the verdict to the officer", { skip: skip || withoutFaces }, async (t) => {
    const county = await countyOf(t, "pack = \"compact\"\n");
    await county.start(["demo", "--local-only"]);
    assert.equal(county.health.trial, true);
    const context = await browser.newContext();
    t.after(() => context.close());
    await installCamera(context, { clip: "td_live" });
    const page = await context.newPage();
    await page.goto(`${county.address}/demo`);
    await page.locator(".trial").waitFor();
    await page.locator(".steps button.main").click();
    await page.locator(".finder video").waitFor();
    await page.waitForTimeout(1000);
    await page.locator(".steps button.main").click();
    const link = page.locator(".steps a.main");
    await link.waitFor({ timeout: 30_000 });
    const phone = await openPhone(browser, await link.getAttribute("href"), { clip: "td_live" });
    t.after(() => phone.context.close());
    await phone.page.locator(".ribbon").waitFor();
    assert.equal(await call(phone), "officer");
    assert.deepEqual(phone.faults, []);
    const [opened] = await county.rows("select cases.reasons, beneficiaries.name, confirmations.id as confirmed from cases join beneficiaries on beneficiaries.id = cases.beneficiary_id "
      + "left join confirmations on confirmations.call_id = cases.call_id where cases.kind = 'flagged_call' order by cases.opened_at desc");
    assert.match(opened.reasons, /trial_models/);
    assert.equal(opened.confirmed, null);
    const [name, password] = await page.locator(".console dd").allTextContents();
    const desk = await openDesk(browser, county, { name, password });
    t.after(() => desk.context.close());
    await openCase(desk, opened.name);
    await desk.page.locator(".ribbon", { visible: true }).waitFor();
    await desk.page.waitForFunction(() => document.querySelectorAll("jm-face canvas").length >= 2);
    assert.deepEqual(desk.faults, []);
  });

  test("without any model a call still ends at an officer, and it is our fault", async (t) => {
    const county = await countyOf(t, "pack = \"none\"\n[calls]\nseconds_max = 30\n");
    await county.importRoster([{ photo: "", count: 1 }]);
    await county.start();
    const person = await county.personWith("");
    const phone = await openPhone(browser, person.url, { scene: "room" });
    t.after(() => phone.context.close());
    assert.equal(await call(phone), "officer", await county.why(person));
    const [opened] = await county.rows("select reasons from cases where beneficiary_id = ?", person.id);
    assert.match(opened.reasons, /our_fault/);
    assert.deepEqual(await county.rows("select id from confirmations where beneficiary_id = ? and channel <> 'import'", person.id), []);
    assert.deepEqual(phone.faults, []);
  });
});
