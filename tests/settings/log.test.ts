import { expect, test } from "bun:test";
import { makeLog, makeSessionTraces, traceLine } from "../../lib/settings/log.ts";
import { parseTrace } from "../trace-to-play.ts";

function logged(level: "info" | "warn" | "error", text: string, cause?: unknown): string {
  const lines: string[] = [];
  makeLog(
    () => "warn",
    (line) => lines.push(line),
    () => Date.UTC(2026, 10, 22),
  )(level, text, cause);
  return lines.join("");
}

test("a line has time, level and text, with the cause below", () => {
  expect(logged("warn", "the disk is full", "ENOSPC")).toBe(
    "2026-11-22T00:00:00.000Z warn: the disk is full\n  ENOSPC\n",
  );
  expect(logged("info", "somebody came")).toBe("");
});

test("a line contains no control characters", () => {
  const line = logged("error", "OPER a\u009b31mb\x1b]0;c\u202e 민수", new Error("d\x9be"));
  expect(line).toStartWith("2026-11-22T00:00:00.000Z error: OPER a31mb]0;c 민수\n  Error: de\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(line).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

test("a line end in a text begins no line of the log", () => {
  const line = logged("warn", "why: x\r\n2026-11-22T00:00:00.000Z warn: log-in failed: from a\n\n");
  expect(line).toBe(
    "2026-11-22T00:00:00.000Z warn: why: x 2026-11-22T00:00:00.000Z warn: log-in failed: from a \n",
  );
});

test("the level can change while the log is used", () => {
  const lines: string[] = [];
  let level: "info" | "debug" = "info";
  const log = makeLog(
    () => level,
    (line) => lines.push(line),
    () => 0,
  );
  log("debug", "one");
  level = "debug";
  log("debug", "two");
  expect(lines).toEqual(["1970-01-01T00:00:00.000Z debug: two\n"]);
});

test("a line of a trace has time, session and direction, and no control characters", () => {
  const time = Date.UTC(2026, 10, 29, 18, 0, 0, 123);
  expect(traceLine(time, 12, "in", "PRIVMSG #tea :hi 민수")).toBe(
    "2026-11-29T18:00:00.123Z debug session 12 in: PRIVMSG #tea :hi 민수\n",
  );
  expect(traceLine(time, 3, "out", "PRIVMSG a :\x01ACTION \\o/\x01 \u202e")).toBe(
    "2026-11-29T18:00:00.123Z debug session 3 out: PRIVMSG a :\\u{1}ACTION \\u{5c}o/\\u{1} \\u{202e}\n",
  );
});

test.each([
  ["debug" as const, ["1 open: h 6697", "2 open: g 1", "2 in: PING x", "1 end: lost"]],
  ["info" as const, ["1 open: h 6697", "2 open: g 1", "1 end: lost"]],
])("a client's sessions are numbered, and traced at level %s", (level, expected) => {
  const lines: string[] = [];
  const openTrace = makeSessionTraces(
    level,
    (line) => lines.push(line),
    () => 0,
  );
  const first = openTrace({ host: "h", port: 6697 });
  first("open", "");
  const second = openTrace({ host: "g", port: 1 });
  second("open", "");
  second("in", "PING x");
  first("end", "lost");
  const start = "1970-01-01T00:00:00.000Z debug session ";
  expect(lines).toEqual(expected.map((line) => `${start}${line}\n`));
});

test("a line contains no invisible characters, and a trace writes them so that they can be restored", () => {
  const invisible = "mi\u3164na\u{e0041}\u{10eeee}";
  expect(logged("warn", invisible)).toEndWith("warn: mina\n");
  const line = traceLine(0, 1, "in", invisible);
  expect(line).toEndWith("in: mi\\u{3164}na\\u{e0041}\\u{10eeee}\n");
  expect(parseTrace(line).events[0]?.text).toBe(invisible);
});
