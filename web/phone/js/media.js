/**
 * How the pictures travel: WebRTC first; after a change of network a new way (ICE restart), then a new connection, then still frames over
 * the call's WebSocket. One rung at a time and never back up, so that nothing flickers.
 */
import { createPeer, startStills } from "../../shared/js/camera-line.js";

/** How long a restart or a new connection may take, ms, before the next rung. */
const RUNG_MS = 4000;
/** A short wobble of the line repairs itself: wait this long before a restart, ms. */
const WOBBLE_MS = 1500;

/**
 * @param {Object} camera from camera.js
 * @param {{stills_after_ms: number, still_bytes_max: number}} terms what the server said when the call was opened
 * @param {{open: () => boolean, send: Function, sendPicture: Function, waitingBytes: () => number}} line the call's WebSocket
 * @param {boolean} webrtc whether this browser can do it at all
 */
export function createMedia(camera, terms, line, webrtc) {
  let peer = null;
  let stopStills = null;
  let timer = 0;
  let connected = false;

  function wait(ms, then) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // With the socket down nothing can be arranged: `resume` goes on once it is back.
      if (line.open()) then();
    }, ms);
  }

  function connect(ms) {
    drop();
    try {
      peer = createPeer(camera.stream, ["h264", "vp8"], line.send, peerChanged);
    } catch (failure) {
      return useStills();
    }
    wait(ms, useStills);
    return peer.offer(false).catch(useStills);
  }

  function peerChanged(state) {
    if (state === "failed") restart();
    else if (state === "disconnected") wait(WOBBLE_MS, () => (peer && peer.connected() ? undefined : restart()));
    else if (connected === "restarting") arrived();
  }

  function restart() {
    if (!peer || stopStills) return;
    connected = "restarting";
    wait(RUNG_MS, () => (peer && peer.connected() ? arrived() : connect(RUNG_MS)));
    peer.offer(true).catch(() => connect(RUNG_MS));
  }

  function arrived() {
    connected = true;
    clearTimeout(timer);
  }

  function useStills() {
    if (stopStills) return;
    drop();
    line.send({ type: "stills" });
    stopStills = startStills({
      picture: () => (line.open() ? camera.video : null),
      send: line.sendPicture,
      waitingBytes: line.waitingBytes,
      bytesMax: terms.still_bytes_max,
    });
  }

  function drop() {
    clearTimeout(timer);
    connected = false;
    if (peer) peer.close();
    peer = null;
  }

  return {
    /** The socket stands (again): start, or pick up where the line broke. */
    resume() {
      if (stopStills) line.send({ type: "stills" });
      else if (!webrtc) useStills();
      else if (peer && connected === "moved") restart();
      else if (!(peer && connected === true && peer.connected())) connect(terms.stills_after_ms);
    },
    /** The phone is in another network: `resume` looks for a way through it. */
    moved() {
      clearTimeout(timer);
      if (connected) connected = "moved";
    },
    arrived,
    restart,
    useStills,
    answer: (sdp) => peer && peer.answer(sdp).catch(useStills),
    /** The camera was opened anew (another app had taken it). */
    use(other) {
      camera = other;
      if (peer) peer.replaceTrack(other.track).catch(() => connect(RUNG_MS));
    },
    stop() {
      drop();
      if (stopStills) stopStills();
      stopStills = () => {};
    },
  };
}
