/**
 * What the service says about lines of a roster, in Chinese. The service says it in English with numbers and names in it; `{}` in the table stands
 * for such a part. What is not in the table stays as it was said.
 */

import { fetchTable } from "../../shared/js/texts.js";

/** @param {Object<string, string>} table English with `{}` → Chinese with `{}` @returns {(text: string) => string} */
export function translator(table) {
  const plain = new Map();
  const shapes = [];
  for (const [english, chinese] of Object.entries(table)) {
    if (!english.includes("{}")) plain.set(english, chinese);
    else shapes.push([new RegExp(`^${english.split("{}").map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.+?)")}$`), chinese]);
  }
  const say = (text) => {
    if (plain.has(text)) return plain.get(text);
    for (const [shape, chinese] of shapes) {
      const parts = shape.exec(text);
      if (parts) return parts.slice(1).reduce((said, part) => said.replace("{}", () => say(part)), chinese);
    }
    return text;
  };
  return say;
}

let said = null;

/** Fetched once. @returns {Promise<(text: string) => string>} */
export async function rosterWords() {
  said ??= translator(await fetchTable(new URL("../../shared/locales/roster.zh.json", import.meta.url).href));
  return said;
}
