/** The county's figures as its pictures want them. Pure. */

/** Channels from the bottom of a column up: what nobody had to come for, then calls, then what people went for. */
export const CHANNELS = ["data_match", "import", "video_auto", "review", "video_officer", "station", "home_visit", "mail", "consulate"];

/** The twelve months up to `on`, each with its counts by channel; and the channels that there are. */
export function monthsOfChannels(rows, on) {
  const months = lastMonths(on, 12).map((month) => {
    const by = Object.fromEntries(rows.filter((row) => row.month === month).map((row) => [row.channel, row.people]));
    return { month, by, people: Object.values(by).reduce((sum, n) => sum + n, 0) };
  });
  return { months, channels: CHANNELS.filter((channel) => months.some((one) => one.by[channel] > 0)) };
}

/** `2026-11` and the months before it, oldest first. @param {string} on a day */
export function lastMonths(on, count) {
  const [year, month] = on.split("-").map(Number);
  return Array.from({ length: count }, (_, n) => {
    const at = year * 12 + month - 1 - (count - 1 - n);
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
  });
}

/** A township's months in the order of time: everything earlier stands first. */
export function ofPlace(months) {
  return [...months.filter((one) => one.month === "earlier"), ...months.filter((one) => one.month !== "earlier")];
}

/** How much of a run is done, 0 to 1; `null` when nobody knows. */
export function share({ done, total }) {
  return total > 0 ? Math.min(1, done / total) : null;
}

/** The parts of a file that are still to be sent: `[{nth, from, until}]` in bytes. */
export function partsLeft({ file_bytes: bytes, part_bytes: size, parts, received }) {
  return Array.from({ length: parts - received }, (_, n) => {
    const nth = received + n;
    return { nth, from: nth * size, until: Math.min(bytes, (nth + 1) * size) };
  });
}

/** Lines as an officer types them: "17, 230" → [17, 230]; `null` when it is something else. */
export function linesOf(text) {
  const words = text.split(/[\s,，、;；]+/).filter(Boolean);
  return words.every((word) => /^\d{1,9}$/.test(word)) ? words.map(Number) : null;
}
