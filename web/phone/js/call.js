/**
 * One call with the server: a WebSocket that may drop and resume, and the media that go with it. The messages are those of
 * src/domain/control.rs. In: what `POST /api/phone/calls` gave. Out: every server message through `tell`, and the news of the line:
 * `line_down`, `line_up`, `call_lost` (open a new call on the same link), `call_elsewhere` (another page took it).
 */
import { watchNetwork } from "../../shared/js/network.js";
import { createMedia } from "./media.js";

/** Waits between two tries to reach the server, ms; the last one repeats. */
const BACK_OFF_MS = [200, 500, 1000, 2000, 4000];
/** A silent socket is asked every so often whether it is there, and given up when it does not answer, ms. */
const PING_EVERY_MS = 8000;
const SILENCE_MAX_MS = 15000;
/** Longer than the server keeps a call without its socket: after that a new call is the faster way, ms. */
const RESUME_MAX_MS = 35000;

/** Close codes of the server (docs/API.md). */
const CLOSED = { 4401: "call_lost", 4404: "call_lost", 4409: "call_elsewhere" };

/**
 * @param {Object} opened the answer of `POST /api/phone/calls`
 * @param {boolean} webrtc
 * @param {(type: string, message?: Object) => void} tell
 */
export function createCall(opened, webrtc, tell) {
  let socket = null;
  let media = null;
  let over = false;
  let welcomed = false;
  let tries = 0;
  let retryTimer = 0;
  let heardAt = Date.now();
  let downSince = Date.now();
  let unsaid = null;
  let side = "front";
  let saidSide = "front";

  const line = {
    open: () => Boolean(socket && socket.readyState === WebSocket.OPEN && welcomed),
    send(message) {
      if (!line.open()) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    sendPicture(jpeg) {
      if (line.open()) socket.send(jpeg);
    },
    waitingBytes: () => (socket ? socket.bufferedAmount : 0),
  };

  const hear = {
    welcome(message) {
      welcomed = true;
      tries = 0;
      saySide();
      if (media) media.resume();
      tell("line_up");
      tell("welcome", message);
      if (unsaid) line.send(unsaid);
      unsaid = null;
    },
    answer: (message) => media && media.answer(message.sdp),
    media_connected: () => media && media.arrived(),
    media_lost: () => media && media.restart(),
    fault: (message) => message.code === "bad_sdp" && media && media.useStills(),
    result(message) {
      line.send({ type: "leave" }); // heard: the place is free for the next caller
      end();
      tell("result", message);
    },
  };

  /** Which camera the pictures come from: said before the first of them, and again when the line was down. A call begins with the front one. */
  function saySide() {
    if (side !== saidSide && line.send({ type: "camera", side })) saidSide = side;
  }

  function connect() {
    clearTimeout(retryTimer);
    if (over) return;
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    const own = new WebSocket(scheme + location.host + opened.ws_path, ["jianmian.v1", opened.call_token]);
    socket = own;
    welcomed = false;
    heardAt = Date.now();
    own.onmessage = (event) => {
      if (own === socket) take(event.data);
    };
    own.onclose = (event) => {
      if (own === socket) lost(event.code);
    };
  }

  function take(text) {
    heardAt = Date.now();
    const message = JSON.parse(text);
    const own = hear[message.type];
    if (own) own(message);
    else tell(message.type, message);
  }

  function lost(code) {
    if (over) return;
    if (CLOSED[code]) {
      end();
      tell(CLOSED[code]);
      return;
    }
    if (welcomed) downSince = Date.now();
    welcomed = false;
    tell("line_down");
    if (Date.now() - downSince > RESUME_MAX_MS && navigator.onLine) {
      end();
      tell("call_lost");
      return;
    }
    retryTimer = setTimeout(connect, BACK_OFF_MS[Math.min(tries, BACK_OFF_MS.length - 1)]);
    tries += 1;
  }

  /** Forgets the socket as it is and connects again at once. */
  function reconnect() {
    const old = socket;
    socket = null;
    if (old) old.close();
    lost(0);
    tries = 0;
    connect();
  }

  const pulse = setInterval(() => {
    if (Date.now() - heardAt > SILENCE_MAX_MS) reconnect();
    else line.send({ type: "ping" });
  }, PING_EVERY_MS);

  /** The socket that stands leads through the network that was: another one, and then a new way for the pictures. */
  const stopWatching = watchNetwork(() => {
    if (media) media.moved();
    reconnect();
  });

  function end() {
    over = true;
    clearTimeout(retryTimer);
    clearInterval(pulse);
    stopWatching();
    if (media) media.stop();
    if (socket) socket.close(1000);
    socket = null;
  }

  connect();
  return {
    /** The camera stands: let the pictures go. */
    show(camera) {
      side = camera.side;
      saySide();
      if (media) media.use(camera);
      else media = createMedia(camera, opened, line, webrtc);
      if (line.open()) media.resume();
    },
    /** Light step `step` is on the screen; said again after a resume when the line was down. */
    shown(step) {
      const message = { type: "shown", step };
      if (!line.send(message)) unsaid = message;
    },
    skipMovement: () => line.send({ type: "skip_movement" }),
    askPerson: () => line.send({ type: "ask_person" }),
    reconnect,
    /** The person goes another way. */
    leave() {
      line.send({ type: "leave" });
      end();
    },
  };
}
