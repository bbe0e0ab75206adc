/** Draws one screen from its data: pictogram, one sentence, what belongs to it, one main button and quiet links. */
import { h } from "../../shared/js/dom.js";
import { dateInWords, clockIn } from "../../shared/js/texts.js";
import { BODIES } from "./body.js";
import { NATIONAL_LINE, SCREENS } from "./flow.js";
import { pictogram } from "./pictograms.js";

/**
 * Words that fill the `{gaps}` of the texts.
 * @param {Object} context
 * @param {string} language
 */
export function valuesOf(context, language) {
  const link = context.link;
  return {
    county: link ? link.county[language === "en" ? "name_en" : "name_zh"] : "",
    phone: link ? link.county.phone : NATIONAL_LINE,
    name: link ? link.addressee : "",
    due: link ? dateInWords(link.due_on, language) : "",
    version: link ? link.consent_version : "",
    time: clockIn(context.wait_seconds || (link && link.wait_seconds) || 0, language),
  };
}

/**
 * @param {import("./flow.js").State} state
 * @param {{t: Function, language: string, dispatch: Function, note: Function, press: Object<string, Function>}} tools `press`: events that
 * need a hand of their own (photo, close, copy_link, reconnect)
 * @returns {{section: HTMLElement, actions: HTMLElement}}
 */
export function drawScreen(state, tools) {
  const data = SCREENS[state.screen];
  const { t, language } = tools;
  const values = valuesOf(state.context, language);
  const toHelper = data.helper === "assisted" && state.context.assisted;
  const prefix = `phone.${state.screen}.${toHelper && data.helper_texts ? "helper_" : ""}`;
  const body = BODIES[data.body];
  const section = h("section", { class: body ? "screen" : "screen plain", "data-screen": state.screen },
    toHelper && h("p", { class: "band" }, t("phone.helper_band")),
    values.county && state.screen !== "who" && h("p", { class: "eyebrow" }, values.county),
    h("div", { class: `medal ${data.pictogram} ${body && data.tone !== "ok" ? "small" : ""}` }, pictogram(data.pictogram)),
    h("h1", { tabindex: "-1", "data-aloud": "" }, t(prefix + "main", values)),
    h("p", { class: "sub", "data-aloud": "" }, t(prefix + "sub", values)),
    body && body({ t, values, context: state.context, language, note: tools.note, dispatch: tools.dispatch }));
  return { section, actions: drawActions(state, tools, values) };
}

function drawActions(state, tools, values) {
  const data = SCREENS[state.screen];
  const { t } = tools;
  const act = (event) => () => (tools.press[event] ? tools.press[event]() : tools.dispatch(event));
  const button = (event, label, style) => (event === "call_us"
    ? h("a", { class: style, href: "tel:" + values.phone }, t("phone.call_us", values))
    : h("button", { type: "button", class: style, onclick: act(event) }, t(label, values)));
  const extra = (data.helper_extra && state.context.assisted ? data.helper_extra : data.extra) || [];
  return h("div", { class: extra.length ? "actions many" : "actions" },
    data.primary && button(data.primary, `phone.${state.screen}.primary`, "primary" + (data.late ? " late" : "")),
    extra.map((event) => button(event, "phone.extra." + event, "quiet")),
    button(data.quiet || "other_way", data.quiet === "back" ? "phone.back" : "phone.other_way", "quiet"));
}
