/** One side of a live call, the phone's or the desk's (docs/LIVE-CALL.md; the messages are those of src/domain/live_control.rs). */
import { createPeer, speaks, startStills } from "./camera-line.js";
import { watchNetwork } from "./network.js";

const PROTOCOL = "jianmian.live.v1";
/** Times in ms: a page says something so often; a silent socket, a try to connect, a new way are given up after so long. */
const PING_MS = 1500;
const SILENCE_MS = 4000;
const TRY_MS = 1500;
const AGAIN_MS = 400;
const WOBBLE_MS = 1200;
const RESTART_MS = 3000;
/** Below this the line carries no moving picture with sound, bits a second; believed after so many looks. */
const WEAK_BITS = 100000;
const WEAK_LOOKS = 4;
const LOOK_MS = 2000;
const STILL_MS = 1000;
const CLOSED = { 4401: "gone", 4404: "gone", 4409: "elsewhere" };

/**
 * @param {{ws_path: string, call_token: string, still_bytes_max: number}} opened
 * @param {{stream: MediaStream, video: HTMLVideoElement, tell: Function}} own `tell` hears every message, and `line_down`, `line_up`,
 * `media` (the other side's stream), `picture` (a still of it), `weak`, `gone`, `elsewhere`
 */
export function createLive(opened, own) {
  let socket = null;
  let open = false;
  let over = false;
  let heardAt = 0;
  let opening = 0;
  let peer = null;
  let codec = null;
  let stopStills = null;
  let healing = 0;
  let weakLooks = 0;

  const send = (message) => {
    if (open) socket.send(JSON.stringify(message));
    return open;
  };

  const connected = () => Boolean(peer) && peer.connected();

  const hear = {
    welcome() {
      send({ type: "ready", codecs: typeof RTCPeerConnection === "function" ? speaks() : [] });
      own.tell("line_up");
    },
    join: (message) => join(message.codec),
    answer: (message) => peer && peer.answer(message.sdp).catch(renew),
    media_connected: settled,
    media_lost: restart,
    fault: (message) => message.code === "bad_sdp" && renew(),
    over: () => stop(),
  };

  function connect() {
    clearTimeout(opening);
    if (over) return;
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    const mine = new WebSocket(scheme + location.host + opened.ws_path, [PROTOCOL, opened.call_token]);
    mine.binaryType = "blob";
    socket = mine;
    opening = setTimeout(() => mine === socket && !open && drop(0), TRY_MS);
    mine.onopen = () => {
      if (mine !== socket) return;
      open = true;
      heardAt = Date.now();
    };
    mine.onmessage = (event) => mine === socket && take(event.data);
    mine.onclose = (event) => mine === socket && drop(event.code);
  }

  function take(data) {
    heardAt = Date.now();
    if (typeof data !== "string") return own.tell("picture", data);
    const message = JSON.parse(data);
    if (hear[message.type]) hear[message.type](message);
    return own.tell(message.type, message);
  }

  /** The socket is gone, or given up: another one, soon. */
  function drop(code, wait = AGAIN_MS) {
    const old = socket;
    const was = open;
    socket = null;
    open = false;
    if (old) old.close();
    if (over) return;
    if (CLOSED[code]) {
      stop();
      own.tell(CLOSED[code]);
      return;
    }
    if (was) own.tell("line_down");
    clearTimeout(opening);
    opening = setTimeout(connect, wait);
  }

  const pulse = setInterval(() => {
    if (open && Date.now() - heardAt > SILENCE_MS) drop(0);
    else send({ type: "ping" });
  }, PING_MS);

  /** The socket that stands leads through the network that was; with another one comes `join`, and the new way. */
  const stopWatching = watchNetwork(() => drop(0, 0));

  /** Both sides are there. The connection that stands finds its way anew, so that nothing old is believed. */
  function join(wanted) {
    if (!wanted) return still();
    if (stopStills) stopStills();
    stopStills = null;
    if (peer && codec === wanted) return restart();
    codec = wanted;
    return renew();
  }

  function renew() {
    hangUp();
    if (!codec || over) return;
    const incoming = new MediaStream();
    peer = createPeer(own.stream, [codec], send, changed, (track) => {
      incoming.addTrack(track);
      own.tell("media", incoming);
    });
    heal(2 * RESTART_MS, renew);
    peer.offer(false).catch(() => {});
  }

  function changed(state) {
    if (state === "connected") settled();
    else heal(state === "failed" ? 0 : WOBBLE_MS, restart);
  }

  /** Looks for a new way through the network; when none is found in time, everything begins anew. */
  function restart() {
    if (!peer || stopStills) return;
    heal(RESTART_MS, renew);
    peer.offer(true).catch(() => {});
  }

  function heal(ms, how) {
    clearTimeout(healing);
    // With the socket down nothing can be arranged: `join` goes on once it is back.
    healing = setTimeout(() => open && !connected() && how(), ms);
  }

  function settled() {
    if (connected()) clearTimeout(healing);
  }

  /** A picture a second over the socket; the voices go by an ordinary telephone. */
  function still() {
    hangUp();
    if (stopStills) return;
    stopStills = startStills({
      picture: () => (open ? own.video : null),
      send: (jpeg) => open && socket.send(jpeg),
      waitingBytes: () => (socket ? socket.bufferedAmount : 0),
      bytesMax: opened.still_bytes_max,
      paceMs: STILL_MS,
    });
  }

  function hangUp() {
    clearTimeout(healing);
    if (peer) peer.close();
    peer = null;
  }

  const looks = setInterval(() => {
    if (!connected()) return;
    peer.stats().then((report) => {
      let bits = Infinity;
      report.forEach((each) => {
        if (each.type === "candidate-pair" && each.nominated && each.availableOutgoingBitrate) bits = Math.min(bits, each.availableOutgoingBitrate);
      });
      weakLooks = bits < WEAK_BITS ? weakLooks + 1 : 0;
      if (weakLooks === WEAK_LOOKS) own.tell("weak");
    }).catch(() => {});
  }, LOOK_MS);

  function stop() {
    over = true;
    open = false;
    clearTimeout(opening);
    clearInterval(pulse);
    clearInterval(looks);
    stopWatching();
    hangUp();
    if (stopStills) stopStills();
    stopStills = () => {};
    const old = socket;
    socket = null;
    if (old) old.close();
  }

  connect();
  return {
    send,
    /** Sound or picture of the own side, on or off. */
    mute(kind, muted) {
      own.stream.getTracks().filter((track) => track.kind === kind).forEach((track) => { track.enabled = !muted; });
    },
    /** The person or the officer goes. */
    leave() {
      if (open) socket.send(JSON.stringify({ type: "leave" }));
      stop();
    },
    stop,
  };
}
