/**
 * What the phone page does with a line that is weak, breaks or changes, against a scripted server; a second browser page answers its media.
 * What a server makes of it is for the tests with the real one (calls.test.mjs).
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, drawnCamera, openBrowser } from "./browser.mjs";
import { LINK, startScripted } from "./scripted.mjs";

const consented = Object.assign({}, LINK, { consented: true });
const welcome = (socket, prompt) => socket.tell({ type: "welcome", call_id: "x", stage: "capturing", prompt: prompt || { kind: "find_face" } });
const light = { kind: "light", step: 7, colour: { r: 250, g: 170, b: 60 }, fade_ms: 600 };
const confirmed = { type: "result", result: { outcome: "confirmed", receipt_number: "JM-1", due_on: "2027-11-30" } };

/** A person and the answering side of the media. */
let answerer;

/** Answers every offer with the second page's connection; `mute` stops answering after so many. */
function answering(socket, { mute = Infinity } = {}) {
  let offers = 0;
  socket.on("message", async (data, binary) => {
    if (binary) return;
    const message = JSON.parse(data);
    if (message.type === "offer") {
      offers += 1;
      if (offers > mute) return;
      socket.tell({ type: "answer", sdp: await answerer.evaluate((sdp) => window.answer(sdp), message.sdp) });
      await answerer.evaluate(() => window.connected());
      socket.tell({ type: "media_connected" });
    }
    if (message.type === "candidate") await answerer.evaluate((candidate) => window.hear(candidate), message.candidate);
  });
}

const SCENES = {
  light: { link: consented, talk(socket) { welcome(socket); setTimeout(() => socket.tell({ type: "prompt", prompt: light }), 500); } },
  stills: { link: consented, stillsAfterMs: 600, talk: (socket) => welcome(socket) },
  media: { link: consented, talk(socket) { welcome(socket); answering(socket); setTimeout(() => socket.tell({ type: "media_lost" }), 4000); } },
  deaf: { link: consented, talk(socket) { welcome(socket); answering(socket, { mute: 1 }); setTimeout(() => socket.tell({ type: "media_lost" }), 3000); } },
  moved: { link: consented, talk(socket) { welcome(socket); answering(socket); } },
  resume: { link: consented, talk(socket, nth) { welcome(socket, nth === 1 ? null : { kind: "turn", side: "right" }); if (nth === 1) setTimeout(() => socket.terminate(), 800); } },
  restarted: { link: consented, talk(socket, nth) { welcome(socket); if (nth === 1) setTimeout(() => socket.close(4404), 800); } },
  leave: { link: consented, talk: (socket) => welcome(socket) },
  denied: { link: consented, talk: (socket) => welcome(socket) },
  over: { link: consented, talk(socket) { welcome(socket); setTimeout(() => socket.tell(confirmed), 1200); } },
  full: { link: consented, asked: 0, calls() { this.asked += 1; return this.asked === 1 ? { status: 503, code: "full", retryAfter: 1 } : undefined; }, talk: (socket) => welcome(socket) },
  skip: { link: consented, talk: (socket) => welcome(socket, { kind: "turn", side: "left" }) },
};

/** In the page: keeps the tracks, and what the ground looked like at the moment of each `shown`. */
function witness() {
  window.tracks = [];
  window.grounds = [];
  const media = navigator.mediaDevices;
  const open = media.getUserMedia;
  media.getUserMedia = (wish) => open(wish).then((stream) => { window.tracks.push(...stream.getTracks()); return stream; });
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function sendAndSee(data) {
    if (typeof data === "string" && JSON.parse(data).type === "shown") {
      window.grounds.push([getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).backgroundColor]);
    }
    return send.call(this, data);
  };
}

/** In the answering page. */
function answeringSide() {
  let connection = null;
  let waiting = [];
  window.answer = async (sdp) => {
    const restart = connection && connection.connectionState === "connected" && sdp.includes(connection.fingerprint);
    if (!restart) connection = new RTCPeerConnection();
    connection.fingerprint = sdp.match(/a=fingerprint:(.*)/)[0];
    await connection.setRemoteDescription({ type: "offer", sdp });
    waiting.forEach((each) => connection.addIceCandidate(each));
    waiting = [];
    await connection.setLocalDescription(await connection.createAnswer());
    if (connection.iceGatheringState !== "complete") await new Promise((done) => { connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && done(); });
    return connection.localDescription.sdp;
  };
  window.hear = (candidate) => (connection && connection.remoteDescription ? connection.addIceCandidate(candidate).catch(() => {}) : waiting.push(candidate));
  window.connected = async () => { while (connection.connectionState !== "connected") await new Promise((later) => setTimeout(later, 50)); };
  window.frames = async () => {
    let frames = 0;
    (await connection.getStats()).forEach((each) => { if (each.type === "inbound-rtp") frames = each.framesDecoded; });
    return frames;
  };
}

describe("a phone's line", { skip: BROWSER_MISSING, concurrency: false }, () => {
  let browser;
  let server;
  before(async () => {
    browser = await openBrowser(["--disable-features=WebRtcHideLocalIpsWithMdns"]);
    server = await startScripted(SCENES);
    answerer = await browser.newPage();
    await answerer.goto(server.address + "/p/form");
    await answerer.evaluate(answeringSide);
  });
  after(async () => {
    await browser.close();
    await server.close();
  });

  async function callOn(scene, camera) {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } });
    await page.addInitScript(drawnCamera, camera || "face");
    await page.addInitScript(witness);
    await page.goto(`${server.address}/p/${scene}`);
    await page.getByText("开始", { exact: true }).click();
    await page.getByText("打开摄像头", { exact: true }).click();
    return page;
  }
  const shows = (page, screen, ms) => page.locator(`[data-screen=${screen}]`).waitFor({ timeout: ms || 8000 });
  const heard = (scene, type) => (server.heard[scene] || []).filter((each) => each.type === type);
  async function until(what, ms = 8000) {
    for (const end = Date.now() + ms; Date.now() < end;) {
      if (await what()) return;
      await new Promise((later) => setTimeout(later, 50));
    }
    assert.fail("did not come about: " + what);
  }

  test("a light step is acknowledged once, when the whole ground has its colour", async () => {
    const page = await callOn("light");
    await until(() => heard("light", "shown").length > 0);
    assert.equal(heard("light", "shown")[0].step, 7);
    const [[html, body]] = await page.evaluate(() => window.grounds);
    for (const ground of [html, body]) {
      const [r, g, b] = ground.match(/\d+/g).map(Number);
      // Past the middle of the fade from paper (251, 247, 240).
      assert.ok(b < 150 && g < 209 && r > 240, ground);
    }
    await page.locator(".tools button").last().click();
    await page.waitForTimeout(900);
    assert.equal(heard("light", "shown").length, 1, "drawing the screen anew says nothing twice");
    await page.close();
  });

  test("no media within the time: still frames over the socket, JPEG, at most five a second", async () => {
    const page = await callOn("stills");
    await until(() => heard("stills", "still").length >= 10, 12000);
    assert.equal(heard("stills", "stills").length, 1);
    const { bytes } = heard("stills", "still")[0];
    assert.deepEqual([bytes[0], bytes[1], bytes.at(-2), bytes.at(-1)], [0xff, 0xd8, 0xff, 0xd9]);
    assert.ok(bytes.length < 400000);
    const before = heard("stills", "still").length;
    await page.waitForTimeout(2000);
    const more = heard("stills", "still").length - before;
    assert.ok(more >= 3 && more <= 10, `${more} in two seconds`);
    await page.close();
  });

  test("media: picture only, decodable codecs only, and a new way through the network keeps the connection", async () => {
    const page = await callOn("media");
    await until(() => heard("media", "offer").length > 0);
    const [{ sdp }] = heard("media", "offer");
    assert.match(sdp, /a=sendonly/);
    assert.doesNotMatch(sdp, /m=audio/);
    const codecs = Array.from(sdp.matchAll(/a=rtpmap:\d+ (\w+)/g), (hit) => hit[1]);
    assert.ok(codecs.every((codec) => ["H264", "VP8", "rtx"].includes(codec)), codecs.join());
    await until(async () => (await answerer.evaluate(() => window.frames())) > 15, 10000);
    await until(() => heard("media", "offer").length > 1, 10000);
    const ufrag = (each) => each.sdp.match(/a=ice-ufrag:(.*)/)[1];
    const [first, second] = heard("media", "offer");
    assert.notEqual(ufrag(first), ufrag(second));
    assert.equal(first.sdp.match(/a=fingerprint:(.*)/)[1], second.sdp.match(/a=fingerprint:(.*)/)[1], "the same connection, not a new one");
    const before = await answerer.evaluate(() => window.frames());
    await until(async () => (await answerer.evaluate(() => window.frames())) > before + 20, 10000);
    await page.waitForTimeout(4500);
    assert.equal(heard("media", "still").length, 0);
    assert.equal(heard("media", "offer").length, 2);
    await page.close();
  });

  test("another network: another socket of the same call at once, and a new way for the same connection", async () => {
    const page = await callOn("moved");
    await until(async () => heard("moved", "offer").length > 0 && (await answerer.evaluate(() => window.frames())) > 15, 10000);
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    await until(() => heard("moved", "offer").length > 1, 2000);
    const [first, second] = heard("moved", "offer").map(({ sdp }) => ({ way: sdp.match(/a=ice-ufrag:(.*)/)[1], print: sdp.match(/a=fingerprint:(.*)/)[1] }));
    assert.notEqual(first.way, second.way);
    assert.equal(first.print, second.print, "the same connection, not a new one");
    const before = await answerer.evaluate(() => window.frames());
    await until(async () => (await answerer.evaluate(() => window.frames())) > before + 20, 10000);
    await page.waitForTimeout(4500);
    assert.deepEqual([heard("moved", "offer").length, heard("moved", "still").length, heard("moved", "POST /api/phone/calls").length], [2, 0, 1]);
    await page.close();
  });

  test("nobody answers the restart: a new connection is offered, then still frames go on", async () => {
    const page = await callOn("deaf");
    await until(() => heard("deaf", "stills").length === 1, 20000);
    const prints = heard("deaf", "offer").map((each) => each.sdp.match(/a=fingerprint:(.*)/)[1]);
    const ways = heard("deaf", "offer").map((each) => each.sdp.match(/a=ice-ufrag:(.*)/)[1]);
    assert.ok(prints.length >= 2 && new Set(ways).size === ways.length, "each offer looks for a new way");
    await until(() => heard("deaf", "still").length > 3);
    await page.close();
  });

  test("a dropped socket comes back to the same call and draws the prompt in force", async () => {
    const page = await callOn("resume");
    await page.locator(".bloom.right").waitFor({ timeout: 8000 });
    assert.equal(heard("resume", "POST /api/phone/calls").length, 1);
    await page.close();
  });

  test("the server was restarted: a new call opens by itself on the same camera", async () => {
    const page = await callOn("restarted");
    await until(() => heard("restarted", "POST /api/phone/calls").length === 2);
    await shows(page, "capture");
    assert.deepEqual(await page.evaluate(() => window.tracks.map((track) => track.readyState)), ["live"]);
    await page.close();
  });

  test("another way lets the camera go and tells the server", async () => {
    const page = await callOn("leave");
    await shows(page, "capture");
    await page.getByText("换一种方式", { exact: true }).click();
    await shows(page, "other");
    await until(() => heard("leave", "leave").length === 1);
    assert.deepEqual(await page.evaluate(() => window.tracks.map((track) => track.readyState)), ["ended"]);
    await page.close();
  });

  test("a camera that stays shut ends the call that was opened for it; the next try asks the camera first", async () => {
    const page = await callOn("denied", "NotAllowedError");
    await shows(page, "camera_denied");
    await page.getByText("再试一次", { exact: true }).click();
    await shows(page, "camera_denied");
    await page.waitForTimeout(300);
    assert.equal(heard("denied", "POST /api/phone/calls").length, 1);
    await page.close();
  });

  test("after the result nothing is left on: no camera, no socket, nothing stored", async () => {
    const page = await callOn("over");
    await shows(page, "confirmed");
    assert.deepEqual(await page.evaluate(() => window.tracks.map((track) => track.readyState)), ["ended"]);
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
    assert.equal((await page.context().cookies()).length, 0);
    await page.close();
  });

  test("a full house: the page waits and begins by itself", async () => {
    const page = await callOn("full");
    await shows(page, "full");
    await shows(page, "capture", 12000);
    await page.close();
  });

  test("movement can be declined with one tap", async () => {
    const page = await callOn("skip");
    await page.getByText("我不方便转头", { exact: true }).click();
    await until(() => heard("skip", "skip_movement").length === 1);
    await page.close();
  });
});
