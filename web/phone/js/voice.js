/** The phone's own voice reads what the screen says. Missing on some phones (WeChat for Android): then nothing is shown for it. */
import { LANGUAGE_TAGS } from "../../shared/js/texts.js";

/** Slow enough for old ears; 1 is the phone's normal pace. */
const PACE = 0.85;

/**
 * @param {() => void} changed called when it starts or stops speaking
 */
export function createVoice(changed) {
  const engine = window.speechSynthesis;
  const voice = { available: Boolean(engine && window.SpeechSynthesisUtterance), on: true, speaking: false, say, hush, press };
  let last = { words: "", language: "zh" };
  let allowed = false;

  /** Phones speak only after the first tap. */
  document.addEventListener("click", () => { allowed = true; }, { capture: true, once: true });

  function say(words, language) {
    last = { words, language };
    if (voice.on && allowed) speak();
  }

  function speak() {
    if (!voice.available) return;
    engine.cancel();
    const utterance = new SpeechSynthesisUtterance(last.words);
    utterance.lang = LANGUAGE_TAGS[last.language];
    utterance.rate = PACE;
    const own = engine.getVoices().filter((each) => each.lang.startsWith(last.language));
    const exact = own.find((each) => each.lang.replace("_", "-") === utterance.lang);
    if (own.length) utterance.voice = exact || own[0];
    utterance.onstart = () => mark(true);
    utterance.onend = () => mark(false);
    utterance.onerror = () => mark(false);
    engine.speak(utterance);
  }

  function mark(speaking) {
    voice.speaking = speaking;
    changed();
  }

  function hush() {
    if (voice.available) engine.cancel();
    mark(false);
  }

  /** The one sound button: while it speaks, silence and stay silent; otherwise say it (again). */
  function press() {
    voice.on = !voice.speaking;
    if (voice.on) speak();
    else hush();
    changed();
  }

  return voice;
}
