/** The room of a live call: waiting for the officer, then seeing and hearing them. Loaded only when somebody goes there. */
import { h, fill } from "../../shared/js/dom.js";
import { createLive } from "../../shared/js/live.js";
import { spoken } from "./body.js";

/** @param {Object} opened the answer of `POST /api/phone/live` @param {Object} camera with sound @param {{dispatch: Function}} tools */
export function openRoom(opened, camera, tools) {
  const state = { standing: { phase: "waiting" }, word: "", code: "", caption: "", prompt: null, line: true };
  const remote = h("video", { autoplay: true, playsinline: true });
  const picture = h("canvas", { hidden: true });
  let drawn = null;
  let muted = false;

  const news = {
    welcome: ({ word, code }) => Object.assign(state, { word, code }),
    standing: ({ standing }) => Object.assign(state, { standing }),
    caption: ({ text }) => Object.assign(state, { caption: text }),
    prompt: ({ prompt }) => Object.assign(state, { prompt }),
    line_down: () => Object.assign(state, { line: false }),
    line_up: () => Object.assign(state, { line: true }),
    weak: () => call.send({ type: "still_frames", on: true }),
    media(stream) {
      if (remote.srcObject !== stream) remote.srcObject = stream;
      play();
    },
    picture: (jpeg) => createImageBitmap(jpeg).then((image) => {
      picture.width = image.width;
      picture.height = image.height;
      picture.getContext("2d").drawImage(image, 0, 0);
    }).catch(() => {}),
    over({ result }) {
      if (result.outcome === "confirmed") tools.dispatch("result_confirmed", { result });
      else if (result.end === "interrupted") tools.dispatch("live_gone");
      else tools.dispatch("live_over", { talks: false });
    },
    gone: () => tools.dispatch("live_gone"),
    elsewhere: () => tools.dispatch("call_elsewhere", { talks: false }),
  };

  function play() {
    const playing = remote.play();
    if (playing) playing.catch(() => {});
  }

  const call = createLive(opened, {
    stream: camera.stream,
    video: camera.video,
    tell(type, message) {
      if (!news[type]) return;
      news[type](message);
      if (drawn) drawn.update();
    },
  });

  return {
    stop: () => call.leave(),
    draw(shown) {
      const { t, values } = shown;
      const main = h("h1", { tabindex: "-1", class: "instruction" });
      const sub = h("p", { class: "sub" });
      const caption = h("p", { class: "caption", hidden: true });
      const own = h("div", { class: "own" }, camera.video);
      const stage = h("div", { class: "room" }, remote, picture, own, caption);
      const cards = h("div", { class: "cards" });
      const mute = h("button", { type: "button", class: "quiet", onclick() {
        muted = !muted;
        call.mute("audio", muted);
        drawn.update();
      } });
      const leave = h("button", { type: "button", class: "quiet", onclick: () => tools.dispatch("live_over", { talks: false }) }, t("phone.live.leave"));
      let said = "";

      function update() {
        const { standing, prompt } = state;
        if (standing.phase === "ended") return;
        const talking = standing.phase === "talking" && state.line;
        const key = !state.line || standing.phase === "broken" ? "broken" : standing.still_frames ? "stills" : standing.phase;
        const heading = prompt ? prompt[shown.language] : t("phone.live." + key);
        const about = key === "waiting" && standing.place ? t(standing.place > 1 ? "phone.live.place" : "phone.live.next", { place: standing.place, minutes: standing.wait_minutes })
          : key === "stills" ? t("phone.live.call", values) : key === "broken" ? t("phone.live.stay") : talking ? "" : t("phone.live.soon");
        main.textContent = heading;
        sub.textContent = about;
        sub.hidden = !about;
        caption.textContent = state.caption;
        caption.hidden = !state.caption;
        stage.classList.toggle("talking", talking);
        remote.hidden = Boolean(standing.still_frames);
        picture.hidden = !standing.still_frames;
        fill(cards, state.word && card(t("phone.live.word"), spoken(state.word, shown.language)), talking && card(t("phone.live.code"), state.code.split("").join(" ")));
        mute.textContent = t(muted ? "phone.live.unmute" : "phone.live.mute");
        const words = [heading, about, state.caption].join(" ");
        if (words !== said) shown.announce(words);
        said = words;
      }

      const card = (label, value) => h("p", { class: "card" }, h("span", {}, label), h("strong", {}, value));
      drawn = { update, leave: () => { drawn = null; } };
      camera.wake();
      play();
      return { section: h("section", { class: "screen live", "data-screen": "live" }, main, sub, stage, cards), actions: h("div", { class: "actions" }, mute, leave), update, leave: drawn.leave };
    },
  };
}
