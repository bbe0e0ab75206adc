/** What every page must hold as it stands: nothing scrolls sideways, axe finds nothing serious. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Both; each fails with what is wrong and where. `name` says of which page and in which way. */
export async function judge(page, name) {
  await fits(page, name);
  await nothingSerious(page, name);
}

/** Nothing scrolls sideways. */
export async function fits(page, name) {
  const [wide, room, culprit] = await page.evaluate(() => {
    const root = document.scrollingElement;
    const out = Array.from(document.querySelectorAll("body *")).find((each) => each.getBoundingClientRect().right > root.clientWidth + 1 && !each.closest("svg"));
    return [root.scrollWidth, root.clientWidth, out ? out.outerHTML.slice(0, 160) : ""];
  });
  assert.ok(wide <= room, `${name}: ${wide} px in ${room} px; ${culprit}`);
}

/** Axe finds nothing serious or critical. */
async function nothingSerious(page, name) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary}`).join("; ")}`));
  assert.deepEqual(found, [], `${name}: axe`);
}
