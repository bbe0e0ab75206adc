/** What a batch found and did, in words. */

import { number, t } from "../texts.js";

/** Counts of a report in the order in which they are told, by kind. */
const COUNTS = {
  roster: ["rows", "new", "changed", "unchanged", "gone", "photos"],
  photos: ["files", "enrolled", "known"],
  due: ["counted"],
  notices: ["sent", "letters", "withdrawn", "given_up", "postponed"],
  export: [],
  answers: ["accepted", "rejected", "known"],
};

/** @param {Object} batch BatchView @returns {{rows: [string, string][], line: string, faults: string, lines: Object[], more: number}} */
export function batchReport({ kind, state, report, lines = [], lines_more: more = 0 }) {
  if (!report) return { rows: [], line: "", faults: "", lines: [], more: 0 };
  if (report.error) {
    const key = `error.${report.error}`;
    const text = t(key);
    const words = text === key ? report.detail ?? report.error : text;
    return { rows: [], line: words, faults: words, lines, more };
  }
  const rows = COUNTS[kind].filter((key) => report[key] !== undefined && !(state === "checked" && kind === "notices")).map((key) => [t(`count.${key}`), number(report[key])]);
  if (kind === "export") rows.push(...(report.files.length ? report.files.map((file) => [t("batch.file_short", { number: file.sequence }), number(file.totals.rows)]) : [[t("count.files_none"), "0"]]));
  if (kind === "notices") rows.push(...planned(report.planned ?? {}));
  const faults = report.faults > 0 ? t(kind === "roster" ? "batch.faults_all" : "batch.faults", { count: number(report.faults) }) : report.stopped_by ? t("batch.stopped_by", { code: report.stopped_by }) : "";
  return { rows, line: [...rows.slice(0, 4).map(([name, value]) => `${name} ${value}`), faults].filter(Boolean).join(" · "), faults, lines, more };
}

/** Notices by day of the schedule and channel. */
function planned(days) {
  return Object.entries(days).reverse().flatMap(([day, channels]) => Object.entries(channels).map(([channel, count]) => [t(day === "0" ? "count.planned_call" : "count.planned", { day, channel: t(`notice_channel.${channel}`) }), number(count)]));
}
