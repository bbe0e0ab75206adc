/** A pensioner's phone: a browser page of its size that opens a link and goes through the screens as a person would. */
import { installCamera } from "./camera.mjs";

/** Longest that a call may take on a slow machine, from the tap to the result, ms. */
export const CALL_MS = 150_000;

/**
 * Opens a link on a phone.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url the pensioner's link
 * @param {Object} camera options of `installCamera`
 * @param {{withoutWebrtc?: boolean, selfSigned?: boolean, watched?: boolean}} [line] `withoutWebrtc`: a network through which no media
 * connection comes about; `selfSigned`: the person accepts the certificate; `watched`: the page keeps its connections in `peers`
 */
export async function openPhone(browser, url, camera, line = {}) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, locale: "zh-CN", timezoneId: "Asia/Shanghai", ignoreHTTPSErrors: Boolean(line.selfSigned) });
  const page = await context.newPage();
  const phone = { context, page, faults: [], heard: [], said: [], sockets: [] };
  page.on("pageerror", (error) => phone.faults.push(error.message));
  page.on("websocket", (socket) => {
    phone.sockets.push(socket.url());
    socket.on("framereceived", into(phone.heard));
    socket.on("framesent", into(phone.said));
  });
  await installCamera(context, camera);
  if (line.withoutWebrtc) await context.addInitScript(onlyRelays);
  if (line.watched) await context.addInitScript(keepPeers);
  await page.goto(url);
  return phone;
}

/** Keeps what passes through a socket in a list: messages as they are, pictures as their kind. */
export const into = (list) => ({ payload }) => list.push(typeof payload === "string" ? JSON.parse(payload) : { type: "still" });

/** Put into a page before its scripts: it keeps its connections in `peers`. */
export function keepPeers() {
  const Real = window.RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Real {
    constructor(settings) {
      super(settings);
      window.peers.push(this);
    }
  };
}

/** With relays only, and none named, a browser offers no way in and takes none: as behind a firewall that lets no media through. */
function onlyRelays() {
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(settings) {
      super({ ...settings, iceTransportPolicy: "relay" });
    }
  };
}

/** Waits until one of `screens` is shown and gives its name; tells where the page stands instead when time is up. */
export async function screenOf(phone, screens, ms = 30_000) {
  const wanted = screens.map((name) => `[data-screen="${name}"]`).join(", ");
  try {
    return await phone.page.locator(wanted).first().getAttribute("data-screen", { timeout: ms });
  } catch (cause) {
    const now = await phone.page.locator("[data-screen]").first().getAttribute("data-screen", { timeout: 1000 }).catch(() => "none");
    const last = phone.heard.slice(-6).map((message) => JSON.stringify(message)).join("\n  ");
    throw new Error(`after ${ms} ms the phone shows "${now}", not ${screens.join(" or ")}; last heard:\n  ${last}`, { cause });
  }
}

/** Taps the main button. */
export const tap = (phone) => phone.page.locator(".actions .primary").click();

/** From the opened link to the camera: who is asking, consent, ready, start. */
export async function startCall(phone) {
  await screenOf(phone, ["who"]);
  await tap(phone);
  if ((await screenOf(phone, ["consent", "ready"])) === "consent") {
    await tap(phone);
    await screenOf(phone, ["ready"]);
  }
  await tap(phone);
}

/** Screens on which a call has ended. */
export const ENDS = ["confirmed", "officer", "retry", "retry_person", "interrupted"];

/** Makes a whole call and gives the screen it ended on. */
export async function call(phone) {
  await startCall(phone);
  return screenOf(phone, ENDS, CALL_MS);
}
