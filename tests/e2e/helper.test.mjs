/** Somebody else holds the phone: what they declare, which camera is used, and that both can be changed. Against the scripted server. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, drawnCamera, openBrowser } from "./browser.mjs";
import { startScripted } from "./scripted.mjs";

const asks = (prompt) => (socket) => {
  socket.tell({ type: "welcome", call_id: "x", stage: "capturing", prompt });
  socket.tell({ type: "hint", hint: "more_light" });
};

describe("a helper with the rear camera", { skip: BROWSER_MISSING, concurrency: false }, () => {
  let browser;
  let server;
  before(async () => {
    browser = await openBrowser();
    server = await startScripted({
      rear: { talk: asks({ kind: "find_face" }) }, turn: { talk: asks({ kind: "turn", side: "left" }) },
      front: { talk: asks({ kind: "find_face" }) }, one: { talk: asks({ kind: "find_face" }) },
    });
  });
  after(async () => {
    await browser.close();
    await server.close();
  });

  async function helped(scene, camera, last) {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 }, reducedMotion: "reduce" });
    await page.addInitScript(drawnCamera, camera);
    await page.goto(`${server.address}/p/${scene}`);
    for (const text of ["开始", "有人在旁边帮我", "同意，继续", "村干部、社区人员", "本人同意，继续", last]) await page.getByText(text, { exact: true }).click();
    await page.locator("[data-screen=capture] video").waitFor();
    return page;
  }

  const said = (scene, type) => server.heard[scene].filter((message) => message.type === type);
  const until = async (happened) => {
    for (let tries = 0; tries < 100 && !happened(); tries += 1) await new Promise((later) => setTimeout(later, 50));
    assert.ok(happened());
  };

  test("the relation and the person's own consent are sent; without a relation nothing is", async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } });
    await page.goto(`${server.address}/p/front`);
    for (const text of ["开始", "有人在旁边帮我", "同意，继续", "本人同意，继续"]) await page.getByText(text, { exact: true }).click();
    await page.getByText("请先选一个。").waitFor();
    assert.equal(said("front", "POST /api/phone/consent").length, 0);
    await page.getByText("邻居、朋友", { exact: true }).click();
    await page.getByText("本人同意，继续", { exact: true }).click();
    await page.locator("[data-screen=ready]").waitFor();
    const [sent] = said("front", "POST /api/phone/consent");
    assert.deepEqual(JSON.parse(sent.body), { consent_version: "2026-11-2", language: "zh", assisted: true, keep_picture: false, helper: "neighbour", own_consent: true });
    await page.close();
  });

  test("the rear camera is declared before any picture, not mirrored, and can be changed back", async () => {
    const page = await helped("rear", "rear", "用后面的镜头拍");
    await until(() => said("rear", "camera").length === 1);
    const order = server.heard.rear.map((message) => message.type);
    assert.ok(order.indexOf("camera") < order.indexOf("offer") || !order.includes("offer"), order.join(" "));
    assert.equal(said("rear", "camera")[0].side, "rear");
    assert.equal(await page.locator("video.mirrored").count(), 0);
    await page.getByText("给帮忙的人看").waitFor();
    await page.getByText("开手电照亮", { exact: true }).click();
    await page.getByText("关掉手电", { exact: true }).waitFor();
    await page.getByText("换前面的镜头", { exact: true }).click();
    await page.locator("video.mirrored").waitFor();
    await until(() => said("rear", "camera").length === 2);
    assert.equal(said("rear", "camera")[1].side, "front");
    assert.equal(await page.getByText("关掉手电").isVisible(), false);
    await page.close();
  });

  test("the flower stands where the person has to look, as the helper sees it", async () => {
    const page = await helped("turn", "rear", "用后面的镜头拍");
    await page.locator(".bloom.right").waitFor();
    assert.equal(await page.locator("h1").innerText(), "请您慢慢往左边看");
    await page.getByText("换前面的镜头", { exact: true }).click();
    await page.locator(".bloom.left").waitFor();
    assert.equal(await page.locator("h1").innerText(), "慢慢看左边的花");
    await page.close();
  });

  test("a phone with one camera says which one it is, whatever was wished", async () => {
    const page = await helped("one", "only_front", "用后面的镜头拍");
    await page.locator("video.mirrored").waitFor();
    await page.waitForTimeout(400);
    assert.equal(said("one", "camera").length, 0, "a call begins with the front camera; nothing else is declared");
    await page.close();
  });
});
