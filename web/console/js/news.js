/** Hears that the queue changed. Where the line is bad the pages ask now and then all the same. */

import { NEWS } from "./api.js";

/** @param {() => void} changed @returns {() => void} stops listening */
export function listen(changed) {
  const source = new EventSource(NEWS);
  source.addEventListener("queue", changed);
  return () => source.close();
}
