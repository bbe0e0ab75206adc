/** Why the case is here and what the machine saw: sentences first, numbers in a fold-out. */

import { h } from "../../../shared/js/dom.js";
import { say, seconds, t } from "../texts.js";
import { meaningPhrase, signWords, tone, turnPhrase } from "../words.js";
import { icon } from "./icons.js";

const TONE_ICON = { good: "tick", open: "open", against: "against" };

/** @param {Object} view CaseView */
export function reasons(view) {
  const flagged = view.kind === "flagged_call";
  // What the person chose is said in the kind's own sentence.
  const told = view.reasons.filter(({ code }) => flagged || code !== "asked_for_person");
  const list = told.map(({ code, group }) =>
    h(
      "li",
      { class: `of-${group}` },
      h("p", { class: "name" }, h("b", null, t(`reason.${code}.name`)), h("span", { class: "group" }, t(`group.${group}`))),
      h("p", { class: "means" }, t(`reason.${code}.means`)),
      h("p", { class: "do" }, h("span", { "aria-hidden": "true" }, "→ "), t(`reason.${code}.do`)),
    ),
  );
  return h(
    "section",
    { class: "reasons-full", "aria-labelledby": "why-title" },
    h("h2", { id: "why-title" }, t("case.why")),
    !flagged && h("p", { class: "kind-do" }, h("b", null, t(`kind.${view.kind}`)), " ", t(`kind_do.${view.kind}`)),
    list.length ? h("ul", null, list) : flagged && h("p", { class: "soft" }, t("case.no_reasons")),
  );
}

/** @param {Object} call CallView @param {string} kind of the case: a photograph answers no light and does not turn */
export function seen(call, kind) {
  const rows = kind === "photo" ? [
    ["comparison", tone("comparison", call.comparison), t(`comparison.${call.comparison}`)],
    ["line", "open", `${t("line.photo")} ${helperText(call)}`],
  ] : [
    ["comparison", tone("comparison", call.comparison), t(`comparison.${call.comparison}`), meant(call)],
    ["light", tone("light", call.light.light), t(`light.${call.light.light}`)],
    ["turn", tone("turn", call.turn.turn), say(turnPhrase(call.turn))],
    ["line", "open", lineText(call)],
  ];
  return h(
    "section",
    { class: "seen", "aria-labelledby": "seen-title" },
    h("h2", { id: "seen-title" }, t("seen.title"), h("small", { class: "soft" }, verdictText(call.verdict))),
    h(
      "dl",
      null,
      rows.map(([what, how, text, more]) => [
        h("dt", null, t(`seen.${what}`)),
        h("dd", { class: how }, what === "line" ? icon("dot") : icon(TONE_ICON[how]), h("span", null, text, more && h("span", { class: "meaning" }, more))),
      ]),
    ),
    call.attack && kind !== "photo" && signs(call.attack),
    expert(call),
  );
}

/** Every sign that was measured and what it adds to the attack score, the strongest first. */
function signs({ score, parts }) {
  const words = signWords(score);
  return h(
    "details",
    { class: "expert signs" },
    h("summary", null, t("signs.title"), " ", h("b", null, t(`signs.${words}`))),
    h("p", { class: "soft" }, t("signs.lead")),
    h(
      "dl",
      { class: "numbers" },
      parts.map(({ cue, value, adds }) =>
        h("div", null, h("dt", null, t(`sign.${cue}`)), h("dd", { class: signWords(adds) }, t(`signs.${signWords(adds)}`), " ", h("small", { class: "soft" }, t("signs.adds", { value: value.toFixed(2), adds: signed(adds) })))),
      ),
      h("div", null, h("dt", null, t("signs.sum")), h("dd", null, signed(score))),
    ),
  );
}

const signed = (number) => (number < 0 ? "−" : "+") + Math.abs(number).toFixed(1);

/** The score as a sentence; nothing where nothing was compared. */
const meant = (call) => call.comparison !== "not_compared" && say(meaningPhrase(call.meaning));

function lineText(call) {
  const way = t(`transport.${call.transport}`, { seconds: seconds(call.duration_ms), attempt: call.attempt });
  return `${way} ${helperText(call)}`;
}

/** Who held the phone, as they said. Records from before this was asked say only that somebody did. */
function helperText(call) {
  if (!call.assisted) return t("line.alone");
  return call.helper ? t("line.helper", { helper: t(`helper.${call.helper}`) }) : t("line.assisted");
}

function verdictText(verdict) {
  const advice = (verdict.advice ?? []).map((hint) => t(`hint.${hint}`)).join(" · ");
  return t(`verdict.${verdict.verdict}`, { advice });
}

function expert(call) {
  const { measure } = call.light;
  const number = (value, digits = 2) => (value === null || value === undefined ? t("expert.none") : value.toFixed(digits));
  const rows = [
    ["score", number(call.comparison_score, 3)],
    ["accept_from", number(call.accept_from, 3)],
    ["pack", call.pack ?? t("expert.none")],
    ["policy", call.policy_version],
    ["call", call.id],
    ...(measure ? lightRows(measure, number) : []),
  ];
  return h(
    "details",
    { class: "expert" },
    h("summary", null, t("expert.title")),
    h("p", { class: "soft" }, t("expert.lead")),
    h("dl", { class: "numbers" }, rows.map(([key, value]) => h("div", null, h("dt", null, t(`expert.${key}`)), h("dd", null, String(value))))),
  );
}

function lightRows(measure, number) {
  return [
    ["correlation", number(measure.correlation)],
    ["lag", t("expert.ms", { ms: measure.lag_ms })],
    ["chance", t("expert.percent", { percent: number(100 * measure.chance, 1) })],
    ["face_response", t("expert.percent", { percent: number(measure.face_response, 1) })],
    ["background_response", number(measure.background_response, 1)],
    ["frames", measure.frames],
  ];
}
