/**
 * The service over HTTPS, as phones reach it: a call over wss on loopback; and the demonstration opened from a second machine, from the
 * printed address and the QR code to the recorded result. The second machine is a network namespace behind a cable of its own.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { FACES, installCamera, withoutFaces } from "./camera.mjs";
import { BINARY, BINARY_MISSING, County, ROOT, freePort } from "./county.mjs";
import { CABLE_MISSING, Cable } from "./network.mjs";
import { confirm, openCase, openDesk } from "./officer.mjs";
import { call, openPhone, screenOf, startCall } from "./phone.mjs";
import { QR_MISSING, pictureOfTerminal, readQr } from "./qr.mjs";

const HIS_PHOTO = `${FACES}verif/td/td_621f74f676/selfie.jpg`;
const skip = BROWSER_MISSING || BINARY_MISSING;
const until = async (what, holds, ms = 60_000) => {
  for (const end = Date.now() + ms; !holds(); await new Promise((later) => setTimeout(later, 100))) {
    assert.ok(Date.now() < end, `waited in vain: ${what()}`);
  }
};

/** From the address of the connection in use to that of the server, as the browser sees it. */
const wayOf = (page) => page.evaluate(async () => {
  const stats = [...(await window.peers[window.peers.length - 1].getStats()).values()];
  const chosen = stats.find((each) => each.type === "transport" && each.selectedCandidatePairId);
  const pair = chosen && stats.find((each) => each.id === chosen.selectedCandidatePairId);
  const end = (id) => { const found = stats.find((each) => each.id === id); return { address: found.address, protocol: found.protocol }; };
  return pair && { from: end(pair.localCandidateId), to: end(pair.remoteCandidateId) };
});

describe("over wss", { skip, timeout: 5 * 60_000 }, () => {
  test("the own HTTPS listener carries page, socket and call", async (t) => {
    const county = await County.make("[calls]\nrandom_sample = 0.0\n");
    t.after(() => county.close());
    const base = `https://127.0.0.1:${await freePort()}`;
    county.environment = { JIANMIAN__SERVER__TLS_LISTEN: base.slice("https://".length), JIANMIAN__SERVER__PUBLIC_URL: base };
    const photo = withoutFaces ? "" : HIS_PHOTO;
    await county.importRoster([{ photo, count: 1 }]);
    await county.start();
    const browser = await openBrowser();
    t.after(() => browser.close());
    const person = await county.personWith(photo);
    assert.ok(person.url.startsWith(`${base}/p/`), person.url);
    const strict = await browser.newContext();
    await assert.rejects((await strict.newPage()).goto(person.url), /ERR_CERT_AUTHORITY_INVALID/, "a self-signed certificate is not taken unasked");
    await strict.close();
    const phone = await openPhone(browser, person.url, withoutFaces ? { scene: "room" } : { clip: "td_live" }, { selfSigned: true });
    t.after(() => phone.context.close());
    await startCall(phone);
    await until(() => JSON.stringify(phone.heard.slice(-3)), () => phone.heard.some((m) => m.type === "media_connected"));
    assert.ok(phone.sockets[0].startsWith(`wss://${base.slice("https://".length)}/`), phone.sockets[0]);
    if (!withoutFaces) {
      const end = await screenOf(phone, ["confirmed", "officer"], 150_000);
      assert.equal(end, county.health.trial ? "officer" : "confirmed", await county.why(person));
    }
    assert.deepEqual(phone.faults, []);
  });
});

describe("the demonstration from a second machine", { skip: skip || CABLE_MISSING, timeout: 10 * 60_000 }, () => {
  let cable;
  let browser;
  let server;
  let printed = "";
  let address;
  const county = new County();
  before(async () => {
    cable = new Cable();
    county.folder = mkdtempSync(join(tmpdir(), "jianmian-county-"));
    const settings = join(county.folder, "demo.toml");
    // The file wins over the demonstration's own preset; the rest of the preset stays.
    writeFileSync(settings, `[server]\ndata_dir = "${join(county.folder, "data")}"\n[models]\nsearch = ["models/fetched", "../shared/models"]\n[calls]\nrandom_sample = 0.0\n`);
    const [program, args] = cable.onServer([BINARY, "--config", settings, "demo"]);
    server = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    county.server = server;
    county.ended = new Promise((done) => server.on("exit", done));
    for (const stream of [server.stdout, server.stderr]) stream.setEncoding("utf8").on("data", (text) => { printed += text; });
    await until(() => printed, () => /A phone here\s+\S+/.test(printed) && printed.includes("▀") || server.exitCode !== null);
    assert.equal(server.exitCode, null, printed);
    address = printed.match(/A phone here\s+(\S+)/)[1];
    browser = await cable.browser();
  });
  after(async () => {
    await browser?.close();
    if (server) await county.close();
    cable?.take();
  });

  const base = () => address.replace(/\/demo$/, "");

  /** Enrols the camera's face on the page that was printed, and gives the page. */
  async function enrolled(t, camera) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    t.after(() => context.close());
    await installCamera(context, camera);
    const page = await context.newPage();
    await page.goto(address);
    // A picture taken while the person blinks or turns is refused with advice: then another one is taken, as a person would.
    const told = [];
    while (told.length < 5) {
      await page.locator(".steps button.main").click();
      await page.waitForFunction(() => document.querySelector(".finder video")?.videoWidth > 0);
      await page.waitForTimeout(1000);
      await page.locator(".steps button.main").click();
      await page.locator(".steps a.main, .card .say").first().waitFor({ timeout: 60_000 });
      if (await page.locator(".steps a.main").count()) return page;
      told.push(await page.locator(".card .say").first().textContent());
      t.diagnostic(`the picture was refused: ${told.at(-1)}`);
    }
    return assert.fail(`five pictures were refused: ${told.join("; ")}`);
  }

  test("it prints the address of the cable, as text and as a QR code", { skip: QR_MISSING }, () => {
    assert.equal(address, `https://${cable.serverAddress}:8743/demo`);
    assert.equal(readQr(pictureOfTerminal(printed)), address);
  });

  test("a newcomer there enrols, reads the code, calls and is answered", { skip: withoutFaces || QR_MISSING }, async (t) => {
    const page = await enrolled(t, { clip: "td_live" });
    const link = await page.locator(".steps a.main").getAttribute("href");
    assert.ok(link.startsWith(`${base()}/p/`), `the button leads to ${link}`);
    assert.equal(readQr(await page.locator(".qr").first().screenshot({ scale: "device" })), link, "the code on the page");
    const officers = await page.evaluate(() => fetch("/api/demo").then((told) => told.json()).then((about) => about.officers));
    assert.deepEqual(officers, ["reviewer", "approver", "supervisor"].map((each) => ({ name: each, password: null })), "no password over the network");
    const { trial } = await page.evaluate(() => fetch("/health").then((told) => told.json()));
    const phone = await openPhone(browser, link, { clip: "td_live" }, { selfSigned: true, watched: true });
    t.after(() => phone.context.close());
    await startCall(phone);
    await until(() => JSON.stringify(phone.heard.slice(-3)), () => phone.heard.some((m) => m.type === "prompt"));
    await phone.page.waitForTimeout(1000);
    const way = await wayOf(phone.page);
    assert.deepEqual([way.to.address, way.to.protocol], [cable.serverAddress, "udp"], JSON.stringify(way));
    assert.ok(phone.sockets[0].startsWith(`wss://${cable.serverAddress}:8743/`), phone.sockets[0]);
    const end = await screenOf(phone, ["confirmed", "officer", "retry"], 150_000);
    const calls = await county.rows("select calls.status, cases.reasons from calls left join cases on cases.call_id = calls.id");
    assert.equal(end, trial ? "officer" : "confirmed", JSON.stringify(calls));
    assert.deepEqual(calls.map((each) => each.status), [trial ? "flagged" : "confirmed"]);
    assert.deepEqual(phone.faults, []);
  });

  test("a phone that comes into another network goes on with the same call, its pictures over a new way", { skip: withoutFaces }, async (t) => {
    const page = await enrolled(t, { clip: "td_live" });
    const phone = await openPhone(browser, await page.locator(".steps a.main").getAttribute("href"), { clip: "td_live" }, { selfSigned: true, watched: true });
    t.after(() => phone.context.close());
    const before = (await county.rows("select id from calls")).length;
    await startCall(phone);
    await until(() => JSON.stringify(phone.heard.slice(-3)), () => phone.heard.some((m) => m.type === "prompt"));
    const moved = Date.now();
    cable.move();
    let way;
    const found = () => way?.from.address === cable.phoneAddress;
    while (!found() && Date.now() - moved < 10_000) way = await wayOf(phone.page);
    t.diagnostic(`another network: ${Date.now() - moved} ms`);
    assert.ok(found(), JSON.stringify(way));
    await screenOf(phone, ["confirmed", "officer", "retry"], 150_000);
    assert.equal((await county.rows("select id from calls")).length, before + 1, "one call");
    assert.deepEqual([phone.sockets.length, phone.said.some((m) => m.type === "stills")], [2, false]);
    assert.deepEqual(phone.faults, []);
  });

  test("two of the officers that were printed end a case that needs four eyes", { skip: withoutFaces }, async (t) => {
    const page = await enrolled(t, { clip: "lp_live", light: "none" });
    const phone = await openPhone(browser, await page.locator(".steps a.main").getAttribute("href"), { clip: "lp_live", light: "none" }, { selfSigned: true });
    t.after(() => phone.context.close());
    assert.equal(await call(phone), "officer");
    const [{ name }] = await county.rows("select name from beneficiaries where id = (select beneficiary_id from cases order by opened_at desc limit 1)");
    const officers = [...printed.matchAll(/name (\S+)\s+password (\S+)/g)].map(([, own, password]) => ({ name: own, password }));
    assert.deepEqual(officers.map((each) => each.name), ["reviewer", "approver", "supervisor"]);
    const outcomes = [];
    for (const [officer, lane] of [[officers[0], "to_review"], [officers[1], "to_approve"]]) {
      const desk = await openDesk(browser, { address: base() }, officer, { selfSigned: true });
      t.after(() => desk.context.close());
      await openCase(desk, name, lane);
      outcomes.push(await confirm(desk));
      assert.deepEqual(desk.faults, []);
    }
    assert.deepEqual(outcomes, ["wait", "ok"]);
    const made = await county.rows("select channel from confirmations where channel <> 'import' order by confirmed_at desc limit 1");
    assert.deepEqual(made, [{ channel: "review" }]);
  });
});
