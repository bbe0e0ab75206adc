/**
 * A scripted county: the console's page with made-up cases behind it, on node's own modules and the loopback interface only.
 *
 * The pictures are read at run time from ../shared/faces/video/intel (intel-iot-devkit/sample-videos, CC BY 4.0); where that folder is
 * missing, drawn faces stand in. Names, numbers and stories are invented. Run alone: `node tests/e2e/scripted-console.mjs [PORT]`.
 */

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { house } from "./scripted-house.mjs";
import { COUNTY, OFFICERS, cases, pictureOf } from "./scripted-console-cases.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const WEB = join(ROOT, "web");
export const FACES = join(ROOT, "..", "shared", "faces", "video", "intel");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml" };
/** As strict as a server can be: a page that needs more does not work here. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
const BODY_MAX = 64 * 1024;
const LANE_OF = {
  open: null, passed_on: null, escalated: null, to_approve: "to_approve", to_call_back: "call_back", to_visit: "visit", to_mail: "mail",
  confirmed: "closed", asked_again: "closed", refused: "closed", settled: "closed",
};
const LANE_OF_KIND = { flagged_call: "to_review", photo: "to_review", call_back: "call_back", paper_form: "mail" };
const ACTS = ["own_desk", "see_queue", "see_case", "see_face", "claim", "dispose", "dispose_on_site", "refuse", "approve", "see_officers", "invite", "set_roles", "revoke_sessions", "see_quality", "seed_case", "propose_policy", "approve_policy", "see_statistics", "see_audit", "export_case"];
const ROLES = ["officer", "approver", "supervisor"];

/** A made-up invitation; the code is no real secret. */
const INVITATION = {
  name: "wang.fang", roles: ["officer", "approver"], expires_at: "2026-12-24T08:00:00Z", code_secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", otpauth: "otpauth://totp/x", county: COUNTY,
  qr_svg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h3v3h-3zM5 0h3v3h-3zM0 5h3v3h-3zM4 4h1v1h-1zM6 5h2v1h-2z"/></svg>',
};

/** @param {{port?: number, idleMinutes?: number}} [how] */
export async function startScripted({ port = 0, idleMinutes = 30 } = {}) {
  const county = { cases: cases(Date.now()), sessions: new Map(), desks: new Set(), away: false, slowMs: 0, pictures: 0, idleMinutes };
  const server = createServer((request, response) => {
    answer(county, request, response).catch((error) => send(response, error.status ?? 500, { code: error.code ?? "internal", title: error.message }));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/console`,
    county,
    changed: () => county.desks.forEach((desk) => desk.write("event: queue\ndata:\n\n")),
    case: (id) => county.cases.find((one) => one.id === id),
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

function refuse(status, code) {
  return Object.assign(new Error(code), { status, code });
}

function send(response, status, body, headers = {}) {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers });
  response.end(body === null ? undefined : JSON.stringify(status >= 400 ? { type: "about:blank", status, ...body } : body, withoutFile));
}

/** Where a picture lies on this disk is nobody's business. */
function withoutFile(key, value) {
  return key === "file" ? undefined : value;
}

async function answer(county, request, response) {
  const url = new URL(request.url, "http://scripted");
  if (url.pathname === "/console") return file(response, join(WEB, "console", "index.html"));
  if (url.pathname.startsWith("/assets/")) return file(response, join(WEB, normalize(url.pathname.slice("/assets".length))));
  if (county.away) return request.destroy();
  if (county.slowMs) await new Promise((resolve) => setTimeout(resolve, county.slowMs));
  if (request.method === "POST" && request.headers["x-jianmian"] !== "1") throw refuse(403, "forbidden");
  const path = url.pathname.replace("/api/console/", "").split("/");
  if (path[0] === "sign-in") return signIn(county, await bodyOf(request), response);
  if (path[0] === "invitation") return send(response, 200, INVITATION);
  const token = /jm_officer=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  const officer = county.sessions.get(token);
  if (!officer) throw refuse(401, "signed_out");
  if (path[0] === "sign-out") return county.sessions.delete(token), send(response, 204, null);
  if (path[0] === "me") return send(response, 200, officerView(county, officer));
  if (path[0] === "stills") return picture(county, response, path[1]);
  if (path[0] === "references") return picture(county, response, path[1]);
  if (path[0] === "news") return news(county, response);
  if (path[0] === "colleagues") return send(response, 200, OFFICERS.map(({ id, name }) => ({ id, name })));
  if (path[0] === "sessions") return send(response, 200, [{ id: "a".repeat(64), here: true, signed_in_at: new Date().toISOString(), seen_at: new Date().toISOString(), way: "password", browser: "Chrome, Windows" }]);
  if (path[0] === "officers" && !path[1]) return send(response, 200, OFFICERS.map(({ id, name }) => ({ id, name, roles: ROLES, passkeys: 1, password: false, code: false, sessions: 1, added_at: "2026-01-05T01:00:00Z" })));
  const answered = await house(county, officer, path, url, () => bodyOf(request));
  if (answered?.file) return response.writeHead(200, answered.headers), response.end(answered.file);
  if (answered) return send(response, answered.status ?? 200, answered.body ?? null);
  if (path[0] === "next") {
    const found = next(county, officer, await bodyOf(request));
    return send(response, found ? 200 : 204, found);
  }
  if (path[0] !== "cases") throw refuse(404, "not_found");
  if (!path[1]) return send(response, 200, queueView(county, url.searchParams.get("lane"), officer));
  const one = county.cases.find((candidate) => candidate.id === path[1]);
  if (!one) throw refuse(404, "not_found");
  if (path[2] === "claim") {
    const answer = held(one, path[3], officer);
    return send(response, answer ? 200 : 204, answer);
  }
  if (path[2] === "undo") {
    Object.assign(one, one.before, { version: one.version + 1, before: null });
    return send(response, 200, { status: one.status, undo: false });
  }
  if (path[2] === "put-off") return send(response, 204, putOff(one, await bodyOf(request)));
  if (path[2] === "disposition") return send(response, 200, dispose(one, officer, await bodyOf(request)));
  return send(response, 200, caseView(one, officer));
}

/** Desks that listen; `changed` tells them. */
function news(county, response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": quiet\n\n");
  county.desks.add(response);
  response.on("close", () => county.desks.delete(response));
}

async function bodyOf(request) {
  let text = "";
  for await (const piece of request) {
    text += piece;
    if (text.length > BODY_MAX) throw refuse(413, "too_large");
  }
  return JSON.parse(text);
}

function signIn(county, { name, password }, response) {
  const officer = OFFICERS.find((one) => one.name === name && one.password === password);
  if (!officer) throw refuse(401, "sign_in_refused");
  const token = randomUUID().replaceAll("-", "");
  county.sessions.set(token, officer);
  return send(response, 200, officerView(county, officer), { "Set-Cookie": `jm_officer=${token}; HttpOnly; SameSite=Strict; Path=/` });
}

function officerView(county, { id, name }) {
  return { id, name, roles: ROLES, acts: ACTS, way: "password", proved_at: new Date().toISOString(), county: COUNTY, trial: true, idle_minutes: county.idleMinutes };
}

function laneOf(one) {
  return LANE_OF[one.status] ?? (one.reasons.length === 1 && one.reasons[0].code === "random_sample" ? "sample" : LANE_OF_KIND[one.kind] ?? "visit");
}

const ROW = ["id", "case_number", "kind", "status", "beneficiary_name", "age", "reasons", "opened_at", "answer_by", "due_on", "late", "own", "claimed_by", "online", "snoozed_until"];

function queueView(county, lane, officer) {
  const counts = { live: 0, to_review: 0, to_approve: 0, call_back: 0, visit: 0, mail: 0, sample: 0, closed: 0 };
  county.cases.forEach((one) => (counts[laneOf(one)] += 1));
  const rows = inLane(county, lane);
  return { cases: rows.map((one) => Object.fromEntries(ROW.map((key) => [key, own(one, officer)[key]]))), counts };
}

const own = (one, officer) => ({ ...one, own: one.status === "to_approve" && one.confirmed_by === officer.id });

function inLane(county, lane) {
  return county.cases.filter((one) => laneOf(one) === lane).sort((a, b) => a.answer_by.localeCompare(b.answer_by));
}

/** The most urgent case of the lane that nobody else holds. */
function next(county, officer, { lane = "to_review" }) {
  const one = inLane(county, lane).find((candidate) => !own(candidate, officer).own && (!candidate.claimed_by || candidate.claimed_by === officer.name));
  if (!one) return null;
  county.cases.filter((other) => other.claimed_by === officer.name).forEach((other) => (other.claimed_by = null));
  return claim(one, officer, lane);
}

function claim(one, officer, lane = laneOf(one)) {
  if (one.claimed_by && one.claimed_by !== officer.name) throw refuse(409, "claimed");
  if (lane === "closed") throw refuse(409, "not_offered");
  one.claimed_by = officer.name;
  return { case_id: one.id, lane, until: new Date(Date.now() + 300_000).toISOString() };
}

function putOff(one, { until = null, to = null, because }) {
  if (!because?.trim()) throw refuse(422, "note_missing");
  Object.assign(one, { version: one.version + 1, claimed_by: null, snoozed_until: until });
  note(one, OFFICERS[0], to ? "case_handed_over" : "case_snoozed", because);
  return null;
}

const held = (one, path, officer, body) => {
  if (path === "keep") return { until: new Date(Date.now() + 300_000).toISOString() };
  if (path === "return") return (one.claimed_by = null);
  return claim(one, officer, body);
};

function caseView(one, officer) {
  const { confirmed_by: reviewer, before, check, ...view } = own(one, officer);
  if (laneOf(one) === "closed") return { ...view, may: [] };
  const ways = one.status === "to_approve" ? [] : ["call_back", "visit", "mail"].filter((way) => laneOf(one) !== way).concat("escalate", "refuse");
  return { ...view, may: [...mayConfirm(one, reviewer, officer), "ask_again", "pass_on", ...ways] };
}

function mayConfirm(one, reviewer, officer) {
  if (one.status === "to_approve") return reviewer === officer.id ? [] : ["approve"];
  return ["flagged_call", "photo"].includes(one.kind) && !["to_visit", "to_mail"].includes(one.status) ? ["confirm"] : [];
}

function dispose(one, officer, { version, disposition }) {
  if (laneOf(one) === "closed") throw refuse(409, "closed");
  if (version !== one.version) throw refuse(409, "stale_version");
  if (one.claimed_by && one.claimed_by !== officer.name) throw refuse(409, "claimed");
  if (one.check) return checked(one);
  const done = { confirm, approve: confirm, ask_again: askAgain, pass_on: passOn, refuse: refuseIt, escalate: moved("escalated"), call_back: moved("to_call_back"), visit: moved("to_visit"), mail: moved("to_mail") }[disposition.disposition];
  const before = { status: one.status, proposal: one.proposal };
  const result = done(one, officer, disposition);
  one.version += 1;
  one.status = result.status;
  one.claimed_by = null;
  one.before = ["confirmed", "asked_again"].includes(result.status) ? null : before;
  return { receipt_number: null, due_on: null, link: null, notice: null, undo: Boolean(one.before), ...result };
}

/** A case of known truth: told after the decision. */
function checked(one) {
  const { check } = one;
  Object.assign(one, { status: "settled", version: one.version + 1, claimed_by: null });
  return { status: "settled", undo: false, receipt_number: null, due_on: null, link: null, notice: null, check };
}

function confirm(one, officer) {
  if (one.status === "to_approve" && one.confirmed_by === officer.id) throw refuse(409, "own_case");
  const fourEyes = one.kind !== "flagged_call" || one.reasons.some(({ code, group }) => code === "far_below" || group === "attack" || group === "data");
  note(one, officer, fourEyes && one.status !== "to_approve" ? "case_approval_asked" : "case_confirmed");
  if (fourEyes && one.status !== "to_approve") {
    one.confirmed_by = officer.id;
    return { status: "to_approve" };
  }
  return { status: "confirmed", receipt_number: "R-2026-0047193", due_on: "2027-11-30" };
}

function askAgain(one, officer, { because }) {
  note(one, officer, "case_asked_again", because);
  const link = { link_id: randomUUID(), url: `https://example.test/p/${"k7Qm2Vx9".repeat(5)}abc`, expires_at: new Date(Date.now() + 90 * 86_400_000).toISOString() };
  const [zh, en] = [`【${COUNTY.name_zh}】养老金资格确认请再做一次。请打开：${link.url} 。`, `${COUNTY.name_en}: please do your pension confirmation once more. Please open: ${link.url} .`];
  return { status: "asked_again", link, notice: { zh, en } };
}

function refuseIt(one, officer, disposition) {
  note(one, officer, "case_refusal_asked");
  one.confirmed_by = officer.id;
  one.proposal = { ...disposition, from: one.status };
  return { status: "to_approve" };
}

function moved(status) {
  return (one, officer, { note: text }) => {
    note(one, officer, `case_${status}`, text || null);
    return { status };
  };
}

function passOn(one, officer, { note: text }) {
  note(one, officer, "case_passed_on", text);
  return { status: "passed_on" };
}

function note(one, officer, action, text = null) {
  one.history.push({ at: new Date().toISOString(), action, officer: officer.name, note: text });
}

async function picture(county, response, id) {
  const found = pictureOf(county.cases, id);
  if (!found) throw refuse(404, "not_found");
  county.pictures += 1;
  const path = join(FACES, found.file);
  if (existsSync(path)) return raw(response, "image/jpeg", await readFile(path));
  return raw(response, "image/svg+xml", drawnFace(found.eyes));
}

/** A face of circles with the eyes where the real picture has them. */
function drawnFace([[lx, ly], [rx, ry]]) {
  const d = Math.hypot(rx - lx, ry - ly);
  const [cx, cy] = [(lx + rx) / 2, (ly + ry) / 2];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="270"><rect width="480" height="270" fill="#c9c4ba"/>
    <ellipse cx="${cx}" cy="${cy + d * 3.4}" rx="${d * 2.2}" ry="${d * 1.6}" fill="#4d6b66"/><ellipse cx="${cx}" cy="${cy + d * 0.35}" rx="${d * 1.15}" ry="${d * 1.55}" fill="#d9a98a"/>
    <circle cx="${lx}" cy="${ly}" r="${d * 0.12}"/><circle cx="${rx}" cy="${ry}" r="${d * 0.12}"/>
    <path d="M${cx - d * 0.4} ${cy + d} q${d * 0.4} ${d * 0.25} ${d * 0.8} 0" stroke="#7a3b2e" stroke-width="${d * 0.08}" fill="none"/></svg>`;
}

function raw(response, type, bytes) {
  response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(bytes);
}

async function file(response, path) {
  if (!path.startsWith(WEB)) throw refuse(404, "not_found");
  let bytes;
  try {
    bytes = await readFile(path);
  } catch {
    throw refuse(404, "not_found");
  }
  response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream", "Content-Security-Policy": POLICY });
  response.end(bytes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scripted = await startScripted({ port: Number(process.argv[2] ?? 8799) });
  console.log(`Console with made-up cases: ${scripted.url}  (${OFFICERS[0].name} / ${OFFICERS[0].password})`);
}
