/** The question that belongs to the way chosen. */
const WAY_SCREENS = [
  { if: "way_person", to: "other_person" }, { if: "way_appointment", to: "other_appointment" },
  { if: "way_paper_form", to: "other_paper_form" }, { if: "way_station", to: "other_station" }, { to: "other_home_visit" },
];

/** Free times came: who has an appointment sees it, and where nothing is free a person calls. */
const TIMES = [{ if: "has_booking", to: "appointment" }, { if: "no_slots", to: "other_person" }, { to: "slots" }];

/** To an officer by video, after the consent. */
const SEE = [{ if: "consented", to: "starting" }, { to: "consent" }];

/**
 * The journey as data: every screen, what stands on it, and where each event leads. No DOM, no network, no clock in here.
 *
 * A screen's texts follow from its name: `phone.<screen>.main`, `.sub` and `.primary`.
 *
 * - `pictogram` drawing from pictograms.js · `tone` ground (`ok`, `wait`; paper otherwise) · `body` what body.js draws below the sentence
 * - `primary` event of the one main button; `"call_us"` dials the county · `late` the button appears only if it takes long
 * - `quiet` event of the quiet link below it; another way unless said otherwise · `extra` further quiet links (`phone.extra.<event>`)
 * - `effect` what the conductor does on entering · `live` camera and call stay on · `helper: "assisted"` addressed to the helper when
 *   there is one · `helper_texts` with words of its own then (`.helper_main`, `.helper_sub`) · `helper_extra` in place of `extra` then
 * - `on` event → screen, or a list of `{if, to}` of which the first true one counts; `"back"` is where another way was asked for
 *
 * @typedef {{screen: string, context: Object}} State
 */
export const SCREENS = {
  opening: { pictogram: "cup", effect: "check_link", primary: "again", late: true, on: { again: "opening" } },
  who: { pictogram: "office", body: "facts", primary: "begin", on: { begin: [{ if: "consented", to: "ready" }, { to: "consent" }] } },
  already: { pictogram: "tick", tone: "ok", body: "due", effect: "get_certificate", primary: "close", quiet: "call_us", on: { close: "closed" } },
  officer: { pictogram: "officer", tone: "wait", body: "next_steps", effect: "listen", primary: "close", extra: ["see_person"], on: { close: "closed", see_person: SEE } },
  link_unknown: { pictogram: "link", primary: "call_us", on: {} },
  link_expired: { pictogram: "link", primary: "call_us", on: {} },

  consent: {
    pictogram: "face", body: "consent", primary: "agree",
    on: { agree: [{ if: "helped", to: "helper" }, { to: "agreeing" }] },
  },
  helper: {
    pictogram: "helper", body: "relations", helper: "assisted", primary: "they_agree",
    on: { they_agree: [{ if: "helper_named", to: "agreeing" }, { to: "helper" }] },
  },
  agreeing: {
    pictogram: "cup", effect: "give_consent", primary: "again", late: true,
    on: { again: "agreeing", agreed: [{ if: "talks", to: "starting" }, { to: "ready" }] },
  },
  consent_outdated: { pictogram: "paper", primary: "again", on: { again: "opening" } },
  ready: {
    pictogram: "phone_face", body: "tips", helper: "assisted", helper_texts: true, helper_extra: ["start_rear"], extra: ["get_help"], primary: "start",
    on: { start: [{ if: "no_webrtc", to: "no_webrtc" }, { to: "starting" }], get_help: "helper" },
  },

  starting: { pictogram: "camera", effect: "start_call", live: true, primary: "again", late: true, on: { again: "starting", camera_on: "capture", room: "live" } },
  capture: { body: "capture", live: true, primary: null, on: { deciding: "deciding", line_lost: "line" } },
  deciding: { pictogram: "cup", live: true, primary: "reconnect", late: true, on: { capturing: "capture", line_lost: "line" } },
  line: {
    pictogram: "signal", live: true, primary: "reconnect",
    on: { capturing: "capture", deciding: "deciding", line_back: "capture" },
  },
  resuming: { pictogram: "signal", effect: "start_call", live: true, primary: "again", late: true, on: { again: "resuming", camera_on: "capture" } },

  ringing: { pictogram: "call", tone: "wait", body: "word", primary: "answer", on: { answer: SEE } },
  live: { body: "live", live: true, primary: null, on: { live_over: "live_ended", live_gone: [{ if: "may_resume", to: "starting" }, { to: "live_ended" }] } },
  live_ended: { pictogram: "cup", tone: "wait", effect: "listen", primary: "close", extra: ["see_person"], on: { close: "closed", see_person: SEE } },

  confirmed: { pictogram: "tick", tone: "ok", body: "receipt", effect: "get_certificate", primary: "close", quiet: "call_us", on: { close: "closed" } },
  retry: { pictogram: "again", body: "advice", primary: "start", extra: ["get_help"], helper_extra: [], on: { start: "starting", get_help: "helper" } },
  retry_person: {
    pictogram: "call", tone: "wait", primary: "ask_call", extra: ["start", "get_help"], helper_extra: ["start"],
    on: { ask_call: "other_person", start: "starting", get_help: "helper" },
  },
  interrupted: { pictogram: "signal", primary: "start", on: { start: "starting" } },
  elsewhere: { pictogram: "windows", primary: "start", on: { start: "starting" } },
  full: { pictogram: "cup", effect: "wait_turn", primary: "start", on: { start: "starting" } },
  rest: { pictogram: "cup", tone: "wait", primary: "ask_call", extra: ["again"], on: { ask_call: "other_person", again: "opening" } },
  used_up: { pictogram: "call", tone: "wait", primary: "ask_call", on: { ask_call: "other_person" } },
  offline: { pictogram: "signal", effect: "wait_line", primary: "again", on: { again: "opening" } },
  trouble: { pictogram: "cup", primary: "again", on: { again: "opening" } },

  camera_denied: { pictogram: "camera_ask", body: "allow_steps", helper: "assisted", primary: "start", extra: ["photo"], on: { start: "starting" } },
  camera_busy: { pictogram: "camera_busy", helper: "assisted", primary: "start", extra: ["photo"], on: { start: "starting" } },
  camera_missing: { pictogram: "camera_none", helper: "assisted", primary: "photo", extra: ["start"], on: { start: "starting" } },
  wechat: { pictogram: "menu", body: "open_outside", helper: "assisted", primary: "copy_link", extra: ["photo"], on: { copied: "copied" } },
  copied: { pictogram: "windows", helper: "assisted", primary: "begin_again", extra: ["photo"], on: { begin_again: "wechat" } },
  no_live: { pictogram: "photo", helper: "assisted", primary: "photo", on: {} },
  no_webrtc: { pictogram: "photo", helper: "assisted", primary: "start", extra: ["photo"], on: { start: "starting" } },

  photo_sending: { pictogram: "photo", effect: "send_photo", primary: "again", late: true, on: { again: "photo_sending", photo_sent: "officer" } },
  photo_again: { pictogram: "photo", body: "photo_tips", primary: "photo", on: {} },

  other: { pictogram: "ways", body: "ways", primary: "choose", quiet: "back", on: { choose: WAY_SCREENS } },
  other_person: { pictogram: "call", body: "wish", primary: "send", on: { send: "other_sending" } },
  other_appointment: { pictogram: "calendar", effect: "get_times", primary: "again", late: true, on: { again: "other_appointment", times: TIMES } },
  slots: { pictogram: "calendar", body: "slots", primary: "ask_call", on: { slot: "slot", ask_call: "other_person" } },
  slot: { pictogram: "calendar", body: "slot", primary: "book", extra: ["other_time"], on: { book: "booking", other_time: "other_appointment" } },
  booking: { pictogram: "cup", effect: "book_time", primary: "again", late: true, on: { again: "booking", booked: "appointment", slot_taken: "slot_taken", bad_phone: "slot" } },
  slot_taken: { pictogram: "calendar", primary: "other_time", on: { other_time: "changing" } },
  appointment: {
    pictogram: "tick", tone: "wait", body: "booked", effect: "listen", primary: "close", extra: ["see_person", "other_time", "cancel_time"], quiet: "call_us",
    on: { close: "closed", see_person: SEE, other_time: "changing", cancel_time: "cancelling" },
  },
  changing: { pictogram: "cup", effect: "get_times", primary: "again", late: true, on: { again: "changing", times: TIMES.slice(1) } },
  cancelling: { pictogram: "cup", effect: "cancel_time", primary: "again", late: true, on: { again: "cancelling", cancelled: "cancelled" } },
  cancelled: { pictogram: "calendar", primary: "begin", extra: ["other_time"], on: { begin: "opening", other_time: "other_appointment" } },
  other_paper_form: { pictogram: "paper", body: "wish", primary: "send", on: { send: "other_sending" } },
  other_home_visit: { pictogram: "home", body: "wish", primary: "send", on: { send: "other_sending" } },
  other_station: { pictogram: "office", body: "wish", primary: "send", on: { send: "other_sending" } },
  other_sending: { pictogram: "cup", effect: "send_wish", primary: "again", late: true, on: { again: "other_sending", wish_sent: "other_done", bad_phone: WAY_SCREENS } },
  other_done: { pictogram: "tick", tone: "wait", body: "promise", effect: "listen", primary: "close", extra: ["see_person"], quiet: "call_us", on: { close: "closed", see_person: SEE } },
  other_unlinked: { pictogram: "call", body: "paper_link", primary: "call_us", quiet: "back", on: {} },
  closed: { pictogram: "cup", effect: "listen", primary: "back_to_result", quiet: "call_us", on: { back_to_result: "opening" } },
};

/** Events that lead to the same screen from wherever they come. */
export const ANYWHERE = {
  link: [
    { if: "link_confirmed", to: "already" }, { if: "rings", to: "ringing" }, { if: "link_with_officer", to: "officer" }, { if: "tries_used_up", to: "used_up" },
    { if: "must_rest", to: "rest" }, { to: "who" },
  ],
  link_unknown: "link_unknown",
  link_expired: "link_expired",
  consent_missing: "consent",
  consent_outdated: "consent_outdated",
  check_again: "opening",
  full: "full",
  too_many_tries: [{ if: "long_rest", to: "used_up" }, { to: "rest" }],
  offline: "offline",
  trouble: "trouble",
  result_confirmed: "confirmed",
  result_with_officer: "officer",
  result_retry: [{ if: "offer_person", to: "retry_person" }, { to: "retry" }],
  call_lost: [{ if: "may_resume", to: "resuming" }, { to: "interrupted" }],
  result_interrupted: [{ if: "may_resume", to: "resuming" }, { to: "interrupted" }],
  call_elsewhere: "elsewhere",
  rung: "ringing",
  camera_denied: "camera_denied",
  camera_busy: "camera_busy",
  camera_missing: "camera_missing",
  no_camera_api: [{ if: "in_wechat", to: "wechat" }, { to: "no_live" }],
  photo_taken: "photo_sending",
  photo_again: "photo_again",
  other_way: [{ if: "linked", to: "other" }, { to: "other_unlinked" }],
  back: "back",
};

/** Questions that a transition may ask of the context. */
export const GUARDS = {
  linked: (c) => Boolean(c.link),
  consented: (c) => Boolean(c.link && c.link.consented),
  helped: (c) => Boolean(c.assisted),
  helper_named: (c) => Boolean(c.helper),
  link_confirmed: (c) => c.link.state === "confirmed",
  link_with_officer: (c) => c.link.state === "with_officer",
  tries_used_up: (c) => Boolean(c.link.tries_used_up),
  must_rest: (c) => c.link.wait_seconds > 0,
  long_rest: (c) => c.wait_seconds > LONG_REST_S,
  offer_person: (c) => Boolean(c.result.offer_person),
  may_resume: (c) => c.resumes <= RESUMES_MAX,
  no_webrtc: (c) => !c.can.webrtc && c.can.camera,
  in_wechat: (c) => Boolean(c.can.wechat),
  way_person: (c) => c.way === "person",
  way_appointment: (c) => c.way === "appointment",
  way_paper_form: (c) => c.way === "paper_form",
  way_station: (c) => c.way === "station",
  has_booking: (c) => Boolean(c.booked),
  no_slots: (c) => !c.slots.length,
  rings: (c) => Boolean(c.link.live && c.link.live.rings),
  talks: (c) => Boolean(c.talks),
};

/** Whoever would have to wait longer than this is not told a time of day but offered a person, s. */
const LONG_REST_S = 12 * 3600;

/** Calls the page opens by itself after a cut; then a tap is asked for, so that a broken line cannot use up the day's tries. */
export const RESUMES_MAX = 3;

/** Screens that cannot be come back to from another way: a call in progress has ended there, so its beginning is offered again. */
const BACK_INSTEAD = { starting: "ready", capture: "ready", deciding: "ready", line: "ready", resuming: "ready", full: "ready", agreeing: "consent", live: "opening" };

/**
 * The state after an event; the same state (identical) when the event means nothing here.
 * @param {State} state
 * @param {string} event
 * @param {Object} [news] merged into the context
 * @returns {State}
 */
export function next(state, event, news) {
  const context = Object.assign({}, state.context, news);
  const here = SCREENS[state.screen].on;
  const rule = event in here ? here[event] : ANYWHERE[event];
  if (!rule) return state;
  const to = Array.isArray(rule) ? rule.find((way) => !way.if || GUARDS[way.if](context)).to : rule;
  if (to === "back") return { screen: context.back || "opening", context };
  if (event === "other_way" || event === "ask_call") context.back = BACK_INSTEAD[state.screen] || backFrom(state, context);
  return { screen: to, context };
}

/** From inside the other ways, "back" still leads to where the person came from. */
function backFrom(state, context) {
  return state.screen.startsWith("other") ? context.back : state.screen;
}

/** The county's number until the link has told it: the national social-security line. */
export const NATIONAL_LINE = "12333";

/** The first state. */
export function start(can) {
  return { screen: "opening", context: { can, link: null, assisted: false, keep_picture: false, helper: null, side: "front", certificate: null, way: "person", resumes: 0, result: null, case: null } };
}
