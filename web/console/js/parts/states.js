/** What stands in the middle while something is fetched, or when it could not be. */

import { h } from "../../../shared/js/dom.js";
import { t } from "../texts.js";
import { icon } from "./icons.js";

/** Quiet lines where text will be. @param {string} text said to those who listen */
export function loading(text) {
  const lines = [38, 92, 84, 88, 60].map((width) => {
    const line = h("span", { class: "bone" });
    line.style.setProperty("inline-size", `${width}%`);
    return line;
  });
  return h("div", { class: "loading", role: "status" }, h("p", { class: "soft" }, text), h("div", { "aria-hidden": "true" }, lines));
}

/** The text of a problem. @param {import("../api.js").Problem} problem */
export function problemText(problem) {
  const key = `error.${problem.code}`;
  const text = t(key, { seconds: problem.retryAfter || 60 });
  return text === key ? t("error.unknown", { code: problem.code }) : text;
}

/** A page that could not be fetched, and the one thing to do about it. */
export function trouble(problem, again) {
  return h(
    "section",
    { class: "trouble card" },
    icon("cloud"),
    h("h1", null, t("error.title")),
    h("p", { role: "alert" }, problemText(problem)),
    h("button", { class: "main", type: "button", onclick: again }, t("app.retry")),
  );
}
