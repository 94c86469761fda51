import { expect, test } from "bun:test";
import type { PipeContext } from "../../lib/app/pipe/pipe-context.ts";
import { pipeWordsFor } from "../../lib/app/pipe/pipe-words.ts";
import { makeProgress } from "../../lib/app/pipe/progress.ts";

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);

/** What is shown, step by step. */
function shown(isStderrTerminal: boolean, until: number, times: readonly number[]): string[] {
  const written: string[] = [];
  const writeStderr = (text: string) => void written.push(text);
  const ports = { isStderrTerminal, now: () => NOON, writeStderr };
  // It uses nothing else of a context.
  const task = { ports, pipeWords: pipeWordsFor("en") } as unknown as PipeContext;
  const progress = makeProgress(task, until);
  for (const [index, time] of times.entries()) progress((index + 1) * 200, time);
  return written.map((text) => text.replace("\r\x1b[K", ""));
}

test("the bar grows by the time of the last line, and is full at the end of the range or now", () => {
  const times = [NOON - 4 * DAY_MS, NOON - DAY_MS, NOON];
  expect(shown(true, Number.POSITIVE_INFINITY, times)).toEqual([
    "░░░░░░░░░░░░░░░░░░░░   0 % 200 lines, up to 2026-11-18",
    "███████████████░░░░░  75 % 400 lines, up to 2026-11-21",
    "████████████████████ 100 % 600 lines, up to 2026-11-22",
  ]);
  expect(shown(true, NOON - DAY_MS, times.slice(0, 2))[1]).toContain("100 %");
});

test("nothing is shown where standard error is no terminal", () => {
  expect(shown(false, NOON, [NOON])).toEqual([]);
});
