/** Small drawings, all decoration: what they mean always stands beside them in words. */

import { svg } from "../../../shared/js/dom.js";

const PATHS = {
  flask: '<path d="M9 3h6M10 3v6l-5 9a2 2 0 0 0 2 3h10a2 2 0 0 0 2-3l-5-9V3M8 15h8"/>',
  late: '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l4 3"/>',
  tick: '<path d="M4 12.5l5.5 5.5L20 6.5"/>',
  people: '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 5a3.5 3.5 0 0 1 0 6.500M18 14.500c2.500.8 3.800 2.800 3.800 5.500"/>',
  send: '<path d="M21 3L10 14M21 3l-7 18-4-7-7-4z"/>',
  turn: '<path d="M20 12a8 8 0 1 1-2.500-5.800M20 3v4h-4"/>',
  cloud: '<path d="M7 18a4.500 4.500 0 0 1 0-9 6 6 0 0 1 11.500 1.500A3.800 3.800 0 0 1 18 18zM4 4l16 17"/>',
  cup: '<path d="M4 9h13v5a6 6 0 0 1-6 6h-1a6 6 0 0 1-6-6zM17 10h1.500a2.500 2.500 0 0 1 0 5H17M8 6c0-1.500 1-1.500 1-3M12 6c0-1.500 1-1.500 1-3"/>',
  dot: '<circle cx="12" cy="12" r="5"/>',
  against: '<path d="M12 3.500L22 20.500H2zM12 10v5M12 17.500v.5"/>',
  open: '<circle cx="12" cy="12" r="8.500"/><path d="M12 8v5M12 16v.5"/>',
};

/** @param {keyof PATHS} name */
export function icon(name) {
  return svg(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2"
    stroke-linecap="round" stroke-linejoin="round">${PATHS[name]}</svg>`);
}
