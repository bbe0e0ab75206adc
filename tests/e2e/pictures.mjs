/**
 * Takes the README's pictures from a real call with the real server: a phone in the light, its result, and an officer's desk. The person
 * is from intel-iot-devkit/sample-videos (CC BY 4.0), the one clip of ../shared/faces that may be seen.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "./browser.mjs";
import { FACES, withoutFaces } from "./camera.mjs";
import { County } from "./county.mjs";
import { openCase, openDesk } from "./officer.mjs";
import { fewerColours } from "./palette.mjs";
import { call, CALL_MS, ENDS, openPhone, screenOf, startCall } from "./phone.mjs";

const TO = fileURLToPath(new URL("../../docs/screens/", import.meta.url));
const PHOTO = `${FACES}video/intel/preview__head-pose-face-detection-male_f/00.jpg`;

if (withoutFaces) {
  console.error(`no pictures: ${withoutFaces}`);
  process.exit(1);
}

async function take(page, name) {
  const path = join(TO, `${name}.png`);
  await page.screenshot({ path });
  fewerColours(path, 160, "sierra2_4a");
}

const county = await County.make("[calls]\nrandom_sample = 0.0\n");
const browser = await openBrowser();
try {
  await county.importRoster([{ photo: PHOTO, count: 2 }]);
  await county.start();
  const phone = await openPhone(browser, (await county.personWith(PHOTO)).url, { clip: "ccby_male" });
  await startCall(phone);
  await screenOf(phone, ["capture"]);
  await phone.page.waitForFunction(() => document.documentElement.classList.contains("lit"), null, { timeout: 60_000 });
  await phone.page.waitForTimeout(2500);
  await take(phone.page, "real-light");
  console.log("the first call ended on", await screenOf(phone, ENDS, CALL_MS));
  await phone.page.waitForTimeout(400);
  await take(phone.page, "real-result");
  // In daylight the screen's light is not seen on the face: an officer decides.
  const person = await county.personWith(PHOTO);
  const other = await openPhone(browser, person.url, { clip: "ccby_male", light: "none" });
  console.log("the second call ended on", await call(other));
  const desk = await openDesk(browser, county, await county.addOfficer("chen"));
  await openCase(desk, person.name);
  await desk.page.waitForTimeout(1500);
  await take(desk.page, "real-case");
} finally {
  await browser.close();
  await county.close();
}
