/** A form on paper is keyed from its scan; nobody sees what the other read. */

import { h } from "../../../shared/js/dom.js";
import * as bureau from "../bureau.js";
import { ask } from "./forms.js";
import { t } from "../texts.js";
import { countyToday } from "../words.js";

const SIGNATURES = ["own", "thumbprint", "other", "missing"];
const ASSISTANCE = ["", "guided", "assisted", "proxy"];

/** @param {import("../pages/place.js").Place} page @param {Object} form FormView @returns {Promise<Object|null>} KeyingView */
export async function keyForm(page, form) {
  const scan = await page.act(() => bureau.lookAt(bureau.scanAddress(form.form_id)), { quiet: true });
  if (!scan) return null;
  let refused = null;
  const refuse = h("button", { class: "quiet", type: "button", onclick: async (event) => {
    refused = await page.act(() => bureau.refuseForm(form.form_id, form.version), { quiet: true });
    if (refused) event.target.closest("dialog").close();
  } }, t("registers.unreadable"));
  const result = await ask({
    desk: page.desk, title: t("registers.key"), lead: t("registers.key_lead"), go: t("registers.key_go"),
    body: [h("a", { href: scan, target: "_blank", rel: "noopener", class: "scan" }, h("img", { src: scan, alt: t("registers.scan") })), refuse],
    fields: [
      { name: "name", label: t("form_field.name") },
      { name: "id_number", label: t("form_field.id_number") },
      { name: "signed_on", label: t("form_field.signed_on"), kind: "date", max: countyToday(Date.now()) },
      { name: "signature", label: t("form_field.signature"), kind: "select", options: SIGNATURES.map((id) => [id, t(`signature.${id}`)]) },
      { name: "stamp", label: t("form_field.stamp"), kind: "check" },
      { name: "assistance", label: t("form_field.assistance"), kind: "select", required: false, options: ASSISTANCE.map((id) => [id, t(id ? `assistance.${id}` : "assistance.none")]) },
    ],
    work: ({ assistance, ...reading }) => bureau.keyForm(form.form_id, { version: form.version, reading: { ...reading, assistance: assistance || null } }),
  });
  URL.revokeObjectURL(scan);
  return refused ?? result;
}
