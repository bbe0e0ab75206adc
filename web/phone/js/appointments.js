/** What the appointment screens show: free times as large buttons, the chosen time, the booked one with its calendar file. */
import { h } from "../../shared/js/dom.js";
import { dayInWords, timeInWords } from "../../shared/js/texts.js";

/** A time in the largest type: the day, and the hour below it. */
function bigTime({ t, language }, slot) {
  return h("div", { class: "date" },
    h("span", { class: "label", "data-aloud": "" }, t("phone.appointment.label")),
    h("time", { datetime: slot.starts_at, "data-aloud": "" }, dayInWords(slot.starts_at, language), h("br"), timeInWords(slot.starts_at, language)));
}

/** One tap on a time leads on; nothing is booked before the next screen. */
export function slots({ context, language, dispatch }) {
  return h("ul", { class: "slots" }, context.slots.map((slot) =>
    h("li", {}, h("button", { type: "button", class: "card", onclick: () => dispatch("slot", { slot }) },
      h("span", { "data-aloud": "" }, dayInWords(slot.starts_at, language)), " ", h("strong", { "data-aloud": "" }, timeInWords(slot.starts_at, language))))));
}

/** The chosen time, and on which telephone. */
export function slot(tools, phoneField) {
  return [bigTime(tools, tools.context.slot), h("div", { class: "fields card" }, phoneField)];
}

/** The booked time, what happens then, and a file for the phone's own calendar. */
export function booked(tools) {
  const { t, context, values } = tools;
  const { booked: made } = context;
  return [
    bigTime(tools, made),
    h("p", { class: "aside", "data-aloud": "" }, t("phone.appointment." + made.way, values)),
    h("p", { class: "aside" }, h("a", { class: "inline", download: "jianmian.ics", href: "data:text/calendar;charset=utf-8," + encodeURIComponent(made.ics) }, t("phone.appointment.calendar"))),
  ];
}
