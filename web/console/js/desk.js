/** The desk: bar, lanes, the page in the middle, the panel at the right; who is signed in; where the address points. */

import { h, fill } from "../../shared/js/dom.js";
import * as api from "./api.js";
import { Idle } from "./idle.js";
import { Keys } from "./keys.js";
import { currentLanguage, rememberedLanguage, speak, t } from "./texts.js";
import { askWhetherThere, helpDialog } from "./parts/dialogs.js";
import { icon } from "./parts/icons.js";
import { askForProof } from "./parts/proof.js";
import { FIRST_LANE, LANES, rail } from "./parts/rail.js";
import { pageOf, places } from "./places.js";
import { CasePage } from "./pages/case.js";
import { LivePage } from "./pages/live.js";
import { QueuePage } from "./pages/queue.js";
import { InvitationPage } from "./pages/invitation.js";
import { OfficersPage, OwnDeskPage } from "./pages/officers.js";
import { SignInPage } from "./pages/sign-in.js";
import { sign } from "./passkey.js";

/** Minutes without a hand on the desk until the officer is signed out, unless the server says otherwise. */
const IDLE_MINUTES = 30;

export class Desk {
  /** @type {Object|null} OfficerView */
  officer = null;
  /** Cases by lane, as last heard. */
  counts = {};
  lane = FIRST_LANE;
  /** Which of the county's pages is open. @type {string|null} */
  placeId = null;
  keys = new Keys(document);
  #page = null;
  #idle = null;
  #parts;

  /** @param {HTMLElement} body */
  constructor(body) {
    this.#parts = {
      skip: h("a", { class: "skip", href: "#content", onclick: (event) => this.#skip(event) }),
      bar: h("header", { class: "bar" }),
      ribbon: h("p", { class: "ribbon", role: "note", hidden: true }),
      rail: h("nav", { class: "rail" }),
      main: h("main", { id: "content", tabindex: "-1" }),
      panel: h("aside", { class: "panel" }),
      middle: h("div", { class: "desk" }),
      said: h("p", { class: "unseen", role: "status", "aria-live": "polite" }),
    };
    const { skip, bar, ribbon, rail: lanes, main, panel, middle, said } = this.#parts;
    middle.append(lanes, main, panel);
    body.append(skip, bar, ribbon, middle, said);
    this.keys.use(() => this.#deskKeys());
  }

  async start() {
    await speak(rememberedLanguage());
    window.addEventListener("hashchange", () => this.#route());
    if (invited()) return this.#route();
    try {
      this.#enter(await api.me());
    } catch (problem) {
      if (problem.code === "signed_out") this.askToSignIn(null);
      else this.#show(new SignInPage(this, problem));
    }
  }

  /** After signing in: back to where the address points. */
  #enter(officer) {
    this.officer = officer;
    this.#idle = new Idle({
      minutes: officer.idle_minutes ?? IDLE_MINUTES,
      ping: () => api.me().catch((problem) => this.heard(problem)),
      ask: () => askWhetherThere(),
      out: () => this.signOut("idle"),
    });
    this.#route();
  }

  /** Shows the sign-in page over whatever the address points to. @param {null|"signed_out"|"idle"|"bye"} because */
  askToSignIn(because) {
    this.#idle?.stop();
    this.officer = null;
    this.#show(new SignInPage(this, null, because));
  }

  async signIn(name, password, code) {
    this.#enter(await api.signIn(name, password, code));
  }

  async signInWithPasskey() {
    this.#enter(await api.signInWithPasskey(await sign(await api.passkeyOptions())));
  }

  /** An invitation was accepted: its address is used up. */
  enterAs(officer) {
    this.#idle?.stop();
    history.replaceState(null, "", `${location.pathname}#/queue/${FIRST_LANE}`);
    this.#enter(officer);
  }

  /** Does something that may want a proof of who the officer is: then asks for it and does it again. */
  async proving(work) {
    try {
      return await work();
    } catch (problem) {
      if (problem.code !== "proof_needed" || !(await askForProof(this.officer))) throw problem;
      return work();
    }
  }

  async signOut(because = "bye") {
    await api.signOut().catch(() => null);
    if (because === "bye") history.replaceState(null, "", location.pathname);
    this.askToSignIn(because);
  }

  /** Hears of a problem; a page shows it unless it means that the officer is signed out. @returns {boolean} dealt with */
  heard(problem) {
    if (problem.code !== "signed_out") return false;
    if (this.officer) this.askToSignIn("signed_out");
    return true;
  }

  /** Fetches a lane and remembers the counts. */
  async fetchLane(lane) {
    const view = await api.queue(lane);
    this.counts = view.counts;
    this.#drawRail();
    return view;
  }

  /** Claims and opens the most urgent case of the lane, or shows the lane when nothing waits. Officers do not pick. */
  async next(lane) {
    const claim = await api.next(lane);
    if (claim) this.go(claim.case_id, lane);
    else this.goQueue(lane);
  }

  go(caseId, lane) {
    location.hash = `#/case/${caseId}/${lane}`;
  }

  goLive(caseId, lane) {
    location.hash = `#/live/${caseId}/${lane}`;
  }

  goQueue(lane = this.lane) {
    location.hash = `#/queue/${lane}`;
  }

  /** Says something to those who listen rather than look. */
  announce(text) {
    this.#parts.said.textContent = "";
    requestAnimationFrame(() => fill(this.#parts.said, text));
  }

  /** The page drew itself anew: main, panel and title take its places. */
  place({ title, main, panel = null, panelLabel = "" }) {
    document.title = title;
    fill(this.#parts.main, main);
    this.#parts.panel.hidden = !panel;
    if (panel) {
      this.#parts.panel.setAttribute("aria-label", panelLabel);
      fill(this.#parts.panel, panel);
    }
  }

  /** Puts the reading place at the page's heading. */
  focusHeading() {
    const heading = this.#parts.main.querySelector("h1") ?? this.#parts.main;
    heading.setAttribute("tabindex", "-1");
    heading.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  #route() {
    if (invited()) {
      this.officer = null;
      return this.#show(new InvitationPage(this, invited()));
    }
    if (!this.officer) return undefined;
    const [, kind, first, second] = location.hash.split("/");
    this.placeId = null;
    const place = pageOf(this, location.hash);
    if (place) {
      this.placeId = kind;
      this.#show(place);
    } else if (kind === "officers" && this.officer.acts?.includes("see_officers")) {
      this.#show(new OfficersPage(this));
    } else if (kind === "own") {
      this.#show(new OwnDeskPage(this));
    } else if (["case", "live"].includes(kind) && first) {
      this.lane = LANES.includes(second) ? second : FIRST_LANE;
      this.#show(kind === "live" ? new LivePage(this, first, this.lane) : new CasePage(this, first, this.lane));
    } else if (!this.officer.acts?.includes("see_queue")) {
      // Whoever has no cases begins with the county.
      location.replace("#/county");
    } else {
      this.lane = LANES.includes(first) ? first : FIRST_LANE;
      this.#show(new QueuePage(this, this.lane));
    }
    return undefined;
  }

  #show(page) {
    this.#page?.stop();
    this.#page = page;
    this.#drawFrame();
    page.start();
  }

  #drawFrame() {
    const inside = Boolean(this.officer);
    const { skip, bar, ribbon, middle } = this.#parts;
    middle.classList.toggle("alone", !inside);
    fill(skip, t("app.skip"));
    fill(bar, this.#brand(), inside && this.#officerTools(), this.#languageSwitch());
    ribbon.hidden = !this.officer?.trial && !this.officer?.unproven;
    fill(ribbon, icon("flask"), t(this.officer?.trial ? "app.trial" : "app.unproven"));
    this.#drawRail();
  }

  #drawRail() {
    this.#parts.rail.hidden = !this.officer;
    this.#parts.rail.setAttribute("aria-label", t("lanes.title"));
    if (!this.officer) return;
    const acts = this.officer.acts ?? [];
    fill(this.#parts.rail, acts.includes("see_queue") && rail(this.placeId ? null : this.lane, this.counts), places(acts, this.placeId));
  }

  #brand() {
    const county = this.officer?.county;
    const name = county && (currentLanguage() === "zh" ? county.name_zh : county.name_en);
    const emblem = h("img", { src: "/assets/shared/emblem.svg", alt: "", width: "24", height: "24" });
    return h("p", { class: "brand" }, emblem, h("b", null, t("app.name")), name && h("span", { class: "soft" }, name));
  }

  #officerTools() {
    return [
      this.officer.acts?.includes("see_officers") && h("a", { class: "quiet", href: "#/officers" }, t("officers.title")),
      h("a", { class: "officer", href: "#/own", title: t("own.title") }, t("app.signed_in_as", { name: this.officer.name })),
      h("button", { class: "quiet", type: "button", onclick: () => helpDialog(this.keys) }, t("app.help"), h("kbd", null, "?")),
      h("button", { class: "quiet", type: "button", onclick: () => this.signOut() }, t("app.sign_out")),
    ];
  }

  #languageSwitch() {
    const other = currentLanguage() === "zh" ? "en" : "zh";
    const change = async () => {
      await speak(other);
      this.#drawFrame();
      this.#page.draw();
      this.#parts.bar.querySelector("[lang]").focus();
    };
    return h("button", { class: "quiet", type: "button", lang: other, onclick: change }, t("app.language"));
  }

  #deskKeys() {
    if (!this.officer) return [];
    return [{ key: "?", does: t("app.help"), run: () => helpDialog(this.keys) }];
  }

  #skip(event) {
    event.preventDefault();
    this.#parts.main.focus();
  }
}

/** Token of the invitation that the address holds; it stands behind `#` and is sent to no log. */
function invited() {
  const [, kind, token] = location.hash.split("/");
  return kind === "invitation" ? token : null;
}
