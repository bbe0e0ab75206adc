/** The camera: opening it, saying kindly why it does not open, its torch, and letting it go. */

/** Asked of the camera; the phone gives what is nearest. Portrait, and no more than the analysis can use. */
const WISH = { width: { ideal: 480 }, height: { ideal: 640 } };
const FRAMES_PER_SECOND = 15;

/** Which camera: the front one beside the screen, or the rear one for a helper who holds the phone. */
const FACING = { front: "user", rear: "environment" };

/** What `getUserMedia` says, in the words of the journey. */
const PROBLEMS = {
  NotAllowedError: "camera_denied", SecurityError: "camera_denied", PermissionDeniedError: "camera_denied",
  NotFoundError: "camera_missing", DevicesNotFoundError: "camera_missing", OverconstrainedError: "camera_missing",
  NotReadableError: "camera_busy", TrackStartError: "camera_busy", AbortError: "camera_busy",
};

/** What this browser can do. */
export function abilities() {
  const devices = navigator.mediaDevices;
  return {
    camera: Boolean(devices && devices.getUserMedia),
    webrtc: typeof RTCPeerConnection === "function" && "addTransceiver" in RTCPeerConnection.prototype,
    wechat: /MicroMessenger/i.test(navigator.userAgent),
  };
}

/**
 * Opens the camera of the wished side (or another one, when there is no such: `side` says which it is) and starts a muted picture of it.
 * @param {"front"|"rear"} wished
 * @param {boolean} [sound] with the microphone
 * @returns {Promise<{video: HTMLVideoElement, stream: MediaStream, side: string, torch: Object, wake: Function, close: Function}>}
 * @throws {Error} whose `code` is `camera_denied`, `camera_missing` or `camera_busy`
 */
export async function openCamera(wished, sound) {
  const facingMode = FACING[wished];
  try {
    return hold(await firstStream([
      Object.assign({ facingMode, frameRate: { ideal: FRAMES_PER_SECOND, max: 30 } }, WISH),
      { facingMode },
      true,
    ], Boolean(sound)), wished);
  } catch (failure) {
    throw Object.assign(new Error(failure.name), { code: PROBLEMS[failure.name] || "camera_busy" });
  }
}

/** Some old phones refuse any wish: ask for less and less before giving up. */
async function firstStream(wishes, audio) {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: wishes[0], audio });
  } catch (failure) {
    const picky = failure.name === "OverconstrainedError" || failure.name === "TypeError";
    if (!picky || wishes.length === 1) throw failure;
    return firstStream(wishes.slice(1), audio);
  }
}

function hold(stream, wished) {
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  video.setAttribute("playsinline", "");
  video.setAttribute("aria-hidden", "true");
  video.srcObject = stream;
  const track = stream.getVideoTracks()[0];
  const side = sideOf(track, wished);
  video.classList.toggle("mirrored", side === "front");
  const wake = () => {
    const playing = video.play();
    if (playing) playing.catch(() => {});
  };
  wake();
  return {
    video, stream, track, side, wake,
    torch: torchOf(track),
    ended: () => track.readyState === "ended",
    close() {
      stream.getTracks().forEach((each) => each.stop());
      video.srcObject = null;
    },
  };
}

/** What the track itself says counts: a phone with one camera gives that one, whatever was wished. */
function sideOf(track, wished) {
  const facing = track.getSettings ? track.getSettings().facingMode : undefined;
  const told = Object.keys(FACING).find((side) => FACING[side] === facing);
  return told || wished;
}

/** The lamp beside the rear camera, where the browser gives it. */
function torchOf(track) {
  const able = Boolean(track.getCapabilities && track.getCapabilities().torch);
  const torch = {
    able, on: false,
    async set(on) {
      try {
        await track.applyConstraints({ advanced: [{ torch: on }] });
        torch.on = on;
      } catch (refused) {
        torch.able = false;
      }
    },
  };
  return torch;
}
