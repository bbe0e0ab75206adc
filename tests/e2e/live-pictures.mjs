/** Takes the pictures of docs/LIVE-CALL.md: `node tests/e2e/live-pictures.mjs FOLDER`. Both people are actors of public clips (CC BY 4.0). */
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBrowser } from "./browser.mjs";
import { FACES } from "./camera.mjs";
import { County } from "./county.mjs";
import { fakeMedia, flows, liveDesk, livePhone, photoOf, toWaitingRoom } from "./live.mjs";
import { fewerColours } from "./palette.mjs";
import { screenOf, tap } from "./phone.mjs";

const folder = process.argv[2];
const photo = photoOf("ccby_male", 20);
const phones = await openBrowser(fakeMedia("ccby_male"));
const desks = await openBrowser(fakeMedia("", officersCamera()));
const county = await County.make("[calls]\nrandom_sample = 0.0\n");
await county.importRoster([{ photo, count: 2 }]);
await county.start();
const shot = async (page, name) => {
  const path = join(folder, `live-${name}.png`);
  await page.screenshot({ path });
  fewerColours(path, 160, "sierra2_4a");
};
try {
  const [one, two] = [await county.personWith(photo), await county.personWith(photo)];
  const waits = await livePhone(phones, one.url);
  await toWaitingRoom(waits);
  const second = await livePhone(phones, two.url);
  await toWaitingRoom(second);
  await second.page.waitForTimeout(1500);
  await shot(second.page, "waiting");
  const desk = await liveDesk(desks, county, await county.addOfficer("linfang"));
  await desk.page.evaluate(() => { location.hash = "#/queue/live"; });
  await desk.page.locator("table.queue .online").first().waitFor();
  await shot(desk.page, "queue");
  await desk.page.keyboard.press("n");
  await desk.page.locator("article.case .waits-live").waitFor();
  await shot(desk.page, "case");
  await desk.page.keyboard.press("l");
  await flows("the phone", waits.page);
  await flows("the desk", desk.page);
  await desk.page.keyboard.press("w");
  await desk.page.keyboard.press("c");
  await desk.page.keyboard.type("请对着镜头坐好");
  await desk.page.keyboard.press("Enter");
  await desk.page.locator("main h1").click();
  await desk.page.waitForTimeout(6000);
  await shot(desk.page, "desk");
  await shot(waits.page, "phone");
  await desk.page.locator(".bar button[lang]").click();
  await desk.page.waitForTimeout(800);
  await shot(desk.page, "desk-en");
  await desk.page.locator(".bar button[lang]").click();
  await desk.page.keyboard.press("1");
  await waits.page.waitForTimeout(800);
  await shot(waits.page, "prompt");
  await desk.page.keyboard.press("t");
  await waits.page.waitForTimeout(3000);
  await shot(waits.page, "stills");
  await shot(desk.page, "desk-stills");
  await desk.page.keyboard.press("h");
  await screenOf(waits, ["live_ended"]);
  await shot(waits.page, "ended");
  await shot(desk.page, "desk-over");
  await desk.page.locator(".live-tools button").last().click();
  await desk.page.locator(".live-phase").waitFor();
  const rung = await livePhone(phones, one.url);
  await screenOf(rung, ["ringing"]);
  await shot(rung.page, "ringing");
  await tap(rung);
  await flows("the phone", rung.page);
} finally {
  await phones.close();
  await desks.close();
  await county.close();
}

/** The officer: a few pictures of a clip, to and fro, each long enough to be seen. */
function officersCamera() {
  const folder = `${FACES}video/intel/preview__head-pose-face-detection-female_f`;
  const pictures = readdirSync(folder).sort().slice(0, 4).map((name) => readFileSync(join(folder, name)));
  const shown = [...pictures, ...pictures.slice(1, -1).reverse()].flatMap((one) => Array(20).fill(one));
  const file = join(mkdtempSync(join(tmpdir(), "jianmian-officer-")), "officer.mjpeg");
  writeFileSync(file, Buffer.concat(shown));
  return file;
}
