/** Many small pictures of one kind, all at one scale, so that they can be compared at a glance. */

import { picture, places, s } from "./draw.js";

const WIDE = 132;
const HIGH = 46;

/**
 * @param {{values: {said: string, value: number, marked?: boolean}[], label: string}} one @param {number} most the largest value of all pictures
 */
export function small({ values, label }, most) {
  const y = (value) => HIGH - (HIGH - 2) * (most > 0 ? value / most : 0);
  const spots = places(values.length, WIDE, 0.22);
  return picture(WIDE, HIGH, label, s("line", { class: "grid", x1: 0, x2: WIDE, y1: HIGH - 0.5, y2: HIGH - 0.5 }), values.map(({ said, value, marked }, nth) =>
    s("rect", { class: marked ? "bar marked" : "bar", x: spots[nth].x, width: spots[nth].width, y: y(value), height: Math.max(value > 0 ? 1.5 : 0, HIGH - y(value)) }, s("title", null, said))));
}
