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

async function request(method, path, body) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), PATIENCE_MS);
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: method === "GET" ? {} : { "X-Jianmian": "1", ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
      signal: waiting.signal,
    });
  } catch {
    throw new Problem({ code: "server_away" });
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return null;
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

export const signIn = (name, password) => request("POST", "/api/console/sign-in", { name, password });
export const signOut = () => request("POST", "/api/console/sign-out");
export const me = () => request("GET", "/api/console/me");
export const queue = (lane) => request("GET", `/api/console/cases?lane=${encodeURIComponent(lane)}`);
export const openCase = (id) => request("GET", `/api/console/cases/${encodeURIComponent(id)}`);

/** @param {{version: number, disposition: Object}} form */
export const dispose = (id, form) => request("POST", `/api/console/cases/${encodeURIComponent(id)}/disposition`, form);

export const stillAddress = (id) => `/api/console/stills/${encodeURIComponent(id)}`;
export const referenceAddress = (id, caseId) =>
  `/api/console/references/${encodeURIComponent(id)}/image?case=${encodeURIComponent(caseId)}`;
