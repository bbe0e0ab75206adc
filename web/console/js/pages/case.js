/** One case: evidence in the middle, the decision at the right. */

import { h } from "../../../shared/js/dom.js";
import * as api from "../api.js";
import { Claim } from "../claim.js";
import { Compare } from "../parts/compare.js";
import { Decision } from "../parts/decision.js";
import { helpDialog } from "../parts/dialogs.js";
import { Film } from "../parts/film.js";
import { liveCalls } from "../parts/live-calls.js";
import { icon } from "../parts/icons.js";
import { earlier, facts, history } from "../parts/person.js";
import { reasons, seen } from "../parts/reasons.js";
import { loading, trouble } from "../parts/states.js";
import { Pictures } from "../pictures.js";
import { date, moment, say, t } from "../texts.js";
import { Viewer } from "../viewer.js";
import { countyToday, daysUntil, remaining } from "../words.js";

export class CasePage {
  /** @param {import("../desk.js").Desk} desk @param {string} id @param {string} lane the lane the officer came from */
  constructor(desk, id, lane) {
    this.desk = desk;
    this.id = id;
    this.lane = lane;
    this.view = null;
    this.problem = null;
    this.stopped = false;
  }

  async start() {
    this.unbind = this.desk.keys.use(() => this.#keys());
    this.draw();
    this.desk.fetchLane(this.lane).catch((problem) => this.desk.heard(problem));
    await this.#load();
  }

  stop() {
    this.stopped = true;
    this.claim?.giveBack();
    this.unbind();
  }

  async #load() {
    this.problem = null;
    try {
      this.held = await this.#take();
      this.#opened(await api.openCase(this.id));
    } catch (problem) {
      if (this.stopped || this.desk.heard(problem)) return;
      this.problem = problem;
    }
    if (this.stopped) return;
    this.draw();
    this.desk.focusHeading();
  }

  /** Claims the case; what stands against it is said above the evidence. */
  async #take() {
    this.claim ??= new Claim(this.id, () => {
      this.held = "claim_lost";
      if (!this.stopped) this.draw();
    });
    try {
      await this.claim.take();
      return null;
    } catch (problem) {
      if (problem.status === 0 || problem.code === "signed_out") throw problem;
      return problem.code;
    }
  }

  #opened(view) {
    this.view = view;
    this.viewer = new Viewer(view);
    this.pictures = new Pictures();
    this.viewer.addEventListener("change", () => {
      this.compare.update();
      this.film?.update();
    });
    this.decision = new Decision(view, {
      county: this.desk.officer.county,
      me: this.desk.officer.id,
      next: () => this.#next(),
      back: () => this.desk.goQueue(this.lane),
      reload: () => this.#load(),
      help: () => helpDialog(this.desk.keys),
      heard: (problem) => this.desk.heard(problem),
      announce: (text) => this.desk.announce(text),
      proving: (work) => this.desk.proving(work),
      decided: () => this.claim.decided() ?? this.desk.fetchLane(this.lane).catch((problem) => this.desk.heard(problem)),
    });
  }

  draw() {
    const { view } = this;
    if (!view || this.problem) {
      const main = this.problem ? trouble(this.problem, () => this.#load()) : loading(t("case.loading"));
      this.desk.place({ title: t("app.name"), main });
      return;
    }
    this.desk.place({
      title: t("app.title_case", { name: view.beneficiary_name }),
      main: this.#evidence(),
      panel: this.decision.draw(),
      panelLabel: t("decide.title"),
    });
    this.film?.update();
  }

  #evidence() {
    const { view } = this;
    this.compare = new Compare(view, this.viewer, this.pictures);
    // A photograph is one picture: there is no film to go through.
    this.film = view.kind !== "photo" && view.call?.stills.length ? new Film(view.call, this.viewer, this.pictures) : null;
    const { stills } = this.viewer;
    const looks = stills.length ? "first" : view.references.length ? "first quiet-case" : "first bare";
    const compare = this.compare.draw();
    return h(
      "article",
      { class: "case" },
      this.#head(),
      this.#live(),
      ["claimed", "claim_lost"].includes(this.held) && h("p", { class: "held-by", role: "status" }, icon("people"), t(`held.${this.held}`, { name: view.claimed_by ?? "" })),
      h("div", { class: looks }, looks !== "first bare" && compare, !stills.length && facts(view), reasons(view)),
      this.film?.draw(),
      view.call && h("div", { class: "pair" }, seen(view.call, view.kind), stills.length > 0 && facts(view)),
      liveCalls(view),
      h("div", { class: "pair" }, earlier(view.confirmations), history(view)),
    );
  }

  #head() {
    const { view } = this;
    const left = remaining(view.answer_by, Date.now());
    const due = daysUntil(view.due_on, countyToday(Date.now()));
    const open = view.may.length > 0;
    return h(
      "header",
      { class: "case-head" },
      h("div", null, h("h1", null, view.beneficiary_name, h("span", { class: "age" }, t("case.age", { age: view.age }))), h("p", { class: "soft" }, t("case.number", { number: view.case_number }), " · ", t(`kind.${view.kind}`), " · ", t(`status.${view.status}`))),
      h(
        "dl",
        { class: "deadlines" },
        open && deadline("case.answer_by", moment(view.answer_by), left, view.late),
        deadline("case.due_on", date(view.due_on), due, due.over),
      ),
    );
  }

  /** Whether the person waits in a live call, and the way there. */
  #live() {
    const { view } = this;
    if (!view.may.includes("live_call")) return null;
    const go = h("button", { class: "tool", type: "button", onclick: () => this.#goLive() }, t("live.ring"), h("kbd", null, "L"));
    return h("p", { class: view.live ? "waits-live" : "live-way" }, view.live && icon("people"), view.live && t(`live.row_${view.live}`), go);
  }

  #goLive() {
    if (!this.view.may.includes("live_call")) return;
    // The claim goes along: given back now, it might be taken from the call.
    this.claim?.decided();
    this.desk.goLive(this.id, this.lane);
  }

  #keys() {
    if (!this.decision) return [{ key: "Escape", shown: t("key.esc"), does: t("decide.back"), run: () => this.desk.goQueue(this.lane) }];
    const leave = [
      { key: "n", does: t("decide.next"), run: () => this.decision.idle && this.#next() },
      { key: "Escape", shown: t("key.esc"), does: t("decide.back"), run: () => this.desk.goQueue(this.lane) },
      ...(this.view.may.includes("live_call") ? [{ key: "l", does: t("live.ring"), run: () => this.#goLive() }] : []),
    ];
    return [...this.decision.keys(), ...leave, ...(this.film?.keys() ?? []), ...this.#lookingKeys()];
  }

  #lookingKeys() {
    const { viewer } = this;
    const both = viewer.references.length > 0 && viewer.stills.length > 0;
    const flicker = {
      key: " ",
      shown: t("key.space"),
      does: t("key.flicker"),
      run: (event) => event.repeat || viewer.press(event.timeStamp),
      up: (event) => viewer.release(event.timeStamp),
    };
    const picks = viewer.probes.slice(0, 4).map((_, n) => ({
      key: String(n + 1),
      shown: t("key.digits", { n: Math.min(4, viewer.probes.length) }),
      does: t("key.pick"),
      hidden: n > 0,
      run: () => viewer.pickProbe(n),
    }));
    return [
      ...(both ? [flicker] : []),
      ...picks,
      ...(viewer.references.length > 1 ? [{ key: "v", does: t("key.reference"), run: () => viewer.nextReference() }] : []),
      { key: "+", shown: t("key.zoom"), does: t("key.zoom_do"), run: () => viewer.zoom(1) },
      { key: "=", does: t("key.zoom_do"), hidden: true, run: () => viewer.zoom(1) },
      { key: "-", does: t("key.zoom_do"), hidden: true, run: () => viewer.zoom(-1) },
      { key: "0", does: t("key.reset"), run: () => viewer.reset() },
    ];
  }

  async #next() {
    try {
      await this.desk.next(this.lane);
    } catch (problem) {
      if (!this.desk.heard(problem)) this.desk.goQueue(this.lane);
    }
  }
}

function deadline(key, when, left, over) {
  return h(
    "div",
    null,
    h("dt", null, t(key)),
    h("dd", null, when, h("small", { class: over ? "over" : left.soon ? "soon" : "" }, over && icon("late"), say(left))),
  );
}
