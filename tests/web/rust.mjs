/** Reads names out of the Rust sources, so that pages and service cannot drift apart unnoticed. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export const snake = (name) => name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

function block(file, kind, name) {
  const source = readFileSync(join(ROOT, file), "utf8");
  const start = source.search(new RegExp(`pub ${kind} ${name} \\{`));
  if (start < 0) throw new Error(`${file} has no ${kind} ${name}`);
  return source.slice(start, source.indexOf("\n}", start));
}

/** Variants of an enum by their JSON names. */
export function variants(file, name) {
  return [...block(file, "enum", name).matchAll(/^ {4}([A-Z]\w*)/gm)].map(([, variant]) => snake(variant));
}

/** Fields of a struct, without flattened ones. */
export function fields(file, name) {
  const text = block(file, "struct", name).replace(/#\[serde\(flatten\)\]\s*pub \w+/g, "");
  return [...text.matchAll(/^ {4}pub (\w+):/gm)].map(([, field]) => field);
}
