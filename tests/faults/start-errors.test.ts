import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENT, Program, SERVER } from "../e2e/program.ts";
import { MARK } from "./failing-system.ts";

/**
 * Each call on files and on the system that a start makes fails in turn. Only those on the list may end the
 * start, by a sentence with their cause; everything else is a convenience.
 */

const PRELOAD = ["--preload", join(import.meta.dir, "failing-system.ts")];
/** Starts at a time: the machine has other tests to run. */
const AT_ONCE = 4;
const CAUSE = "the disk reported an error";

/** Which calls may end a server's start, by call and path, and why. */
const MAY_END: readonly (readonly [call: RegExp, why: string])[] = [
  [/\/certs\b/, "without a certificate and its key there is no TLS"],
  [/\/data\/lock\b/, "without the lock two servers may write one folder"],
  [/\/data\/\.?(?:format|users|rooms|people)\b/, "accounts and rooms"],
  [/\/data\/records\.journal$/, "what no other file may have"],
  [/\/data\/\.upgrade\b/, "a folder between two formats"],
  [/\/data\/history\b/, "where messages are stored"],
  [/\/data$/, "the folder of all that"],
  [/^fs\.readFileSync sodam\.toml$/, "settings that may close the server to strangers"],
  [/^process\.cwd$/, "paths in the settings are relative to the working folder"],
];

interface Start {
  readonly code: number;
  readonly stderr: string;
  readonly hasStarted: boolean;
  readonly calls: readonly string[];
}

class StartFolder {
  readonly path = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), MARK));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Starts a server until it listens or ends. */
async function startServer(fault: object | null): Promise<Start> {
  using folder = new StartFolder();
  const { path } = folder;
  const args = ["--host", "0.0.0.0", "--port", "0", "--data", join(path, "data")];
  const log = join(path, "calls.log");
  await using program = new Program(
    [...withPreload(SERVER), ...args, "--certs", join(path, "certs")],
    { cwd: path, env: environmentOf(fault, log) },
  );
  const hasStarted = await program.sees(/listening on/).then(
    () => true,
    () => false,
  );
  program.kill("SIGTERM");
  const code = await program.exited;
  const { stderr } = program;
  return { code, stderr, hasStarted, calls: fault === null ? callsIn(log) : [] };
}

/** Starts a client that sends to a port where nobody listens. */
async function startClient(fault: object | null): Promise<Start> {
  using folder = new StartFolder();
  const { path } = folder;
  const log = join(path, "calls.log");
  const command = ["127.0.0.1:1", "send", "#tea", "hi", "--account", "mina"];
  await using program = new Program([...withPreload(CLIENT), ...command], {
    cwd: path,
    env: { ...environmentOf(fault, log), HOME: path, XDG_CONFIG_HOME: "", SODAM_PASSWORD: "x" },
  });
  const code = await program.exited;
  const { stderr } = program;
  const hasStarted = code === 3;
  return { code, stderr, hasStarted, calls: fault === null ? callsIn(log) : [] };
}

function withPreload([bun, script]: readonly [string, string]): string[] {
  return [bun, ...PRELOAD, script];
}

function environmentOf(fault: object | null, log: string): Record<string, string> {
  return fault === null ? { FAULT_LOG: log } : { FAULT: JSON.stringify(fault) };
}

function callsIn(log: string): string[] {
  return readFileSync(log, "utf8").split("\n").filter(Boolean);
}

/** Lets each call of a start fail. Returns sentences about the starts that ended otherwise than they may. */
async function problemsOf(
  start: (fault: object | null) => Promise<Start>,
  mayEnd: (call: string, path: string) => boolean,
): Promise<string[]> {
  const first = await start(null);
  expect(first.hasStarted).toBe(true);
  expect(first.calls.length).toBeGreaterThan(5);
  const problems: string[] = [];
  const queue = [...first.calls];
  const worker = async (): Promise<void> => {
    for (let line = queue.shift(); line !== undefined; line = queue.shift()) {
      const [call = "", nth = "", ...rest] = line.split(" ");
      const result = await start({ call, nth: Number(nth), code: "EIO" });
      const problem = problemOf(result, mayEnd(call, rest.join(" ")));
      if (problem !== null) problems.push(`${line}: ${problem} ${result.code} ${result.stderr}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return problems;
}

function problemOf({ code, stderr, hasStarted }: Start, mayEnd: boolean): string | null {
  if (code === 70) return "it is taken for a fault of ours";
  if (/^\s+at /m.test(stderr)) return "there is a stack";
  if (hasStarted) return null;
  if (!mayEnd) return "it ended the start";
  return stderr.includes(CAUSE) ? null : "the cause is missing";
}

test("only what a server can't do without ends its start, with its cause", async () => {
  const mayEnd = (call: string, path: string): boolean =>
    MAY_END.some(([pattern]) => pattern.test(`${call} ${path}`.trimEnd()));
  expect(await problemsOf(startServer, mayEnd)).toEqual([]);
}, 120_000);

test("no call on files or the system keeps a client from its server", async () => {
  // Without the key of this device the client can't log in by it; it says so, and how.
  const mayEnd = (_call: string, path: string): boolean => /\/device-(?:cert|key)\.pem/.test(path);
  expect(await problemsOf(startClient, mayEnd)).toEqual([]);
}, 120_000);
