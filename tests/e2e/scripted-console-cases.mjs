/** Made-up cases for the scripted county. Every name, number and story is invented. */

export const COUNTY = { name_zh: "示范县社会保险服务中心", name_en: "Demonstration County Social Security Service", phone: "12333" };
export const OFFICERS = [
  { id: "0190a000-0000-7000-8000-000000000001", name: "chen", password: "scripted-tea-1" },
  { id: "0190a000-0000-7000-8000-000000000002", name: "zhou", password: "scripted-tea-2" },
];

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FEMALE = "preview__head-pose-face-detection-female_f";
const MALE = "preview__head-pose-face-detection-male_f";
const GROUP = "preview__face-demographics-walking-and-pause_f";

/** Eyes in px of the 480x270 frames, found by YuNet. */
const EYES = {
  [FEMALE]: {
    "04": [[204.4, 88.9], [236.2, 90]], "05": [[224.4, 92.4], [256.7, 92]], "06": [[241.3, 89.8], [267.8, 90]], "07": [[244.5, 93.5], [269.9, 93]],
    "08": [[237.3, 90], [266.4, 89.9]], "09": [[224, 91.1], [256.9, 91.4]], "10": [[205.1, 91.9], [238.1, 92.4]], "11": [[196.8, 89.6], [228.4, 89.5]],
  },
  [MALE]: {
    "00": [[231, 75.1], [265, 74.9]], "02": [[229.1, 76], [263.2, 75.3]], "05": [[232, 75.9], [266.4, 76.3]], "08": [[231.9, 77.1], [267.5, 77]], "11": [[231.4, 79.6], [266, 79.3]],
  },
};
const GROUP_EYES = { woman: [[71.5, 104.2], [99.2, 105.1]], man: [[213.9, 92.7], [240.4, 92.5]], lady: [[360.6, 126.8], [386.5, 126.9]] };

const GROUP_OF = {
  below_accept: "match", far_below: "match", reference_poor: "match", liveness_inconclusive: "attack", light_mismatch: "attack", repeated_frames: "attack", second_face: "people",
  too_dark: "capture", blurred: "capture", trial_models: "ours", random_sample: "quality", death_signal: "data", asked_for_person: "choice", network_lost: "network",
};

let counter = 0;
const id = () => `0190a000-0000-7000-9000-${String((counter += 1)).padStart(12, "0")}`;

function still(clip, frame, atMs, probe, quality) {
  return { id: id(), at_ms: atMs, probe, eyes: EYES[clip][frame], width_px: 480, height_px: 270, quality, pose: probe ? { yaw_deg: 4.2 - (atMs % 7), pitch_deg: -3.1, roll_deg: 0.4 } : null, file: `${clip}/${frame}.jpg` };
}

function marks(...pairs) {
  return pairs.map(([at_ms, kind]) => ({ at_ms, kind })).sort((a, b) => a.at_ms - b.at_ms);
}

/** A call with screen light and a slow turn, as the female clip shows it. */
function turningCall(now) {
  const order = ["10", "09", "05", "09", "10", "04", "05", "08", "07", "06", "05", "09"];
  const probes = { 2: 88, 3: 84, 10: 79 };
  const stills = order.map((frame, n) => still(FEMALE, frame, 350 + 620 * n, n in probes, probes[n] ?? 45 + ((n * 13) % 30)));
  const lights = [700, 1300, 1900, 2500, 3100];
  return {
    id: id(),
    opened_at: new Date(now).toISOString(),
    duration_ms: 7600,
    transport: "webrtc",
    assisted: true,
    helper: "family",
    attempt: 2,
    verdict: { verdict: "flagged", reasons: ["below_accept", "trial_models"] },
    comparison: "unsure",
    comparison_score: 0.371,
    attack: {
      score: -4.1,
      parts: [
        { cue: "moire", value: 1.42, adds: 0.1 },
        { cue: "attack_nets", value: 0.91, adds: -2.2 },
        { cue: "screen_light", value: 0.81, adds: -2.0 },
      ],
    },
    meaning: { known: "known", of_ten_thousand: 1.32, low: 0.7, high: 2.26, sample: 41_200, llr: 8.9, llr_low: 8.4, llr_high: 9.6, calibration_version: "2026-11-county" },
    accept_from: 0.425,
    light: { light: "seen", measure: { correlation: 0.81, lag_ms: 240, chance: 0.004, face_response: 2.6, background_response: 0.9, frames: 46 } },
    turn: { turn: "seen", after_ms: 900 },
    pack: "compact",
    trial: true,
    policy_version: "2026-11-1",
    stills,
    line: [9, 10, 10, 10, 9, 10, 8, 10],
    line_full: 10,
    marks: marks(
      [260, "face_found"],
      ...lights.map((ms) => [ms, "light_shown"]),
      ...lights.map((ms) => [ms + 240, "light_seen"]),
      [3500, "rear_camera"],
      [3900, "turn_asked"],
      [4800, "turn_seen"],
      ...Object.keys(probes).map((n) => [350 + 620 * n, "probe"]),
      [5700, "second_face"],
      [6100, "face_lost"],
      [6500, "face_found"],
    ),
  };
}

/** A call that hardly moves, over a weak line. */
function stillCall(now, changes) {
  const order = ["00", "02", "05", "08", "11", "05", "02", "00"];
  return {
    id: id(),
    opened_at: new Date(now).toISOString(),
    duration_ms: 9000,
    transport: "stills",
    assisted: false,
    helper: null,
    attempt: 1,
    verdict: { verdict: "flagged", reasons: ["far_below", "repeated_frames"] },
    comparison: "far",
    comparison_score: 0.082,
    attack: {
      score: 2.6,
      parts: [
        { cue: "repetition", value: 4.2, adds: 3.0 },
        { cue: "face_motion", value: 0.7, adds: 0.6 },
        { cue: "attack_nets", value: 0.62, adds: -1.0 },
      ],
    },
    meaning: { known: "sample_too_small", sample: 212 },
    accept_from: 0.425,
    light: { light: "inconclusive", measure: null },
    turn: { turn: "skipped" },
    pack: "compact",
    trial: true,
    policy_version: "2026-11-1",
    stills: order.map((frame, n) => still(MALE, frame, 600 + 1100 * n, n === 1 || n === 3, n === 1 ? 82 : n === 3 ? 77 : 50)),
    line: [8, 9, 2, 0, 3, 7],
    line_full: 10,
    marks: marks([400, "face_found"], [1700, "probe"], [3900, "probe"], [2600, "line_lost"], [3400, "line_back"], [5200, "doubt"], [6100, "turn_asked"]),
    ...changes,
  };
}

function reference(who, takenOn) {
  return { id: id(), source: "roster", taken_on: takenOn, enrolled_at: "2025-03-11T02:10:00Z", eyes: GROUP_EYES[who], file: `${GROUP}/08.jpg` };
}

function oneCase(now, { name, age, sex = "female", kind = "flagged_call", status = "open", reasons = [], answerIn, dueIn, call = null, references = [], ...rest }) {
  const number = String(4100 + counter).padStart(5, "0");
  const due = new Date(now + dueIn * DAY).toISOString().slice(0, 10);
  return {
    id: id(),
    case_number: `2026-${number}`,
    kind,
    status,
    beneficiary_name: name,
    age,
    reasons: reasons.map((code) => ({ code, group: GROUP_OF[code] })),
    opened_at: new Date(now - 30 * HOUR).toISOString(),
    answer_by: new Date(now + answerIn * HOUR).toISOString(),
    due_on: due,
    late: answerIn < 0,
    own: false,
    claimed_by: null,
    online: false,
    snoozed_until: null,
    live: null,
    live_calls: [],
    proposal: null,
    version: 1,
    beneficiary: {
      id: id(), name, id_number_tail: "304X", birth_on: `${2026 - age}-05-17`, sex, phone: "000 0000 0000", residence: "广东省东莞市长安镇", due_on: due, last_confirmed_on: "2025-11-14",
    },
    references,
    call,
    wish: null,
    wish_phone: null,
    confirmations: [
      { channel: "station", confirmed_at: "2025-11-14T03:20:00Z", due_on: "2026-11-30", receipt_number: "R-2025-0031877" },
      { channel: "video_auto", confirmed_at: "2024-11-20T08:05:00Z", due_on: "2025-11-30", receipt_number: "R-2024-0012040" },
      { channel: "import", confirmed_at: "2023-11-02T00:00:00Z", due_on: "2024-11-30", receipt_number: "R-2023-0000411" },
    ],
    history: [
      { at: new Date(now - 31 * HOUR).toISOString(), action: "consent_given", officer: null, note: null },
      { at: new Date(now - 30.2 * HOUR).toISOString(), action: "call_opened", officer: null, note: null },
      { at: new Date(now - 30 * HOUR).toISOString(), action: "call_flagged", officer: null, note: null },
    ],
    ...rest,
  };
}

/** @param {number} now ms since 1970 */
export function cases(now) {
  counter = 0;
  const woman = () => [reference("woman", "2019-06-03"), reference("lady", "2009-09-21")];
  const approval = (by) => ({
    status: "to_approve",
    confirmed_by: OFFICERS[by].id,
    history: [{ at: new Date(now - 2 * HOUR).toISOString(), action: "case_approval_asked", officer: OFFICERS[by].name, note: "耳朵和鼻形一致" }],
  });
  return [
    oneCase(now, { name: "林秀珍", age: 71, reasons: ["below_accept", "second_face", "trial_models"], answerIn: -3, dueIn: 6, call: turningCall(now - 30 * HOUR), references: woman() }),
    oneCase(now, { name: "马德福", age: 68, sex: "male", reasons: ["repeated_frames", "far_below", "trial_models"], answerIn: 5, dueIn: -2, call: stillCall(now - 20 * HOUR), references: [reference("man", "2022-01-15")] }),
    oneCase(now, { name: "欧阳桂芬", age: 83, reasons: ["too_dark", "trial_models"], answerIn: 22, dueIn: 12, call: turningCall(now - 9 * HOUR), references: woman().slice(0, 1) }),
    oneCase(now, { name: "许长庚", age: 90, sex: "male", reasons: ["random_sample"], answerIn: 30, dueIn: 40, call: stillCall(now - 8 * HOUR, { comparison: "match", verdict: { verdict: "confirmed" } }), references: [reference("man", null)] }),
    oneCase(now, { name: "覃玉兰", age: 77, reasons: ["liveness_inconclusive", "below_accept"], answerIn: 52, dueIn: 21, call: turningCall(now - 5 * HOUR), references: woman() }),
    oneCase(now, { name: "白永年", age: 74, sex: "male", reasons: ["network_lost"], answerIn: 60, dueIn: 33, call: { ...stillCall(now), stills: [], marks: [], comparison: "not_compared", comparison_score: null, turn: { turn: "not_asked" }, light: { light: "inconclusive" } }, references: [] }),
    oneCase(now, {
      name: "岑月仙", age: 84, kind: "photo", reasons: ["liveness_inconclusive", "below_accept"], answerIn: 48, dueIn: 27, references: woman(),
      call: { ...turningCall(now - 4 * HOUR), duration_ms: 0, transport: "stills", attempt: 1, light: { light: "inconclusive" }, turn: { turn: "not_asked" }, stills: [still(FEMALE, "08", 0, true, 84)], marks: [] },
    }),
    oneCase(now, { name: "谢春梅", age: 79, reasons: ["light_mismatch"], answerIn: 11, dueIn: 9, call: turningCall(now - 26 * HOUR), references: woman(), ...approval(1) }),
    oneCase(now, { name: "罗国栋", age: 81, sex: "male", reasons: ["death_signal"], answerIn: 18, dueIn: 15, call: stillCall(now - 26 * HOUR), references: [reference("man", "2018-04-02")], ...approval(0) }),
    oneCase(now, { name: "田小满", age: 86, kind: "call_back", reasons: ["asked_for_person"], answerIn: 7, dueIn: 18, references: woman().slice(0, 1), wish: "请下午打，我耳朵不好，说慢一点，说方言更好。", wish_phone: "000 0000 0001" }),
    oneCase(now, { name: "石清泉", age: 88, sex: "male", kind: "home_visit", reasons: ["asked_for_person"], answerIn: 26, dueIn: 25, wish: "走不动了，请到家里来。" }),
    oneCase(now, { name: "常五妹", age: 75, kind: "paper_form", reasons: ["asked_for_person"], answerIn: 40, dueIn: 60 }),
    oneCase(now, { name: "韦大成", age: 69, sex: "male", status: "confirmed", reasons: ["below_accept"], answerIn: 3, dueIn: 360, references: [reference("man", "2021-02-01")], call: stillCall(now - 50 * HOUR) }),
    oneCase(now, { name: "孟兰香", age: 80, status: "asked_again", reasons: ["blurred"], answerIn: 20, dueIn: 14 }),
  ];
}

/** The picture behind a still or a reference. */
export function pictureOf(all, wanted) {
  return all.flatMap((one) => [...one.references, ...(one.call?.stills ?? [])]).find((picture) => picture.id === wanted);
}
