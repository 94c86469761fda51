import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { startCommand } from "../../lib/transport/run-command.ts";

const LIMITS = { input: "", timeoutMs: 60_000, outputBytesMax: 1000 };

function start(script: string, more: Partial<Parameters<typeof startCommand>[0]> = {}) {
  const errors: string[] = [];
  const running = startCommand({
    ...{ ...LIMITS, command: ["sh", "-c", script], environment: process.env },
    onErrorLine: (line) => errors.push(line),
    ...more,
  });
  return { ...running, errors };
}

test("a command gets its input and says how it has ended", async () => {
  const { outcome, errors } = start("cat; echo 'to the log' >&2; exit 3", { input: "안녕\n" });
  expect(await outcome).toEqual({ kind: "ended", code: 3, output: "안녕\n" });
  expect(errors).toEqual(["to the log"]);
});

test("one that reads none of its input is no failure", async () => {
  const { outcome } = start("exit 0", { input: "x".repeat(1_000_000) });
  expect(await outcome).toEqual({ kind: "ended", code: 0, output: "" });
});

test("one that a signal ends has no exit code", async () => {
  const { outcome } = start("kill -KILL $$");
  expect(await outcome).toEqual({ kind: "ended", code: null, output: "" });
});

test("one that isn't there is not started", async () => {
  const { outcome, stop } = start("", { command: ["./there-is-no-such-program"] });
  expect(await outcome).toEqual({ kind: "not-started" });
  stop();
});

test("an output that is too long is cut between two letters, and ends the command", async () => {
  const { outcome } = start("yes 가", { outputBytesMax: 5 });
  expect(await outcome).toEqual({ kind: "too-long", output: "가\n" });
});

test("a command that takes too long, or is stopped, ends with everything that it has started", async () => {
  const slow = start("(trap '' TERM; sleep 600) & echo $!; sleep 600", { timeoutMs: 300 });
  const outcome = await slow.outcome;
  expect(outcome).toMatchObject({ kind: "too-slow", output: expect.stringMatching(/^\d+\n$/) });
  const pid = Number("output" in outcome ? outcome.output : 0);
  expect(() => process.kill(pid, 0)).toThrow();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopped = start("echo here >&2; sleep 600", { onErrorLine: () => resolve() });
  await promise;
  stopped.stop();
  expect(await stopped.outcome).toEqual({ kind: "stopped" });
});

test.each(["process.exit(3)", 'throw new Error("a fault")'])(
  "a command ends with this process, also by %s",
  async (end) => {
    const path = new URL("../../lib/transport/run-command.ts", import.meta.url).pathname;
    const program = `
      import { readdirSync, readFileSync } from "node:fs";
import { startCommand } from ${JSON.stringify(path)};
      startCommand({
        command: ["sh", "-c", "echo $$ >&2; sleep 600"],
        environment: process.env, input: "", timeoutMs: 60_000, outputBytesMax: 1000,
        onErrorLine: (line) => { console.log(line); setImmediate(() => { ${end} }); },
      });`;
    const child = Bun.spawn([process.execPath, "-e", program], { stderr: "ignore" });
    const pid = Number(await child.stdout.text());
    expect(await child.exited).not.toBe(0);
    expect(pid).toBeGreaterThan(1);
    while (isRunning(pid)) await Bun.sleep(1);
  },
);

test.if(Bun.which("setsid") !== null)("what leaves the group holds no pipe open", async () => {
  const files = (): number => readdirSync("/proc/self/fd").length;
  const before = files();
  const leaver = "echo $$; kill -USR1 $1; exec sleep 600";
  const { outcome } = start(`trap 'exit 0' USR1; setsid sh -c '${leaver}' sh $$ & wait; wait`);
  const result = await outcome;
  const pid = Number("output" in result ? result.output : 0);
  try {
    expect(isRunning(pid)).toBe(true);
    while (files() > before) await Bun.sleep(1);
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

function isRunning(pid: number): boolean {
  try {
    // A zombie that nobody has waited for yet runs nothing.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
