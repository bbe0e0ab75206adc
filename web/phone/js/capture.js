/** The capture screen: the person in a large oval, one instruction above, one hint below, and the ground as a soft lamp. */
import { h, fill, svg } from "../../shared/js/dom.js";
import { setGround } from "./ground.js";
import { HINT_PICTOGRAMS, flower, pictogram } from "./pictograms.js";

/** A hint is spoken only when it stays, ms, and not too often, ms. */
const HINT_STAYS_MS = 1500;
const HINT_AGAIN_MS = 6000;
/** After this long a person's help is offered on the screen itself, ms. */
const OFFER_PERSON_MS = 30000;
/** Fade back to paper, ms: light steps bring their own. */
const PAPER_FADE_MS = 400;

const OVAL = "M150 46A106 142 0 0 1 150 330A106 142 0 0 1 150 46Z";
const FRAME = `<svg class="frame" viewBox="0 0 300 400" preserveAspectRatio="none" aria-hidden="true" focusable="false">
  <path class="veil" fill-rule="evenodd" d="M-2-2H302V402H-2Z${OVAL}"/>
  <path class="oval" d="${OVAL}"/><path class="ring" pathLength="1" d="${OVAL}"/></svg>`;

/** The instruction for a prompt of the server (see src/domain/challenge.rs). */
export function instructionKey(prompt) {
  const kind = prompt ? prompt.kind : "find_face";
  return "phone.prompt." + (kind === "turn" ? "turn_" + prompt.side : kind);
}

/**
 * @param {{t: Function, live: Object, shown: Function, skipMovement: Function, askPerson: Function, otherWay: Function, say: Function,
 * announce: Function}} tools
 * @returns {{section: HTMLElement, actions: HTMLElement, update: () => void, leave: () => void}}
 */
export function drawCapture(tools) {
  const { t, live } = tools;
  const instruction = h("h1", { tabindex: "-1", class: "instruction" });
  const hint = h("p", { class: "hint" });
  const portrait = h("div", { class: "portrait" }, svg(FRAME));
  const stage = h("div", { class: "stage" }, portrait);
  const skip = h("button", { type: "button", class: "quiet", onclick: tools.skipMovement, hidden: true }, t("phone.capture.skip"));
  const person = h("button", { type: "button", class: "quiet", onclick: tools.askPerson, hidden: true }, t("phone.capture.ask_person"));
  const other = h("button", { type: "button", class: "quiet", onclick: tools.otherWay }, t("phone.other_way"));
  const drawn = { instruction: null, hint: null, step: null, side: null, camera: null };
  let hintTimer = 0;
  let hintSaidAt = 0;
  const offer = setTimeout(() => { person.hidden = false; }, OFFER_PERSON_MS);

  function update() {
    drawCamera();
    drawInstruction();
    drawLight();
    drawFlower();
    drawHint();
    portrait.querySelector(".ring").style.strokeDashoffset = String(1 - live.done);
  }

  function drawCamera() {
    if (drawn.camera === live.camera || !live.camera) return;
    if (drawn.camera) drawn.camera.video.remove();
    drawn.camera = live.camera;
    portrait.prepend(live.camera.video);
    live.camera.wake();
  }

  function drawInstruction() {
    const key = instructionKey(live.prompt);
    if (drawn.instruction === key) return;
    drawn.instruction = key;
    const words = t(key);
    instruction.textContent = words;
    tools.announce(words);
    tools.say(words);
  }

  function drawLight() {
    const prompt = live.prompt;
    const step = prompt && prompt.kind === "light" ? prompt.step : null;
    if (step === drawn.step) return;
    drawn.step = step;
    if (step === null) setGround(null, PAPER_FADE_MS);
    else setGround(prompt.colour, prompt.fade_ms, () => tools.shown(step));
  }

  function drawFlower() {
    const side = live.prompt && live.prompt.kind === "turn" ? live.prompt.side : null;
    if (side === drawn.side) return;
    drawn.side = side;
    const old = stage.querySelector(".bloom");
    if (old) old.remove();
    if (side) stage.append(h("div", { class: "bloom " + side }, flower()));
    skip.hidden = !side;
  }

  function drawHint() {
    const name = live.line ? live.hint : "line";
    if (drawn.hint === name) return;
    drawn.hint = name;
    const words = t("phone.hint." + name);
    fill(hint, pictogram(HINT_PICTOGRAMS[name]), h("span", {}, words));
    clearTimeout(hintTimer);
    if (name === "good") return;
    hintTimer = setTimeout(() => {
      if (Date.now() - hintSaidAt < HINT_AGAIN_MS) return;
      hintSaidAt = Date.now();
      tools.announce(words);
      tools.say(words);
    }, HINT_STAYS_MS);
  }

  return {
    section: h("section", { class: "screen capture", "data-screen": "capture" }, instruction, stage, hint),
    actions: h("div", { class: "actions" }, skip, person, other),
    update,
    leave() {
      clearTimeout(hintTimer);
      clearTimeout(offer);
      setGround(null, PAPER_FADE_MS);
    },
  };
}
