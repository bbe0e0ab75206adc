/** An officer's desk: signs in at the real console, opens a case, decides, as hands on a keyboard would. */

/** Opens the console and signs in. `selfSigned`: the officer accepts the certificate. */
export async function openDesk(browser, county, { name, password }, { selfSigned = false } = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "zh-CN", timezoneId: "Asia/Shanghai", ignoreHTTPSErrors: selfSigned });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const desk = { context, page, faults: [] };
  page.on("pageerror", (error) => desk.faults.push(error.message));
  await page.goto(`${county.address}/console`);
  await page.locator("input[name=name]").fill(name);
  await page.locator("input[name=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.locator("table.queue, main h1").first().waitFor();
  return desk;
}

/** Opens the case of a person from its lane, by the row that bears the name. */
export async function openCase(desk, name, lane = "to_review") {
  await desk.page.evaluate((hash) => { location.hash = hash; }, `#/queue/${lane}`);
  await desk.page.locator("table.queue th a", { hasText: name }).click();
  await desk.page.locator("article.case h1", { hasText: name }).waitFor();
}

/** Confirms (or approves) the open case by its keys and gives the class of what came of it: `ok`, `wait` or `calm`. */
export async function confirm(desk) {
  await desk.page.keyboard.press("a");
  await desk.page.locator(".decision.step form").waitFor();
  await desk.page.locator(".decision.step button.main").click();
  const result = desk.page.locator(".decision .result");
  await result.waitFor();
  return (await result.getAttribute("class")).split(" ").pop();
}
