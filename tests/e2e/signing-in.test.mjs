/**
 * Signing in at the real console: an invitation of the real command line, a passkey in Chromium's virtual authenticator, a password with
 * one-time codes, and what is refused. Passkeys belong to a name, so the console is opened at localhost.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { BROWSER_MISSING, openBrowser } from "./browser.mjs";
import { BINARY_MISSING, County } from "./county.mjs";

let county;
let browser;

/** RFC 6238 as a telephone computes it. */
function codeOf(base32, at = Date.now()) {
  const bits = [...base32.replaceAll(" ", "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(at / 30_000)));
  const tag = createHmac("sha1", secret).update(step).digest();
  const offset = tag.at(-1) & 15;
  return String((tag.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Invites with the real command line; the address at localhost. */
async function invited(name, ...roles) {
  const said = await county.jianmian(["officer", "add", name, ...roles.flatMap((role) => ["--role", role])]);
  return said.trim().split("\n").at(-1).replace("127.0.0.1", "localhost");
}

/** A browser with an authenticator that knows its owner. */
async function desk() {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "zh-CN" });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  const owner = (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  return { context, page, owner };
}

const home = () => county.address.replace("127.0.0.1", "localhost") + "/console";
const signOut = async (page) => {
  await page.getByRole("button", { name: "退出" }).click();
  await page.locator("input[name=name]").waitFor();
};

describe("signing in", { skip: BROWSER_MISSING || BINARY_MISSING }, () => {
  before(async () => {
    county = await County.make();
    browser = await openBrowser();
    await county.start();
  });
  after(async () => {
    await browser?.close();
    await county?.close();
  });

  test("invited, a passkey, signed in with it; not without its owner; the invitation works once", async () => {
    const { context, page, owner } = await desk();
    const link = await invited("wang.fang", "officer", "supervisor");
    await page.goto(link);
    await page.getByRole("heading", { name: "wang.fang，欢迎" }).waitFor();
    await page.getByRole("button", { name: "设置通行密钥" }).click();
    await page.locator("nav.rail").waitFor();
    await signOut(page);
    await page.getByRole("button", { name: "用通行密钥登录" }).click();
    await page.locator("nav.rail").waitFor();
    await signOut(page);
    await owner(false);
    await page.getByRole("button", { name: "用通行密钥登录" }).click();
    await page.getByText("没有用成通行密钥").waitFor();
    await owner(true);
    await page.getByRole("button", { name: "用通行密钥登录" }).click();
    await page.locator("nav.rail").waitFor();
    const [kept] = await county.rows("select sign_count, used_at from passkeys");
    assert.ok(kept.used_at > 0);
    await context.clearCookies();
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByText("这个邀请已经用过").waitFor();
    await context.close();
  });

  test("the supervisor invites a colleague, who chooses a password and codes, and signs in with both", async () => {
    const { context, page } = await desk();
    await page.goto(await invited("boss", "supervisor"));
    await page.getByRole("button", { name: "设置通行密钥" }).click();
    await page.getByRole("link", { name: "人员" }).click();
    await page.locator("input[name=new-officer]").fill("chen.li");
    await page.getByRole("button", { name: "生成邀请链接" }).click();
    const link = await page.getByLabel("邀请链接").inputValue();
    await context.close();

    const theirs = await desk();
    await theirs.page.goto(link.replace("127.0.0.1", "localhost"));
    await theirs.page.locator(".invitation summary").click();
    const secret = await theirs.page.locator(".invitation code").innerText();
    await theirs.page.locator("input[name=password]").fill("a password of a test");
    await theirs.page.locator("input[name=code]").fill(codeOf(secret));
    await theirs.page.getByRole("button", { name: "设置密码和动态码" }).click();
    await theirs.page.locator("nav.rail").waitFor();
    await signOut(theirs.page);
    await theirs.page.locator("input[name=name]").fill("chen.li");
    await theirs.page.locator("input[name=password]").fill("a password of a test");
    await theirs.page.keyboard.press("Enter");
    await theirs.page.locator("input[name=code]").waitFor();
    // The code of the next step: the one of this moment was used to accept the invitation.
    await theirs.page.locator("input[name=code]").fill(codeOf(secret, Date.now() + 30_000));
    await theirs.page.keyboard.press("Enter");
    await theirs.page.locator("nav.rail").waitFor();
    assert.equal(await theirs.page.getByRole("link", { name: "人员" }).count(), 0, "an officer does not look after officers");
    await theirs.page.goto(`${home()}#/own`);
    await theirs.page.locator(".sessions li").first().waitFor();
    await theirs.context.close();
  });
});
