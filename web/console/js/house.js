/** The HTTP API of the house's own affairs: quality control, policy, statistics, the audit (docs/API.md). */

import { Problem, request } from "./api.js";

export const quality = () => request("GET", "/api/console/quality");
/** @param {string|null} truth what shall be true; any without */
export const seed = (truth) => request("POST", "/api/console/quality/seeds", truth ? { truth } : {});
export const policy = () => request("GET", "/api/console/policy");
/** @param {{kind: string, terms: Object, effective_from: string, reason: string}} form */
export const proposePolicy = (form) => request("POST", "/api/console/policy/changes", form);
export const decidePolicy = (id, approve) => request("POST", `/api/console/policy/changes/${encodeURIComponent(id)}/decision`, { approve });
export const statistics = (quarter) => request("GET", `/api/console/statistics${quarter ? `?quarter=${encodeURIComponent(quarter)}` : ""}`);
export const statisticsAddress = (quarter) => `/api/console/statistics.csv?quarter=${encodeURIComponent(quarter)}`;
export const audit = (form) => request("POST", "/api/console/audit", form);
export const chain = () => request("POST", "/api/console/audit/chain");

/** A case as a file: a POST, because taking it out is an audit event. @param {"json"|"pdf"} form @returns {Promise<{name: string, blob: Blob}>} */
export async function exportCase(id, form) {
  let response;
  try {
    response = await fetch(`/api/console/cases/${encodeURIComponent(id)}/export/${form}`, { method: "POST", headers: { "X-Jianmian": "1" } });
  } catch {
    throw new Problem({ code: "server_away" });
  }
  if (!response.ok) {
    const { code } = await response.json().catch(() => ({ code: "internal" }));
    throw new Problem({ code, status: response.status });
  }
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? `case.${form}`;
  return { name, blob: await response.blob() };
}

/** Hands a file to whoever asked for it. */
export function keep({ name, blob }) {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
