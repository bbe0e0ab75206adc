/** One WebRTC connection that sends the camera's picture. Signalling goes through `send`. */

/** Enough for a face at 480x640 and 15 pictures a second; more only hurts a weak line. */
const BITRATE_MAX = 600000;

/**
 * @param {{stream: MediaStream, track: MediaStreamTrack}} camera
 * @param {(message: Object) => void} send
 * @param {(state: string) => void} changed gets `connected`, `disconnected` or `failed`
 */
export function createPeer(camera, send, changed) {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const transceiver = connection.addTransceiver(camera.track, { direction: "sendonly", streams: [camera.stream] });
  preferDecodable(transceiver);

  connection.onicecandidate = (event) => {
    send({ type: "candidate", candidate: event.candidate ? event.candidate.toJSON() : { candidate: "" } });
  };
  connection.oniceconnectionstatechange = () => {
    const state = connection.iceConnectionState;
    if (state === "connected" || state === "completed") changed("connected");
    else if (state === "disconnected" || state === "failed") changed(state);
  };

  return {
    /** Makes an offer; with `restart` the connection looks for a new way through the network. */
    async offer(restart) {
      const offer = await connection.createOffer({ iceRestart: restart });
      if (connection.signalingState === "closed") return;
      await connection.setLocalDescription(offer);
      send({ type: "offer", sdp: connection.localDescription.sdp });
    },
    /** Takes the server's answer; it names every way to the server. One that comes too late is let go. */
    async answer(sdp) {
      if (connection.signalingState !== "have-local-offer") return;
      await connection.setRemoteDescription({ type: "answer", sdp });
      await limitBitrate(transceiver.sender);
    },
    replaceTrack: (track) => transceiver.sender.replaceTrack(track),
    /** Whether it stands, and the last offer was answered: an old way that still looks open does not count after a restart. */
    connected: () => connection.signalingState === "stable" && /^(connected|completed)$/.test(connection.iceConnectionState),
    close() {
      connection.onicecandidate = null;
      connection.oniceconnectionstatechange = null;
      connection.close();
    },
  };
}

/** The server decodes H.264 constrained baseline (cheapest for both sides) and VP8; nothing else is offered. */
function preferDecodable(transceiver) {
  const known = window.RTCRtpSender && RTCRtpSender.getCapabilities && RTCRtpSender.getCapabilities("video");
  if (!known || !transceiver.setCodecPreferences) return;
  const rank = (codec) => {
    const kind = codec.mimeType.toLowerCase();
    const settings = codec.sdpFmtpLine || "";
    if (kind === "video/h264") return /packetization-mode=1/.test(settings) && /profile-level-id=42[0-9a-f]{4}/i.test(settings) ? 0 : -1;
    if (kind === "video/vp8") return 1;
    return kind === "video/rtx" ? 2 : -1;
  };
  const wished = known.codecs.filter((codec) => rank(codec) >= 0).sort((a, b) => rank(a) - rank(b));
  if (wished.some((codec) => rank(codec) < 2)) transceiver.setCodecPreferences(wished);
}

async function limitBitrate(sender) {
  const parameters = sender.getParameters();
  if (!parameters.encodings || !parameters.encodings.length) return;
  parameters.encodings[0].maxBitrate = BITRATE_MAX;
  try {
    await sender.setParameters(parameters);
  } catch (refused) {
    // Old engines refuse; the picture then takes what the line gives.
  }
}
