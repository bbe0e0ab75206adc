/**
 * The county's pages with the real server and a synthetic county: figures that lead to lists, a person found by keyboard, a roster that is tried
 * and taken, a scheme that two people change, a stop that one person alone cannot reach. With SCREENS_TO=folder each page leaves a picture in
 * both languages; each is looked at by axe, and must not scroll sideways at 1366x768.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { BINARY_MISSING, County, idNumber } from "./county.mjs";
import { judge } from "./judge.mjs";
import { openDesk } from "./officer.mjs";
import { fewerColours } from "./palette.mjs";

const TO = process.env.SCREENS_TO || "";
const TOWNS = ["石桥镇", "东河乡", "南岭镇", "西塘乡", "白果镇", "云集镇"];
const NAMES = ["王秀兰", "李建国", "欧阳桂芬", "赵大山", "陈玉珍", "刘德福", "周春梅", "黄长林"];
const DAY = 86_400_000;
const day = (back) => new Date(Date.now() + 8 * 3600_000 - back * DAY).toISOString().slice(0, 10);

let browser;
let county;
const officers = {};

/** So many people who do not exist; the last confirmations lie up to some 600 days back. */
function roster(people) {
  const rows = ["姓名,身份证号,电话,现居住地,上次认证日期"];
  for (let nth = 1; nth <= people; nth += 1) {
    const back = 20 + ((nth * 37) % 380) + (nth % 11 === 0 ? 120 : 0);
    rows.push([NAMES[nth % NAMES.length], idNumber(nth), `1390000${String(nth).padStart(4, "0")}`, `示范县${TOWNS[(nth * nth) % TOWNS.length]}${nth}号`, day(back)].join(","));
  }
  return rows.join("\n");
}

async function officer(name, ...roles) {
  const password = `test-${name}-${Math.random().toString(36).slice(2, 14)}`;
  await county.jianmian(["officer", "add", name, ...roles.flatMap((role) => ["--role", role]), "--password-stdin"], `${password}\n`);
  officers[name] = { name, password };
}

const go = (desk, hash) => desk.page.evaluate((to) => { location.hash = to; }, hash);
const press = async (desk, ...keys) => { for (const key of keys) await desk.page.keyboard.press(key); };

/** The page as it stands now: in Chinese and English, by axe, within the width. */
async function look(desk, name) {
  const { page } = desk;
  for (const language of ["zh", "en"]) {
    const switcher = page.locator(`.bar button[lang="${language}"]`);
    if (await switcher.count()) await switcher.click();
    await page.locator("main h1").first().waitFor();
    await page.waitForTimeout(150);
    await judge(page, `${name} ${language}`);
    if (TO) {
      const path = join(TO, `county-${name}${language === "en" ? "-en" : ""}.png`);
      await page.screenshot({ path });
      fewerColours(path, 96, "none");
    }
  }
  const back = page.locator('.bar button[lang="zh"]');
  if (await back.count()) await back.click();
  await page.locator("main h1").first().waitFor();
}

/** Fills and sends the dialog that is open. */
async function answer(desk, values = {}) {
  const dialog = desk.page.locator("dialog[open]");
  await dialog.waitFor();
  for (const [name, value] of Object.entries(values)) {
    const field = dialog.locator(`[name=${name}]`);
    const tag = await field.evaluate((one) => (one.type === "checkbox" ? "check" : one.type === "file" ? "file" : one.tagName));
    if (tag === "SELECT") await field.selectOption(value);
    else if (tag === "check") await field.setChecked(value);
    else if (tag === "file") await field.setInputFiles(value);
    else await field.fill(value);
  }
  await dialog.locator("button[type=submit]").click();
  await dialog.waitFor({ state: "detached" });
}

describe("the county's pages", { skip: BROWSER_MISSING || BINARY_MISSING, concurrency: false }, () => {
  before(async () => {
    county = await County.make();
    browser = await openBrowser();
    await officer("chief", "supervisor");
    await officer("deputy", "supervisor");
    await officer("chen", "officer");
    await officer("payer", "payment_clerk");
    const file = join(county.folder, "county.csv");
    writeFileSync(file, roster(420));
    await county.jianmian(["roster", "import", file]);
    await county.jianmian(["due"]);
    await county.start();
  });
  after(async () => {
    await browser?.close();
    await county?.close();
  });

  test("the demonstration's county has lived a year", { timeout: 120_000 }, async (t) => {
    const lived = await County.make();
    t.after(() => lived.close());
    await lived.start(["demo", "--local-only"]);
    const password = readFileSync(join(lived.folder, "data", "demo-supervisor.txt"), "utf8").trim();
    const desk = await openDesk(browser, lived, { name: "supervisor", password });
    await go(desk, "#/county");
    await desk.page.locator("figure.months svg a").first().waitFor();
    const figures = await desk.page.evaluate(() => fetch("/api/console/county").then((told) => told.json()));
    assert.deepEqual([...new Set(figures.channels.map((one) => one.channel))].sort(), ["consulate", "data_match", "home_visit", "mail", "station"], "no call is made up");
    assert.ok(figures.funnel.told > 0, JSON.stringify(figures.funnel));
    await look(desk, "figures");
    await press(desk, "t");
    await desk.page.locator("figure.months table").waitFor();
    await look(desk, "figures-tables");
    assert.deepEqual(desk.faults, []);
    await desk.context.close();
  });

  test("figures lead to the lists that they count", { timeout: 120_000 }, async () => {
    const desk = await openDesk(browser, county, officers.chief);
    await go(desk, "#/county");
    await desk.page.locator("figure.months svg a").first().waitFor();
    assert.equal(await desk.page.locator(".pictures figure svg.chart").count() >= 4, true);
    await look(desk, "figures-first-day");
    for (const [href, selector] of [["#/people/past_grace", 'a.card[href="#/people/past_grace"] b'], ["#/people/due", 'a.card[href="#/people/due"] b']]) {
      await go(desk, "#/county");
      const shown = Number((await desk.page.locator(selector).innerText()).replace(/\D/g, ""));
      assert.ok(shown > 0, href);
      await desk.page.locator(selector).click();
      await desk.page.locator("main h1").waitFor();
      await desk.page.locator("table.people-list tbody tr").first().waitFor();
      while (await desk.page.locator("button.more-rows").count()) {
        const before = await desk.page.locator("table.people-list tbody tr").count();
        await desk.page.locator("button.more-rows").click();
        await desk.page.waitForFunction((n) => document.querySelectorAll("table.people-list tbody tr").length > n, before);
      }
      assert.equal(await desk.page.locator("table.people-list tbody tr").count(), shown, href);
    }
    await look(desk, "list");
    await desk.page.goto(`${county.address}/api/console/county`);
    const figures = JSON.parse(await desk.page.locator("body").innerText());
    assert.equal(figures.months.reduce((sum, one) => sum + one.people, 0) > 200, true);
    assert.deepEqual(desk.faults, []);
    await desk.context.close();
  });

  test("somebody is found by keyboard, explained, and everything that is done for them stands in their record", { timeout: 180_000 }, async () => {
    const desk = await openDesk(browser, county, officers.chen);
    const { page } = desk;
    await go(desk, "#/people/find");
    await page.locator("#sought").waitFor();
    await look(desk, "search");
    // a page whose language was changed may still be drawn anew: begin afresh, and type when the cursor stands in the field
    await go(desk, "#/people/due");
    await page.locator('nav a[href="#/people/due"][aria-current]').waitFor();
    await go(desk, "#/people/find");
    await page.waitForFunction(() => document.activeElement?.id === "sought");
    await page.locator("#sought").fill("王秀");
    await page.locator("#sought").press("Enter");
    await page.locator("table.people-list tbody tr").first().waitFor();
    await page.locator("#sought").fill("0000019");
    await press(desk, "Enter");
    await page.waitForFunction(() => document.querySelectorAll("table.people-list tbody tr").length === 1);
    await press(desk, "Enter");
    await page.locator(".due-line").waitFor();
    await page.locator(".told li").first().waitFor();
    await press(desk, "c");
    await answer(desk, { channel: "phone_call", outcome: "no_answer" });
    await page.locator(".told li.contacted").waitFor();
    await press(desk, "s");
    await answer(desk, { flag: "alone", reason: "独居，腿脚不便", asked_by: "community" });
    await press(desk, "v");
    await answer(desk, { channel: "home_visit", asked_by: "family" });
    await page.waitForFunction(() => [...document.querySelectorAll("details.part")].some((one) => one.textContent.includes("独居，腿脚不便")));
    await press(desk, "l");
    await answer(desk);
    const url = await page.locator("dialog[open] input[readonly]").inputValue();
    assert.match(url, /\/p\/[\w-]{43}$/);
    await press(desk, "Escape");
    const opened = await fetch(`${county.address}/api/phone/link`, { headers: { Authorization: `Bearer ${url.split("/").pop()}` } });
    assert.equal(opened.status, 200);
    await look(desk, "person");
    const [row] = await county.rows("select id from beneficiaries where phone = '13900000019'");
    const looks = await county.rows("select action from audit where subject_kind = 'beneficiary' and subject_id = ? and action = 'person_viewed'", row.id);
    assert.ok(looks.length >= 1, "every look is an audit event");
    const [link] = await county.rows("select opened_at from links where beneficiary_id = ?", row.id);
    assert.ok(link.opened_at > 0, "the link was opened");
    for (const tab of ["care", "visits", "appointments", "forms"]) {
      await go(desk, `#/registers/${tab}`);
      await page.locator(`.tabs a[aria-current][href="#/registers/${tab}"]`).waitFor();
      await page.waitForFunction(() => !document.querySelector(".loading"));
      if (["care", "visits"].includes(tab)) await page.getByText("示范县").or(page.getByText("独居")).first().waitFor();
      await look(desk, `register-${tab}`);
    }
    assert.deepEqual(desk.faults, []);
    await desk.context.close();
  });

  test("a stop takes contacts, an investigation, a reviewer, and somebody else", { timeout: 180_000 }, async () => {
    const [gone] = await county.rows("select id from beneficiaries where grace_until < ? and status = 'active' order by id limit 1", day(0));
    const chen = await openDesk(browser, county, officers.chen);
    await go(chen, `#/person/${gone.id}`);
    await chen.page.locator(".stop-steps").waitFor();
    assert.equal(await chen.page.locator(".actions .choice.grave").count(), 0, "not before everything is there");
    for (const [channel, outcome] of [["phone_call", "no_answer"], ["home_visit", "no_answer"], ["letter", "sent"]]) {
      const told = await chen.page.locator(".told li").count();
      await press(chen, "c");
      await answer(chen, { channel, outcome });
      await chen.page.waitForFunction((n) => document.querySelectorAll(".told li").length > n, told);
    }
    await press(chen, "i");
    await chen.page.locator(".told li.investigation_opened").waitFor();
    await press(chen, "i");
    await answer(chen, { finding: "not_found", report: "问了村干部和邻居，都说两年没见到人。" });
    await chen.page.locator(".actions .choice.grave").waitFor();
    await look(chen, "person-stop");
    await press(chen, "x");
    await answer(chen);
    await chen.page.locator(".told li.proposed").waitFor();
    await go(chen, "#/proposals");
    await chen.page.locator(".proposals li").waitFor();
    assert.equal(await chen.page.locator(".proposals .main").count(), 0, "the one who proposed cannot agree");
    const status = async () => (await county.rows("select status from beneficiaries where id = ?", gone.id))[0].status;
    assert.equal(await status(), "active");
    const chief = await openDesk(browser, county, officers.chief);
    await go(chief, "#/proposals");
    await chief.page.locator(".proposals .main").waitFor();
    await look(chief, "proposals");
    await chief.page.locator(".proposals .main").click();
    await answer(chief);
    await chief.page.locator(".empty").waitFor();
    assert.equal(await status(), "active", "only the paying side's acknowledgement changes it");
    const [proposal] = await county.rows("select state, reviewer_id <> approver_id as two from proposals where beneficiary_id = ?", gone.id);
    assert.deepEqual(proposal, { state: "approved", two: 1 });
    assert.deepEqual([...chen.faults, ...chief.faults], []);
    await chen.context.close();
    await chief.context.close();
  });

  test("a supervisor changes the hours of one day, and takes it back", { timeout: 120_000 }, async () => {
    const chief = await openDesk(browser, county, officers.chief);
    const { page } = chief;
    const on = day(-6);
    await go(chief, `#/registers/appointments/${on}`);
    const hours = page.locator(".hours");
    await hours.waitFor();
    const pattern = await hours.locator("ul, p").first().textContent();
    await hours.locator("[data-at=hours]").click();
    const dialog = page.locator("dialog[open]");
    await dialog.locator("textarea").fill("9 to 11");
    await dialog.locator("[name=reason]").fill("长假前加开");
    await dialog.locator("button[type=submit]").click();
    await dialog.locator(".word").filter({ hasText: "看不懂" }).waitFor();
    await answer(chief, { lines: "09:00-11:00 2\n18：30至20：00" });
    await hours.getByText("长假前加开").waitFor();
    assert.deepEqual(await hours.locator("li").allTextContents(), ["09:00–11:00 2 人接待", "18:30–20:00 1 人接待"]);
    await look(chief, "appointment-hours");
    const slots = await page.evaluate((of) => fetch(`/api/console/appointment-slots?from=${of}&until=${of}`).then((told) => told.json()), on);
    assert.equal(slots[0].free, 2);
    await hours.locator("[data-at=pattern]").click();
    await hours.getByText("按每周的时段表").waitFor();
    assert.equal(await hours.locator("ul, p").first().textContent(), pattern);
    assert.deepEqual(chief.faults, []);
    await chief.context.close();
    const chen = await openDesk(browser, county, officers.chen);
    await go(chen, `#/registers/appointments/${on}`);
    await chen.page.locator(".hours").waitFor();
    assert.equal(await chen.page.locator(".hours button").count(), 0, "hours are the supervisor's");
    await chen.context.close();
  });

  test("a roster is tried, its faults shown, and taken as a whole", { timeout: 180_000 }, async () => {
    const desk = await openDesk(browser, county, officers.chief);
    const { page } = desk;
    await go(desk, "#/batches");
    await page.locator(".begin").waitFor();
    await look(desk, "batches");
    const rows = roster(420).split("\n");
    const bad = join(county.folder, "bad.csv");
    writeFileSync(bad, [...rows.slice(0, 6), rows[7].replace(/,\d{17}/, ",12345678901234567"), rows[9].replace(/^[^,]+/, "孙")].join("\n"));
    await page.locator(".begin button").first().click();
    await answer(desk, { file: bad });
    await page.getByRole("button", { name: "先试一试" }).waitFor();
    await page.getByRole("button", { name: "先试一试" }).click();
    await page.locator(".batch-state .word").waitFor();
    await look(desk, "roster-faults");
    const before = (await county.rows("select count(*) as n from beneficiaries"))[0].n;
    const good = join(county.folder, "good.csv");
    const fresh = `新进人,${idNumber(900)},13900000900,示范县石桥镇900号,${day(100)}`;
    writeFileSync(good, [rows[0], rows[1].replace("13900000001", "13911112222"), ...rows.slice(2), fresh].join("\n"));
    await go(desk, "#/batches");
    await page.locator(".begin button").first().click();
    await answer(desk, { file: good });
    await page.getByRole("button", { name: "先试一试" }).click();
    await page.getByText("试过了，没有写入").first().waitFor();
    assert.equal((await county.rows("select count(*) as n from beneficiaries"))[0].n, before, "a trial writes nothing");
    await look(desk, "roster-tried");
    await page.getByRole("button", { name: "正式导入" }).click();
    await answer(desk);
    await page.locator("#content").getByText("办完了").waitFor();
    assert.equal((await county.rows("select count(*) as n from beneficiaries"))[0].n, before + 1);
    const [changed] = await county.rows("select count(*) as n from beneficiaries where phone = '13911112222'");
    assert.equal(changed.n, 1);
    await go(desk, "#/batches");
    await page.locator("tbody tr").nth(1).waitFor();
    await look(desk, "batches-done");
    assert.deepEqual(desk.faults, []);
    await desk.context.close();
  });

  test("a scheme is changed by two people from a day to come", { timeout: 120_000 }, async () => {
    const chief = await openDesk(browser, county, officers.chief);
    await go(chief, "#/schemes");
    await chief.page.getByRole("button", { name: "提出修改" }).click();
    await answer(chief, { effective_from: day(-40), grace_days: "45" });
    await chief.page.getByText("您提出的，等另一位").first().waitFor();
    assert.equal(await chief.page.getByRole("button", { name: "同意修改" }).count(), 0);
    const deputy = await openDesk(browser, county, officers.deputy);
    await go(deputy, "#/schemes");
    await deputy.page.getByRole("button", { name: "同意修改" }).waitFor();
    await look(deputy, "schemes");
    await deputy.page.getByRole("button", { name: "同意修改" }).click();
    await answer(deputy);
    await deputy.page.getByRole("button", { name: "同意修改" }).waitFor({ state: "detached" });
    const [version] = await county.rows("select state, proposer_id <> approver_id as two from schemes where version = 2");
    assert.deepEqual(version, { state: "approved", two: 1 });
    await chief.context.close();
    await deputy.context.close();
  });

  test("each role sees its own pages; a page that cannot be fetched says so and can be tried again", { timeout: 120_000 }, async () => {
    const payer = await openDesk(browser, county, officers.payer);
    await payer.page.locator(".rail .places").waitFor();
    assert.deepEqual(await payer.page.locator(".rail .places a").evaluateAll((all) => all.map((one) => one.getAttribute("href"))), ["#/county", "#/batches", "#/schemes"]);
    await go(payer, "#/batches");
    await payer.page.locator(".begin li").first().waitFor();
    assert.equal(await payer.page.locator(".begin li").count(), 2, "the paying side's batches only");
    await look(payer, "batches-payer");
    await payer.context.close();
    const desk = await openDesk(browser, county, officers.chief);
    await desk.page.route("**/api/console/county", (route) => route.abort());
    await go(desk, "#/county");
    await desk.page.locator(".trouble").waitFor();
    await look(desk, "trouble");
    await desk.page.unroute("**/api/console/county");
    await desk.page.locator(".trouble .main").click();
    await desk.page.locator("figure.months").waitFor();
    await desk.page.route("**/api/console/proposals*", async (route) => { await new Promise((later) => setTimeout(later, 1500)); await route.continue(); });
    await go(desk, "#/proposals/withdrawn");
    await desk.page.locator(".loading").waitFor();
    await desk.page.locator(".empty").waitFor();
    assert.deepEqual(desk.faults, []);
    await desk.context.close();
  });
});
