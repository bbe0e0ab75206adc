/** How a camera's picture travels: one WebRTC connection, the two codecs as browsers name them, and still frames for a weak line. */

/** Enough for a face at 480x640 and 15 pictures a second; more only hurts a weak line. */
const BITRATE_MAX = 600000;
/**
 * A browser looks for its ways once for each offer, and knows of another network only a while after it is there (Chromium: half a second): a
 * search that found no way out is made anew after so long, ms, so often at most.
 */
const LOOK_AGAIN_MS = 150;
const LOOKS_MAX = 12;

/**
 * @param {MediaStream} stream
 * @param {string[]} codecs the only ones, in this order
 * @param {(message: Object) => void} send signalling goes through it
 * @param {(state: string) => void} changed gets `connected`, `disconnected` or `failed`
 * @param {(track: MediaStreamTrack) => void} [incoming] with it the other side's sound and picture come as well
 */
export function createPeer(stream, codecs, send, changed, incoming) {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const track = (kind) => stream.getTracks().find((each) => each.kind === kind);
  const add = (kind) => connection.addTransceiver(track(kind) || kind, { direction: !incoming ? "sendonly" : track(kind) ? "sendrecv" : "recvonly", streams: [stream] });
  if (incoming) add("audio");
  const { sender } = prefer(add("video"), codecs);

  connection.ontrack = (event) => incoming && incoming(event.track);
  let found = 0;
  let looks = 0;
  connection.onicecandidate = ({ candidate }) => {
    if (candidate && / udp /i.test(candidate.candidate)) found += 1;
    send({ type: "candidate", candidate: candidate ? candidate.toJSON() : { candidate: "" } });
    lookAgain();
  };
  connection.oniceconnectionstatechange = () => {
    const state = connection.iceConnectionState;
    if (state === "connected" || state === "completed") changed("connected");
    else if (state === "disconnected" || state === "failed") changed(state);
  };

  async function offer(restart) {
    found = 0;
    const made = await connection.createOffer({ iceRestart: restart });
    if (connection.signalingState === "closed") return;
    await connection.setLocalDescription(made);
    send({ type: "offer", sdp: connection.localDescription.sdp });
  }

  /** Only once the offer is answered: an answer does not say which offer it is for. */
  function lookAgain() {
    if (found || !looks || connection.iceGatheringState !== "complete" || connection.signalingState !== "stable") return;
    looks -= 1;
    setTimeout(() => connection.signalingState === "stable" && offer(true).catch(() => {}), LOOK_AGAIN_MS);
  }

  return {
    /** Makes an offer; with `restart` the connection looks for a new way through the network. */
    offer(restart) {
      looks = restart ? LOOKS_MAX : 0;
      return offer(restart);
    },
    /** Takes the server's answer; it names every way to the server. One that comes too late is let go. */
    async answer(sdp) {
      if (connection.signalingState !== "have-local-offer") return;
      await connection.setRemoteDescription({ type: "answer", sdp });
      lookAgain();
      await limitBitrate(sender);
    },
    replaceTrack: (other) => sender.replaceTrack(other),
    /** Whether it stands, and the last offer was answered: an old way that still looks open does not count after a restart. */
    connected: () => connection.signalingState === "stable" && /^(connected|completed)$/.test(connection.iceConnectionState),
    stats: () => connection.getStats(),
    close() {
      connection.ontrack = null;
      connection.onicecandidate = null;
      connection.oniceconnectionstatechange = null;
      connection.close();
    },
  };
}

const known = () => {
  const told = window.RTCRtpSender && RTCRtpSender.getCapabilities && RTCRtpSender.getCapabilities("video");
  return told ? told.codecs : null;
};

/** Whether a capability is H.264 as the server decodes it (constrained baseline, mode 1), or VP8. */
function is(codec, name) {
  const settings = codec.sdpFmtpLine || "";
  return codec.mimeType.toLowerCase() === "video/" + name
    && (name === "vp8" || (/packetization-mode=1/.test(settings) && /profile-level-id=42[0-9a-f]{4}/i.test(settings)));
}

/** Which of both this browser can send; old ones do not tell. */
export function speaks() {
  const codecs = known();
  return ["h264", "vp8"].filter((name) => !codecs || codecs.some((codec) => is(codec, name)));
}

/** Offers these codecs alone, in this order. */
function prefer(transceiver, names) {
  const codecs = known();
  if (!codecs || !transceiver.setCodecPreferences) return transceiver;
  const wished = names.reduce((all, name) => all.concat(codecs.filter((codec) => is(codec, name))), []);
  if (wished.length) transceiver.setCodecPreferences(wished.concat(codecs.filter((codec) => codec.mimeType.toLowerCase() === "video/rtx")));
  return transceiver;
}

/** Old engines refuse; the picture then takes what the line gives. */
async function limitBitrate(sender) {
  const parameters = sender.getParameters();
  if (!parameters.encodings || !parameters.encodings.length) return;
  parameters.encodings[0].maxBitrate = BITRATE_MAX;
  await sender.setParameters(parameters).catch(() => {});
}

/** Longest side of a still, px: what the analysis can use. */
const SIDE_PX = 640;
/** Shortest time between two stills, ms (up to five a second). */
const PACE_MS = 200;
/** Pictures waiting on the line, bytes; while more are waiting none is added, so that what arrives is fresh. */
const WAITING_BYTES_MAX = 60000;
const QUALITY = 0.75;
const QUALITY_MIN = 0.4;

/**
 * Starts sending.
 * @param {{picture: () => (HTMLVideoElement|null), send: (jpeg: Blob) => void, waitingBytes: () => number, bytesMax: number, paceMs?: number}} line
 * @returns {() => void} stops it
 */
export function startStills(line) {
  const canvas = document.createElement("canvas");
  let quality = QUALITY;
  let timer = 0;
  let running = true;

  function take() {
    const video = line.picture();
    if (!video || !video.videoWidth || line.waitingBytes() > WAITING_BYTES_MAX) return later();
    const scale = Math.min(1, SIDE_PX / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(give, "image/jpeg", quality);
  }

  function give(jpeg) {
    if (!running) return;
    if (jpeg && jpeg.size <= line.bytesMax) line.send(jpeg);
    else quality = Math.max(QUALITY_MIN, quality - 0.1);
    later();
  }

  function later() {
    if (running) timer = setTimeout(take, line.paceMs || PACE_MS);
  }

  take();
  return () => {
    running = false;
    clearTimeout(timer);
  };
}
