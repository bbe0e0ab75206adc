/** The phone's side of the HTTP interface (docs/API.md). In: the link's token. Out: JSON values or a `Problem`. */

/** How long an answer may take on a weak line, ms; a photograph has to travel first. */
const ANSWER_MS = 15000;
const PHOTO_MS = 90000;

/** An answer that is not the wished-for one. `code` is the stable code of the problem document, or `offline`. */
export class Problem extends Error {
  constructor(code, retryAfterSeconds) {
    super(code);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Where each code leads in the journey; everything else is `trouble`. */
const EVENTS = {
  offline: "offline", link_unknown: "link_unknown", link_expired: "link_expired", consent_missing: "consent_missing",
  consent_outdated: "consent_outdated", already_confirmed: "check_again", with_officer: "check_again", full: "full",
  too_many_tries: "too_many_tries", too_large: "photo_again", unreadable_picture: "photo_again",
  bad_phone: "bad_phone", slot_taken: "slot_taken", no_such_slot: "slot_taken",
};

/** The event that a failure stands for. */
export function eventOf(failure) {
  return EVENTS[failure.code] || "trouble";
}

/** The link's token: the last part of the page's own address. */
export function tokenOf(path) {
  return decodeURIComponent(path.split("/").filter(Boolean).pop() || "");
}

/**
 * All requests of the phone page.
 * @param {string} token
 */
export function createApi(token) {
  const ask = (method, path, body, type, limitMs) => request(method, "/api/phone/" + path, token, body, type, limitMs || ANSWER_MS);
  const post = (path, value) => ask("POST", path, value === undefined ? undefined : JSON.stringify(value), "application/json");
  return {
    link: () => ask("GET", "link"),
    consent: (form) => post("consent", form),
    openCall: () => post("calls"),
    certificate: () => ask("GET", "certificate"),
    times: () => ask("GET", "appointments"),
    book: (form) => post("appointments", form),
    cancelTime: () => post("appointments/cancel"),
    otherWay: (form) => post("other-way", form),
    ringing: () => ask("GET", "live"),
    joinLive: () => post("live"),
    photo: (picture) => ask("POST", "photo", picture, picture.type || "image/jpeg", PHOTO_MS),
  };
}

async function request(method, path, token, body, type, limitMs) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limitMs);
  const headers = { Authorization: "Bearer " + token };
  if (body !== undefined) headers["Content-Type"] = type;
  try {
    const response = await fetch(path, { method, headers, body, cache: "no-store", credentials: "omit", signal: stop.signal });
    const text = await response.text();
    if (response.ok) return text ? JSON.parse(text) : null;
    throw new Problem(codeIn(text), Number(response.headers.get("Retry-After")) || 0);
  } catch (failure) {
    throw failure instanceof Problem ? failure : new Problem("offline", 0);
  } finally {
    clearTimeout(timer);
  }
}

function codeIn(text) {
  try {
    return JSON.parse(text).code || "trouble";
  } catch (notJson) {
    return "trouble";
  }
}
