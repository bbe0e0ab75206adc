/**
 * The live call: an officer and a person in two real browsers, with sound and picture both ways through the real server. Faces come from
 * ../shared/faces at run time (an actor of a public sample clip, CC BY 4.0); without them each test says so by name.
 */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { withoutFaces } from "./camera.mjs";
import { BINARY_MISSING, County } from "./county.mjs";
import { judge } from "./judge.mjs";
import { fakeMedia, flows, liveDesk, livePhone, photoOf, toWaitingRoom, until } from "./live.mjs";
import { CABLE_MISSING, Cable } from "./network.mjs";
import { openCase } from "./officer.mjs";
import { CALL_MS, openPhone, screenOf, startCall, tap } from "./phone.mjs";

const CLIP = "ccby_male";
const HIS_PHOTO = withoutFaces ? "" : photoOf(CLIP, 20);
const skip = BROWSER_MISSING || BINARY_MISSING || withoutFaces;

/** A county in which good calls go to an officer, as with an unproven pack. */
async function unproven(more = "") {
  const county = await County.make(`[calls]\nrandom_sample = 0.0\n${more}`);
  county.environment = { JIANMIAN__POLICY__DANGER_AUTOMATIC_WITHOUT_PROOF: "false" };
  return county;
}

/** The officer's script to the end, by keys: word, code, prompts, a still. */
async function script(desk, phone) {
  const { page } = desk;
  await page.keyboard.press("w");
  const code = (await phone.page.locator(".cards .card strong").nth(1).textContent()).replace(/\s/g, "");
  await page.keyboard.press("k");
  await page.keyboard.type(code === "0000" ? "1111" : "0000");
  await page.keyboard.press("Enter");
  await page.locator(".live-steps .word").first().waitFor();
  await page.locator(".live-steps .code").fill(code);
  await page.keyboard.press("Enter");
  await page.locator(".live-steps li.done").nth(1).waitFor();
  await page.locator("main h1").click();
  for (const key of ["1", "2"]) {
    await page.keyboard.press(key);
    await until("the prompt is on the phone", () => phone.heard.filter((m) => m.type === "prompt" && m.prompt).length, (count) => count >= Number(key));
    await page.locator(".live-steps .judge").nth(Number(key) - 1).waitFor();
    await page.keyboard.press(key);
    await page.locator(".live-steps li.done").nth(1 + Number(key)).waitFor();
  }
  await keepStill(desk, 5);
}

/** Keeps a still by its key, then `done` steps are done; the key again each time the server answers that it had no picture at that moment. */
async function keepStill({ page, heard }, done) {
  const answers = () => heard.filter((message) => message.type === "snapshot");
  for (let tries = 1; ; tries += 1) {
    const before = answers().length;
    await page.keyboard.press("s");
    await until("an answer to the key of the still", answers, (all) => all.length > before);
    if (answers().at(-1).sha256) break;
    assert.ok(tries < 10, "ten times there was no picture to keep");
  }
  await page.locator(".live-steps li.done").nth(done - 1).waitFor();
}

/** The machine's own words are that it is the person of the reference: only then may one officer confirm. */
const alike = (desk) => until("the machine's words", () => desk.page.locator(".live-beside li").first().textContent(), (text) => text.includes("像同一个人"), 60_000);

describe("live calls", { skip, timeout: 20 * 60_000 }, () => {
  let phones;
  let desks;
  let county;
  before(async () => {
    phones = await openBrowser(fakeMedia(CLIP));
    desks = await openBrowser();
    county = await unproven();
    await county.importRoster([{ photo: HIS_PHOTO, count: 8 }]);
    await county.start();
  });
  after(async () => {
    await phones?.close();
    await desks?.close();
    await county?.close();
  });

  /**
   * A person whose call went to an officer for no reason that asks for a second one. What a call shows depends on how often a busy machine
   * can look at it, so up to three people call; what became of each is told.
   */
  async function flaggedForOne(t) {
    const told = [];
    for (let nth = 0; nth < 3; nth += 1) {
      const person = await county.personWith(HIS_PHOTO);
      const phone = await openPhone(desks, person.url, { clip: CLIP });
      await startCall(phone);
      const shown = await screenOf(phone, ["confirmed", "officer", "retry", "interrupted"], CALL_MS);
      await phone.context.close();
      const [flagged] = await county.rows("select * from cases where beneficiary_id = ?", person.id);
      told.push(`${shown} ${flagged?.reasons ?? "no case"}`);
      assert.notEqual(shown, "confirmed", "nothing is confirmed by an unproven pack");
      if (shown === "officer" && !/liveness|light|flat|repeated|timing|injected|far_below/.test(flagged.reasons)) {
        t.diagnostic(`calls: ${told.join("; ")}`);
        return { person, flagged };
      }
    }
    return assert.fail(`no call went to a single officer: ${told.join("; ")}`);
  }

  test("a flagged case: claimed, talked about face to face, confirmed, receipt", { timeout: 3 * CALL_MS + 240_000 }, async (t) => {
    const { person, flagged } = await flaggedForOne(t);

    const desk = await liveDesk(desks, county, await county.addOfficer("linfang"));
    t.after(() => desk.context.close());
    await openCase(desk, person.name);
    await desk.page.keyboard.press("l");
    await desk.page.locator("article.live").waitFor();
    const phone = await livePhone(phones, person.url);
    t.after(() => phone.context.close());
    assert.equal(await screenOf(phone, ["ringing"]), "ringing", "an open page rings");
    const word = (await desk.page.locator(".word-to-say").textContent()).trim();
    assert.ok((await phone.page.locator(".rows").textContent()).includes(word.split(" (")[0]), "both know the word before anybody speaks");
    await tap(phone);
    await screenOf(phone, ["live"], 30_000);
    const [atDesk, atPhone] = await Promise.all([flows("the desk", desk.page), flows("the phone", phone.page)]);
    t.diagnostic(`desk ${JSON.stringify(atDesk.seen)}; phone ${JSON.stringify(atPhone.seen)}`);
    assert.equal(atDesk.seen.codec, atPhone.seen.codec, "one codec both ways, nothing is transcoded");

    await desk.page.keyboard.press("c");
    await desk.page.keyboard.type("请对着镜头坐好");
    await desk.page.keyboard.press("Enter");
    await phone.page.locator(".caption", { hasText: "请对着镜头坐好" }).waitFor();
    await desk.page.locator("main h1").click();
    await desk.page.locator(".live-beside li").first().waitFor();
    await alike(desk);
    for (const message of phone.heard) assert.doesNotMatch(JSON.stringify(message), /score|cosine|match|"seen"/, "nothing of the analysis reaches the phone");

    await desk.page.keyboard.press("d");
    await desk.page.keyboard.press("a");
    await desk.page.keyboard.press("Enter");
    await desk.page.locator(".decision .result.wait").waitFor();
    assert.equal((await county.rows("select id from confirmations where beneficiary_id = ? and channel <> 'import'", person.id)).length, 0, "not before the script");
    await desk.page.keyboard.press("Escape");
    await desk.page.keyboard.press("Escape");
    await script(desk, phone);
    await alike(desk);
    await desk.page.keyboard.press("d");
    await desk.page.keyboard.press("a");
    await desk.page.keyboard.press("Enter");
    await desk.page.locator(".decision .result.ok").waitFor();

    assert.equal(await screenOf(phone, ["confirmed"]), "confirmed");
    const [made] = await county.rows("select * from confirmations where beneficiary_id = ? and channel <> 'import'", person.id);
    assert.equal(made.channel, "video_officer");
    assert.equal(await phone.page.locator(".number strong").textContent(), made.receipt_number);
    assert.equal(await phone.page.locator(".date time").getAttribute("datetime"), made.due_on);
    const [row] = await county.rows("select * from live_calls where case_id = ?", flagged.id);
    assert.equal(row.ending, "decided");
    assert.equal(made.evidence_sha256, row.protocol_sha256, "the protocol stands behind the confirmation, and so in the ledger");
    await holdsProtocol(desk, row);
    const stills = await county.rows("select id, jpeg_sha256, length(sealed_jpeg) as bytes from live_stills where live_call_id = ?", row.id);
    assert.equal(stills.length, 1);
    assert.ok(JSON.parse(row.protocol).snapshots.some((still) => still.sha256 === stills[0].jpeg_sha256));
    assert.deepEqual([...desk.faults, ...phone.faults], []);
  });

  /** The protocol says what was, and its signature holds under the county's key and no longer when a letter changes. */
  async function holdsProtocol(desk, row) {
    const told = await desk.page.evaluate((id) => fetch(`/api/console/live/${id}/protocol`).then((answer) => answer.json()), row.id);
    const key = createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(told.public_key, "hex")]), format: "der", type: "spki" });
    const signed = (text) => verify(null, Buffer.from(`jianmian live call protocol\n${text}`), key, Buffer.from(told.signature, "hex"));
    assert.ok(signed(told.protocol));
    assert.ok(!signed(told.protocol.replace("confirm", "refuse!")));
    const protocol = JSON.parse(told.protocol);
    assert.equal(protocol.outcome, "confirm");
    assert.ok(protocol.word_said_ms > 0 && protocol.code_read_ms > 0 && protocol.code_wrong === 1);
    assert.deepEqual(protocol.prompts.map((prompt) => prompt.done), [true, true]);
    assert.equal(protocol.machine.comparison, "match");
  }

  test("the waiting room: place and estimate, the lane of who waits, taken in order; a second officer is told", async (t) => {
    const people = [await county.personWith(HIS_PHOTO), await county.personWith(HIS_PHOTO)];
    const waiting = [];
    for (const person of people) {
      const phone = await livePhone(phones, person.url);
      t.after(() => phone.context.close());
      await toWaitingRoom(phone);
      waiting.push(phone);
    }
    await until("the second one's place", () => waiting[1].page.locator(".live .sub").textContent(), (text) => text.includes("2"));
    const desk = await liveDesk(desks, county, await county.addOfficer("zhaomin"));
    t.after(() => desk.context.close());
    await desk.page.evaluate(() => { location.hash = "#/queue/live"; });
    await desk.page.locator("table.queue .online", { hasText: "等候室" }).nth(1).waitFor();
    await desk.page.keyboard.press("n");
    await desk.page.locator("article.case .waits-live").waitFor();
    await desk.page.keyboard.press("l");
    await flows("the first one", waiting[0].page);
    await looksRight(desk);
    await until("the second one moves up", () => waiting[1].page.locator(".live .sub").textContent(), (text) => !text.includes("2"));
    const other = await liveDesk(desks, county, await county.addOfficer("sunli"));
    t.after(() => other.context.close());
    const [held] = await county.rows("select case_id from live_calls where beneficiary_id = ? and ended_at is null", people[0].id);
    const refused = await other.page.evaluate((id) => fetch(`/api/console/cases/${id}/live`, { method: "POST", headers: { "X-Jianmian": "1" } }).then((answer) => answer.json()), held.case_id);
    assert.equal(refused.code, "claimed");
    await desk.page.keyboard.press("h");
    await screenOf(waiting[0], ["live_ended"]);
    const [ended] = await county.rows("select ending, protocol from live_calls where case_id = ?", held.case_id);
    assert.deepEqual(ended, { ending: "hung_up", protocol: null });
    await waiting[1].page.locator(".actions .quiet").last().click();
    await screenOf(waiting[1], ["live_ended"]);
    assert.deepEqual([...desk.faults, ...waiting[0].faults, ...waiting[1].faults], []);
  });

  /** The desk of a live call in both languages, and at twice the size. */
  async function looksRight({ page }) {
    for (const [language, width, height] of [["zh", 1366, 768], ["en", 1366, 768], ["en", 683, 384], ["zh", 683, 384]]) {
      await page.setViewportSize({ width, height });
      const switcher = page.locator(`.bar button[lang="${language}"]`);
      if (await switcher.count()) await switcher.click();
      await page.locator("article.live").waitFor();
      await judge(page, `the desk of a live call, ${language}, ${width} px`);
    }
    await page.setViewportSize({ width: 1366, height: 768 });
  }

  test("a slow line: a still picture a second both ways, and the telephone", async (t) => {
    const person = await county.personWith(HIS_PHOTO);
    const phone = await livePhone(phones, person.url);
    t.after(() => phone.context.close());
    await toWaitingRoom(phone);
    const desk = await liveDesk(desks, county, await county.addOfficer("heping"));
    t.after(() => desk.context.close());
    await openCase(desk, person.name, "live");
    await desk.page.locator("article.case .waits-live").waitFor();
    await desk.page.keyboard.press("l");
    await flows("the phone", phone.page);
    await desk.page.keyboard.press("t");
    await phone.page.locator(".live .sub", { hasText: "12333" }).waitFor();
    await until("the officer's stills", () => phone.heard.filter((m) => m.type === "still").length, (count) => count >= 3);
    await until("the person's still at the desk", () => desk.page.evaluate(() => document.querySelector("canvas.remote").width), (width) => width > 100);
    await keepStill(desk, 1);
    await desk.page.keyboard.press("t");
    await flows("moving pictures again", phone.page);
    await desk.page.keyboard.press("h");
    await screenOf(phone, ["live_ended"]);
  });

  test("a server killed in mid-talk: both sides say so and come back, nothing half recorded", async (t) => {
    const person = await county.personWith(HIS_PHOTO);
    const phone = await livePhone(phones, person.url);
    t.after(() => phone.context.close());
    await toWaitingRoom(phone);
    const desk = await liveDesk(desks, county, await county.addOfficer("weidong"));
    t.after(() => desk.context.close());
    await openCase(desk, person.name, "live");
    await desk.page.locator("article.case .waits-live").waitFor();
    await desk.page.keyboard.press("l");
    await flows("the phone", phone.page);
    await keepStill(desk, 1);
    await county.end("SIGKILL");
    await desk.page.locator(".live-phase", { hasText: "断了" }).waitFor();
    await until("the phone says so", () => phone.page.locator(".live h1").textContent(), (text) => text.includes("断了"));
    await county.start();
    await desk.page.locator(".live-phase", { hasText: "重新启动" }).waitFor();
    await screenOf(phone, ["live"], 30_000);
    const rows = await county.rows("select ending, protocol from live_calls where beneficiary_id = ? order by opened_at", person.id);
    assert.equal(rows[0].ending, "interrupted");
    assert.equal(rows[0].protocol, null);
    assert.deepEqual(await county.rows("select s.id from live_stills s join live_calls l on l.id = s.live_call_id where l.beneficiary_id = ?", person.id), []);
    await desk.page.locator(".live-tools button", { hasText: "再呼叫" }).click();
    await flows("the same two again", phone.page, 30_000);
    await desk.page.keyboard.press("h");
  });
});

/**
 * Sound and picture are back at both ends within 2 s of what `happens`. Two browsers and the server share this machine, and whatever else
 * runs on it only adds: so the quickest of three counts, and none is ever far from it.
 */
async function backInTime(t, what, [desk, phone], happens) {
  const slowest = [];
  for (let tries = 0; tries < 3 && !slowest.some((ms) => ms <= 2000); tries += 1) {
    await happens();
    const [there, here] = await Promise.all([flows(`the phone ${what}`, phone.page), flows(`the desk ${what}`, desk.page)]);
    t.diagnostic(`${what}: phone ${there.ms} ms, desk ${here.ms} ms`);
    slowest.push(Math.max(there.ms, here.ms));
    assert.ok(slowest.at(-1) <= 10_000, `${what}: ${slowest}`);
  }
  assert.ok(Math.min(...slowest) <= 2000, `${what}: ${slowest}`);
}

describe("a live call over a cable", { skip: skip || CABLE_MISSING, timeout: 10 * 60_000 }, () => {
  test("10 s without a line, and another network: the talk goes on within 2 s of the line's return", async (t) => {
    const cable = new Cable();
    t.after(() => cable.take());
    const county = await unproven();
    t.after(() => county.close());
    await county.importRoster([{ photo: HIS_PHOTO, count: 1 }]);
    county.moveTo(cable.serverAddress, (command) => cable.onServer(command));
    await county.start();
    const person = await county.personWith(HIS_PHOTO);
    const trusted = `--unsafely-treat-insecure-origin-as-secure=${county.address}`;
    const desks = await cable.browser([trusted], cable.server);
    t.after(() => desks.close());
    const phones = await cable.browser([trusted, ...fakeMedia(CLIP)]);
    t.after(() => phones.close());
    const phone = await livePhone(phones, person.url);
    await toWaitingRoom(phone);
    const desk = await liveDesk(desks, county, await county.addOfficer("linfang"));
    await openCase(desk, person.name, "live");
    await desk.page.locator("article.case .waits-live").waitFor();
    await desk.page.keyboard.press("l");
    await flows("the phone", phone.page);
    await flows("the desk", desk.page);

    await backInTime(t, "after 10 s without a line", [desk, phone], async () => {
      cable.cut();
      await desk.page.locator(".live-phase", { hasText: "断了" }).waitFor();
      await new Promise((later) => setTimeout(later, 10_000));
      cable.mend();
    });
    await backInTime(t, "in another network", [desk, phone], () => cable.move());
    const [row] = await county.rows("select id, ended_at from live_calls where beneficiary_id = ?", person.id);
    assert.equal(row.ended_at, null, "it is the same call");
    await desk.page.keyboard.press("h");
    assert.deepEqual([...desk.faults, ...phone.faults], []);
  });
});
