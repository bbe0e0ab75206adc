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

/** Hints with words of their own for a helper who looks at the person through the rear camera. */
const REAR_HINTS = ["no_face", "one_person", "hold_still", "nearer", "farther"];
/** As seen through the rear camera the person's left is on the right. */
const MIRRORED = { left: "right", right: "left" };

/** The instruction for a prompt of the server (see src/domain/challenge.rs); through the rear camera it is said to the person by the phone,
 * and written for the helper. */
export function instructionKey(prompt, rear) {
  const kind = prompt ? prompt.kind : "find_face";
  return (rear ? "phone.rear." : "phone.prompt.") + (kind === "turn" ? "turn_" + prompt.side : kind);
}

/**
 * @param {{t: Function, live: Object, helped: boolean, switchCamera: Function, torch: Function, shown: Function, skipMovement: Function, askPerson: Function, otherWay: Function, say: Function,
 * announce: Function}} tools
 * @returns {{section: HTMLElement, actions: HTMLElement, update: () => void, leave: () => void}}
 */
export function drawCapture(tools) {
  const { t, live } = tools;
  const instruction = h("h1", { tabindex: "-1", class: "instruction" });
  const hint = h("p", { class: "hint" });
  const portrait = h("div", { class: "portrait" }, svg(FRAME));
  const stage = h("div", { class: "stage" }, portrait);
  const band = h("p", { class: "band", hidden: true }, t("phone.helper_band"));
  const change = h("button", { type: "button", class: "quiet", onclick: tools.switchCamera, hidden: !tools.helped });
  const lamp = h("button", { type: "button", class: "quiet", onclick: tools.torch, hidden: true });
  const skip = h("button", { type: "button", class: "quiet", onclick: tools.skipMovement, hidden: true }, t("phone.capture.skip"));
  const person = h("button", { type: "button", class: "quiet", onclick: tools.askPerson, hidden: true }, t("phone.capture.ask_person"));
  const other = h("button", { type: "button", class: "quiet", onclick: tools.otherWay }, t("phone.other_way"));
  const drawn = { instruction: null, hint: null, step: null, side: null, camera: null };
  const rear = () => Boolean(live.camera && live.camera.side === "rear");
  let hintTimer = 0;
  let hintSaidAt = 0;
  const offer = setTimeout(() => { person.hidden = false; }, OFFER_PERSON_MS);

  function update() {
    drawCamera();
    drawHelp();
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

  /** What only a helper needs: who is addressed, the other camera, and light where the screen's does not reach. */
  function drawHelp() {
    band.hidden = !rear();
    stage.classList.toggle("helped", tools.helped);
    change.textContent = t(rear() ? "phone.rear.to_front" : "phone.rear.to_rear");
    const torch = live.camera && live.camera.torch;
    lamp.hidden = !(torch && torch.able && rear() && (torch.on || live.hint === "more_light"));
    if (torch) lamp.textContent = t(torch.on ? "phone.rear.lamp_off" : "phone.rear.lamp_on");
  }

  function drawInstruction() {
    const key = instructionKey(live.prompt, rear());
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
    const asked = live.prompt && live.prompt.kind === "turn" ? live.prompt.side : null;
    const side = asked && rear() ? MIRRORED[asked] : asked;
    if (side === drawn.side) return;
    drawn.side = side;
    const old = stage.querySelector(".bloom");
    if (old) old.remove();
    if (side) stage.append(h("div", { class: "bloom " + side }, flower()));
    skip.hidden = !side;
  }

  function drawHint() {
    const name = live.line ? live.hint : "line";
    const pointing = rear() && name === "good" && live.prompt && live.prompt.kind === "turn";
    const key = pointing ? "phone.rear.hint_point" : rear() && REAR_HINTS.includes(name) ? "phone.rear.hint_" + name : "phone.hint." + name;
    if (drawn.hint === key) return;
    drawn.hint = key;
    const words = t(key);
    fill(hint, pictogram(pointing ? "hand" : HINT_PICTOGRAMS[name]), h("span", {}, words));
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
    section: h("section", { class: "screen capture", "data-screen": "capture" }, band, instruction, stage, hint),
    actions: h("div", { class: "actions" }, lamp, skip, change, person, other),
    update,
    leave() {
      clearTimeout(hintTimer);
      clearTimeout(offer);
      setGround(null, PAPER_FADE_MS);
    },
  };
}
