/**
 * Drawings in one hand: 96 x 96, a line of 4, round ends; `a` marks the accent. Colours come from the style sheet.
 * Small parts that several drawings share stand first.
 */
import { svg } from "../../shared/js/dom.js";

const phone = '<rect x="26" y="10" width="44" height="76" rx="9"/>';
const head = (x, y, r) => `<circle cx="${x}" cy="${y}" r="${r}"/>`;
const smile = '<path d="M40 54q8 7 16 0"/><path d="M40 42v2M56 42v2"/>';
const face = '<ellipse cx="48" cy="48" rx="20" ry="25"/>' + smile;
const lens = '<rect x="12" y="28" width="72" height="50" rx="10"/><path d="M34 28l6-10h16l6 10"/><circle cx="48" cy="53" r="14"/>';
const slash = '<path class="a" d="M18 78L78 18"/>';
const arrow = (d) => `<path class="a" d="${d}"/>`;
const sheet = '<path d="M26 10h32l16 16v60H26z"/><path d="M58 10v16h16"/>';

const DRAWINGS = {
  cup: '<path d="M20 44h46v16a20 20 0 0 1-20 20h-6a20 20 0 0 1-20-20z"/><path d="M66 48h6a9 9 0 0 1 0 18h-7"/><path d="M16 87h56"/><path class="a steam" d="M34 34c-5-6 5-10 0-17M50 34c-5-6 5-10 0-17"/>',
  office: '<path d="M12 40L48 16l36 24z"/><path d="M20 40v36M76 40v36M12 80h72"/><path d="M36 48v24M60 48v24"/><circle class="a" cx="48" cy="31" r="3"/>',
  tick: '<path class="bold" d="M20 50l20 20 38-44"/>',
  officer: head(48, 26, 14) + '<path d="M22 68c2-18 14-22 26-22s24 4 26 22"/><path class="a" d="M12 70h72v14H12z"/>',
  link: '<path d="M42 54a14 14 0 0 0 20 1l12-12a14 14 0 0 0-20-20l-6 6"/><path d="M54 42a14 14 0 0 0-20-1L22 53a14 14 0 0 0 20 20l6-6"/>',
  face: face + '<path class="a" d="M12 26V14h12M72 14h12v12M84 70v12H72M24 82H12V70"/>',
  phone_face: phone + head(48, 40, 11) + '<path d="M33 68c1-10 7-13 15-13s14 3 15 13"/><path class="a" d="M12 38v20M84 38v20"/>',
  camera: lens,
  camera_ask: lens + '<circle class="fill" cx="74" cy="74" r="17"/><path class="a" d="M69 70a5 5 0 1 1 7 5c-2 1-2 2-2 3M74 83v.5"/>',
  camera_busy: '<rect x="10" y="30" width="50" height="38" rx="8"/><path d="M60 44l14-8v26l-14-8"/><path class="a" d="M30 20h44a10 10 0 0 1 10 10v36"/>',
  camera_none: lens + slash,
  photo: lens + '<path class="a" d="M68 38h4"/>',
  windows: '<rect x="12" y="26" width="50" height="46" rx="8"/><path d="M12 40h50"/><path class="a" d="M34 26v-4a8 8 0 0 1 8-8h34a8 8 0 0 1 8 8v28a8 8 0 0 1-8 8H62"/>',
  menu: phone + '<path d="M26 26h44"/><path class="a" d="M56 18h.5M62 18h.5M50 18h.5"/><path d="M36 44h24M36 56h24"/>',
  signal: '<path d="M14 38a50 50 0 0 1 68 0M26 52a32 32 0 0 1 44 0"/><path d="M37 65a16 16 0 0 1 22 0"/><circle class="a" cx="48" cy="78" r="3"/>',
  again: '<path d="M76 48a28 28 0 1 1-8-20"/>' + arrow("M70 12v18H52"),
  call: '<path d="M30 14l10 18-8 8c4 10 14 20 24 24l8-8 18 10c0 12-8 16-16 16C42 80 16 54 16 30c0-8 4-16 14-16z"/>' + arrow("M58 20a20 20 0 0 1 18 18"),
  calendar: '<rect x="14" y="20" width="68" height="62" rx="8"/><path d="M14 40h68M32 12v14M64 12v14"/><path class="a" d="M36 60l8 8 16-18"/>',
  paper: sheet + '<path d="M38 44h24M38 56h24"/><path class="a" d="M38 72c6-8 8 6 12 0s6 2 10-2"/>',
  home: '<path d="M10 48L48 16l38 32"/><path d="M20 42v40h56V42"/><path class="a" d="M40 82V58h16v24"/>',
  ways: '<path d="M48 86V56"/><path d="M48 56C48 40 24 44 24 22M48 56c0-16 24-12 24-34"/>' + arrow("M14 30l10-10 10 10M62 30l10-10 10 10"),
  no_money: '<circle cx="48" cy="48" r="32"/><path d="M36 32l12 16 12-16M48 48v20M37 50h22M37 59h22"/>' + slash,
  no_key: '<circle cx="34" cy="56" r="16"/><path d="M46 46l32-30M66 28l8 8M58 36l6 6"/>' + '<path class="a" d="M14 20l66 60"/>',
  lamp: '<path d="M34 66c0-10-10-14-10-28a24 24 0 0 1 48 0c0 14-10 18-10 28z"/><path d="M38 78h20"/><path class="a" d="M48 2v4M12 14l4 4M84 14l-4 4"/>',
  bright: phone + '<circle class="a" cx="48" cy="46" r="8"/><path class="a" d="M48 28v3M48 61v3M30 46h3M63 46h3M36 34l2 2M58 56l2 2M60 34l-2 2M38 56l-2 2"/>',
  hold: phone + '<path d="M40 78h16"/><path class="a" d="M14 40l-6 8 6 8M82 40l6 8-6 8M8 48h12M76 48h12"/>',
  helper: head(30, 30, 11) + '<path d="M12 78c0-20 6-28 18-28 8 0 12 4 15 10"/><rect class="a" x="52" y="34" width="26" height="44" rx="6"/><path d="M40 66l12-4"/>',
  nearer: face + arrow("M8 48h12M14 42l6 6-6 6M88 48H76M82 42l-6 6 6 6"),
  farther: '<ellipse cx="48" cy="48" rx="13" ry="17"/><path d="M43 52q5 4 10 0"/>' + arrow("M28 48H12M18 42l-6 6 6 6M68 48h16M78 42l6 6-6 6"),
  circle: '<ellipse class="a dashed" cx="48" cy="48" rx="32" ry="40"/><ellipse cx="48" cy="50" rx="18" ry="23"/><path d="M41 56q7 6 14 0"/>',
  shade: face + '<circle class="a" cx="80" cy="16" r="7"/><path class="a" d="M66 8l-4-3M66 24l-6 4M80 32v6"/>',
  still: '<path d="M34 50V22a6 6 0 0 1 12 0v22M46 40V16a6 6 0 0 1 12 0v26M58 42V24a6 6 0 0 1 12 0v34c0 18-10 28-24 28-12 0-18-6-24-18l-6-14c-2-6 6-9 10-4l8 10"/>',
  look: '<path d="M8 48c12-20 26-28 40-28s28 8 40 28c-12 20-26 28-40 28S20 68 8 48z"/><circle class="a" cx="48" cy="48" r="12"/>',
  uncover: '<ellipse cx="48" cy="46" rx="26" ry="34"/><path class="a" d="M24 52c14-6 34-6 48 0v6c-6 14-42 14-48 0z"/><path d="M38 36v2M58 36v2"/>',
  one: head(48, 32, 15) + '<path d="M20 82c2-22 14-28 28-28s26 6 28 28"/><path class="a" d="M78 20h8v24"/>',
  good: '<circle cx="48" cy="48" r="36"/><path class="a" d="M32 50l12 12 22-26"/>',
  lock: '<rect x="22" y="42" width="52" height="40" rx="8"/><path d="M32 42V30a16 16 0 0 1 32 0v12"/><path class="a" d="M48 58v8"/>',
  hand: '<path d="M14 50c10-6 16-6 24 0h16a6 6 0 0 1 0 12H40"/><path d="M58 58l18-12c6-3 10 3 6 8L60 76H14"/><path class="a" d="M48 36c-8-6-12-10-12-15a7 7 0 0 1 12-4 7 7 0 0 1 12 4c0 5-4 9-12 15z"/>',
  speaker: '<path d="M14 38h14l20-16v52L28 58H14z"/><path class="a" d="M62 36a16 16 0 0 1 0 24M74 26a30 30 0 0 1 0 44"/>',
  silent: '<path d="M14 38h14l20-16v52L28 58H14z"/><path class="a" d="M62 38l20 20M82 38L62 58"/>',
};

/** What a hint of the server looks like. */
export const HINT_PICTOGRAMS = {
  good: "good", no_face: "circle", nearer: "nearer", farther: "farther", centre: "circle", more_light: "lamp", less_light: "shade",
  hold_still: "still", look_here: "look", uncover: "uncover", one_person: "one", line: "signal",
};

/** Names of all drawings. */
export const PICTOGRAMS = Object.keys(DRAWINGS);

/**
 * A drawing; it says nothing to a screen reader, because the words stand beside it.
 * @param {string} name
 */
export function pictogram(name) {
  return svg(`<svg class="pictogram" viewBox="0 0 96 96" aria-hidden="true" focusable="false">${DRAWINGS[name]}</svg>`);
}

/** The flower to look at during the guided turn. */
export function flower() {
  const petals = [0, 60, 120, 180, 240, 300].map((turn) => `<ellipse cx="60" cy="32" rx="15" ry="22" transform="rotate(${turn} 60 56)"/>`).join("");
  return svg(`<svg class="flower" viewBox="0 0 120 150" aria-hidden="true" focusable="false">
    <path class="stem" d="M60 66c4 30-2 54 0 82M60 118c14-2 22-10 26-22M60 128c-12-2-20-8-24-18"/>
    <g class="petals">${petals}</g><circle class="heart" cx="60" cy="56" r="13"/></svg>`);
}

/** Where WeChat keeps "open in browser": the dots at the top right, then the sheet. The words for the sheet are laid over it. */
export function outside() {
  return svg(`<svg viewBox="0 0 320 150" focusable="false">
    <rect x="10" y="4" width="300" height="150" rx="22" class="glass"/><path class="glass" d="M10 56h300"/>
    <rect x="226" y="16" width="66" height="28" rx="14" class="key"/><circle cx="245" cy="30" r="3.5"/><circle cx="259" cy="30" r="3.5"/><circle cx="273" cy="30" r="3.5"/>
    <path class="point" d="M268 104c4-16 2-30-6-46M252 66l9-10 13 7"/>
    <circle cx="54" cy="100" r="22" class="globe"/><path class="globe" d="M32 100h44M54 78c-14 14-14 30 0 44M54 78c14 14 14 30 0 44"/></svg>`);
}
