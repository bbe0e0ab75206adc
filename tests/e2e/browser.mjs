/** The browser of the tests, and a camera that shows a drawn face. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const EXECUTABLE = process.env.CHROMIUM || "/usr/bin/chromium";
/** No browser, no look: the tests then say so by name. */
export const BROWSER_MISSING = existsSync(EXECUTABLE) ? false : "needs Chromium at " + EXECUTABLE;

/**
 * @param {string[]} [more] further switches
 * @param {string} [executablePath] what to start instead of Chromium itself
 */
export function openBrowser(more = [], executablePath = EXECUTABLE) {
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", ...more],
  });
}

/** Put into the page before it runs: the camera is a canvas with a drawn face. `kind`: `face`, `rear` (a phone with two cameras, of which the rear
 * one has a torch), `only_front`, or the name of the error it answers with, or `never`. */
export function drawnCamera(kind) {
  const media = navigator.mediaDevices;
  if (!media) return;
  const paint = (ink, moment) => {
    const dot = (x, y, rx, ry, colour) => { ink.fillStyle = colour; ink.beginPath(); ink.ellipse(x, y, rx, ry, 0, 0, 7); ink.fill(); };
    const wall = ink.createLinearGradient(0, 0, 480, 640);
    wall.addColorStop(0, "#cfd8d3");
    wall.addColorStop(1, "#aebdb6");
    ink.fillStyle = wall;
    ink.fillRect(0, 0, 480, 640);
    const sway = Math.sin(moment / 900) * 3;
    dot(240, 700, 230, 190, "#5b6f86");
    dot(240, 285 + sway, 132, 165, "#e7e4de");
    ink.fillStyle = "#dfb595";
    ink.fillRect(205, 430, 70, 110);
    dot(240, 310 + sway, 118, 150, "#e9c3a3");
    dot(240, 205 + sway, 118, 62, "#efece6");
    [196, 284].forEach((x) => { dot(x, 305 + sway, 13, 8, "#fff"); dot(x, 305 + sway, 7, 7, "#4a3a30"); });
    ink.lineCap = "round";
    ink.lineWidth = 6;
    const line = (colour, ...points) => { ink.strokeStyle = colour; ink.beginPath(); ink.moveTo(points[0], points[1] + sway); ink.quadraticCurveTo(points[2], points[3] + sway, points[4], points[5] + sway); ink.stroke(); };
    line("#cfcac2", 176, 282, 196, 272, 216, 282);
    line("#cfcac2", 264, 282, 284, 272, 304, 282);
    line("#c99a77", 240, 318, 230, 356, 246, 362);
    line("#b0705c", 198, 396, 240, 424, 282, 396);
    dot(172, 362, 22, 15, "rgba(222,140,112,.4)");
    dot(308, 362, 22, 15, "rgba(222,140,112,.4)");
  };
  const phoneTrack = (track, facingMode) => {
    let torch = false;
    track.getSettings = () => ({ facingMode, torch });
    track.getCapabilities = () => (facingMode === "environment" ? { torch: true } : {});
    track.applyConstraints = async ({ advanced: [wish] }) => { torch = wish.torch; };
  };
  media.getUserMedia = (wish) => {
    if (kind === "never") return new Promise(() => {});
    if (!["face", "rear", "only_front"].includes(kind)) return Promise.reject(new DOMException("as the test asks", kind));
    const canvas = Object.assign(document.createElement("canvas"), { width: 480, height: 640 });
    const ink = canvas.getContext("2d");
    const draw = () => paint(ink, performance.now());
    draw();
    setInterval(draw, 66);
    const stream = canvas.captureStream(15);
    if (kind !== "face") phoneTrack(stream.getVideoTracks()[0], (kind === "rear" && wish.video.facingMode) || "user");
    return Promise.resolve(stream);
  };
}
