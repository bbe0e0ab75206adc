/** The console's side of the HTTP API (docs/API.md). Every failure is a `Problem` with a stable code. */

/** Longest wait for an answer, ms. */
const PATIENCE_MS = 20_000;

/** What went wrong: a problem+json answer, or `server_away` when there was none. */
export class Problem extends Error {
  /** @param {{code: string, status?: number, retryAfter?: number}} what */
  constructor({ code, status = 0, retryAfter = 0 }) {
    super(code);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Asks the server for something. @param {"GET"|"POST"} method @param {string} path @param {Object} [body] sent as JSON */
export function request(method, path, body) {
  const headers = method === "GET" ? {} : { "X-Jianmian": "1", ...(body && { "Content-Type": "application/json" }) };
  return exchange(path, { method, headers, body: body && JSON.stringify(body) }, PATIENCE_MS);
}

/** Sends a file, or a part of one. */
export function send(path, bytes) {
  return exchange(path, { method: "POST", headers: { "X-Jianmian": "1", "Content-Type": "application/octet-stream" }, body: bytes }, 2 * PATIENCE_MS);
}

async function exchange(path, how, patience) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), patience);
  let response;
  try {
    response = await fetch(path, { ...how, signal: waiting.signal });
  } catch {
    throw new Problem({ code: "server_away" });
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204 || response.headers.get("Content-Length") === "0") return null;
  try {
    return await response.json();
  } catch {
    throw new Problem({ code: "server_away" });
  }
}

async function problemOf(response) {
  let code = response.status >= 500 ? "internal" : "unknown";
  try {
    code = (await response.json()).code ?? code;
  } catch {
    // A proxy answered with something else than problem+json.
    if ([502, 503, 504].includes(response.status)) code = "server_away";
  }
  return new Problem({ code, status: response.status, retryAfter: Number(response.headers.get("Retry-After") ?? 0) });
}

export const signIn = (name, password, code = "") => request("POST", "/api/console/sign-in", code ? { name, password, code } : { name, password });
export const passkeyOptions = () => request("POST", "/api/console/sign-in/passkey/options");
export const signInWithPasskey = (signed) => request("POST", "/api/console/sign-in/passkey", signed);
export const invitation = (token) => request("POST", "/api/console/invitation", { token });
export const acceptWithPassword = (token, choice) => request("POST", "/api/console/invitation/password", { token, choice });
export const invitationPasskeyOptions = (token) => request("POST", "/api/console/invitation/passkey/options", { token });
export const acceptWithPasskey = (token, choice) => request("POST", "/api/console/invitation/passkey", { token, choice });
export const prove = (password, code) => request("POST", "/api/console/prove", { password, code });
export const proofOptions = () => request("POST", "/api/console/prove/passkey/options");
export const proveWithPasskey = (signed) => request("POST", "/api/console/prove/passkey", signed);
export const anotherPasskeyOptions = () => request("POST", "/api/console/passkeys/options");
export const addPasskey = (made) => request("POST", "/api/console/passkeys", made);
export const sessions = () => request("GET", "/api/console/sessions");
export const officers = () => request("GET", "/api/console/officers");
export const addOfficer = (name, roles) => request("POST", "/api/console/officers", { name, roles });
export const invite = (id) => request("POST", `/api/console/officers/${encodeURIComponent(id)}/invitation`);
export const setRoles = (id, roles) => request("POST", `/api/console/officers/${encodeURIComponent(id)}/roles`, { roles });
export const sessionsOf = (id) => request("GET", `/api/console/officers/${encodeURIComponent(id)}/sessions`);
/** Ends one session of an officer, or without `session` all but this one. */
export const endSessions = (id, session = null) => request("POST", `/api/console/officers/${encodeURIComponent(id)}/sessions/end`, { session });
export const signOut = () => request("POST", "/api/console/sign-out");
export const me = () => request("GET", "/api/console/me");
export const queue = (lane) => request("GET", `/api/console/cases?lane=${encodeURIComponent(lane)}`);
export const openCase = (id) => request("GET", `/api/console/cases/${encodeURIComponent(id)}`);

/** Claims the most urgent case of a lane; `null` when nothing waits there. @returns {Promise<{case_id: string, lane: string, until: string}|null>} */
export const next = (lane) => request("POST", "/api/console/next", lane ? { lane } : {});
export const claim = (id) => request("POST", `/api/console/cases/${encodeURIComponent(id)}/claim`);
export const keepClaim = (id) => request("POST", `/api/console/cases/${encodeURIComponent(id)}/claim/keep`);
/** Reaches the server also when the page is being closed. */
export const giveBack = (id) => fetch(`/api/console/cases/${encodeURIComponent(id)}/claim/return`, { method: "POST", headers: { "X-Jianmian": "1" }, keepalive: true });
/** @param {{version: number, until?: string, to?: string, because: string}} form */
export const putOff = (id, form) => request("POST", `/api/console/cases/${encodeURIComponent(id)}/put-off`, form);
export const undo = (id, version) => request("POST", `/api/console/cases/${encodeURIComponent(id)}/undo`, { version });
export const colleagues = () => request("GET", "/api/console/colleagues");
export const NEWS = "/api/console/news";

/** @param {{version: number, disposition: Object}} form */
export const dispose = (id, form) => request("POST", `/api/console/cases/${encodeURIComponent(id)}/disposition`, form);

/** Rings the person of a case, or takes who waits. */
export const ring = (caseId) => request("POST", `/api/console/cases/${encodeURIComponent(caseId)}/live`);
export const sendLiveLink = (id) => request("POST", `/api/console/live/${encodeURIComponent(id)}/link`);
/** @param {{version: number, disposition: Object}} form */
export const concludeLive = (id, form) => request("POST", `/api/console/live/${encodeURIComponent(id)}/result`, form);
export const protocolAddress = (id) => `/api/console/live/${encodeURIComponent(id)}/protocol`;
export const liveStillAddress = (id) => `/api/console/live/stills/${encodeURIComponent(id)}`;

export const stillAddress = (id) => `/api/console/stills/${encodeURIComponent(id)}`;
export const referenceAddress = (id, caseId) =>
  `/api/console/references/${encodeURIComponent(id)}/image?case=${encodeURIComponent(caseId)}`;
