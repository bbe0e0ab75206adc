/** Draws docs/JOURNEY.md from web/phone/js/flow.js: `node tests/web/journey.mjs`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ANYWHERE, SCREENS } from "../../web/phone/js/flow.js";
import { ROOT, table } from "./files.mjs";

const zh = table("web/shared/locales/zh.json");
const en = table("web/shared/locales/en.json");
const ways = (rule) => (Array.isArray(rule) ? rule : [{ to: rule }]);
const edge = (from, event, way) => `  ${from} -->|${event}${way.if ? " if " + way.if : ""}| ${way.to}`;

/** The page of documentation, as text. */
export function picture() {
  const edges = Object.entries(SCREENS).flatMap(([name, { on }]) => Object.entries(on).flatMap(([event, rule]) => ways(rule).map((way) => edge(name, event, way))));
  const anywhere = Object.entries(ANYWHERE).flatMap(([event, rule]) => ways(rule).map((way) => `| \`${event}\` | ${way.if ? "`" + way.if + "`" : ""} | \`${way.to}\` |`));
  const rows = Object.keys(SCREENS).map((name) => `| \`${name}\` | ${zh[`phone.${name}.main`] || zh["phone.prompt.find_face"]} | ${en[`phone.${name}.main`] || en["phone.prompt.find_face"]} |`);
  return `# The journey on the phone

Drawn from \`web/phone/js/flow.js\` by \`node tests/web/journey.mjs\`; a test fails when it is out of date. Pictures: \`docs/screens/phone-*.png\`.

\`\`\`mermaid
flowchart TD
${edges.join("\n")}
\`\`\`

From every screen:

| event | if | leads to |
|---|---|---|
${anywhere.join("\n")}

| screen | 中文 | English |
|---|---|---|
${rows.join("\n")}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(ROOT, "docs/JOURNEY.md"), picture());
