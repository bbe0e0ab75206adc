/** Bars in a row, plain or in layers, with an axis; a bar may lead somewhere. */

import { axis, picture, places, s, stacked } from "./draw.js";

const WIDE = 560;
const HIGH = 210;
const LEFT = 46;
const BELOW = 26;
const ABOVE = 14;

/**
 * @typedef {{label: string, said: string, value: number, href?: string, marked?: boolean, layers?: Object<string, number>}} Bar
 * `said` is what somebody hears who comes to it; `marked` bars stand out
 * @param {Bar[]} bars @param {{label: string, number: (n: number) => string, keys?: string[]}} how `keys`: layers from the bottom up
 */
export function bars(bars, { label, number, keys = null }) {
  const { top, ticks } = axis(Math.max(0, ...bars.map((bar) => bar.value)));
  const height = HIGH - ABOVE - BELOW;
  const y = (value) => ABOVE + height * (1 - value / top);
  const spots = places(bars.length, WIDE - LEFT);
  const layers = keys && stacked(bars.map((bar) => bar.layers), keys);
  const lines = ticks.map((tick) => [
    s("line", { class: "grid", x1: LEFT, x2: WIDE, y1: y(tick), y2: y(tick) }),
    s("text", { class: "tick", x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, number(tick)),
  ]);
  const drawn = bars.map((bar, nth) => {
    const { x, width, middle } = spots[nth];
    const shapes = layers
      ? layers[nth].map(({ key, from, until }) => s("rect", { class: `layer of-${key}`, x: LEFT + x, width, y: y(until), height: Math.max(0.5, y(from) - y(until)) }))
      : s("rect", { class: bar.marked ? "bar marked" : "bar", x: LEFT + x, width, y: y(bar.value), height: Math.max(bar.value > 0 ? 1.5 : 0, y(0) - y(bar.value)) });
    const whole = [
      !bar.href && s("title", null, bar.said),
      s("rect", { class: "reach", x: LEFT + x - 2, width: width + 4, y: ABOVE, height: height + BELOW }),
      shapes,
      s("text", { class: bar.marked ? "name marked" : "name", x: LEFT + middle, y: HIGH - 8, "text-anchor": "middle" }, bar.label),
    ];
    return bar.href ? s("a", { href: bar.href, "aria-label": bar.said }, whole) : s("g", null, whole);
  });
  const chart = picture(WIDE, HIGH, label, patterns(keys), lines, drawn);
  // A picture with links in it is a group of them.
  if (bars.some((bar) => bar.href)) chart.setAttribute("role", "group");
  return chart;
}

/** Layers differ by more than colour: lines and dots on some of them. */
function patterns(keys) {
  if (!keys) return null;
  const lines = s("pattern", { id: "chart-lines", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, s("rect", { width: 6, height: 6, class: "under" }), s("line", { x1: 0, x2: 0, y1: 0, y2: 6, class: "over" }));
  const dots = s("pattern", { id: "chart-dots", width: 6, height: 6, patternUnits: "userSpaceOnUse" }, s("rect", { width: 6, height: 6, class: "under" }), s("circle", { cx: 3, cy: 3, r: 1.3, class: "over" }));
  return s("defs", null, lines, dots);
}

/** A small patch of a layer, for the legend. */
export function patch(key) {
  return s("svg", { viewBox: "0 0 14 14", class: "patch", "aria-hidden": "true" }, s("rect", { class: `layer of-${key}`, width: 14, height: 14, rx: 3 }));
}
