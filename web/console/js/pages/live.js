/** A live call: the person large in the middle, what the machine sees beside them, the officer's script at the right. */

import { h, fill } from "../../../shared/js/dom.js";
import { createLive } from "../../../shared/js/live.js";
import * as api from "../api.js";
import { Claim } from "../claim.js";
import { Decision } from "../parts/decision.js";
import { helpDialog } from "../parts/dialogs.js";
import { icon } from "../parts/icons.js";
import { beside } from "../parts/live-beside.js";
import { Script } from "../parts/live-script.js";
import { loading, problemText, trouble } from "../parts/states.js";
import { Problem } from "../api.js";
import { t } from "../texts.js";

/** Asked of the officer's camera: the phone shows it small. */
const WISH = { video: { width: { ideal: 480 }, height: { ideal: 360 }, frameRate: { ideal: 15 } }, audio: { echoCancellation: true, noiseSuppression: true } };
/** What cannot be decided in a call: to whom else the case goes is no word to the person. */
const NOT_HERE = ["live_call", "pass_on", "approve"];
const CAPTION_MAX = 120;

export class LivePage {
  /** @param {import("../desk.js").Desk} desk @param {string} id case @param {string} lane */
  constructor(desk, id, lane) {
    Object.assign(this, { desk, id, lane, view: null, problem: null, stopped: false, call: null, deciding: false, muted: false, volume: 1, over: null, line: true, note: "" });
    this.standing = { phase: "ringing", other_here: false, still_frames: false };
    this.seen = null;
    this.media = {
      remote: h("video", { autoplay: true, playsinline: true, class: "remote" }),
      own: h("video", { autoplay: true, playsinline: true, class: "own" }),
      picture: h("canvas", { class: "remote", hidden: true }),
    };
    this.media.own.muted = true;
    this.caption = h("input", { type: "text", maxlength: String(CAPTION_MAX), autocomplete: "off" });
  }

  async start() {
    this.unbind = this.desk.keys.use(() => this.#keys());
    this.draw();
    this.desk.fetchLane(this.lane).catch((problem) => this.desk.heard(problem));
    await this.#begin();
  }

  stop() {
    this.stopped = true;
    this.call?.leave();
    this.claim?.giveBack();
    clearInterval(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.unbind();
  }

  async #begin() {
    this.problem = null;
    try {
      this.view = await api.openCase(this.id);
      this.stream ??= await openCamera();
      this.media.own.srcObject = this.stream;
      this.opened = await api.ring(this.id);
      this.claim ??= new Claim(this.id, () => {});
      await this.claim.take();
    } catch (problem) {
      if (this.stopped || this.desk.heard(problem)) return;
      this.problem = problem;
    }
    if (this.stopped) return this.stream?.getTracks().forEach((track) => track.stop());
    if (!this.problem) this.#connect();
    this.draw();
    this.desk.focusHeading();
  }

  #connect() {
    const say = (message) => this.call.send(message);
    this.script = new Script({ word: this.opened.word, say, decide: () => this.#decide(true) });
    this.decision = new Decision(decidable(this.view), {
      county: this.desk.officer.county,
      me: this.desk.officer.id,
      next: () => this.desk.next(this.lane).catch(() => this.desk.goQueue(this.lane)),
      back: () => this.desk.goQueue(this.lane),
      reload: () => this.#begin(),
      help: () => helpDialog(this.desk.keys),
      heard: (problem) => this.desk.heard(problem),
      announce: (text) => this.desk.announce(text),
      proving: (work) => this.desk.proving(work),
      tell: (form) => api.concludeLive(this.opened.live_call_id, form),
      decided: () => {
        this.claim.decided();
        this.desk.fetchLane(this.lane).catch((problem) => this.desk.heard(problem));
      },
    });
    this.timer = setInterval(() => this.#tickClock(), 1000);
    this.call = createLive(this.opened, { stream: this.stream, video: this.media.own, tell: (type, message) => this.#hear(type, message) });
  }

  #hear(type, message) {
    const news = {
      standing: () => {
        this.standing = message.standing;
        this.heardAt = Date.now();
      },
      script: () => this.script.take(message.script),
      seen: () => (this.seen = message.seen),
      snapshot: () => this.#say(t(message.sha256 ? "live.snapshot_kept" : "live.snapshot_none")),
      media: () => {
        if (this.media.remote.srcObject !== message) this.media.remote.srcObject = message;
        this.media.remote.play().catch(() => {});
      },
      picture: () => this.#paint(message),
      weak: () => this.#say(t("live.weak")),
      line_down: () => (this.line = false),
      line_up: () => (this.line = true),
      fault: () => this.#say(t("live.fault", { code: message.code })),
      over: () => (this.over = message.result),
      gone: () => (this.over = { outcome: "ended", end: "interrupted" }),
      elsewhere: () => (this.over = { outcome: "ended", end: "elsewhere" }),
    };
    if (!news[type]) return;
    news[type]();
    if (type !== "picture" && type !== "media") this.#redraw();
  }

  async #paint(jpeg) {
    const image = await createImageBitmap(jpeg).catch(() => null);
    if (!image) return;
    Object.assign(this.media.picture, { width: image.width, height: image.height });
    this.media.picture.getContext("2d").drawImage(image, 0, 0);
  }

  #say(text) {
    this.note = text;
    this.desk.announce(text);
    this.#redraw();
  }

  /** Draws what changes, and lets the hands stay where they are. */
  #redraw() {
    if (this.stopped || !this.parts) return;
    const { phase, still_frames: stills } = this.standing;
    const talking = phase === "talking" && this.line && !this.over;
    this.parts.stage.classList.toggle("talking", talking);
    this.media.remote.hidden = stills;
    this.media.picture.hidden = !stills;
    fill(this.parts.phase, this.#phaseText());
    this.#fresh("beside", this.seen, () => beside(this.seen, this.referenceTile()));
    this.parts.caption.hidden = Boolean(this.over);
    this.#fresh("tools", [this.muted, stills, this.standing.other_here, this.over], () => this.#tools());
    fill(this.parts.note, this.note);
    if (!this.deciding) this.script.draw(Boolean(this.over));
  }

  /** Draws a part only when what it shows has changed, so that a hand on a slider keeps it. */
  #fresh(part, shows, drawn) {
    const key = JSON.stringify(shows);
    if (this.parts[part].dataset.shows === key) return;
    this.parts[part].dataset.shows = key;
    fill(this.parts[part], drawn());
  }

  #phaseText() {
    if (this.over) return t(this.over.outcome === "ended" ? `live.end_${this.over.end}` : "live.end_decided");
    if (!this.line) return t("live.own_line");
    const { phase, still_frames: stills, other_here: here } = this.standing;
    if (phase === "broken") return t(here ? "live.back" : "live.their_line");
    if (stills && phase === "talking") return t("live.stills", { telephone: this.opened.telephone ?? t("facts.unknown") });
    return t(`live.${phase}`);
  }

  #tickClock() {
    if (!this.parts || this.over || this.standing.talked_ms === null || this.standing.talked_ms === undefined) return;
    const seconds = Math.floor((this.standing.talked_ms + Date.now() - this.heardAt) / 1000);
    fill(this.parts.clock, `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
  }

  /** The reference is fetched once: each look is an audit event. */
  referenceTile() {
    const [reference] = this.view.references;
    if (!reference) return null;
    this.tile ??= h("img", { src: api.referenceAddress(reference.id, this.id), alt: t("live.reference") });
    return this.tile;
  }

  draw() {
    const { view } = this;
    if (!view || this.problem || !this.call) {
      const main = this.problem ? trouble(this.problem, () => this.#begin()) : loading(t("live.opening"));
      this.desk.place({ title: t("app.name"), main });
      return;
    }
    this.parts = {
      stage: h("div", { class: "live-stage" }, this.media.remote, this.media.picture, this.media.own),
      phase: h("p", { class: "live-phase", role: "status" }),
      clock: h("b", { class: "live-clock" }),
      beside: h("div", { class: "live-beside" }),
      tools: h("div", { class: "live-tools" }),
      caption: this.#captionForm(),
      note: h("p", { class: "soft", role: "status" }),
    };
    const { stage, phase, clock, beside: side, tools, caption, note } = this.parts;
    const head = h("header", { class: "case-head" }, h("div", null, h("h1", null, view.beneficiary_name, h("span", { class: "age" }, t("case.age", { age: view.age }))), h("p", { class: "soft" }, t("case.number", { number: view.case_number }), " · ", t("live.title"))), clock);
    const main = h("article", { class: "case live" }, head, phase, h("div", { class: "live-first" }, stage, side), tools, caption, note);
    this.desk.place({ title: t("live.page_title", { name: view.beneficiary_name }), main, panel: this.deciding ? this.#decisionPanel() : this.script.element, panelLabel: t("live.script") });
    this.#redraw();
  }

  #decisionPanel() {
    return [this.decision.draw(), h("button", { class: "quiet", type: "button", onclick: () => this.#decide(false) }, t("live.back_to_script"))];
  }

  #decide(on) {
    this.deciding = on;
    this.draw();
  }

  #captionForm() {
    const send = (event) => {
      event.preventDefault();
      this.call.send({ type: "caption", text: this.caption.value.trim() });
      this.desk.announce(t("live.caption_sent"));
      this.caption.select();
    };
    return h("form", { class: "live-caption", onsubmit: send }, h("label", null, h("span", null, t("live.caption"), " ", h("kbd", null, "C")), this.caption), h("button", { class: "tool", type: "submit" }, t("live.caption_send")));
  }

  #tools() {
    const tool = (text, key, run, pressed) => h("button", { class: "tool", type: "button", onclick: run, "aria-pressed": pressed === undefined ? null : String(pressed) }, text, h("kbd", null, key));
    const over = Boolean(this.over);
    const loud = h("input", { type: "range", min: "0", max: "1", step: "0.05", value: String(this.volume), "aria-label": t("live.volume") });
    loud.addEventListener("input", () => this.#setVolume(Number(loud.value)));
    return [
      !over && tool(t("live.snapshot"), "S", () => this.#snapshot()),
      !over && tool(t(this.muted ? "live.unmute" : "live.mute"), "M", () => this.#mute(), this.muted),
      !over && h("label", { class: "check" }, t("live.volume"), loud),
      !over && tool(t("live.still_frames"), "T", () => this.#stillFrames(), this.standing.still_frames),
      !over && !this.standing.other_here && tool(t("live.send_link"), "L", () => this.#sendLink()),
      over ? h("button", { class: "tool", type: "button", onclick: () => this.#again() }, t("live.again")) : tool(t("live.hang_up"), "H", () => this.#hangUp()),
    ];
  }

  #setVolume(volume) {
    this.volume = Math.min(1, Math.max(0, volume));
    this.media.remote.volume = this.volume;
  }

  #mute() {
    this.muted = !this.muted;
    this.call.mute("audio", this.muted);
    this.#say(t(this.muted ? "live.muted" : "live.unmuted"));
  }

  #snapshot() {
    this.call.send({ type: "snapshot" });
  }

  #stillFrames() {
    this.call.send({ type: "still_frames", on: !this.standing.still_frames });
  }

  async #sendLink() {
    try {
      const sent = await api.sendLiveLink(this.opened.live_call_id);
      this.#say(t(sent.channel === "call" ? "live.link_read_out" : "live.link_sent", { link: sent.url }));
    } catch (problem) {
      if (!this.desk.heard(problem)) this.#say(problemText(problem));
    }
  }

  #hangUp() {
    this.call.leave();
    this.over = { outcome: "ended", end: "hung_up" };
    this.#redraw();
  }

  /** Rings once more on the same page. */
  async #again() {
    this.over = null;
    this.deciding = false;
    clearInterval(this.timer);
    await this.#begin();
  }

  #keys() {
    const back = { key: "Escape", shown: t("key.esc"), does: t("decide.back"), run: () => (this.deciding && this.decision.idle && !this.over ? this.#decide(false) : this.desk.goQueue(this.lane)) };
    if (!this.call) return [back];
    if (this.deciding) return [...this.decision.keys(), back, ...(this.over ? [] : [{ key: "s", does: t("live.snapshot"), run: () => this.#snapshot() }])];
    if (this.over) return [back];
    return [
      ...this.script.keys(),
      { key: "s", does: t("live.snapshot"), run: () => this.#snapshot() },
      { key: "m", does: t("live.mute"), run: () => this.#mute() },
      { key: "+", does: t("live.louder"), run: () => this.#setVolume(this.volume + 0.1) },
      { key: "-", does: t("live.softer"), run: () => this.#setVolume(this.volume - 0.1) },
      { key: "c", does: t("live.caption"), run: () => this.caption.focus() },
      { key: "t", does: t("live.still_frames"), run: () => this.#stillFrames() },
      { key: "l", does: t("live.send_link"), run: () => this.#sendLink() },
      { key: "h", does: t("live.hang_up"), run: () => this.#hangUp() },
      { key: "d", does: t("live.decide"), run: () => this.#decide(true) },
      back,
    ];
  }
}

/** The case as it can be decided in a call: the officer has seen the person. */
function decidable(view) {
  const may = [...new Set(["confirm", ...view.may.filter((word) => !NOT_HERE.includes(word))])];
  return { ...view, kind: "flagged_call", may };
}

/** Camera and microphone; a desk without a camera is heard only. */
async function openCamera() {
  const devices = navigator.mediaDevices;
  if (!devices) throw new Problem({ code: "no_microphone" });
  try {
    return await devices.getUserMedia(WISH);
  } catch (refused) {
    if (refused.name === "NotAllowedError") throw new Problem({ code: "no_microphone" });
    return devices.getUserMedia({ audio: WISH.audio }).catch(() => {
      throw new Problem({ code: "no_microphone" });
    });
  }
}
