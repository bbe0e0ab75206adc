// Runs every runner of tests one after the other, goes on when one fails, and ends with one table and an honest exit code.
// Full output of each runner is kept in target/tests/NAME.log (or under CARGO_TARGET_DIR).
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const logs = join(target, "tests");
mkdirSync(logs, { recursive: true });

const filesIn = (folder, ending) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder)).filter((f) => f.endsWith(ending)).sort().map((f) => join(folder, f))
    : [];

/** The binary of browser tests, out of the way of what a later build puts in its place. */
const binary = join(logs, "jianmian");
const withBinary = { JIANMIAN_BIN: binary };

/** Runners in order; those of preparation count no tests. */
const steps = [
  { name: "build", command: ["cargo", "build", "--locked", "--bins", "--tests"], preparation: true },
  { name: "keep", command: ["cp", "--remove-destination", join(target, "debug", "jianmian"), binary], preparation: true },
  { name: "models", command: [binary, "models", "fetch"], preparation: true },
  { name: "rust", command: ["cargo", "test", "--locked", "--no-fail-fast", "--", "--show-output"], read: readCargo },
  { name: "web", command: ["node", "--test", "--test-reporter=spec", ...filesIn("tests/web", ".test.mjs")], read: readNode },
  { name: "screens", command: ["node", "tests/e2e/run.mjs", "screens"], read: readNode },
  { name: "journeys", command: ["node", "tests/e2e/run.mjs", "journeys"], env: withBinary, read: readNode },
];

/** A line of `cargo test`. Tests that lack something print `SKIPPED name: why` and return; libtest counts them as passed. */
function readCargo(line, count) {
  const result = line.match(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/);
  if (result) {
    count.passed += Number(result[1]);
    count.failed += Number(result[2]);
    count.skipped += Number(result[3]);
  }
  if (line.startsWith("SKIPPED ")) {
    count.passed -= 1;
    count.skipped += 1;
    count.why.push(line.slice("SKIPPED ".length));
  }
}

/** A line of Node's test runner (reporter `spec`): totals end every file; a skipped group counts once, by its own line. */
function readNode(line, count) {
  const total = line.match(/^ℹ (pass|fail|cancelled) (\d+)$/);
  const field = { pass: "passed", fail: "failed", cancelled: "failed" };
  if (total) count[field[total[1]]] += Number(total[2]);
  const skipped = line.match(/^\s*﹣ (.*) \([\d.]+ms\) # (.*)$/);
  if (skipped) {
    count.skipped += 1;
    count.why.push(`${skipped[1]}: ${skipped[2]}`);
  }
}

/** Output that says nothing while all is well: what passing Rust tests print. */
function quiet() {
  let inside = false;
  return (line) => {
    if (line === "successes:") inside = true;
    else if (line === "failures:" || line.startsWith("test result:")) inside = false;
    return !inside || line.startsWith("SKIPPED ");
  };
}

function run(step) {
  const log = createWriteStream(join(logs, `${step.name}.log`));
  const count = { passed: 0, failed: 0, skipped: 0, why: [], seconds: 0, code: 0 };
  const [program, ...args] = step.command;
  console.log(`\n== ${step.name}: ${step.command.join(" ")}`);
  const started = Date.now();
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...step.env }, stdio: ["ignore", "pipe", "pipe"] });
  const loud = quiet();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      log.write(`${line}\n`);
      step.read?.(line, count);
      if (loud(line)) console.log(line);
    });
  }
  return new Promise((resolve) => {
    const finish = (code, error) => {
      if (error) console.log(String(error));
      log.end();
      resolve({ ...count, code, seconds: Math.round((Date.now() - started) / 1000) });
    };
    child.on("error", (error) => finish(127, error));
    child.on("close", (code) => finish(code ?? 1));
  });
}

const results = [];
for (const step of steps) {
  const result = await run(step);
  results.push({ name: step.name, preparation: step.preparation, ...result });
  if (step.preparation && result.code !== 0) break; // nothing after it could tell us more
}

console.log("\n== summary");
let bad = false;
for (const r of results) {
  const empty = !r.preparation && r.passed + r.failed + r.skipped === 0;
  const broken = r.code !== 0 || r.failed > 0 || empty;
  bad ||= broken;
  const what = r.preparation
    ? (r.code === 0 ? "done" : `FAILED with exit code ${r.code}`)
    : `${r.passed} passed, ${r.failed} failed, ${r.skipped} skipped` +
      (empty ? " (FAILED: no test ran)" : r.code !== 0 && r.failed === 0 ? ` (FAILED with exit code ${r.code})` : "");
  console.log(`${r.name.padEnd(12)} ${what} in ${r.seconds} s`);
  for (const why of r.why) console.log(`             skipped ${why}`);
}
console.log(bad ? "tests: FAILED" : "tests: all passed");
process.exit(bad ? 1 : 0);
