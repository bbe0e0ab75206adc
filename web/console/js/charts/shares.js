/** Shares of a whole, one bar a row: name, bar, what it says. What may not be told is hatched, never drawn as nothing. */

import { picture, s } from "./draw.js";

const WIDE = 560;
const ROW = 30;
const NAME = 150;
const SAID = 132;

/** Length of a bar of `share` (0 to 1) in a room of so many units; never longer than the room. */
export const length = (share, room) => room * Math.min(1, Math.max(0, share));

/** @param {{name: string, said: string, share: number|null, low?: number, high?: number}[]} rows `share` null: hidden @param {string} label */
export function shares(rows, label) {
  const room = WIDE - NAME - SAID;
  const drawn = rows.map(({ name, said, share, low, high }, nth) => {
    const y = nth * ROW;
    const hidden = share === null;
    return s("g", null,
      s("title", null, `${name}: ${said}`),
      s("text", { class: "name start", x: 0, y: y + 19 }, name.length > 12 ? `${name.slice(0, 11)}…` : name),
      s("rect", { class: "track", x: NAME, y: y + 5, width: room, height: ROW - 10, rx: 3 }),
      hidden ? s("rect", { class: "hidden-cell", x: NAME, y: y + 5, width: room, height: ROW - 10, rx: 3, fill: "url(#cell-hidden)" }) : s("rect", { class: "bar", x: NAME, y: y + 5, width: Math.max(share > 0 ? 2 : 0, length(share, room)), height: ROW - 10, rx: 3 }),
      low !== undefined && !hidden && s("line", { class: "interval", x1: NAME + length(low, room), x2: NAME + length(high, room), y1: y + ROW / 2, y2: y + ROW / 2 }),
      s("text", { class: "count-text", x: WIDE, y: y + 19, "text-anchor": "end" }, said));
  });
  const hatch = s("pattern", { id: "cell-hidden", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, s("line", { x1: 0, x2: 0, y1: 0, y2: 6, class: "over" }));
  return picture(WIDE, Math.max(1, rows.length) * ROW, label, s("defs", null, hatch), drawn);
}
