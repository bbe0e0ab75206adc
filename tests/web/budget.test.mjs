/** The phone page stays small enough for a weak line: everything it can ever load, compressed, within 60 kB. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { ROOT, filesBelow, textOf } from "./files.mjs";

const BUDGET_BYTES = 60_000;

/** Files of web/shared that the phone page names, followed through imports. */
function sharedByThePhone() {
  const found = new Set();
  const follow = (path) => {
    const text = textOf(path);
    const named = Array.from(text.matchAll(/\/assets\/(shared\/[\w./-]+\.\w+)/g), (hit) => "web/" + hit[1]);
    const imported = Array.from(text.matchAll(/from "(\.[^"]+)"/g), (hit) => posix.join(posix.dirname(path), hit[1]));
    for (const each of [...named, ...imported].filter((each) => each.startsWith("web/shared/"))) {
      if (!found.has(each)) {
        found.add(each);
        follow(each);
      }
    }
  };
  filesBelow("web/phone", ".html", ".js", ".css").forEach(follow);
  ["zh", "en"].forEach((language) => found.add(`web/shared/locales/${language}.json`));
  return [...found];
}

/** A file as the server sends it: scripts without their notes (src/http/assets.rs). */
function sent(path) {
  const bytes = readFileSync(join(ROOT, path));
  if (!path.endsWith(".js")) return bytes;
  return Buffer.from(bytes.toString().replace(/^[ \t]*\/\*\*[\s\S]*?\*\/[ \t]*$/gm, (note) => note.replace(/[^\n]/g, "")).replace(/^[ \t]*\/\/.*$/gm, ""));
}

test("the phone page and all it uses fit in 60 kB compressed", () => {
  const sizes = [...filesBelow("web/phone"), ...sharedByThePhone()].map((path) => [gzipSync(sent(path), { level: 9 }).length, path]);
  const sum = sizes.reduce((all, [bytes]) => all + bytes, 0);
  console.log(`phone page: ${sum} bytes compressed in ${sizes.length} files`);
  assert.ok(sizes.length > 20, "the files were not found");
  assert.ok(sum <= BUDGET_BYTES, `${sum} bytes; the largest:\n${sizes.sort((a, b) => b[0] - a[0]).slice(0, 6).map((each) => each.join(" ")).join("\n")}`);
});

test("every module is fetched at once, not one after the other", () => {
  const named = Array.from(textOf("web/phone/index.html").matchAll(/rel="modulepreload" href="\/assets\/([^"]+)"/g), (hit) => "web/" + hit[1]);
  const needed = new Set(["web/phone/js/main.js"]);
  for (const path of needed) {
    for (const [, target] of textOf(path).matchAll(/^import .* from "(\.[^"]+)"/gm)) needed.add(posix.join(posix.dirname(path), target));
  }
  assert.deepEqual(named.sort(), [...needed].sort());
});
