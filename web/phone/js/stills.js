/** Still frames for a weak line: JPEG pictures of the camera, never faster than the line takes them. */

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
 * @param {{picture: () => (HTMLVideoElement|null), send: (jpeg: Blob) => void, waitingBytes: () => number, bytesMax: number}} line
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
    if (running) timer = setTimeout(take, PACE_MS);
  }

  take();
  return () => {
    running = false;
    clearTimeout(timer);
  };
}
