/**
 * Two machines and a cable between them, as network namespaces of Linux: what runs in one reaches the other through the cable alone.
 * Both have their own loopback, their own ports, and no way to anywhere else.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXECUTABLE, openBrowser } from "./browser.mjs";

/** `ip` of iproute2 is an administrator's tool and not always on the path. */
const IP = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"].find((path) => spawnSync(path, ["-V"]).status === 0);
const SERVER_ADDRESS = "192.168.77.1";
const PHONE_ADDRESS = "192.168.77.2";
const OTHER_ADDRESS = "192.168.77.3";
/** A hardware address that nobody has. */
const NOWHERE = "02:00:00:00:00:99";

function ip(...words) {
  const done = spawnSync(IP, words, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`ip ${words.join(" ")}: ${done.stderr || done.error}`.trim());
}

export class Cable {
  /** Lays the cable; throws when this machine lets nobody do so. */
  constructor() {
    this.server = `jianmian-server-${process.pid}`;
    this.phone = `jianmian-phone-${process.pid}`;
    this.serverAddress = SERVER_ADDRESS;
    this.phoneAddress = PHONE_ADDRESS;
    try {
      ip("netns", "add", this.server);
      ip("netns", "add", this.phone);
      ip("link", "add", "cable", "netns", this.server, "type", "veth", "peer", "name", "cable", "netns", this.phone);
      for (const [machine, address] of [[this.server, SERVER_ADDRESS], [this.phone, PHONE_ADDRESS]]) {
        ip("-n", machine, "address", "add", `${address}/24`, "dev", "cable");
        ip("-n", machine, "link", "set", "lo", "up");
        ip("-n", machine, "link", "set", "cable", "up");
      }
    } catch (refused) {
      this.take();
      throw refused;
    }
  }

  /** Takes the cable away, and the two machines with it. */
  take() {
    for (const machine of [this.server, this.phone]) spawnSync(IP, ["netns", "delete", machine]);
  }

  /** Program and arguments that run `command` on the server's machine. */
  onServer(command) {
    return [IP, ["netns", "exec", this.server, ...command]];
  }

  /** The line is gone: everything is sent to a machine that is not there, and nobody is told. */
  cut() {
    ip("-n", this.phone, "neighbour", "replace", SERVER_ADDRESS, "lladdr", NOWHERE, "dev", "cable", "nud", "permanent");
    ip("-n", this.server, "neighbour", "replace", this.phoneAddress, "lladdr", NOWHERE, "dev", "cable", "nud", "permanent");
  }

  /** The line is back. */
  mend() {
    ip("-n", this.phone, "neighbour", "del", SERVER_ADDRESS, "dev", "cable");
    ip("-n", this.server, "neighbour", "del", this.phoneAddress, "dev", "cable");
  }

  /** The phone gets another address, and the one it had is gone. */
  move() {
    this.phoneAddress = this.phoneAddress === PHONE_ADDRESS ? OTHER_ADDRESS : PHONE_ADDRESS;
    ip("-n", this.phone, "address", "flush", "dev", "cable");
    ip("-n", this.phone, "address", "add", `${this.phoneAddress}/24`, "dev", "cable");
  }

  /** A browser on the phone's machine, or another. Close it before the cable is taken. */
  async browser(switches = [], machine = this.phone) {
    const folder = mkdtempSync(join(tmpdir(), "jianmian-phone-"));
    const start = join(folder, "chromium");
    writeFileSync(start, `#!/bin/sh\nexec ${IP} netns exec ${machine} ${EXECUTABLE} "$@"\n`);
    chmodSync(start, 0o755);
    const browser = await openBrowser(switches, start);
    browser.on("disconnected", () => rmSync(folder, { recursive: true, force: true }));
    return browser;
  }
}

/** Reason to skip what needs two machines, or false. */
export const CABLE_MISSING = whyNoCable();

function whyNoCable() {
  if (!IP) return "needs iproute2";
  if (process.getuid() !== 0) return "needs root to make network namespaces";
  try {
    new Cable().take();
    return false;
  } catch (refused) {
    return `this machine lets no network namespaces be joined by a cable (${refused.message.split("\n")[0]})`;
  }
}
