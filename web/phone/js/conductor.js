/**
 * Does what the screens of flow.js ask for: requests, camera, call, waiting. In: the state after every step. Out: events through `dispatch`.
 * Whatever is not `live` has no camera and no call: entering such a screen lets both go.
 */
import { eventOf } from "./api.js";
import { openCamera } from "./camera.js";
import { createCall } from "./call.js";
import { SCREENS } from "./flow.js";

/** A broken line gets its own screen only after this long, ms; most breaks are shorter. */
const LINE_SCREEN_MS = 8000;
/** A call is asked for so often, with this wait between, while the line is down, ms. */
const OPEN_TRIES = 8;
/** How often an open page asks whether an officer rings, ms. */
const LISTEN_MS = 4000;
const OPEN_WAIT_MS = 1500;
/** Nobody waits longer than this for a free place before the page asks again, s. */
const FULL_WAIT_S = { least: 5, most: 60 };

/**
 * @param {{api: Object, dispatch: Function, context: () => Object, changed: () => void}} tools `changed` redraws the capture screen,
 * `noted` keeps news and draws the screen anew, `kept` keeps them only
 */
export function createConductor(tools) {
  const { api, dispatch, context } = tools;
  /** What the capture screen draws. */
  const live = { prompt: null, hint: "good", done: 0, line: true, camera: null, told: null };
  let call = null;
  let room = null;
  let entry = 0;
  let timer = 0;
  let lineTimer = 0;
  let wakeLock = null;
  let cameraTrouble = false;

  const effects = {
    check_link: () => attempt(() => api.link(), (link) => dispatch("link", { link, case: link.case, assisted: context().assisted || Boolean(link.assisted) })),
    async get_certificate() {
      const mine = entry;
      const made = await api.certificate().catch(() => ({}));
      if (mine === entry) tools.noted({ certificate: made });
    },
    give_consent() {
      const { link, language, assisted, helper, keep_picture } = context();
      const form = { consent_version: link.consent_version, language, assisted, keep_picture };
      // Whoever helps has said who they are, and by the button that the person agrees.
      if (assisted) Object.assign(form, { helper, own_consent: true });
      return attempt(() => api.consent(form), () => dispatch("agreed", { link: Object.assign({}, link, { consented: true }) }));
    },
    start_call: () => (context().talks ? openRoom() : startCall()),
    send_photo: () => attempt(() => api.photo(context().photo), (made) => dispatch("photo_sent", { case: made, photo: null })),
    send_wish() {
      const { way, phone, wish, because } = context();
      const form = { way, phone: digits(phone) || null, wish: wish || null, because: because || null };
      return attempt(() => api.otherWay(form), (made) => dispatch("wish_sent", { case: made }));
    },
    get_times: () => attempt(() => api.times(), ({ booked, slots }) => dispatch("times", { booked, slots })),
    book_time() {
      const { slot, phone } = context();
      return attempt(() => api.book({ starts_at: slot.starts_at, phone: digits(phone) || null }), (booked) => dispatch("booked", { booked }));
    },
    cancel_time: () => attempt(() => api.cancelTime(), () => dispatch("cancelled", { booked: null, case: null })),
    wait_turn() {
      const wait = Math.min(FULL_WAIT_S.most, Math.max(FULL_WAIT_S.least, context().wait_seconds));
      // Spread out, so that all who wait do not knock at the same moment.
      timer = setTimeout(() => dispatch("start"), wait * 1000 * (1 + Math.random() * 0.2));
    },
    /** An officer may ring while the page is open. */
    listen() {
      const mine = entry;
      const ask = () => api.ringing().then((live) => {
        if (mine !== entry) return;
        const { link } = context();
        if (live.rings) dispatch("rung", { talks: true, link: Object.assign({}, link, { live }) });
        else timer = setTimeout(ask, LISTEN_MS);
      }).catch(() => {
        if (mine === entry) timer = setTimeout(ask, LISTEN_MS);
      });
      timer = setTimeout(ask, LISTEN_MS);
    },
    wait_line() {
      const back = () => dispatch("again");
      window.addEventListener("online", back, { once: true });
      timer = setTimeout(back, 10000);
    },
  };

  /** Runs `ask`; its answer counts only while the person is still on the screen that asked. */
  async function attempt(ask, then) {
    const mine = entry;
    try {
      const answer = await ask();
      if (mine === entry) then(answer);
    } catch (failure) {
      if (mine === entry) fail(failure);
    }
  }

  function fail(failure) {
    const wait = failure.retryAfterSeconds || 0;
    dispatch(eventOf(failure), { wait_seconds: wait, phone_doubt: failure.code === "bad_phone" });
  }

  async function startCall() {
    const mine = entry;
    if (!context().can.camera) return dispatch("no_camera_api", { because: "browser_unsupported" });
    try {
      dropCall();
      // A call is asked for before the camera, so that nobody opens a camera for a full house; but after trouble with the camera the
      // camera comes first, so that no try is used up by it.
      if (cameraTrouble) await cameraOn(mine);
      const opened = await openPatiently(mine);
      if (mine !== entry) return undefined;
      Object.assign(live, { prompt: null, hint: "good", done: 0, line: true, told: null });
      call = createCall(opened, context().can.webrtc, hear);
      await cameraOn(mine);
      if (mine !== entry) return undefined;
      call.show(live.camera);
      await holdScreen();
      return dispatch("camera_on");
    } catch (failure) {
      if (mine !== entry) return undefined;
      if (!(failure.code in CAMERA_REASONS)) return fail(failure);
      cameraTrouble = true;
      return dispatch(failure.code, { because: CAMERA_REASONS[failure.code] });
    }
  }

  /** Camera and microphone, a chair in the waiting room, and the module that draws it. */
  async function openRoom() {
    const mine = entry;
    if (!context().can.camera) return dispatch("no_camera_api", { because: "browser_unsupported" });
    try {
      release();
      await cameraOn(mine, true);
      if (mine !== entry) return undefined;
      const [made, opened] = await Promise.all([import("./live.js"), api.joinLive()]);
      if (mine !== entry) return undefined;
      room = made.openRoom(opened, live.camera, { dispatch: leaveRoom });
      await holdScreen();
      return dispatch("room", { room });
    } catch (failure) {
      if (mine !== entry) return undefined;
      if (failure.code in CAMERA_REASONS) return dispatch(failure.code, { because: CAMERA_REASONS[failure.code] });
      return failure.code ? fail(failure) : dispatch("offline");
    }
  }

  /** What the room says leads on; a room that broke is gone into again, but not for ever. */
  function leaveRoom(event, news) {
    dispatch(event, Object.assign({ room: null, resumes: context().resumes + (event === "live_gone" ? 1 : 0) }, news));
  }

  /** When a call broke, the line is perhaps only just coming back: it is tried a few times before anybody is told. */
  async function openPatiently(mine) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await api.openCall();
      } catch (failure) {
        const hopeless = failure.code !== "offline" || tries === OPEN_TRIES || context().resumes === 0;
        if (hopeless || mine !== entry) throw failure;
        await new Promise((later) => setTimeout(later, OPEN_WAIT_MS));
      }
    }
  }

  /** Opens the camera unless it stands; one that comes after the person has left is closed at once. */
  async function cameraOn(mine, sound) {
    if (live.camera && !live.camera.ended()) return;
    const camera = await openCamera(context().side, sound);
    if (mine !== entry) {
      camera.close();
      return;
    }
    cameraTrouble = false;
    live.camera = camera;
  }

  /** The helper wants the other camera. Many phones open only one at a time: the one goes before the other comes. */
  async function switchCamera() {
    if (!live.camera || live.switching) return;
    const side = live.camera.side === "rear" ? "front" : "rear";
    live.switching = true;
    live.camera.close();
    tools.kept({ side });
    await reopen();
    live.switching = false;
  }

  async function reopen() {
    const mine = entry;
    live.camera = null;
    try {
      await cameraOn(mine);
      if (mine !== entry) return undefined;
      if (call) call.show(live.camera);
      return tools.changed();
    } catch (failure) {
      return mine === entry && dispatch(failure.code, { because: CAMERA_REASONS[failure.code] });
    }
  }

  async function torch() {
    const lamp = live.camera && live.camera.torch;
    if (!lamp) return;
    await lamp.set(!lamp.on);
    tools.changed();
  }

  /** Another app took the camera, or the phone rang: open it again as soon as the page is seen. */
  async function seenAgain() {
    if (document.hidden || !live.camera) return;
    await holdScreen();
    if (!live.camera.ended()) return live.camera.wake();
    live.camera.close();
    return reopen();
  }
  document.addEventListener("visibilitychange", seenAgain);

  function hear(type, message) {
    if (type in news) news[type](message);
  }

  const news = {
    welcome(message) {
      if (message.stage === "deciding") dispatch("deciding");
      else news.prompt({ prompt: message.prompt });
    },
    prompt({ prompt }) {
      if (prompt && prompt.kind === "wait") return dispatch("deciding");
      live.prompt = prompt || live.prompt;
      dispatch("capturing");
      return tools.changed();
    },
    hint({ hint }) {
      live.hint = hint;
      tools.changed();
    },
    progress({ done }) {
      live.done = Math.max(0, Math.min(1, done));
      tools.changed();
    },
    line_down() {
      if (!live.line) return;
      live.line = false;
      lineTimer = setTimeout(() => dispatch("line_lost"), LINE_SCREEN_MS);
      tools.changed();
    },
    line_up() {
      clearTimeout(lineTimer);
      live.line = true;
      dispatch("line_back");
      tools.changed();
    },
    call_lost: () => again("call_lost"),
    call_elsewhere: () => gone(() => dispatch("call_elsewhere")),
    result({ result }) {
      if (result.outcome === "interrupted") return again("result_interrupted");
      return gone(() => dispatch("result_" + result.outcome, { result, case: result.case_number ? result : null }));
    },
  };

  /** The server ended the call: nothing to leave any more. */
  function gone(then) {
    call = null;
    clearTimeout(lineTimer);
    then();
  }

  function again(event) {
    gone(() => dispatch(event, { resumes: context().resumes + 1 }));
  }

  function dropCall() {
    clearTimeout(lineTimer);
    if (call) call.leave();
    call = null;
  }

  function release() {
    dropCall();
    if (room) room.stop();
    room = null;
    if (live.camera) live.camera.close();
    live.camera = null;
    if (wakeLock) wakeLock.release().catch(() => {});
    wakeLock = null;
  }

  /** Keeps the screen lit. Not every phone can; the page works without. */
  async function holdScreen() {
    if (!navigator.wakeLock) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (live.camera) wakeLock = lock;
      else await lock.release();
    } catch (refused) {
      wakeLock = null;
    }
  }

  return {
    live,
    /** After every step into a screen. */
    enter(screen) {
      entry += 1;
      clearTimeout(timer);
      const shown = SCREENS[screen];
      if (!shown.live) release();
      if (shown.effect) effects[shown.effect]();
    },
    /** Said once for each step, even when the screen was drawn anew (another language). */
    shown(step) {
      if (!call || live.told === step) return;
      live.told = step;
      call.shown(step);
    },
    switchCamera,
    torch,
    skipMovement: () => call && call.skipMovement(),
    askPerson: () => call && call.askPerson(),
    reconnect: () => call && call.reconnect(),
  };
}

/** A telephone number as it was meant: the digits of a Chinese keyboard are wide ones, and some people write words beside them. */
function digits(written) {
  return (written || "").replace(/[\uFF10-\uFF19]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)).replace(/[^\d+\- ()]/g, "").trim();
}

/** The reason that goes to the officer when the camera was the cause; never held against anybody. */
const CAMERA_REASONS = { camera_denied: "camera_denied", camera_missing: "browser_unsupported", camera_busy: "camera_denied" };
