/** Scripts that old phones run keep to the syntax of Chromium 69, and style sheets to what it draws. */
import assert from "node:assert/strict";
import test from "node:test";
import { bare, filesBelow, textOf } from "./files.mjs";

const TOO_NEW = {
  "optional chaining": /\?\.(?!\d)/,
  "?? or ??=": /\?\?/,
  "||= or &&=": /\|\|=|&&=/,
  "private field": /[.\s{;]#[a-z]\w*/i,
  "class field or static block": /^\s+static\s*\{/m,
  "top-level await": /^(const .*= )?await /m,
  "bigint or separator": /\b\d+(n\b|_\d)/,
  "catch without a name": /catch\s*\{/,
  "late library": /\.(at|flat|flatMap|replaceAll|matchAll|allSettled|replaceChildren|fromEntries|hasOwn|structuredClone)\(/,
};
const TOO_NEW_STYLE = { "inset": /[{;\s]inset\s*:/, "clamp, min or max": /:\s*[^;]*\b(clamp|min|max)\(/, "nesting": /^\s+&/m, ":is or :where": /:(is|where)\(/, "flex gap": /[{;\s]gap\s*:/ };

for (const path of ["web/phone", "web/shared", "web/demo", "web/verify", "web/visit"].flatMap((folder) => filesBelow(folder, ".js"))) {
  test(path, () => {
    const script = bare(textOf(path));
    for (const [what, pattern] of Object.entries(TOO_NEW)) assert.doesNotMatch(script, pattern, `${path}: ${what}`);
  });
}

for (const path of [...filesBelow("web/phone", ".css"), ...filesBelow("web/verify", ".css"), ...filesBelow("web/visit", ".css")]) {
  test(path, () => {
    const style = textOf(path).replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [what, pattern] of Object.entries(TOO_NEW_STYLE)) assert.doesNotMatch(style, pattern, `${path}: ${what}`);
  });
}

test("the phone page keeps nothing but language and text size, and no name, number or token", () => {
  for (const path of filesBelow("web/phone", ".js")) {
    const script = textOf(path);
    assert.doesNotMatch(script, /localStorage|indexedDB|document\.cookie|console\.(log|info|debug|warn|error)/, path);
    if (!path.endsWith("main.js")) assert.doesNotMatch(script, /sessionStorage/, path);
  }
  const kept = Array.from(textOf("web/phone/js/main.js").matchAll(/kept\.set\("(\w+)"/g), (hit) => hit[1]);
  assert.deepEqual(kept.sort(), ["language", "size"]);
});
