/** What the tests of the pages read: files of web/ and enums of src/domain. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Paths of all files below `folder` (relative to the root) that end in one of `endings`. */
export function filesBelow(folder, ...endings) {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (!endings.length || endings.some((ending) => entry.name.endsWith(ending))))
    .map((entry) => join(entry.parentPath || entry.path, entry.name).slice(ROOT.length))
    .sort();
}

export const textOf = (path) => readFileSync(join(ROOT, path), "utf8");
export const table = (path) => JSON.parse(textOf(path));

/** The snake_case names of the variants of a plain Rust enum. */
export function variantsOf(path, name) {
  const body = textOf(path).match(new RegExp(`pub enum ${name} \\{([^}]*)\\}`));
  if (!body) throw new Error(`${path} has no plain enum ${name}`);
  return Array.from(body[1].matchAll(/^\s*([A-Z]\w*),?$/gm), ([, variant]) => variant.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
}

/** A script without its comments and strings, for questions about its syntax. */
export function bare(script) {
  return script.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""');
}
