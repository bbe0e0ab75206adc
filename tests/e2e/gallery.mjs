/** Writes docs/SCREENS.md: every picture in docs/screens that is kept, by page. The pictures themselves: `make docs-screens`. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
/** Beginning of the names, title, pictures in a row. */
const PARTS = [
  ["phone", "The phone", 4],
  ["live", "The live call", 2],
  ["visit", "The visiting clerk's phone", 4],
  ["verify", "The page that checks a receipt", 4],
  ["real", "From a real call", 2],
  ["console", "The desk: queue and case", 2],
  ["county", "The desk: the county's year", 2],
  ["house", "The desk: statistics, quality, audit", 2],
  ["letter", "The letter", 2],
];

const kept = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "screens"], { cwd: DOCS, encoding: "utf8" }).trim().split("\n").sort();
const names = kept.map((path) => path.slice("screens/".length, -".png".length));
const nowhere = names.filter((name) => !PARTS.some(([part]) => name.startsWith(`${part}-`)));
if (nowhere.length) throw new Error(`no part for ${nowhere.join(", ")}`);

const cell = (name, part) => `![${name.slice(part.length + 1).replaceAll(/[-_]/g, " ")}](screens/${name}.png)`;
let text = "# Every screen\n\nMade by `make docs-screens` in Chromium: phones at 360x640, desks at 1366x768, `-200` at twice the size. People and numbers are made up; faces are actors of\n[intel-iot-devkit/sample-videos](https://github.com/intel-iot-devkit/sample-videos), CC BY 4.0.\n";
for (const [part, title, wide] of PARTS) {
  const all = names.filter((name) => name.startsWith(`${part}-`));
  text += `\n## ${title}\n\n${"| ".repeat(wide)}|\n${"|---".repeat(wide)}|\n`;
  for (let at = 0; at < all.length; at += wide) {
    const row = all.slice(at, at + wide);
    for (const cells of [row.map((name) => cell(name, part)), row.map((name) => name.slice(part.length + 1))]) text += `| ${cells.concat(Array(wide - row.length).fill("")).join(" | ")} |\n`;
  }
}
writeFileSync(`${DOCS}SCREENS.md`, text);
