/**
 * A server that plays the phone page's other side from a script, so that every screen can be looked at without the real one. It speaks the
 * contract of docs/API.md and src/domain/control.rs; what it cannot do (see, decide, record) the end-to-end tests do with the real server.
 *
 * The link's token names the scene: `/p/NAME` plays `scenes[NAME]`.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const WEB = join(dirname(fileURLToPath(import.meta.url)), "../../web");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml" };
/** As the real server sends it (src/http/guard.rs). */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; manifest-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** What `GET /api/phone/link` gives unless the scene says otherwise. */
export const LINK = {
  state: "ready",
  county: { name_zh: "示范县社会保险服务中心", name_en: "Demonstration County Social Security Service", phone: "12333" },
  addressee: "王**", due_on: "2026-12-31", last_confirmed_on: "2025-12-03", consented: false, consent_version: "2026-11-2",
  case: null, trial: false, wait_seconds: 0, tries_used_up: false,
};
/** A code of the size that a real receipt has (the real server draws it; this one only looks like one). */
export const CERTIFICATE = { receipt_number: "K7M 3PX 9HE RT4", due_on: "2027-11-30", url: "/v/holds", qr_svg: likeACode(61) };
export const CHECKED = {
  standing: "holds", county: LINK.county,
  certificate: { receipt_number: "K7M 3PX 9HE RT4", addressee: "王**", confirmed_on: "2026-11-25", due_on: "2027-11-30" },
};
export const CASE = { case_number: "A-2026-0318", kind: "call_back", answer_by: "2026-11-26T09:00:00Z" };
/** Free times: two mornings, an evening and a Saturday. */
export const SLOTS = ["2026-11-26T01:00:00Z", "2026-11-26T06:30:00Z", "2026-11-27T01:00:00Z", "2026-11-28T01:30:00Z", "2026-12-02T11:00:00Z"]
  .map((starts_at) => ({ starts_at, ends_at: new Date(Date.parse(starts_at) + 1800000).toISOString(), free: 1 }));
export const BOOKED = Object.assign({ appointment_id: "x", way: "call", state: "booked", ics: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" }, SLOTS[0]);

/**
 * @param {Object<string, Object>} scenes each may have `link`, `consent`, `calls`, `other`, `photo`: a value, `{status, code, retryAfter}`, or
 * `"never"`; and `talk(socket, nth)` that plays the WebSocket
 * @returns {Promise<{address: string, heard: Object<string, Array>, close: () => Promise<void>}>}
 */
export async function startScripted(scenes) {
  const heard = {};
  const calls = {};
  const server = createServer((request, response) => answer(scenes, heard, request, response));
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0] });
  sockets.on("connection", (socket, request) => {
    const scene = request.url.split("/")[4];
    const own = (heard[scene] = heard[scene] || []);
    calls[scene] = (calls[scene] || 0) + 1;
    socket.on("message", (data, binary) => own.push(binary ? { type: "still", bytes: data } : Object.assign(JSON.parse(data), { at: Date.now() })));
    socket.tell = (message) => socket.readyState === 1 && socket.send(JSON.stringify(message));
    const talk = scenes[scene].talk;
    if (talk) talk(socket, calls[scene]);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: "http://localhost:" + server.address().port,
    heard,
    async close() {
      sockets.clients.forEach((each) => each.terminate());
      sockets.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function answer(scenes, heard, request, response) {
  const path = new URL(request.url, "http://localhost").pathname;
  if (path === "/v" || path.startsWith("/v/")) return file(response, "verify/index.html");
  if (path.startsWith("/api/verify/")) return verify(scenes[path.split("/").pop()] || {}, response); // a receipt is the name of its scene
  if (path === "/p/form") return file(response, "phone/form.html");
  if (path.startsWith("/p/")) return file(response, "phone/index.html");
  if (path === "/demo") return file(response, "demo/index.html");
  if (path.startsWith("/assets/")) return file(response, normalize(path.slice("/assets/".length)));
  if (path.startsWith("/api/demo")) return demo(scenes.demo || {}, request, response);
  const scene = (request.headers.authorization || "").replace("Bearer ", "");
  return api(scenes[scene] || { link: { status: 404, code: "link_unknown" } }, scene, heard, path, request, response);
}

async function api(scene, name, heard, path, request, response) {
  const body = await bytesOf(request);
  (heard[name] = heard[name] || []).push({ type: request.method + " " + path, body });
  const defaults = {
    "/api/phone/link": ["link", 200, LINK],
    "/api/phone/consent": ["consent", 204, null],
    "/api/phone/calls": ["calls", 201, opened(name, scene)],
    "/api/phone/live": request.method === "POST" ? ["room", 201, room(name)] : ["rings", 200, { rings: false, word: null }],
    "/api/phone/certificate": ["certificate", 200, CERTIFICATE],
    "/api/phone/appointments": request.method === "POST" ? ["booked", 201, BOOKED] : ["times", 200, { booked: null, slots: SLOTS }],
    "/api/phone/appointments/cancel": ["cancelled", 200, { booked: null, slots: SLOTS }],
    "/api/phone/other-way": ["other", 201, CASE],
    "/api/phone/photo": ["photo", 201, Object.assign({}, CASE, { kind: "photo" })],
  };
  const [key, status, value] = defaults[path];
  const told = typeof scene[key] === "function" ? scene[key](body) : scene[key];
  if (told === "never") return;
  if (told && told.code && told.status) return problem(response, told);
  json(response, status, told === undefined ? value : told);
}

const opened = (name, scene) => ({
  call_id: name, call_token: "token-of-" + name, ws_path: `/api/phone/calls/${name}/ws`, frames_per_second: 15,
  stills_after_ms: scene.stillsAfterMs || 8000, still_bytes_max: 400000,
});

const room = (name) => ({ call_id: name, call_token: "token-of-" + name, ws_path: `/api/phone/live/${name}/ws`, still_bytes_max: 400000 });

function verify({ check }, response) {
  if (check === "never") return undefined;
  if (check && check.status) return problem(response, check);
  return json(response, 200, check || { standing: "unreadable", county: LINK.county, certificate: null });
}

function likeACode(side) {
  const dark = (x, y) => {
    const [u, v] = [Math.min(x, side - 1 - x), Math.min(y, side - 1 - y)];
    if (u < 7 && v < 7 && !(x > side / 2 && y > side / 2)) return Math.max(Math.abs(u - 3), Math.abs(v - 3)) !== 2;
    return ((x * 7919 + y * 104729 + x * y * 31) >> 3) % 2 === 0;
  };
  const cells = Array.from({ length: side * side }, (_, i) => [i % side, Math.floor(i / side)]).filter(([x, y]) => dark(x, y));
  const path = cells.map(([x, y]) => `M${x + 4} ${y + 4}h1v1h-1z`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="276" height="276" viewBox="0 0 ${side + 8} ${side + 8}"><path fill="#fff" d="M0 0h${side + 8}v${side + 8}H0z"/><path d="${path}"/></svg>`;
}

function demo(scene, request, response) {
  if (request.method === "GET") return json(response, 200, scene.about);
  request.resume();
  if (scene.enrol.status) return problem(response, scene.enrol);
  return json(response, 201, scene.enrol);
}

async function bytesOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function problem(response, { status, code, retryAfter, hints }) {
  if (retryAfter) response.setHeader("Retry-After", String(retryAfter));
  response.setHeader("Content-Type", "application/problem+json");
  response.writeHead(status).end(JSON.stringify({ type: "about:blank", title: code, status, code, detail: code, hints }));
}

function json(response, status, value) {
  response.setHeader("Content-Type", "application/json");
  response.writeHead(status).end(value === null ? "" : JSON.stringify(value));
}

function file(response, path) {
  const whole = join(WEB, path);
  if (!whole.startsWith(WEB) || !existsSync(whole) || !statSync(whole).isFile()) return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": TYPES[extname(whole)] || "application/octet-stream", "Content-Security-Policy": POLICY });
  return createReadStream(whole).pipe(response);
}
