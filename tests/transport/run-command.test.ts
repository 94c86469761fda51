import { expect, test } from "bun:test";
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
