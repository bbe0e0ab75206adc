/**
 * The timeline: thin marks in one row. What we asked stands on the upper half, what was seen on the lower half, what concerns the
 * whole picture on the full height; every kind has its own head, so that colour is never the only sign.
 */

import { h, svg } from "../../../shared/js/dom.js";
import { seconds, t } from "../texts.js";

const HEADS = {
  ring: '<circle r="4" fill="var(--surface)" stroke="currentColor" stroke-width="1.800"/>',
  dot: '<circle r="4.500" fill="currentColor"/>',
  diamond_open: '<path d="M0-5.500L5.500 0 0 5.500-5.500 0z" fill="var(--surface)" stroke="currentColor" stroke-width="1.800"/>',
  diamond: '<path d="M0-6L6 0 0 6-6 0z" fill="currentColor"/>',
  square: '<path d="M-4-4h8v8h-8z" fill="currentColor"/>',
  cross: '<path d="M-4-4L4 4M4-4L-4 4" stroke="currentColor" stroke-width="2.400" fill="none"/>',
  pair: '<circle cx="-3" r="3.500" fill="currentColor"/><circle cx="4" r="3.500" fill="var(--surface)" stroke="currentColor" stroke-width="1.600"/>',
  up: '<path d="M0-5L5 4H-5z" fill="currentColor"/>',
  rear: '<path d="M-6-3h12v8h-12z" fill="var(--surface)" stroke="currentColor" stroke-width="1.600"/><circle cy="1" r="2" fill="currentColor"/>',
  front: '<path d="M-6-3h12v8h-12z" fill="currentColor"/><circle cy="1" r="2" fill="var(--surface)"/>',
  gap: '<path d="M-5 0h3M2 0h3M-2-4v8M2-4v8" stroke="currentColor" stroke-width="1.800" fill="none"/>',
  join: '<path d="M-6 0h12M0-4v8" stroke="currentColor" stroke-width="2" fill="none"/>',
  doubt: '<path d="M0-6L6 5H-6z" fill="var(--surface)" stroke="currentColor" stroke-width="1.800"/><path d="M0-2v4" stroke="currentColor" stroke-width="1.800"/>',
};

/** How each kind of mark is drawn: row, head, tone. A new kind of the server is one more line here (and its text). */
const KINDS = {
  face_found: { row: "whole", head: "square", tone: "calm" },
  face_lost: { row: "whole", head: "cross", tone: "attend" },
  second_face: { row: "whole", head: "pair", tone: "attend" },
  light_shown: { row: "asked", head: "ring", tone: "calm" },
  light_seen: { row: "seen", head: "dot", tone: "good" },
  turn_asked: { row: "asked", head: "diamond_open", tone: "calm" },
  turn_seen: { row: "seen", head: "diamond", tone: "good" },
  line_lost: { row: "whole", head: "gap", tone: "attend" },
  line_back: { row: "whole", head: "join", tone: "calm" },
  probe: { row: "seen", head: "up", tone: "action" },
  rear_camera: { row: "whole", head: "rear", tone: "calm" },
  front_camera: { row: "whole", head: "front", tone: "calm" },
  doubt: { row: "whole", head: "doubt", tone: "against" },
};
const UNKNOWN = { row: "whole", head: "square", tone: "calm" };

/** Kinds that the timeline can draw, for the test that compares them with the domain. */
export const MARK_KINDS = Object.keys(KINDS);

/** Where the heads of a row stand, px from the top of the line. */
const HEAD_AT = { asked: 9, whole: 24, seen: 39 };
const HEIGHT = 48;
const STEM = { asked: [9, 24], whole: [4, 44], seen: [24, 39] };

/** @param {Object} call CallView @param {(ms: number) => void} pick called with the moment that was clicked */
export function timeline(call, pick) {
  const length = lengthOf(call);
  const at = (ms) => `${(100 * ms) / length}%`;
  const cursor = h("span", { class: "cursor" });
  const marks = call.marks.map((mark) => drawn(mark, at(mark.at_ms)));
  const picture = svg(`<svg height="${HEIGHT}" aria-hidden="true"><line x1="0" x2="100%" y1="24" y2="24" class="axis"/>${marks.join("")}</svg>`);
  const track = h("div", { class: "track", onclick: (event) => pick(clicked(event, track, length)) }, picture, cursor);
  const labels = h("div", { class: "rows", "aria-hidden": "true" }, h("span", null, t("film.asked")), h("span", null, t("film.seen")));
  const element = h("div", { class: "timeline" }, labels, h("div", { class: "lane" }, track, ticks(length, at)));
  return { element, cursor: (ms) => cursor.style.setProperty("inset-inline-start", at(ms)) };
}

function lengthOf(call) {
  const last = [...call.marks, ...call.stills].reduce((latest, { at_ms: ms }) => Math.max(latest, ms), 1000);
  return Math.max(call.duration_ms, last);
}

function drawn(mark, x) {
  const { row, head, tone } = KINDS[mark.kind] ?? UNKNOWN;
  const [top, bottom] = STEM[row];
  return `<svg x="${x}" overflow="visible" class="mark ${tone}"><line y1="${top}" y2="${bottom}" stroke="currentColor"/>
    <g transform="translate(0 ${HEAD_AT[row]})">${HEADS[head]}</g></svg>`;
}

function clicked(event, track, length) {
  const box = track.getBoundingClientRect();
  return Math.round(((event.clientX - box.left) / box.width) * length);
}

function ticks(length, at) {
  const step = Math.max(1, Math.ceil(length / 1000 / 12));
  const marks = [];
  for (let second = 0; second * 1000 <= length; second += step) {
    const tick = h("span", null, `${second} s`);
    tick.style.setProperty("inset-inline-start", at(second * 1000));
    marks.push(tick);
  }
  return h("div", { class: "ticks", "aria-hidden": "true" }, marks);
}

/** Pictures that came in each second, as a row of bars under the marks: how good the line was. */
export function lineOf({ line, line_full: full }) {
  if (!line?.length) return null;
  const wide = 100 / line.length;
  const most = Math.max(full, ...line);
  const bars = line.map((count, n) => `<rect x="${(n * wide).toFixed(2)}%" width="${(wide * 0.86).toFixed(2)}%" y="${(16 - (16 * count) / most).toFixed(1)}" height="${((16 * count) / most).toFixed(1)}" class="${count * 2 < full ? "weak" : "well"}"/>`);
  const said = t("film.line_text", { least: Math.min(...line), most: Math.max(...line), full });
  return h("div", { class: "line-quality" }, h("span", { class: "soft" }, t("film.line")), svg(`<svg height="16" role="img" aria-label="${said}">${bars.join("")}</svg>`), h("small", { class: "soft" }, said));
}

/** Quality of every picture that was measured, as a bar at its moment, and where its head was turned, as a needle on it. @param {Object} call CallView */
export function facesOf(call) {
  const seen = call.stills.filter(({ quality }) => typeof quality === "number");
  if (!seen.length) return null;
  const length = lengthOf(call);
  const bars = seen.map(({ at_ms: ms, quality, pose }) => {
    const tall = (18 * quality) / 100;
    const needle = pose ? `<line y1="${18 - tall}" y2="${10 - tall}" transform="rotate(${Math.round(pose.yaw_deg)} 0 ${18 - tall})" class="needle"/>` : "";
    return `<svg x="${((100 * ms) / length).toFixed(2)}%" y="10" overflow="visible"><rect x="-2" width="4" y="${(18 - tall).toFixed(1)}" height="${tall.toFixed(1)}" class="well"/>${needle}</svg>`;
  });
  const range = (values) => ({ least: Math.min(...values), most: Math.max(...values) });
  const turns = seen.filter(({ pose }) => pose).map(({ pose }) => Math.round(Math.abs(pose.yaw_deg)));
  const said = t("film.faces_text", range(seen.map(({ quality }) => Math.round(quality)))) + (turns.length ? t("film.turns_text", range(turns)) : "");
  return h("div", { class: "line-quality" }, h("span", { class: "soft" }, t("film.faces")), svg(`<svg height="30" role="img" aria-label="${said}">${bars.join("")}</svg>`), h("small", { class: "soft" }, said));
}

/** The kinds that occur, each with its head. */
export function legend(marks) {
  const kinds = MARK_KINDS.filter((kind) => marks.some((mark) => mark.kind === kind));
  return h(
    "ul",
    { class: "legend", "aria-hidden": "true" },
    kinds.map((kind) => {
      const { head, tone } = KINDS[kind];
      return h("li", null, svg(`<svg width="16" height="16" viewBox="-8 -8 16 16" class="${tone}">${HEADS[head]}</svg>`), t(`mark.${kind}`));
    }),
  );
}

/** The same marks as a list, for those who listen. */
export function markList(marks) {
  const items = marks.map((mark) => h("li", null, t("film.mark_at", { seconds: seconds(mark.at_ms), what: t(`mark.${mark.kind}`) })));
  return h("ol", { class: "unseen", "aria-label": t("film.marks") }, items);
}
