/** The pages of the county beside the lanes: who may see each, and what stands behind its address. A new page is one more line here. */

import { h } from "../../shared/js/dom.js";
import { AuditPage } from "./pages/audit.js";
import { BatchesPage } from "./pages/batches.js";
import { CountyPage } from "./pages/county.js";
import { PeoplePage } from "./pages/people.js";
import { PersonPage } from "./pages/person.js";
import { ProposalsPage } from "./pages/proposals.js";
import { QualityPage } from "./pages/quality.js";
import { RegistersPage } from "./pages/registers.js";
import { SchemesPage } from "./pages/schemes.js";
import { StatisticsPage } from "./pages/statistics.js";
import { t } from "./texts.js";

/** `hidden`: reached from another page, not from the rail. */
const PLACES = [
  { id: "county", act: "see_county", page: CountyPage },
  { id: "people", act: "see_people", page: PeoplePage },
  { id: "person", act: "see_people", page: PersonPage, hidden: true },
  { id: "registers", act: "see_case", page: RegistersPage },
  { id: "proposals", act: "see_people", page: ProposalsPage },
  { id: "batches", act: "run_batches", page: BatchesPage },
  { id: "schemes", act: "see_county", page: SchemesPage },
  { id: "statistics", act: "see_statistics", page: StatisticsPage },
  { id: "quality", act: "see_quality", page: QualityPage },
  { id: "audit", act: "see_audit", page: AuditPage },
];

/** The page that an address names, when this officer may see it. @param {import("./desk.js").Desk} desk @param {string} hash */
export function pageOf(desk, hash) {
  const [, id, ...rest] = hash.split("/");
  const place = PLACES.find((one) => one.id === id && desk.officer.acts?.includes(one.act));
  return place ? new place.page(desk, ...rest.map(decodeURIComponent)) : null;
}

/** The second list of the rail. @param {string[]} acts @param {string|null} here */
export function places(acts, here) {
  const shown = PLACES.filter((place) => !place.hidden && acts.includes(place.act));
  const current = here === "person" ? "people" : here;
  return shown.length > 0 && h("ul", { class: "places", "aria-label": t("places.title") }, shown.map((place) =>
    h("li", null, h("a", { href: `#/${place.id}`, "aria-current": place.id === current && "page" }, h("span", null, t(`places.${place.id}`))))));
}
