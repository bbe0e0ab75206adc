/** A way in steps: how many come as far as each, as bars in the middle of the picture that grow narrower. */

import { picture, s } from "./draw.js";

const WIDE = 560;
const ROW = 30;
const NAME = 150;
const COUNT = 120;

/** The bar of a step: where it begins and how long it is, of a room of so many units. */
export function stepBar(value, all, room) {
  const width = all > 0 ? (room * Math.min(value, all)) / all : 0;
  return { x: (room - width) / 2, width };
}

/** @param {{name: string, count: string, said: string, value: number, kind?: string}[]} steps @param {{label: string, all: number}} how */
export function funnel(steps, { label, all }) {
  const room = WIDE - NAME - COUNT;
  const rows = steps.map((step, nth) => {
    const { x, width } = stepBar(step.value, all, room);
    const y = nth * ROW;
    return s("g", null,
      s("title", null, step.said),
      s("text", { class: "name start", x: 0, y: y + 19 }, step.name),
      s("rect", { class: "track", x: NAME, y: y + 4, width: room, height: ROW - 8, rx: 3 }),
      s("rect", { class: `step ${step.kind ?? ""}`, x: NAME + x, y: y + 4, width: Math.max(step.value > 0 ? 2 : 0, width), height: ROW - 8, rx: 3 }),
      s("text", { class: "count-text", x: WIDE, y: y + 19, "text-anchor": "end" }, step.count));
  });
  return picture(WIDE, steps.length * ROW, label, rows);
}
