/** What stands below the sentence of a screen: one function for each `body` of flow.js. All texts come from the tables. */
import { h } from "../../shared/js/dom.js";
import { dateInWords, dayInWords } from "../../shared/js/texts.js";
import { booked, slot, slots } from "./appointments.js";
import { HINT_PICTOGRAMS, outside, pictogram } from "./pictograms.js";

/**
 * @typedef {{t: Function, values: Object, context: Object, language: string, note: Function, dispatch: Function}} Tools
 * `note` keeps what is written or chosen without leaving the screen.
 */

/** Ways other than a call, in the order offered. */
const WAYS = [["person", "call"], ["appointment", "calendar"], ["paper_form", "paper"], ["station", "office"], ["home_visit", "home"]];

/** What a helper can be to the person (src/domain/helper.rs). */
const HELPERS = [["family", "home"], ["neighbour", "face"], ["community_worker", "officer"], ["station_clerk", "office"], ["other", "helper"]];

/** At most this much advice at once. */
const ADVICE_MAX = 2;

const row = (drawing, text) => h("li", {}, h("span", { class: "dot" }, pictogram(drawing)), h("span", { "data-aloud": "" }, text));
const rows = (...items) => h("ul", { class: "rows card" }, items);
const steps = (...texts) => h("ol", { class: "steps card" }, texts.map((text) => h("li", { "data-aloud": "" }, text)));

/** The date in the largest type. */
function bigDate({ t, language }, date) {
  return h("div", { class: "date" },
    h("span", { class: "label", "data-aloud": "" }, t("phone.due.label")),
    h("time", { datetime: date, "data-aloud": "" }, dateInWords(date, language)));
}

const number = (t, label, value) => h("p", { class: "number" }, h("span", {}, t(label)), " ", h("strong", {}, value));

/** The case, wherever the news of it came from. */
const caseOf = (context) => context.case || {};

/** The case word as it is said in this language; the server sends both. */
export const spoken = (word, language) => word.split(/ ?[()]/)[language === "zh" ? 0 : 1];

export const BODIES = {
  facts: ({ t, values }) => [
    rows(row("calendar", t("phone.who.due", values)), row("no_money", t("phone.who.free")), row("no_key", t("phone.who.never"))),
    h("p", { class: "aside" }, t("phone.who.doubt"), " ", h("a", { href: "tel:" + values.phone, class: "inline" }, t("phone.who.ask", values))),
  ],

  due: (tools) => [bigDate(tools, tools.context.link.due_on), certificate(tools), h("p", { class: "aside" }, tools.t("phone.nothing_stays"))],

  receipt: (tools) => [
    bigDate(tools, tools.context.result.due_on),
    number(tools.t, "phone.receipt.number", tools.context.result.receipt_number),
    certificate(tools),
    h("p", { class: "aside" }, tools.t("phone.nothing_stays")),
  ],

  word: ({ t, context, language }) => [rows(row("officer", t("phone.live.word") + " " + spoken(context.link.live.word, language)))],

  next_steps({ t, context, language }) {
    const { answer_by: by, case_number: own, kind } = caseOf(context);
    return [
      steps(t("phone.officer.step_" + (kind || "flagged_call")), by ? t("phone.officer.step_answer", { day: dayInWords(by, language) }) : t("phone.officer.step_soon"), t("phone.officer.step_pension")),
      own && number(t, "phone.case.number", own),
    ];
  },

  promise({ t, context, language }) {
    const { answer_by: by, case_number: own } = caseOf(context);
    return [
      by && steps(t("phone.other_done.by", { day: dayInWords(by, language) }), t("phone.officer.step_pension")),
      own && number(t, "phone.case.number", own),
      context.way === "paper_form" && paperLink(t),
    ];
  },

  consent({ t, values, context, note }) {
    const box = h("input", { type: "checkbox", id: "assisted", onchange: () => note({ assisted: box.checked }) });
    box.checked = context.assisted;
    const keep = h("input", { type: "checkbox", id: "keep-picture", onchange: () => note({ keep_picture: keep.checked }) });
    keep.checked = context.keep_picture;
    const point = (name) => [h("dt", {}, t(`phone.consent.${name}_title`)), h("dd", {}, t(`phone.consent.${name}`, values))];
    return [
      h("dl", { class: "points card" }, point("who"), point("what"), point("how"), point("keep"), point("choice")),
      h("p", { class: "version" }, t("phone.consent.version", values)),
      h("label", { class: "switch card", for: "assisted" }, box, h("span", { class: "track" }), h("span", {}, t("phone.consent.assisted"))),
      h("label", { class: "switch card", for: "keep-picture" }, keep, h("span", { class: "track" }), h("span", {}, t("phone.consent.renew"), h("small", {}, t("phone.consent.renew_why")))),
    ];
  },

  relations: ({ t, context, note }) => [
    choices("helper", "phone.helper.main", HELPERS, context.helper, (helper) => note({ helper }), { t, words: "phone.relation." }),
    context.helper_asked && !context.helper && h("p", { class: "aside", role: "status", "data-aloud": "" }, t("phone.helper.choose")),
  ],

  tips: ({ t, context }) => rows(
    row("lamp", t("phone.tip.light")), row("hold", t(context.assisted ? "phone.tip.hold_for" : "phone.tip.hold")), row("bright", t("phone.tip.bright"))),

  photo_tips: ({ t }) => rows(row("lamp", t("phone.tip.light")), row("still", t("phone.hint.hold_still"))),

  advice: ({ t, context }) => rows(
    context.result.advice.filter((hint) => hint !== "good").slice(0, ADVICE_MAX).map((hint) => row(HINT_PICTOGRAMS[hint], t("phone.hint." + hint)))),

  allow_steps: ({ t, context }) => steps(...["1", "2", "3"].map((step) => t(`phone.allow.${context.can.wechat ? "wechat" : "browser"}_${step}`))),

  open_outside: ({ t }) => [h("div", { class: "outside", "aria-hidden": "true" }, outside(), h("span", {}, t("phone.outside.picture"))), steps(t("phone.outside.1"), t("phone.outside.2"), t("phone.outside.3"))],

  ways: ({ t, context, note }) => choices("way", "phone.other.main", WAYS, context.way, (way) => note({ way }), { t, words: "phone.way." }),

  wish(tools) {
    const { t, context } = tools;
    const phone = phoneField(tools);
    const wish = [h("label", { for: "wish" }, t("phone.field.wish_" + context.way)), field(tools, "wish", { rows: 2, maxlength: 500 }, "textarea")];
    return h("div", { class: "fields card" }, context.way === "person" ? [phone, wish] : [wish, phone], context.way === "paper_form" && paperLink(t));
  },

  slots,
  slot: (tools) => slot(tools, phoneField(tools)),
  booked,

  paper_link: ({ t }) => paperLink(t),
};

function field({ context, note }, name, attributes, tag) {
  const input = h(tag || "input", Object.assign({ id: name, oninput: () => note({ [name]: input.value.trim() }), autocomplete: "off" }, attributes));
  input.value = context[name] || "";
  return input;
}

const phoneField = (tools) => [
  h("label", { for: "phone" }, tools.t("phone.field.phone")),
  field(tools, "phone", { type: "tel", inputmode: "tel", maxlength: 24, "aria-describedby": "phone-note" }),
  h("p", { class: "note", id: "phone-note" }, tools.t(tools.context.phone_doubt ? "phone.field.phone_doubt" : "phone.field.phone_note")),
];

function paperLink(t) {
  return h("p", { class: "aside" }, h("a", { href: "/p/form", target: "_blank", rel: "noopener", class: "inline" }, t("phone.paper_link")));
}

/** One of several, each with its drawing. `choose` keeps the choice; it leads nowhere by itself. */
function choices(name, legend, list, chosen, choose, { t, words }) {
  return h("fieldset", { class: "ways" }, h("legend", { class: "unseen" }, t(legend)),
    list.map(([value, drawing]) => {
      const box = h("input", { type: "radio", name, value, id: `${name}-${value}`, onchange: () => choose(value) });
      box.checked = chosen === value;
      return h("label", { class: "card", for: `${name}-${value}` }, box, h("span", { class: "dot" }, pictogram(drawing)), h("span", {}, t(words + value)));
    }));
}

/** The receipt as a code that others can scan. The page does not wait for it, and does without when the line is down. */
function certificate({ t, context }) {
  const made = context.certificate;
  const inside = made && made.qr_svg
    ? h("img", { src: "data:image/svg+xml," + encodeURIComponent(made.qr_svg), alt: t("phone.certificate.alt"), width: 216, height: 216 })
    : h("p", {}, t(made ? "phone.certificate.later" : "phone.certificate.coming"));
  return h("figure", { class: "certificate card" },
    inside,
    made && made.qr_svg && h("figcaption", {}, t("phone.certificate.scan"), " ", h("a", { href: made.url, target: "_blank", rel: "noopener", class: "inline" }, t("phone.certificate.open"))));
}
