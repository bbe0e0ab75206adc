/** Every text of the console exists in both languages, and every word the service can say has one. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { variants } from "./rust.mjs";

const WEB = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "web");
/** The console's texts lie in two files; no key stands in both. */
const PARTS = ["console", "county"];
const part = (name, language) => JSON.parse(readFileSync(join(WEB, "shared", "locales", `${name}.${language}.json`), "utf8"));
const table = (language) => Object.assign({}, ...PARTS.map((name) => part(name, language)));
const zh = table("zh");
const en = table("en");
const source = readdirSync(join(WEB, "console", "js"), { recursive: true })
  .filter((name) => name.endsWith(".js"))
  .map((name) => readFileSync(join(WEB, "console", "js", name), "utf8"))
  .join("\n");

test("both languages have the same keys, in the same order", () => {
  assert.deepEqual(Object.keys(en), Object.keys(zh));
});

test("no key stands in both files", () => {
  const keys = PARTS.flatMap((name) => Object.keys(part(name, "zh")));
  assert.equal(new Set(keys).size, keys.length);
});

test("both languages fill in the same values", () => {
  const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const key of Object.keys(zh)) assert.deepEqual(holes(en[key]), holes(zh[key]), key);
});

test("no text is empty, and Chinese is Chinese", () => {
  for (const [key, text] of Object.entries({ ...zh, ...en })) assert.ok(text.trim(), key);
  const latin = Object.entries(zh).filter(([key, text]) => !/\p{Script=Han}/u.test(text) && !/^(key|expert|faces|app)\./.test(key) && text.replace(/\{\w+\}|\W/g, ""));
  assert.deepEqual(latin, []);
});

const ENUMS = [
  ["src/domain/verdict.rs", "Reason", ["reason.*.name", "reason.*.means", "reason.*.do"]],
  ["src/domain/verdict.rs", "ReasonGroup", ["group.*"]],
  ["src/domain/verdict.rs", "Verdict", ["verdict.*"]],
  ["src/domain/case.rs", "CaseKind", ["kind.*", "kind_do.*"]],
  ["src/domain/case.rs", "CaseStatus", ["status.*"]],
  ["src/domain/case.rs", "AskAgainBecause", ["ask.*", "citizen.*"]],
  ["src/domain/case.rs", "Disposition", ["decide.*", "decide.*_hint"]],
  ["src/domain/evidence.rs", "MarkKind", ["mark.*"]],
  ["src/domain/evidence.rs", "LightOutcome", ["light.*"]],
  ["src/domain/evidence.rs", "TurnOutcome", ["turn.*"]],
  ["src/domain/attack.rs", "Cue", ["sign.*"]],
  ["src/domain/evidence.rs", "Transport", ["transport.*"]],
  ["src/domain/challenge.rs", "Hint", ["hint.*"]],
  ["src/domain/confirmation.rs", "Channel", ["channel.*"]],
  ["src/domain/audit.rs", "Action", ["action.*"]],
  ["src/domain/beneficiary.rs", "Sex", ["sex.*"]],
  ["src/domain/quality.rs", "Truth", ["truth.*", "check.*"]],
  ["src/domain/quality.rs", "TermsKind", ["policy.kind_*"]],
  ["src/domain/statistics.rs", "DeviceClass", ["device.*"]],
  ["src/domain/call.rs", "CallStatus", ["call_status.*"]],
  ["src/domain/beneficiary.rs", "BenefitStatus", ["benefit.*"]],
  ["src/domain/due.rs", "Phase", ["phase.*"]],
  ["src/service/explain.rs", "Happened", ["told.*"]],
  ["src/service/views/person.rs", "StopNeed", ["stop.*"]],
  ["src/service/views/person.rs", "LookBecause", ["because.*"]],
  ["src/domain/signal.rs", "SignalKind", ["signal.*"]],
  ["src/domain/signal.rs", "SignalState", ["signal_state.*"]],
  ["src/domain/investigation.rs", "InvestigationFinding", ["finding.*"]],
  ["src/domain/proposal.rs", "ProposalKind", ["proposal_kind.*"]],
  ["src/domain/proposal.rs", "ProposalState", ["proposal_state.*"]],
  ["src/domain/assistance.rs", "CareFlag", ["care.*"]],
  ["src/domain/assistance.rs", "AskedBy", ["asked_by.*"]],
  ["src/domain/assistance.rs", "Assistance", ["assistance.*"]],
  ["src/domain/appointment.rs", "AppointmentWay", ["appointment_way.*"]],
  ["src/domain/appointment.rs", "AppointmentState", ["appointment.*"]],
  ["src/domain/visit.rs", "VisitState", ["visit.*"]],
  ["src/domain/visit.rs", "VisitOutcome", ["visit_outcome.*"]],
  ["src/domain/visit.rs", "VisitCheck", ["visit_check.*"]],
  ["src/domain/paper_form.rs", "FormState", ["form.*"]],
  ["src/domain/paper_form.rs", "FormField", ["form_field.*"]],
  ["src/domain/paper_form.rs", "FormSignature", ["signature.*"]],
  ["src/domain/paper_form.rs", "FormRefusal", ["form_refusal.*"]],
  ["src/domain/paper_form.rs", "NextWay", ["next_way.*"]],
  ["src/domain/scheme.rs", "Anchor", ["anchor.*"]],
  ["src/domain/batch.rs", "BatchKind", ["batch.*", "batch.*_text"]],
  ["src/domain/batch.rs", "BatchState", ["batch.state_*"]],
  ["src/service/roster/report.rs", "RosterOutcome", ["roster.*"]],
  ["src/domain/notice.rs", "NoticeKind", ["notice_kind.*"]],
  ["src/domain/notice.rs", "NoticeChannel", ["notice_channel.*"]],
  ["src/domain/notice.rs", "NoticeStatus", ["notice_status.*"]],
  ["src/domain/contact.rs", "ContactChannel", ["contact_channel.*"]],
  ["src/domain/contact.rs", "ContactOutcome", ["contact_outcome.*"]],
];

for (const [file, name, patterns] of ENUMS) {
  test(`every ${name} has its texts`, () => {
    const found = variants(file, name);
    assert.ok(found.length >= 2, `${name} was not read`);
    const missing = found.flatMap((variant) => patterns.map((pattern) => pattern.replace("*", variant))).filter((key) => !(key in zh));
    assert.deepEqual(missing, []);
  });
}

test("every reason has a name of its own", () => {
  const names = variants("src/domain/verdict.rs", "Reason").map((code) => zh[`reason.${code}.name`]);
  assert.equal(new Set(names).size, names.length);
});

test("every text that the page asks for exists", () => {
  const spaces = new Set(Object.keys(zh).map((key) => key.split(".")[0]));
  const asked = [...source.matchAll(/"([a-z_]+)\.([a-z_0-9.]+)"/g)].filter(([, space]) => spaces.has(space)).map(([, space, rest]) => `${space}.${rest}`);
  assert.ok(asked.length > 100, "the sources were not read");
  assert.deepEqual(asked.filter((key) => !(key in zh)), []);
});

test("no text lies about unused", () => {
  const made = [...source.matchAll(/`([a-z_]+\.(?:\$\{[^}]*\}|[^`\s$])*)`/g)].map(([, text]) => new RegExp(`^${text.replaceAll(".", "\\.").replace(/\$\{[^}]*\}/g, "\\w+")}$`));
  const listed = ["when", "channel", "until", "receipt"].map((key) => `earlier.${key}`);
  const unused = Object.keys(zh).filter((key) => !source.includes(`"${key}"`) && !listed.includes(key) && !made.some((shape) => shape.test(key)));
  assert.deepEqual(unused, []);
});
