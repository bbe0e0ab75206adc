/** The two pages beside the phone's journey: the demonstration for newcomers and the paper form. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, drawnCamera, openBrowser } from "./browser.mjs";
import { judge } from "./judge.mjs";
import { LINK, startScripted } from "./scripted.mjs";

const TO = process.env.SCREENS_TO;
const ABOUT = { console_url: "http://localhost/console", officers: [{ name: "reviewer", password: "four-made-up-words" }, { name: "approver", password: "four-other-words" }, { name: "supervisor", password: "four-more-words" }], pack: "compact", trial: true, county: LINK.county };
const QR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4" onload="window.ran = true"><path d="M0 0h1v1H0zM2 1h1v2H2zM3 3h1v1H3z"/><script>window.ran = true</script></svg>';
const link = (url) => ({ link_id: "x", url, expires_at: "2027-02-21T00:00:00Z" });

describe("pages beside the journey", { skip: BROWSER_MISSING, concurrency: false }, () => {
  let browser;
  let server;
  const demo = { about: ABOUT, enrol: null };
  before(async () => {
    browser = await openBrowser();
    server = await startScripted({ demo });
  });
  after(async () => {
    await browser.close();
    await server.close();
  });

  async function look(page, name) {
    if (TO) await page.screenshot({ path: join(TO, name + ".png"), fullPage: true });
    await judge(page, name);
  }

  async function openDemo(width, camera) {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    await page.addInitScript(drawnCamera, camera || "face");
    await page.goto(server.address + "/demo");
    await page.getByText("工作人员的一边").waitFor();
    return page;
  }

  test("a picture is taken and both ways to the call appear; a QR code runs nothing", async () => {
    demo.enrol = { name: "陈安", link: link(server.address + "/p/one"), phone_links: [{ url: "https://192.0.2.7:8743/p/one", qr_svg: QR }] };
    const page = await openDemo(1100);
    await look(page, "demo-empty");
    await page.getByText("打开摄像头", { exact: true }).click();
    await page.locator(".finder video").waitFor();
    await page.waitForFunction(() => document.querySelector("video").videoWidth > 0);
    await look(page, "demo-camera");
    await page.getByText("拍下来", { exact: true }).click();
    await page.getByText("这次您叫“陈安”", { exact: false }).waitFor();
    assert.equal(await page.getByText("就在这台机器上").getAttribute("href"), server.address + "/p/one");
    assert.equal(await page.locator(".qr svg").count(), 1);
    await look(page, "demo");
    assert.equal(await page.evaluate(() => window.ran), undefined);
    await page.setViewportSize({ width: 320, height: 640 });
    await page.locator(".plain").click();
    await look(page, "demo-320-en");
    await page.close();
  });

  test("a picture that will not do is refused with what to do better", async () => {
    demo.enrol = { status: 422, code: "too_small", hints: ["nearer", "more_light"] };
    const page = await openDemo(360);
    await page.locator("#file").setInputFiles({ name: "far.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not looked at by this server") });
    const words = await page.locator("[role=status]").textContent();
    assert.equal(words, "脸太小了。靠近一点。找亮一点的地方。");
    await look(page, "demo-refused");
    await page.close();
  });

  test("without a camera a picture can be chosen", async () => {
    const page = await openDemo(360, "NotFoundError");
    await page.getByText("打开摄像头", { exact: true }).click();
    await page.getByText("可以选一张照片", { exact: false }).waitFor();
    await page.close();
  });

  test("the paper form prints on one A4 page and holds no personal data", async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } });
    await page.goto(server.address + "/p/form");
    await look(page, "form");
    if (TO) { await page.setViewportSize({ width: 860, height: 1100 }); await page.screenshot({ path: join(TO, "form-wide.png"), fullPage: true }); }
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 1);
    assert.equal(await page.evaluate(() => document.querySelectorAll("input, textarea").length), 0);
    await page.close();
  });
});
