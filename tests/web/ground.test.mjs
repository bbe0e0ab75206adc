/** Whatever colour the server draws, the words on it stay readable. */
import assert from "node:assert/strict";
import test from "node:test";
import { textOf } from "./files.mjs";

globalThis.document = { documentElement: {} };
const { luminance } = await import("../../web/phone/js/ground.js");

const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const colourOf = (hex) => ({ r: parseInt(hex.slice(1, 3), 16), g: parseInt(hex.slice(3, 5), 16), b: parseInt(hex.slice(5, 7), 16) });

test("black or white text reaches 4.5:1 on every colour, chosen as the page chooses", () => {
  const even = Number(textOf("web/phone/js/ground.js").match(/EVEN = ([\d.]+)/)[1]);
  for (let r = 0; r <= 255; r += 15) for (let g = 0; g <= 255; g += 15) for (let b = 0; b <= 255; b += 15) {
    const ground = luminance({ r, g, b });
    assert.ok(contrast(ground, ground < even ? 1 : 0) >= 4.5, `rgb(${r}, ${g}, ${b})`);
  }
});

test("the tokens keep 4.5:1 for text on every ground they are used on", () => {
  const tokens = Object.fromEntries(Array.from(textOf("web/shared/tokens.css").matchAll(/--([\w-]+): (#[0-9a-f]{6});/g), (hit) => [hit[1], luminance(colourOf(hit[2]))]));
  const pairs = [
    ["ink", "paper"], ["ink", "card"], ["ink", "ok-wash"], ["ink", "wait-wash"], ["ink-soft", "paper"], ["ink-soft", "card"], ["jade", "paper"], ["jade", "card"],
    ["jade", "jade-wash"], ["jade", "ok-wash"], ["jade", "wait-wash"], ["card", "jade"], ["card", "persimmon"], ["persimmon", "paper"], ["ok", "ok-wash"], ["wait", "wait-wash"], ["night-ink", "night"], ["night-action", "night"],
  ];
  for (const [ink, ground] of pairs) assert.ok(contrast(tokens[ink], tokens[ground]) >= 4.5, `${ink} on ${ground}`);
});
