/** Both sides of a live call in real browsers: fake cameras and microphones, and what arrives at each end by the browser's own counters. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FACES } from "./camera.mjs";
import { openDesk } from "./officer.mjs";
import { into, keepPeers, screenOf, tap } from "./phone.mjs";

const RATE = 48_000;
const SECONDS = 4;

/** A tone that rises and falls, as a file for Chromium's fake microphone. */
function tone(folder) {
  const samples = RATE * SECONDS;
  const wav = Buffer.alloc(44 + 2 * samples);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + 2 * samples, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(2 * RATE, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * samples, 40);
  for (let n = 0; n < samples; n += 1) {
    const swell = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / RATE);
    wav.writeInt16LE(Math.round(12_000 * swell * Math.sin((2 * Math.PI * 330 * n) / RATE)), 44 + 2 * n);
  }
  const path = join(folder, "tone.wav");
  writeFileSync(path, wav);
  return path;
}

/** Switches for a browser whose camera is this clip (or another MJPEG file) and whose microphone is a tone. */
export function fakeMedia(clip, file = `${FACES}webcam/${clip}.mjpeg`) {
  const folder = mkdtempSync(join(tmpdir(), "jianmian-media-"));
  return [`--use-file-for-fake-video-capture=${file}`, `--use-file-for-fake-audio-capture=${tone(folder)}`];
}

/** One picture of a clip as a file: the photograph on record. */
export function photoOf(clip, nth) {
  const bytes = readFileSync(`${FACES}webcam/${clip}.mjpeg`);
  let start = 0;
  for (let n = 0; n <= nth; n += 1) start = bytes.indexOf(Buffer.from([0xff, 0xd8, 0xff]), n ? start + 3 : 0);
  const end = bytes.indexOf(Buffer.from([0xff, 0xd9]), start) + 2;
  const path = join(mkdtempSync(join(tmpdir(), "jianmian-photo-")), "reference.jpg");
  writeFileSync(path, bytes.subarray(start, end));
  return path;
}

/** What has arrived at this end over the connection in use. */
export const arrived = (page) => page.evaluate(async () => {
  const peer = window.peers[window.peers.length - 1];
  if (!peer) return { frames: 0, energy: 0, connections: 0, state: "none" };
  const stats = [...(await peer.getStats()).values()];
  const of = (kind) => stats.find((each) => each.type === "inbound-rtp" && each.kind === kind) || {};
  return {
    frames: of("video").framesDecoded || 0,
    width: of("video").frameWidth || 0,
    energy: of("audio").totalAudioEnergy || 0,
    codec: (stats.find((each) => each.id === of("video").codecId) || {}).mimeType || "",
    connections: window.peers.length,
    state: peer.connectionState,
  };
});

/** Waits until `holds` is true of what `look` gives; gives that, and how long it took. */
export async function until(what, look, holds, ms = 45_000) {
  const began = Date.now();
  for (;;) {
    const seen = await look();
    if (holds(seen)) return { seen, ms: Date.now() - began };
    if (Date.now() - began > ms) throw new Error(`after ${ms} ms: ${what}; last seen ${JSON.stringify(seen)}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

/** Sound and moving pictures arrive at this end from now on. */
export async function flows(what, page, ms = 45_000) {
  const before = await arrived(page);
  const fresh = (now) => now.connections !== before.connections;
  return until(`${what}: sound and picture`, () => arrived(page), (now) => now.frames > (fresh(now) ? 5 : before.frames + 5) && now.energy > (fresh(now) ? 0 : before.energy) + 1e-6, ms);
}

/** A phone page whose camera and microphone are the browser's fake ones. */
export async function livePhone(browser, url) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, locale: "zh-CN", timezoneId: "Asia/Shanghai" });
  await context.addInitScript(keepPeers);
  const page = await context.newPage();
  const phone = { context, page, faults: [], heard: [] };
  page.on("pageerror", (error) => phone.faults.push(error.message));
  page.on("websocket", (socket) => socket.on("framereceived", into(phone.heard)));
  await page.goto(url);
  return phone;
}

/** A desk that keeps its connections in `peers`, and what its sockets heard. */
export async function liveDesk(browser, county, officer) {
  const desk = await openDesk(browser, county, officer);
  desk.heard = [];
  desk.page.on("websocket", (socket) => socket.on("framereceived", into(desk.heard)));
  await desk.page.locator("nav.rail a").first().waitFor();
  await desk.context.addInitScript(keepPeers);
  await desk.page.reload();
  await desk.page.locator("nav.rail a").first().waitFor();
  return desk;
}

/** Keeps consent out of the way: the person asks for an officer by the page's own buttons. */
export async function toWaitingRoom(phone) {
  await screenOf(phone, ["who"]);
  await tap(phone);
  await screenOf(phone, ["consent"]);
  await tap(phone);
  await screenOf(phone, ["ready"]);
  await phone.page.locator(".actions .quiet").last().click();
  await screenOf(phone, ["other"]);
  await tap(phone);
  await screenOf(phone, ["other_person"]);
  await tap(phone);
  await screenOf(phone, ["other_done"]);
  await phone.page.locator(".actions .quiet").first().click();
  await screenOf(phone, ["live"], 45_000);
}
