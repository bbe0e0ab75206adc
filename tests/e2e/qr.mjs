/** Reads QR codes with another program's eyes: OpenCV, which the oracle brings along. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PYTHON = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));

/** Reason to skip, or false. */
export const QR_MISSING = existsSync(PYTHON) ? false : "needs OpenCV in .venv (make setup)";

/** @param {Buffer} picture PNG or PGM with one code; its text, or an empty text when none can be read */
export function readQr(picture) {
  const script = "import cv2,numpy,sys\n"
    + "picture=cv2.imdecode(numpy.frombuffer(sys.stdin.buffer.read(),numpy.uint8),cv2.IMREAD_GRAYSCALE)\n"
    + "print(cv2.QRCodeDetector().detectAndDecode(picture)[0],end='')";
  const done = spawnSync(PYTHON, ["-c", script], { input: picture, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

/** The code that `jianmian demo` draws in the terminal with half blocks, as a picture: a lit cell is white. */
export function pictureOfTerminal(text) {
  const lines = text.split("\n").map((line) => line.slice(2)).filter((line) => /^[ ▀▄█]{20,}$/.test(line));
  assert.ok(lines.length > 10, `no code in:\n${text}`);
  const width = Math.max(...lines.map((line) => line.length));
  const lit = (x, y) => ["█", y % 2 ? "▄" : "▀"].includes(lines[Math.floor(y / 2)][x]);
  const scale = 8;
  const pixels = Buffer.alloc(width * scale * lines.length * 2 * scale);
  for (let y = 0; y < lines.length * 2 * scale; y += 1) {
    for (let x = 0; x < width * scale; x += 1) pixels[y * width * scale + x] = lit(Math.floor(x / scale), Math.floor(y / scale)) ? 255 : 0;
  }
  return Buffer.concat([Buffer.from(`P5 ${width * scale} ${lines.length * 2 * scale} 255\n`), pixels]);
}
