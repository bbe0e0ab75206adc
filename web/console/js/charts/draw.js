/** Elements of SVG, and the little arithmetic that every picture of numbers shares. Pure but for `s`. */

const SPACE = "http://www.w3.org/2000/svg";

/** An element of SVG, as `h` makes one of HTML. @returns {SVGElement} */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A picture with its name for those who listen. `wide` × `high` are units; the page gives it its width. */
export function picture(wide, high, label, ...children) {
  return s("svg", { viewBox: `0 0 ${wide} ${high}`, class: "chart", role: "img", "aria-label": label }, children);
}

/** The round number at or above `most` at which an axis ends, and the steps up to it: 1, 2 or 5 times a power of ten. */
export function axis(most, steps = 4) {
  if (!(most > 0)) return { top: 1, ticks: [0, 1] };
  const rough = most / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].find((n) => n * power >= rough) * power);
  const top = Math.ceil(most / step) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step);
  return { top, ticks };
}

/** Places of `count` bars within `wide` units: `[{x, width}]`, with gaps between them. */
export function places(count, wide, gap = 0.28) {
  const room = wide / Math.max(1, count);
  return Array.from({ length: count }, (_, n) => ({ x: n * room + (room * gap) / 2, width: room * (1 - gap), middle: n * room + room / 2 }));
}

/** Layers that lie on one another: for each column `[{key, from, until}]` in the order of `keys`. @param {Object<string, number>[]} columns */
export function stacked(columns, keys) {
  return columns.map((column) => {
    let sum = 0;
    return keys.filter((key) => column[key] > 0).map((key) => ({ key, from: sum, until: (sum += column[key]) }));
  });
}
