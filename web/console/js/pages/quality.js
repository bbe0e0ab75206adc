/** Quality control: the sample of automatic passes, blind checks, how often officers were wrong, and the policy that two people change. */

import { h } from "../../../shared/js/dom.js";
import { shares } from "../charts/shares.js";
import * as house from "../house.js";
import { ask } from "../parts/forms.js";
import { date, dayOf, moment, t } from "../texts.js";
import { per, share } from "../words.js";
import { Place, table } from "./place.js";

/** `AgeBand` of the domain. */
export const AGE_BANDS = ["under_60", "60_69", "70_79", "80_89", "90_over"];
/** `Truth` of the domain. */
export const TRUTHS = ["same_person", "other_person", "attack"];

export class QualityPage extends Place {
  title = "places.quality";
  ask = async () => {
    const [quality, policy] = await Promise.all([house.quality(), house.policy()]);
    return { quality, policy };
  };

  keys = () => [
    ...(this.may("seed_case") ? [{ key: "s", does: t("quality.seed"), run: () => this.#seed() }] : []),
    ...(this.may("propose_policy") ? [{ key: "c", does: t("policy.propose_sampling"), run: () => this.#proposeSampling() }] : []),
  ];

  body() {
    return [this.#samples(), this.#officers(), this.#policy(), this.#changes()];
  }

  #samples() {
    const { quality } = this.data;
    // Errors are rare: the picture ends where the widest interval does.
    const most = Math.max(0.01, ...quality.samples.filter((one) => !one.overturned.too_small).map((one) => one.overturned.high));
    const of = (value) => (value === null ? null : value / most);
    const rows = quality.samples.map(({ age_band: band, overturned: one }) => ({ name: t(`age_band.${band}`), said: rateSaid(one), share: of(one.rate), low: of(one.low), high: of(one.high) }));
    return h("section", { class: "card figure", "aria-labelledby": "samples-title" },
      h("h2", { id: "samples-title" }, t("quality.samples"), h("small", { class: "soft" }, t("quality.since", { date: dayOf(quality.from) }))),
      h("p", { class: "soft" }, t("quality.samples_text")),
      h("p", { class: quality.draws_that_differ ? "word" : "soft" }, t(quality.draws_that_differ ? "quality.draws_differ" : "quality.draws_hold", { draws: quality.draws, differ: quality.draws_that_differ })),
      h("div", { class: "beside" },
        table(t("quality.samples"), ["age", "passes", "drawn", "looked_at", "overturned"].map((key) => t(`quality.${key}`)),
          quality.samples.map((one) => [t(`age_band.${one.age_band}`), String(one.passes), String(one.drawn), String(one.overturned.trials), rate(one.overturned)])),
        shares(rows, t("quality.overturned"))));
  }

  #officers() {
    const { quality } = this.data;
    const heads = ["officer", "confirmed_wrongly", "sent_away_wrongly"].map((key) => t(`quality.${key}`));
    const seed = this.may("seed_case") && h("button", { class: "main seed", type: "button", "data-at": "seed", onclick: () => this.#seed() }, t("quality.seed"), h("kbd", null, "S"));
    return h("section", { class: "card figure", "aria-labelledby": "checks-title" },
      h("h2", { id: "checks-title" }, t("quality.checks")),
      h("p", { class: "soft" }, t("quality.checks_text")),
      quality.officers.length ? table(t("quality.checks"), heads, quality.officers.map((one) => [one.officer, rate(one.confirmed_wrongly), rate(one.sent_away_wrongly)])) : h("p", { class: "soft" }, t("quality.no_checks")),
      h("p", { class: "soft" }, t("quality.waiting", { count: quality.seeds_waiting })), seed);
  }

  #seed() {
    const options = [["", t("truth.any")], ...TRUTHS.map((truth) => [truth, t(`truth.${truth}`)])];
    ask({
      title: t("quality.seed"), lead: t("quality.seed_text"), go: t("quality.seed_go"), desk: this.desk,
      fields: [{ name: "truth", label: t("quality.truth"), kind: "select", options, required: false }],
      work: ({ truth }) => house.seed(truth || null),
    }).then((done) => {
      if (!done) return;
      this.desk.announce(t("quality.seeded"));
      this.fetch();
    });
  }

  #policy() {
    const { sampling, sampling_version: version, decision } = this.data.policy;
    const shown = AGE_BANDS.map((band) => [t(`age_band.${band}`), per(shareOf(sampling, band))]);
    const limits = flat(decision).filter(([name]) => name !== "version");
    return h("section", { class: "card figure policy", "aria-labelledby": "policy-title" },
      h("h2", { id: "policy-title" }, t("policy.title")),
      h("p", { class: "soft" }, t(version ? "policy.of_version" : "policy.of_settings", { version })),
      table(t("policy.sampling"), [t("quality.age"), t("policy.share")], shown),
      h("p", null, t("policy.decision_version", { version: decision.version })),
      h("details", null, h("summary", null, t("policy.limits")), table(t("policy.limits"), [t("policy.limit"), t("policy.value")], limits.map(([name, value]) => [h("code", null, name), String(value)]))),
      this.may("propose_policy") && h("p", { class: "ends" },
        h("button", { class: "tool", type: "button", "data-at": "sampling", onclick: () => this.#proposeSampling() }, t("policy.propose_sampling"), h("kbd", null, "C")),
        h("button", { class: "tool", type: "button", "data-at": "decision", onclick: () => this.#proposeDecision() }, t("policy.propose_decision"))));
  }

  /** Fields that every change has. */
  #fields() {
    const tomorrow = new Date(Date.parse(`${this.data.policy.today}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
    return [{ name: "effective_from", label: t("policy.effective_from"), kind: "date", value: tomorrow, min: tomorrow }, { name: "reason", label: t("policy.reason") }];
  }

  #proposeSampling() {
    const { sampling } = this.data.policy;
    const fields = AGE_BANDS.map((band) => ({ name: band, label: t("policy.share_of", { age: t(`age_band.${band}`) }), kind: "number", min: "0", max: "100", value: String(shareOf(sampling, band) / 100) }));
    this.#propose(t("policy.propose_sampling"), fields, (values) => {
      const of = (band) => Math.round(Number(values[band]) * 100);
      const shares = AGE_BANDS.filter((band) => of(band) !== sampling.share).map((age_band) => ({ channel: "video_auto", age_band, share: of(age_band) }));
      return { kind: "sampling", terms: { share: sampling.share, shares } };
    });
  }

  #proposeDecision() {
    const { decision } = this.data.policy;
    const numbers = flat(decision).filter(([, value]) => typeof value === "number");
    const fields = [
      { name: "automatic_confirmation", label: t("policy.automatic_confirmation"), kind: "check", value: decision.automatic_confirmation },
      ...numbers.map(([name, value]) => ({ name, label: name, value: String(value) })),
    ];
    this.#propose(t("policy.propose_decision"), fields, (values) => {
      const terms = structuredClone(decision);
      terms.automatic_confirmation = values.automatic_confirmation;
      for (const [name] of numbers) set(terms, name, Number(values[name]));
      return { kind: "decision", terms };
    });
  }

  #propose(title, fields, made) {
    ask({
      title, lead: t("policy.two_people"), go: t("policy.propose"), desk: this.desk, fields: [...fields, ...this.#fields()],
      work: (values) => house.proposePolicy({ ...made(values), effective_from: values.effective_from, reason: values.reason }),
    }).then((done) => done && this.fetch());
  }

  #changes() {
    const { changes } = this.data.policy;
    if (!changes.length) return null;
    const heads = ["what", "from", "reason", "who", "state"].map((key) => t(`policy.${key}`));
    const rows = changes.map((one) => [
      t(`policy.kind_${one.kind}`, { version: one.version }),
      date(one.effective_from),
      h("span", null, one.reason, h("small", null, this.#differs(one))),
      h("span", null, t("policy.by", { name: one.proposer, when: moment(one.proposed_at) }), one.approver && h("small", null, t("policy.decided_by", { name: one.approver, when: moment(one.decided_at) }))),
      one.state === "proposed" ? this.#waiting(one) : t(`policy.state_${one.state}`),
    ]);
    return h("section", { class: "card figure", "aria-labelledby": "changes-title" }, h("h2", { id: "changes-title" }, t("policy.changes")), table(t("policy.changes"), heads, rows));
  }

  /** What the change would change, against what holds now. */
  #differs(change) {
    const { sampling, decision } = this.data.policy;
    if (change.kind === "sampling") return AGE_BANDS.map((band) => `${t(`age_band.${band}`)} ${per(shareOf(change.terms, band))}`).join(" · ") + (change.state === "proposed" ? t("policy.now", { now: AGE_BANDS.map((band) => per(shareOf(sampling, band))).join(" · ") }) : "");
    const now = new Map(flat(decision));
    return flat(change.terms).filter(([name, value]) => name !== "version" && now.get(name) !== value).map(([name, value]) => `${name} ${now.get(name)} → ${value}`).join(" · ");
  }

  #waiting(change) {
    if (change.own) return t("policy.own");
    if (!this.may("approve_policy")) return t("policy.state_proposed");
    const decide = (approve) => this.act(() => house.decidePolicy(change.id, approve));
    return h("span", { class: "ends" },
      h("button", { class: "tool", type: "button", onclick: () => decide(true) }, t("policy.approve")),
      h("button", { class: "tool", type: "button", onclick: () => decide(false) }, t("policy.reject")));
  }
}

/** The share for an age, of 10,000. */
function shareOf(rule, band) {
  return rule.shares.find((one) => one.age_band === band)?.share ?? rule.share;
}

/** Fields of an object and of the objects in it, by dotted names. @returns {[string, *][]} */
export function flat(value, before = "") {
  return Object.entries(value).flatMap(([name, inner]) => (inner && typeof inner === "object" ? flat(inner, `${before}${name}.`) : [[before + name, inner]]));
}

function set(value, dotted, to) {
  const names = dotted.split(".");
  const last = names.pop();
  names.reduce((at, name) => at[name], value)[last] = to;
}

/** A rate in words: with its interval, or that there are too few. */
function rate(measured) {
  const { errors, trials, low, high } = measured;
  if (!trials) return t("quality.none_yet");
  const counted = t("quality.of", { errors, trials });
  if (measured.too_small) return h("span", null, counted, h("small", null, t("quality.too_small")));
  return h("span", null, share(errors, trials), " ", h("small", null, counted, " · ", t("quality.interval", { low: share(low, 1), high: share(high, 1) })));
}

function rateSaid(measured) {
  if (!measured.trials) return t("quality.none_yet");
  return measured.too_small ? t("quality.too_small_short") : t("quality.interval", { low: share(measured.low, 1), high: share(measured.high, 1) });
}

