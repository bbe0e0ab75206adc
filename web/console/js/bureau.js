/** The county's pages and the HTTP API (docs/API.md): figures, people, registers, proposals, schemes, batches. */

import { Problem, request, send } from "./api.js";

const at = (id) => encodeURIComponent(id);
const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();

export const county = () => request("GET", "/api/console/county");
/** @param {{lane: string, month?: string, township?: string, after?: string}} of */
export const people = (of) => request("GET", `/api/console/people?${query(of)}`);
export const find = (text) => request("POST", "/api/console/people/find", { text });
export const person = (id) => request("GET", `/api/console/people/${at(id)}`);
export const faceAddress = (id, reference, because) => `/api/console/people/${at(id)}/face?${query({ reference, because })}`;
export const letterAddress = (id) => `/api/console/people/${at(id)}/letter`;
export const newLink = (id) => request("POST", `/api/console/people/${at(id)}/link`);
export const preview = (id, channel) => request("GET", `/api/console/people/${at(id)}/notice?${query({ channel })}`);
export const contact = (id, form) => request("POST", `/api/console/people/${at(id)}/contact`, form);
export const investigate = (id) => request("POST", `/api/console/people/${at(id)}/investigate`);
export const investigated = (id, form) => request("POST", `/api/console/people/${at(id)}/investigated`, form);
export const propose = (id, form) => request("POST", `/api/console/people/${at(id)}/propose`, form);

export const proposals = (state) => request("GET", `/api/console/proposals?${query({ state })}`);
export const decide = (id, approve) => request("POST", `/api/console/proposals/${at(id)}/decide`, { approve });
export const schemes = () => request("GET", "/api/console/schemes");
export const proposeScheme = (form) => request("POST", "/api/console/schemes/propose", form);
export const decideScheme = (form) => request("POST", "/api/console/schemes/decide", form);

export const batches = () => request("GET", "/api/console/batches");
export const batch = (id) => request("GET", `/api/console/batches/${at(id)}`);
export const makeBatch = (form) => request("POST", "/api/console/batches/make", form);
export const sendPart = (id, nth, bytes) => send(`/api/console/batches/${at(id)}/part?${query({ nth: String(nth) })}`, bytes);
export const runBatch = (id, form) => request("POST", `/api/console/batches/${at(id)}/run`, form);
export const dropBatch = (id) => request("POST", `/api/console/batches/${at(id)}/drop`);
export const continuations = () => request("GET", "/api/console/continuation");
export const continuationAddress = (file, part) => `/api/console/continuation/part?${query({ file: String(file), part })}`;

export const care = () => request("GET", "/api/console/special-care");
export const enterCare = (form) => request("POST", "/api/console/special-care/enter", form);
export const reviewCare = (id, form) => request("POST", `/api/console/special-care/${at(id)}/review`, form);
export const careVisits = (days) => request("POST", "/api/console/special-care/visits", { days });
export const visits = () => request("GET", "/api/console/visits");
export const askVisit = (form) => request("POST", "/api/console/visits/ask", form);
export const assignVisit = (id, form) => request("POST", `/api/console/visits/${at(id)}/assign`, form);
export const visitEvidence = (id) => request("GET", `/api/console/visits/${at(id)}/evidence`);
export const visitPhotoAddress = (id) => `/api/console/visits/${at(id)}/photo`;
export const checkVisit = (id, form) => request("POST", `/api/console/visits/${at(id)}/check`, form);
export const appointments = (on) => request("GET", `/api/console/appointments?${query({ on })}`);
export const hours = (on) => request("GET", `/api/console/appointment-hours?${query({ on })}`);
export const setHours = (form) => request("POST", "/api/console/appointment-hours", form);
export const dropHours = (on) => request("POST", "/api/console/appointment-hours/drop", { on });
export const slots = (from, until) => request("GET", `/api/console/appointment-slots?${query({ from, until })}`);
export const book = (form) => request("POST", "/api/console/appointments/book", form);
export const closeAppointment = (id, state) => request("POST", `/api/console/appointments/${at(id)}/close`, { state });
export const forms = () => request("GET", "/api/console/forms");
export const whoseForm = (text) => request("POST", "/api/console/forms/whose", { text });
export const receiveForm = (of, channel, file) => send(`/api/console/forms/receive?${query({ beneficiary_id: of, channel })}`, file);
export const scanAddress = (id) => `/api/console/forms/${at(id)}/scan`;
export const keyForm = (id, form) => request("POST", `/api/console/forms/${at(id)}/key`, form);
export const refuseForm = (id, version) => request("POST", `/api/console/forms/${at(id)}/refuse`, { version });

/** A picture that is looked at once: fetched so that its failure has a code. @returns {Promise<string>} address of its bytes, to be given back */
export async function lookAt(address) {
  const response = await fetch(address).catch(() => null);
  if (!response) throw new Problem({ code: "server_away" });
  if (!response.ok) throw new Problem({ code: (await response.json().catch(() => ({}))).code ?? "internal", status: response.status });
  return URL.createObjectURL(await response.blob());
}
