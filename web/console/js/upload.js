/** Sends a file in parts; whatever was sent stays sent, so that a line that broke goes on where it was. */

import * as bureau from "./bureau.js";
import { partsLeft } from "./figures.js";

/** Tries for one part before the officer is asked to go on later. */
const TRIES = 4;
const PAUSE_MS = 1500;

/**
 * @param {Object} batch BatchView that waits for its file @param {File} file @param {(batch: Object) => void} told after each part
 * @returns {Promise<Object>} the batch with its whole file
 */
export async function upload(batch, file, told) {
  let now = batch;
  for (const { nth, from, until } of partsLeft(batch)) {
    now = await trying(() => bureau.sendPart(batch.id, nth, file.slice(from, until)));
    told(now);
  }
  return now;
}

async function trying(work) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await work();
    } catch (problem) {
      if (left <= 1 || !["server_away", "busy", "internal"].includes(problem.code)) throw problem;
      await new Promise((later) => setTimeout(later, PAUSE_MS));
    }
  }
}
