/** The house's own affairs of the scripted county: quality control, policy, statistics, the audit. Every figure is made up. */

const DAY = 86_400_000;
const rate = (errors, trials, low, high) => ({ errors, trials, rate: trials >= 20 ? errors / trials : null, low, high, too_small: trials < 20 });

const DECISION = {
  version: "2026-11-2", probes_min: 2, usable_frames_min: 8, bona_fide_frames_min: 4, bona_fide_share_min: 0.6, flat_below: 0.35, self_comparison_min: 0.4, second_face_share_max: 0.2, repeated_ms_max: 600,
  frozen_ms_max: 900, jumps_max: 2, retries_max: 3, automatic_confirmation: true, danger_automatic_without_proof: false, light: { correlation_min: 0.6, chance_max: 0.05 }, turn: { yaw_min_deg: 12, response_min_ms: 250 },
};

function quality(county) {
  return {
    from: new Date(Date.now() - 365 * DAY).toISOString(), draws: 4812, draws_that_differ: 0, seeds_waiting: county.seeds ?? 2, trials_min: 20,
    samples: [["under_60", 211, 10, rate(0, 10, 0, 0.308)], ["60_69", 1904, 95, rate(0, 91, 0, 0.04)], ["70_79", 1730, 88, rate(1, 84, 0.0003, 0.065)], ["80_89", 842, 84, rate(2, 79, 0.003, 0.088)], ["90_over", 125, 25, rate(1, 22, 0.001, 0.228)]]
      .map(([age_band, passes, drawn, overturned]) => ({ age_band, passes, drawn, overturned })),
    officers: [["chen", rate(1, 31, 0.0008, 0.167), rate(2, 34, 0.007, 0.197)], ["zhou", rate(0, 26, 0, 0.132), rate(0, 12, 0, 0.265)], ["wang.fang", rate(0, 4, 0, 0.602), rate(1, 3, 0.008, 0.906)]]
      .map(([officer, confirmed_wrongly, sent_away_wrongly]) => ({ officer, confirmed_wrongly, sent_away_wrongly })),
  };
}

function firstChange(now) {
  return {
    id: "0190a000-0000-7000-a000-000000000001", version: 2, kind: "sampling", terms: { share: 200, shares: [{ channel: "video_auto", age_band: "90_over", share: 2000 }] }, effective_from: new Date(now + 9 * DAY).toISOString().slice(0, 10),
    reason: "九十岁以上的人，机器看错的多", state: "proposed", proposed_at: new Date(now - DAY).toISOString(), proposer_id: "x", decided_at: null, approver_id: null, proposer: "zhou", approver: null, own: false,
  };
}

function policy(county, now) {
  county.changes ??= [firstChange(now)];
  return { today: new Date(now).toISOString().slice(0, 10), sampling_version: 1, sampling: { share: 500, shares: [{ channel: "video_auto", age_band: "90_over", share: 1000 }] }, decision: DECISION, changes: county.changes };
}

const group = (name, people, first_pass, attempts, median_seconds) => ({ name, people, first_pass, attempts, median_seconds });

function statistics(quarter) {
  const all = group("", 1286, 1043, 1.3, 74);
  const table = (dimension, groups) => ({ dimension, all, groups });
  return {
    quarter: quarter ?? "2026-4", from: "2026-10-01", until: "2026-12-31", running: !quarter || quarter === "2026-4",
    tables: [
      table("age_band", [group("60_69", 588, 531, 1.1, 61), group("70_79", 451, 362, 1.3, 78), group("80_89", 214, 137, 1.7, 103), group("90_over", null, null, null, null), group("under_60", null, null, null, null)]),
      table("device", [group("android", 196, 151, 1.4, 83), group("android_wechat", 803, 655, 1.3, 74), group("desktop", null, null, null, null), group("ios", null, null, null, null), group("ios_wechat", 241, 209, 1.2, 63)]),
      table("channel", [group("alone", 702, 601, 1.2, 66), group("helped", 584, 442, 1.4, 86)]),
      table("township", [group("", 118, 92, 1.3, 75), group("栗江镇", 164, 139, 1.2, 71), group("江口镇", 131, 104, 1.3, 79), group("洪山镇", null, null, null, null), group("相市乡", 48, null, 1.4, 84), group("茶市镇", 152, 128, 1.2, 70), group("谭子山镇", null, null, null, null)]),
    ],
    steps: [["not_begun", 412], ["before_the_call", 61], ["in_the_call", 37], ["after_a_try", 44], ["other_way", 92], ["with_officer", 28], ["confirmed", 1211]].map(([step, people]) => ({ step, people })),
    channels: [["video_auto", 1043], ["video_officer", 0], ["review", 121], ["mail", 64], ["home_visit", 38], ["station", 55], ["consulate", null], ["data_match", null]].map(([channel, people]) => ({ channel, people })),
    deadlines: { decided: 241, late: 3, waiting: 37, overdue: 1 },
    lanes: [["to_review", [9, 4, 1, 0]], ["to_approve", [3, 1, 0, 0]], ["call_back", [4, 3, 1, 0]], ["visit", [2, 3, 2, 1]], ["mail", [0, 1, 1, 0]], ["sample", [1, 0, 0, 0]]].map(([lane, by_age]) => ({ lane, by_age })),
    officers: [["chen", 131, 118], ["zhou", 97, 90], ["wang.fang", 41, 33]].map(([officer, taken, decided]) => ({ officer, taken, decided })),
  };
}

const SHA = "9f2c61d0".repeat(8);

function auditRows(county, now) {
  const id = county.cases[0].id;
  const row = (n, actor, officer, action, more = {}) => ({
    id: `0190a000-0000-7000-b000-${String(n).padStart(12, "0")}`, at: new Date(now - n * 37 * 60_000).toISOString(), actor, officer, action, subject_kind: "case", subject_id: id, case_number: county.cases[0].case_number,
    from: null, to: null, reason: null, note: null, evidence_sha256: null, policy_version: null, pack: null, models: [], detail: {}, ...more,
  });
  const decided = { evidence_sha256: SHA, policy_version: "2026-11-2" };
  return [
    row(1, "officer", "zhou", "case_refused", { from: "to_approve", to: "refused", reason: "deception", ...decided, detail: { because: "deception" } }),
    row(2, "officer", "zhou", "face_viewed", { subject_kind: "still", case_number: null }),
    row(3, "officer", "zhou", "case_claimed"),
    row(5, "officer", "chen", "case_refusal_asked", { from: "open", to: "to_approve", note: "画面四周有屏幕的边", ...decided }),
    row(6, "officer", "chen", "case_viewed"),
    row(9, "service", null, "call_flagged", { subject_kind: "call", case_number: null, from: "open", to: "flagged", pack: "county", models: [SHA], ...decided }),
    row(10, "citizen", null, "call_opened", { subject_kind: "call", case_number: null }),
    row(12, "citizen", null, "consent_given", { subject_kind: "link", case_number: null }),
    row(40, "officer", "zhou", "policy_proposed", { subject_kind: "policy_change", case_number: null }),
  ];
}

/** Answers what belongs to the house; null: something else was asked. */
export async function house(county, officer, path, url, body) {
  const now = Date.now();
  const asked = path.join("/");
  if (asked === "quality") return { body: quality(county) };
  if (asked === "quality/seeds") {
    await body();
    county.seeds = (county.seeds ?? 2) + 1;
    return { status: 204 };
  }
  if (asked === "policy") return { body: policy(county, now) };
  if (asked === "policy/changes") {
    const { kind, terms, effective_from, reason } = await body();
    policy(county, now).changes.unshift({ ...firstChange(now), id: `0190a000-0000-7000-a000-0000000000${10 + county.changes.length}`, version: 3, kind, terms, effective_from, reason, proposer: officer.name, own: true });
    return { status: 201, body: county.changes[0].id };
  }
  if (path[0] === "policy" && path[3] === "decision") {
    const change = policy(county, now).changes.find((one) => one.id === path[2]);
    Object.assign(change, { state: (await body()).approve ? "approved" : "rejected", approver: officer.name, decided_at: new Date(now).toISOString() });
    return { status: 204 };
  }
  if (path[0] === "statistics") return { body: statistics(url.searchParams.get("quarter")) };
  if (asked === "audit") {
    const { person, action } = await body();
    const rows = auditRows(county, now).filter((row) => (!action || row.action === action) && (!person || row.case_number === person));
    return { body: { rows, more: false, officers: [["chen", "0190a000-0000-7000-8000-000000000001"], ["zhou", "0190a000-0000-7000-8000-000000000002"]] } };
  }
  if (asked === "audit/chain") {
    const broken = county.meddled ? [new Date(now - DAY).toISOString(), new Date(now).toISOString()] : null;
    return { body: { at: new Date(now).toISOString(), entries: 15_204, root: SHA, first_broken_entry: null, first_broken_seal: broken, seals: 311, sealed_events: 88_410, sealed_until: new Date(now - 3_600_000).toISOString(), unsealed_events: 14 } };
  }
  if (path[0] === "cases" && path[2] === "export") return { file: "{}", headers: { "Content-Type": "application/json", "Content-Disposition": `attachment; filename="case.${path[3]}"` } };
  return null;
}
