import { expect, test } from "bun:test";
import { DiskFailures } from "../../lib/file-manager/disk/disk-failures.ts";
import { makeLog } from "../../lib/settings/log.ts";

const FULL = Object.assign(new Error("ENOSPC: no space left on device, write"), {
  ...{ code: "ENOSPC", syscall: "write" },
});

function failuresAt(times: { now: number }) {
  const lines: string[] = [];
  const log = makeLog(
    () => "info",
    (line) => lines.push(line),
    () => 0,
  );
  const failures = new DiskFailures(
    (text, cause) => log("error", text, cause),
    () => times.now,
  );
  return { failures, lines };
}

test("while the disk is full one refusal a minute is logged, with the number of the others and no stack", () => {
  const times = { now: 0 };
  const { failures, lines } = failuresAt(times);
  for (; times.now < 130_000; times.now += 1000)
    failures.failed("tea.jsonl cannot be written", FULL);
  const start = "1970-01-01T00:00:00.000Z error: tea.jsonl cannot be written: the disk is full.";
  const detail = "\n  ENOSPC: no space left on device, write\n";
  const others = " 59 others failed for this reason since the last report.";
  expect(lines).toEqual([
    `${start}${detail}`,
    `${start}${others}${detail}`,
    `${start}${others}${detail}`,
  ]);
});

test("the end of the failures is logged once they have stopped for a minute", () => {
  const times = { now: 0 };
  const { failures, lines } = failuresAt(times);
  failures.succeeded();
  failures.failed("tea.jsonl cannot be written", FULL);
  failures.failed("rice.jsonl cannot be written", FULL);
  lines.length = 0;
  times.now = 59_000;
  failures.succeeded();
  expect(lines).toEqual([]);
  times.now = 60_000;
  for (let write = 0; write < 3; write += 1) failures.succeeded();
  expect(lines).toEqual([
    "1970-01-01T00:00:00.000Z error: Writing works again, and failed before: the disk is full. Another one failed for this reason meanwhile.\n",
  ]);
});

test("two causes are reported apart", () => {
  const { failures, lines } = failuresAt({ now: 0 });
  const denied = Object.assign(new Error("EACCES"), { code: "EACCES", syscall: "open" });
  for (const error of [FULL, denied, FULL, denied]) failures.failed("tea", error);
  expect(lines.length).toBe(2);
});
