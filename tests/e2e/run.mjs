/**
 * Runs browser tests one file after the other (one browser and one server at a time fit a small machine):
 * `run.mjs screens` looks at every screen, `run.mjs journeys` goes through pages and makes calls with the real server. Without a word: both.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const KINDS = { screens: /screens\.mjs$/, journeys: /\.test\.mjs$/ };
const wished = process.argv[2] ? [process.argv[2]] : Object.keys(KINDS);
if (wished.some((kind) => !KINDS[kind])) {
  console.error(`usage: run.mjs [${Object.keys(KINDS).join("|")}]`);
  process.exit(2);
}

let code = 0;
for (const kind of wished) {
  const files = readdirSync(here).filter((name) => KINDS[kind].test(name)).sort();
  for (const file of files) {
    const done = spawnSync(process.execPath, ["--test", "--test-reporter=spec", join(here, file)], { stdio: "inherit" });
    if (done.status !== 0) code = 1;
  }
}
process.exit(code);
