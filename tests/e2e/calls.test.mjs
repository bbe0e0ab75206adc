/**
 * Whole calls, in a real browser against the real server: what a pensioner, an attacker and a broken line lead to. Faces come from
 * ../shared/faces at run time; where they are missing, each test that needs them says so by name, and the others run.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { FACES, withoutFaces } from "./camera.mjs";
import { BINARY_MISSING, County } from "./county.mjs";
import { confirm, openCase, openDesk } from "./officer.mjs";
import { call, CALL_MS, openPhone, screenOf, startCall, tap } from "./phone.mjs";

/** The man of the clip `td_live`, on another day. */
const HIS_PHOTO = `${FACES}verif/td/td_621f74f676/selfie.jpg`;
const TALKER_PHOTO = `${FACES}video/liveport/assets__examples__driving__d13_f/00.jpg`;
const YOUNG_PHOTO = `${FACES}video/vn/videos__real_f/00.jpg`;

/** Words that no message to a phone may hold: scores, and reasons of the attack and match groups. */
const SECRET = /score|cosine|below_accept|far_below|flat_surface|repeated_frames|injected|light_mismatch|timing|inconclusive|confidence/;

const skip = BROWSER_MISSING || BINARY_MISSING;
const skipWithoutFaces = skip || withoutFaces;

describe("calls", { skip, timeout: 30 * 60_000 }, () => {
  let browser;
  let county;
  before(async () => {
    browser = await openBrowser();
    county = await County.make("[calls]\nrandom_sample = 0.0\n");
    await county.importRoster(withoutFaces ? [{ photo: "", count: 4 }] : [
      { photo: "", count: 4 }, { photo: HIS_PHOTO, count: 8 }, { photo: TALKER_PHOTO, count: 2 }, { photo: YOUNG_PHOTO, count: 1 },
    ]);
    await county.start();
  });
  after(async () => {
    await browser?.close();
    await county?.close();
  });

  /** A phone with this camera on a fresh link of a new beneficiary; closed after the test. */
  async function phoneOf(t, { photo, camera, line }) {
    const person = await county.personWith(photo);
    const phone = await openPhone(browser, person.url, camera, line);
    t.after(() => phone.context.close());
    return { ...phone, person };
  }

  const confirmationsOf = (person) => county.rows("select * from confirmations where beneficiary_id = ? and channel <> 'import'", person.id);
  const casesOf = (person) => county.rows("select * from cases where beneficiary_id = ?", person.id);
  const isTrial = () => county.health.trial !== false;

  /** Nothing secret was said, and the page never threw. */
  function wasDiscreet(phone) {
    assert.ok(phone.heard.length > 0, "the phone heard nothing");
    for (const message of phone.heard) assert.doesNotMatch(JSON.stringify(message), SECRET);
    assert.deepEqual(phone.faults, []);
  }

  test("the same person is confirmed and recorded, once", { skip: skipWithoutFaces }, async (t) => {
    const phone = await phoneOf(t, { photo: HIS_PHOTO, camera: { clip: "td_live" } });
    const end = await call(phone);
    wasDiscreet(phone);
    const [made] = await confirmationsOf(phone.person);
    if (isTrial()) {
      assert.equal(end, "officer", "the trial pack confirms nobody");
      return;
    }
    assert.equal(end, "confirmed", await county.why(phone.person));
    assert.equal((await confirmationsOf(phone.person)).length, 1);
    assert.equal(made.channel, "video_auto");
    assert.equal(await phone.page.locator(".number strong").textContent(), made.receipt_number);
    assert.equal(await phone.page.locator(".date time").getAttribute("datetime"), made.due_on);
    const [person] = await county.rows("select due_on, last_confirmed_on from beneficiaries where id = ?", phone.person.id);
    assert.equal(person.due_on, made.due_on);
    const [opened] = await county.rows("select id, length(sealed_record) as bytes from calls where beneficiary_id = ?", phone.person.id);
    assert.ok(opened.bytes > 1000, "the evidence is kept, sealed");
    assert.match(await county.jianmian(["replay", opened.id]), /the same/);
    assert.ok(phone.heard.some((m) => m.type === "media_connected"), "it went over WebRTC");
    const again = await openPhone(browser, phone.person.url, { clip: "td_live" });
    t.after(() => again.context.close());
    assert.equal(await screenOf(again, ["already"]), "already", "the link says that it is done");
  });

  test("another person is flagged", { skip: skipWithoutFaces }, async (t) => {
    const phone = await phoneOf(t, { photo: HIS_PHOTO, camera: { clip: "lp_live" } });
    assert.equal(await call(phone), "officer");
    wasDiscreet(phone);
    assert.deepEqual(await confirmationsOf(phone.person), []);
    const [opened] = await casesOf(phone.person);
    assert.match(opened.reasons, /far_below|below_accept/);
    assert.equal(await phone.page.locator(".number strong").textContent(), opened.number);
  });

  for (const [clip, photo] of [["td_replay", HIS_PHOTO], ["vn_replay", YOUNG_PHOTO]]) {
    test(`a replay from a screen is flagged (${clip})`, { skip: skipWithoutFaces }, async (t) => {
      const phone = await phoneOf(t, { photo, camera: { clip, light: "flat" } });
      const end = await call(phone);
      wasDiscreet(phone);
      assert.deepEqual(await confirmationsOf(phone.person), [], "a replay must never confirm");
      assert.ok(["officer", "retry", "retry_person"].includes(end), end);
      if (end === "officer" && !isTrial()) {
        const [opened] = await casesOf(phone.person);
        assert.match(opened.reasons, /flat_surface|light_mismatch|liveness_inconclusive|repeated_frames/);
      }
    });
  }

  test("a recording of the person that does not answer the light is not confirmed", { skip: skipWithoutFaces }, async (t) => {
    const phone = await phoneOf(t, { photo: TALKER_PHOTO, camera: { clip: "lp_live", light: "none" } });
    await call(phone);
    wasDiscreet(phone);
    assert.deepEqual(await confirmationsOf(phone.person), []);
  });

  for (const [what, scene] of [["no face", "room"], ["darkness", "dark"]]) {
    test(`${what} leads to advice, then to a person`, { skip: skipWithoutFaces, timeout: 2 * CALL_MS + 60_000 }, async (t) => {
      const phone = await phoneOf(t, { photo: HIS_PHOTO, camera: { scene, clip: "td_live" } });
      assert.equal(await call(phone), "retry", await county.why(phone.person));
      assert.ok(await phone.page.locator(".rows li").count() > 0, "advice is given");
      await tap(phone);
      assert.equal(await screenOf(phone, ["retry_person", "officer"], CALL_MS), "retry_person", "from the second failed try on a person is offered");
      wasDiscreet(phone);
      assert.deepEqual(await confirmationsOf(phone.person), []);
      await tap(phone);
      await screenOf(phone, ["other_person"]);
      await tap(phone);
      await screenOf(phone, ["other_done"]);
      const [opened] = await casesOf(phone.person);
      assert.equal(opened.kind, "call_back");
    });
  }

  test("nobody before the camera and no photograph on file: nothing is confirmed", { timeout: CALL_MS + 60_000 }, async (t) => {
    const phone = await phoneOf(t, { photo: "", camera: { scene: "room" } });
    const end = await call(phone);
    wasDiscreet(phone);
    assert.ok(["retry", "officer"].includes(end), end);
    assert.deepEqual(await confirmationsOf(phone.person), []);
  });

  for (const [refuse, screen] of [["NotAllowedError", "camera_denied"], ["NotReadableError", "camera_busy"], ["NotFoundError", "camera_missing"]]) {
    test(`camera refused (${refuse}) shows the next way`, async (t) => {
      const phone = await phoneOf(t, { photo: "", camera: { scene: "room", refuse } });
      await startCall(phone);
      await screenOf(phone, [screen]);
      await phone.page.locator(".actions .quiet").last().click();
      await screenOf(phone, ["other"]);
      await tap(phone);
      await screenOf(phone, ["other_person"]);
      await tap(phone);
      await screenOf(phone, ["other_done"]);
      assert.equal((await casesOf(phone.person)).length, 1);
      assert.deepEqual(phone.faults, []);
    });
  }

  test("without WebRTC still frames lead to the same verdicts", { skip: skipWithoutFaces, timeout: 2 * CALL_MS + 60_000 }, async (t) => {
    const same = await phoneOf(t, { photo: HIS_PHOTO, camera: { clip: "td_live" }, line: { withoutWebrtc: true } });
    const end = await call(same);
    wasDiscreet(same);
    assert.ok(same.said.some((m) => m.type === "stills"), "the page went on with still frames");
    assert.ok(!same.heard.some((m) => m.type === "media_connected"), "no media connection came about");
    assert.equal(end, isTrial() ? "officer" : "confirmed", await county.why(same.person));
    await same.context.close();
    const other = await phoneOf(t, { photo: HIS_PHOTO, camera: { clip: "lp_live" }, line: { withoutWebrtc: true } });
    assert.equal(await call(other), "officer");
    assert.deepEqual(await confirmationsOf(other.person), []);
  });

  test("a server killed mid-call leaves nothing half recorded, and the phone goes on", { skip: skipWithoutFaces, timeout: 2 * CALL_MS }, async (t) => {
    const phone = await phoneOf(t, { photo: HIS_PHOTO, camera: { clip: "td_live" } });
    await startCall(phone);
    await screenOf(phone, ["capture"]);
    await phone.page.waitForFunction(() => document.documentElement.classList.contains("lit"), null, { timeout: 60_000 });
    await county.end("SIGKILL");
    await new Promise((later) => setTimeout(later, 1500));
    await county.start();
    const end = await screenOf(phone, ["confirmed", "officer", "retry", "interrupted"], CALL_MS);
    assert.equal(end, isTrial() ? "officer" : "confirmed", await county.why(phone.person));
    const calls = await county.rows("select status, result from calls where beneficiary_id = ? order by opened_at", phone.person.id);
    assert.equal(calls.filter((c) => c.status === "open").length, 0, JSON.stringify(calls));
    assert.equal(calls.length, 2, JSON.stringify(calls));
    assert.equal((await confirmationsOf(phone.person)).length + (await casesOf(phone.person)).length, 1);
    const torn = await county.rows("select stills.id from stills join calls on calls.id = stills.call_id where calls.sealed_record is null");
    assert.deepEqual(torn, [], "no stills without their call's record");
  });

  test("two officers see the evidence of a flagged call and confirm it", { skip: skipWithoutFaces, timeout: CALL_MS + 120_000 }, async (t) => {
    const phone = await phoneOf(t, { photo: TALKER_PHOTO, camera: { clip: "lp_live", light: "none" } });
    assert.equal(await call(phone), "officer", await county.why(phone.person));
    const reviewer = await openDesk(browser, county, await county.addOfficer("reviewer"));
    t.after(() => reviewer.context.close());
    await openCase(reviewer, phone.person.name);
    await reviewer.page.waitForFunction(() => document.querySelectorAll("jm-face canvas").length >= 2);
    assert.ok(await reviewer.page.locator(".reasons-full li").count() > 0, "the reasons are told in words");
    const [opened] = await casesOf(phone.person);
    const four = /liveness|light|flat|repeated|timing|injected/.test(opened.reasons);
    assert.equal(await confirm(reviewer), four ? "wait" : "ok");
    if (four) {
      assert.deepEqual(await confirmationsOf(phone.person), [], "one officer alone confirms nothing here");
      const approver = await openDesk(browser, county, await county.addOfficer("approver"));
      t.after(() => approver.context.close());
      await openCase(approver, phone.person.name, "to_approve");
      assert.equal(await confirm(approver), "ok");
      assert.deepEqual(approver.faults, []);
    }
    const [made] = await confirmationsOf(phone.person);
    assert.equal(made.channel, "review");
    const looks = await county.rows("select count(*) as n from audit where action = 'face_viewed' and officer_id is not null");
    assert.ok(looks[0].n >= 2, "every look at a face is an audit event");
    assert.deepEqual(reviewer.faults, []);
    const again = await openPhone(browser, phone.person.url, { scene: "room" });
    t.after(() => again.context.close());
    assert.equal(await screenOf(again, ["already"]), "already");
  });

  test("the log names nobody", async () => {
    const people = await county.rows("select name, id_number, phone from beneficiaries");
    for (const person of people) {
      for (const word of Object.values(person).filter(Boolean)) assert.ok(!county.logHolds(word), "the log holds personal data");
    }
    assert.ok(county.tokens.length > 0);
    for (const token of county.tokens) assert.ok(!county.logHolds(token), "the log holds a link's token");
  });
});
