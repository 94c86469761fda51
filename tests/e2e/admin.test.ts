import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The owner's console against a real server, over its socket. */

const ROOT = resolve(import.meta.dir, "..", "..");
let folder: string;
let server: Bun.Subprocess<"ignore", "pipe", "pipe">;

/** Folders whose sockets would have too long a path, as on machines with deep home folders. */
const DEEP = "a-folder-with-a-long-name/".repeat(5);

async function start(data: string, ...flags: string[]) {
  const started = Bun.spawn(
    [
      ...[
        process.execPath,
        join(ROOT, "server.ts"),
        "--data",
        data,
        "--certs",
        join(folder, "certs"),
      ],
      ...["--host", "127.0.0.1", "--port", "0", ...flags],
    ],
    { cwd: folder, stdout: "pipe", stderr: "pipe", env: { ...process.env, LANG: "C" } },
  );
  const reader = started.stdout.getReader();
  let text = "";
  while (!text.includes("sodam://")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(await new Response(started.stderr).text());
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return started;
}

async function admin(args: readonly string[], env: Record<string, string> = {}) {
  const run = Bun.spawn([process.execPath, join(ROOT, "server.ts"), "admin", ...args], {
    ...{ cwd: folder, stdout: "pipe", stderr: "pipe" },
    env: { ...process.env, LANG: "C", LC_ALL: "", USER: "owner", SUDO_USER: undefined, ...env },
  });
  const [out, err] = await Promise.all([run.stdout, run.stderr].map((s) => new Response(s).text()));
  return { code: await run.exited, out: out ?? "", err: err ?? "" };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "admin-"));
  server = await start("data", "--metrics-file", join(folder, "sodam.prom"));
});
afterAll(async () => {
  server.kill();
  await server.exited;
  rmSync(folder, { recursive: true, force: true });
});

test("the socket is for the server's own user alone", () => {
  expect(statSync(join(folder, "data/lock/admin.sock")).mode & 0o777).toBe(0o600);
});

test("status answers in English, in Korean and in JSON", async () => {
  const { out, code } = await admin(["status"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^accounts +0$/m);
  expect((await admin(["status"], { LC_ALL: "ko_KR.UTF-8" })).out).toMatch(/^계정 +0$/m);
  expect((await admin(["status", "--lang", "ko"])).out).toMatch(/^마지막 백업 +없음$/m);
  const json = JSON.parse((await admin(["status", "--json"])).out);
  expect(json).toMatchObject({ accounts: 0, pid: server.pid, logLevel: "info" });
});

test("an act is carried out, audited with the system's user, and in the log", async () => {
  const { out } = await admin(["ban", "192.0.2.7", "2h", "floods"]);
  expect(out).toMatch(/^192\.0\.2\.7 is banned until 20.*; 0 connections were closed\.\n$/);
  expect(JSON.parse((await admin(["audit", "--json"])).out)).toMatchObject([
    { by: "console:owner", act: "dline", target: "192.0.2.7", reason: "floods" },
  ]);
  expect(readFileSync(join(folder, "data/audit.jsonl"), "utf8")).toContain('"by":"console:owner"');
});

test("what is refused is on standard error, with exit code 1, and in JSON on standard output", async () => {
  expect(await admin(["withdraw", "nothing"])).toEqual({
    code: 1,
    out: "",
    err: 'There is no invitation nothing: "admin invitations" lists them.\n',
  });
  const { out, code } = await admin(["withdraw", "nothing", "--json"]);
  expect([JSON.parse(out).ok, JSON.parse(out).name, code]).toEqual([false, "noSuchInvitation", 1]);
  expect(await admin(["status", "--foo"])).toMatchObject({ code: 2 });
});

test("the log is followed as it is written", async () => {
  const run = Bun.spawn([process.execPath, join(ROOT, "server.ts"), "admin", "log"], {
    ...{ cwd: folder, stdout: "pipe", stderr: "pipe", env: { ...process.env, LANG: "C" } },
  });
  let text = "";
  const reader = run.stdout.getReader();
  const readUntil = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`ended: ${text}`);
      text += new TextDecoder().decode(value);
    }
  };
  await readUntil("follows");
  await admin(["unban", "192.0.2.7"]);
  await readUntil("info: console:owner lifts the ban on 192.0.2.7");
  run.kill();
  await run.exited;
});

test("junk on the socket is refused or cut off, and costs the server nothing", async () => {
  const path = join(folder, "data/lock/admin.sock");
  const answerTo = (text: string) =>
    new Promise<string>((done) => {
      let answer = "";
      const socket = connect(path, () => socket.write(text));
      socket.on("data", (bytes) => {
        answer += bytes;
        socket.destroy();
      });
      socket.on("error", () => {});
      socket.on("close", () => done(answer));
    });
  expect(await answerTo("GET / HTTP/1.1\r\n\r\n")).toContain('"otherVersion"');
  expect(await answerTo('{"sodam":99,"kind":"request"}\n')).toContain('["otherVersion",1]');
  expect(await answerTo("x".repeat(100_000))).toBe("");
  expect((await admin(["status"])).code).toBe(0);
});

test("metrics are written where they were asked for, and go when the server stops", async () => {
  expect(readFileSync(join(folder, "sodam.prom"), "utf8")).toContain("\nsodam_accounts 0\n");
});

test("without a server it says so in one sentence, in both languages", async () => {
  const { code, err } = await admin(["status", "--data", "none"]);
  expect([code, err]).toEqual([
    1,
    "No server is running on the data folder none. Another folder is chosen by --data; gateways without a node are found by --certs.\n",
  ]);
  expect((await admin(["status", "--data", "none", "--lang", "ko"])).err).toContain(
    "실행 중이 아닙니다",
  );
});

test("a server whose folder has a long path, and one that was killed before, are reached", async () => {
  const data = join(folder, DEEP, "data");
  mkdirSync(data, { recursive: true });
  const first = await start(data);
  expect((await admin(["status", "--data", data])).code).toBe(0);
  first.kill("SIGKILL");
  await first.exited;
  expect((await admin(["status", "--data", data])).code).toBe(1);
  const second = await start(data);
  expect(JSON.parse((await admin(["status", "--json", "--data", data])).out).pid).toBe(second.pid);
  second.kill();
  await second.exited;
  expect(existsSync(join(data, "lock/admin.sock"))).toBe(false);
});
