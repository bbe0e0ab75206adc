/**
 * A county for tests: the real binary on loopback with a data folder of its own, settings, roster, links and officers made with the real
 * command line. What is looked up in its database is read only, and only to prove what was recorded.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const BINARY = process.env.JIANMIAN_BIN || join(process.env.CARGO_TARGET_DIR || join(ROOT, "target"), "debug", "jianmian");

/** Reason to skip a test that needs the binary, or false. */
export const BINARY_MISSING = existsSync(BINARY) ? false : "needs the binary: cargo build";

/** Weights and check characters of GB 11643-1999. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = "10X98765432";

/** A made-up id number: the region 999999 does not exist, so it is nobody's. */
export function idNumber(nth, birth = "19480312") {
  const digits = `999999${birth}${String(nth).padStart(3, "0")}`;
  const sum = [...digits].reduce((all, digit, i) => all + Number(digit) * WEIGHTS[i], 0);
  return digits + CHECKS[sum % 11];
}

export async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Runs a program to its end. */
function run(program, args, input, environment = {}) {
  return new Promise((done) => {
    const env = { ...process.env, ...environment };
    const child = execFile(program, args, { cwd: ROOT, env, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      done({ code: error ? error.code ?? 1 : 0, stdout, stderr }));
    child.stdin.on("error", () => {}); // it may have ended without reading
    child.stdin.end(input || "");
  });
}

export class County {
  /** Settings from the environment, by their names there. */
  environment = {};
  /** Program and arguments that run a command where the server is. */
  there = ([program, ...args]) => [program, args];

  /** @param {string} [more] settings (TOML) added at the end of the file */
  static async make(more = "") {
    const county = new County();
    county.folder = mkdtempSync(join(tmpdir(), "jianmian-county-"));
    county.settings = join(county.folder, "county.toml");
    county.address = `http://127.0.0.1:${await freePort()}`;
    const media = `127.0.0.1:${await freePort()}`;
    writeFileSync(county.settings, `
[server]
listen = "${county.address.slice("http://".length)}"
public_url = "${county.address}"
data_dir = "${join(county.folder, "data")}"
[console]
danger_password_only = true
[media]
udp_listen = "${media}"
tcp_listen = "${media}"
[policy]
danger_automatic_without_proof = true
[models]
search = ["models/fetched", "../shared/models"]
${more}`);
    county.people = 0;
    county.waiting = new Map();
    county.tokens = [];
    county.log = "";
    return county;
  }

  /** Runs a command of the real command line; its output, or an error that holds all of it. */
  async jianmian(args, input) {
    const done = await run(BINARY, ["--config", this.settings, ...args], input, this.environment);
    assert.equal(done.code, 0, `jianmian ${args.join(" ")}: exit code ${done.code}\n${done.stdout}${done.stderr}`);
    return done.stdout;
  }

  /**
   * Imports made-up people with one roster file, before the server starts or while it runs.
   * @param {Array<{photo: string, count: number}>} wishes `photo`: path of the reference photograph, or empty for none
   */
  async importRoster(wishes) {
    const rows = ["姓名,身份证号,电话,现居住地,上次认证日期,照片"];
    for (const { photo, count } of wishes) {
      const file = photo && `${this.people}-${basename(photo)}`;
      if (photo) copyFileSync(photo, join(this.folder, file));
      for (let i = 0; i < count; i += 1) {
        this.people += 1;
        const name = `测${String.fromCodePoint(0x4e00 + this.people * 7)}`;
        const number = idNumber(this.people);
        rows.push([name, number, `1390000${String(this.people).padStart(4, "0")}`, "外省某市", "2025-11-05", file].join(","));
        const waiting = this.waiting.get(photo) || [];
        this.waiting.set(photo, [...waiting, { name, number }]);
      }
    }
    const roster = join(this.folder, "roster.csv");
    writeFileSync(roster, rows.join("\n"));
    await this.jianmian(["roster", "import", roster, "--photos", this.folder]);
  }

  /** One of the imported people with this photograph, with a fresh link. */
  async personWith(photo) {
    const person = (this.waiting.get(photo) || []).shift();
    assert.ok(person, `no more people with the photograph ${photo || "(none)"} were imported`);
    const url = (await this.jianmian(["link", "new", person.number])).trim();
    this.tokens.push(url.split("/").pop());
    const [row] = await this.rows("select id from beneficiaries where id_number = ?", person.number);
    return { ...person, id: row.id, url };
  }

  /** Adds an officer with a password of the test's own. */
  async addOfficer(name) {
    const password = `test-${name}-${Math.random().toString(36).slice(2, 14)}`;
    await this.jianmian(["officer", "add", name, "--password-stdin"], `${password}\n`);
    return { name, password };
  }

  /** What the record says about a person's calls and cases, for the message of a failed assertion. */
  async why(person) {
    const calls = await this.rows("select id, status, result from calls where beneficiary_id = ?", person.id);
    const cases = await this.rows("select status, reasons from cases where beneficiary_id = ?", person.id);
    return JSON.stringify({ calls, cases });
  }

  /** Starts the server, by `serve` or another command that serves. */
  async start(command = ["serve"]) {
    const [program, args] = this.there([BINARY, "--config", this.settings, ...command]);
    const server = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...this.environment }, stdio: ["ignore", "pipe", "pipe"] });
    this.server = server;
    this.ended = new Promise((done) => server.on("exit", done));
    for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => { this.log += text; });
    const until = Date.now() + 60_000;
    while (Date.now() < until && server.exitCode === null) {
      const health = await this.#health();
      if (health) {
        this.health = health;
        return this;
      }
      await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error(`the server did not start:\n${this.log}`);
  }

  /** What the server says of itself, asked where it is. */
  async #health() {
    const [program, args] = this.there([process.execPath, "-e", `fetch("${this.address}/health").then((told) => told.text()).then(console.log, () => {})`]);
    const done = await run(program, args);
    return done.stdout.trim() ? JSON.parse(done.stdout) : null;
  }

  /** The server will run on another machine: at this address, by commands made with `there`. */
  moveTo(address, there) {
    writeFileSync(this.settings, readFileSync(this.settings, "utf8").replaceAll("127.0.0.1", address));
    this.address = this.address.replace("127.0.0.1", address);
    this.there = there;
  }

  /** Ends the server with a signal and waits for it. */
  async end(signal = "SIGTERM") {
    if (!this.server || this.server.exitCode !== null) return;
    this.server.kill(signal);
    const late = setTimeout(() => this.server.kill("SIGKILL"), 20_000);
    await this.ended;
    clearTimeout(late);
  }

  async close() {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Rows of a read-only query on the records. */
  async rows(query, ...values) {
    const script = "import json,sqlite3,sys\n"
      + "records=sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True); records.row_factory=sqlite3.Row\n"
      + "print(json.dumps([dict(row) for row in records.execute(sys.argv[2],sys.argv[3:])]))";
    const done = await run("python3", ["-c", script, join(this.folder, "data", "jianmian.db"), query, ...values]);
    assert.equal(done.code, 0, done.stderr);
    return JSON.parse(done.stdout);
  }

  /** Whether the server's log holds `text`. */
  logHolds(text) {
    return this.log.includes(text);
  }
}
