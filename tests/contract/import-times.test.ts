import { describe, expect, test } from "bun:test";
import {
  dayOrderIn,
  parseDate,
  parseStamp,
} from "../../lib/file-manager/import/timestamps/log-stamp.ts";
import { monthNamed } from "../../lib/file-manager/import/timestamps/month-names.ts";
import {
  makeLocalTime,
  parseTimeZone,
} from "../../lib/file-manager/import/timestamps/time-zone.ts";
import { readAs } from "./import-reading.ts";

/** The times of a log: zones, clock changes, and the days that it names. */

function iso(ms: number): string {
  return Number.isNaN(ms) ? "none" : new Date(ms).toISOString();
}

describe("on the day of a clock change", () => {
  test("in Berlin, an hour that came twice is told apart by the log's order", () => {
    const at = makeLocalTime("Europe/Berlin");
    const times = [
      ...[
        [0, 30],
        [1, 59],
        [2, 10],
        [2, 50],
        [2, 10],
        [2, 50],
        [3, 0],
        [12, 0],
      ],
    ] as const;
    expect(times.map(([hour = 0, minute = 0]) => iso(at(2026, 10, 25, hour, minute, 0)))).toEqual([
      "2026-10-24T22:30:00.000Z",
      "2026-10-24T23:59:00.000Z",
      "2026-10-25T00:10:00.000Z",
      "2026-10-25T00:50:00.000Z",
      "2026-10-25T01:10:00.000Z",
      "2026-10-25T01:50:00.000Z",
      "2026-10-25T02:00:00.000Z",
      "2026-10-25T11:00:00.000Z",
    ]);
  });

  test("a time that the clock skipped is as much later, and the hours after it are right", () => {
    const at = makeLocalTime("Europe/Berlin");
    const hours = [1, 2, 3, 12].map((hour) => iso(at(2026, 3, 29, hour, 30, 0)));
    expect(hours).toEqual([
      "2026-03-29T00:30:00.000Z",
      "2026-03-29T01:30:00.000Z",
      "2026-03-29T01:30:00.000Z",
      "2026-03-29T10:30:00.000Z",
    ]);
  });

  test.each([
    ["America/New_York", "2026-03-08 12:00:00", "2026-03-08T16:00:00.000Z"],
    ["America/New_York", "2026-11-01 12:00:00", "2026-11-01T17:00:00.000Z"],
    ["Australia/Lord_Howe", "2026-04-05 12:00:00", "2026-04-05T01:30:00.000Z"],
    // Korea had summer time in 1988, and Samoa no 30 December 2011.
    ["Asia/Seoul", "1988-07-01 12:00:00", "1988-07-01T02:00:00.000Z"],
    ["Pacific/Apia", "2011-12-31 12:00:00", "2011-12-30T22:00:00.000Z"],
    ["+09:00", "2026-11-22 12:00:00", "2026-11-22T03:00:00.000Z"],
  ])("a log of %s is read rightly: %s", (timeZone, stamp, expected) => {
    const { messages } = readAs("weechat", [`${stamp}\tmina\thello`], { timeZone });
    expect(messages).toEqual([`${expected} PRIVMSG mina: hello`]);
  });

  test("a message at a time that no calendar has is reported", () => {
    const at = makeLocalTime("UTC");
    expect([iso(at(2026, 2, 30, 1, 0, 0)), iso(at(2026, 1, 1, 24, 0, 0))]).toEqual([
      "none",
      "none",
    ]);
    const log = ["2026-02-30 10:02:03\tmina\thello", "2026-02-28 25:02:03\tmina\thello"];
    expect(readAs("weechat", log).unreadable).toEqual([1, 2]);
  });
});

test("a time zone is a name or an offset, and an unknown one is refused with a hint", () => {
  expect(["Asia/Seoul", "asia/seoul", "+09:00", "-0330", "UTC+9"].map(parseTimeZone)).toEqual([
    ...["Asia/Seoul", "Asia/Seoul", "+09:00", "-03:30", "+09:00"],
  ]);
  expect(parseTimeZone("")).toBe(Temporal.Now.timeZoneId());
  expect(parseTimeZone("Asia/Seol")).toEqual({
    refused:
      'There is no time zone "Asia/Seol". Did you mean Asia/Seoul? Write it as Asia/Seoul or +09:00.',
  });
  expect(parseTimeZone("KST")).toMatchObject({ refused: expect.stringContaining("Asia/Seoul?") });
  expect(parseTimeZone("Seoul")).toMatchObject({ refused: expect.stringContaining("Asia/Seoul?") });
});

test.each([
  ["nov.", "dim.", 2026, 22, 11],
  ["11월", "일", 2026, 22, 11],
  ["Kas", "Paz", 2026, 22, 11],
  ["lis", "nie", 2026, 22, 11],
  ["lis", "ned", 2023, 22, 10],
  ["noiembrie", "", 2026, 22, 11],
  ["Νοε", "Κυρ", 2026, 22, 11],
  // Without a weekday Polish and Croatian disagree; the others are no months.
  ["lis", "", 2026, 22, null],
  ["foo", "", 2026, 22, null],
  ["ma", "", 2026, 22, null],
])("the month %s (%s) is known, or left open", (word, weekday, year, day, month) => {
  expect(monthNamed(word, weekday, year, day)).toBe(month);
});

test.each([
  ["2026-11-22", 2026, 11, 22],
  ["20261122", 2026, 11, 22],
  ["22.11.2026", 2026, 11, 22],
  ["Sunday, November 22, 2026", 2026, 11, 22],
  ["22 de noviembre de 2026", 2026, 11, 22],
  ["2026년 11월 22일 (일)", 2026, 11, 22],
  ["22-Nov-2026", 2026, 11, 22],
  ["Nov 22", null, 11, 22],
])("the date %s is read", (text, year, month, day) => {
  expect(parseDate(text)).toEqual({ year, month, day });
});

test.each([
  "2026-13-01",
  "2026-02-30",
  "31 June 2026",
  "03/04/2026",
  "tomorrow",
  "22 2026",
  "1 2 3",
])("%s is no date", (text) => {
  expect(parseDate(text)).toBeNull();
});

test("which number of a date with slashes is the day is known from another line that leaves no doubt", () => {
  const ambiguous = "03/04/2026 10:02:03\tmina\thello";
  expect(readAs("weechat", [ambiguous]).unreadable).toEqual([1]);
  const [first] = readAs("weechat", [ambiguous, "13/04/2026 10:02:03\tmina\tx"]).messages;
  expect(first).toStartWith("2026-04-03");
  const [american] = readAs("weechat", [ambiguous, "04/13/2026 10:02:03\tmina\tx"]).messages;
  expect(american).toStartWith("2026-03-04");
  const lines = ["nothing", "03/04/26 x", "2026-11-22"].map((line) => ({ line }));
  expect(dayOrderIn(lines)).toBeNull();
});

test.each([
  ["(10:02) <mina> hi", "10:02:00"],
  ["(10:02:03) <mina> hi", "10:02:03"],
  ["<10:02> <mina> hi", "10:02:00"],
  ["{10:02} * mina hi", "10:02:00"],
  ["10:02| <mina> hi", "10:02:00"],
  ["10:02:03 | <mina> hi", "10:02:03"],
  ["10.02 < mina> hi", "10:02:00"],
  ["10h02 <mina> hi", "10:02:00"],
  ["10h02m03 <mina> hi", "10:02:03"],
  ["(10:02 오후) <mina> hi", "22:02:00"],
  ["[10:02:03 ÖS] <mina> hi", "22:02:03"],
  ["10:02 오전 <mina> hi", "10:02:00"],
  ["2026년 11월 22일 (일) 오후 10시 02분 03초 <mina> hi", "22:02:03"],
  ["2026年11月22日 10時02分03秒 <mina> hi", "10:02:03"],
  ["2026-11-22 10.02.03 <mina> hi", "10:02:03"],
])("%j of irssi has the time %s", (line, time) => {
  const log = ["--- Log opened Sun Nov 22 09:00:00 2026", line, "--- Day changed 23.11.26", line];
  const { messages, unreadable } = readAs("irssi", log);
  expect(unreadable).toEqual([]);
  expect(messages.map((message) => message.slice(11, 19))).toEqual([time, time]);
});

test("twelve hours without their halves are not understood in the evening, where the log says that it is", () => {
  const log = ["--- Log opened Sun Nov 22 22:05:56 2026", "10:06 <mina> hi"];
  expect(readAs("irssi", log)).toMatchObject({ messages: [], unreadable: [2] });
});

test.each([
  "20261122 100203",
  "20261122100203",
  "2026. 11. 22. 오전 10:02:03",
  "2026-11-22 10.02.03",
  "22.11.2026 10h02m03s",
  "@1795341723",
])("%p is a time of WeeChat's log", (stamp) => {
  const { messages } = readAs("weechat", [`${stamp}\tmina\thi`]);
  expect(messages).toEqual(["2026-11-22T10:02:03.000Z PRIVMSG mina: hi"]);
});

test.each(["10:61", "25:00", "13:00 PM", "2026-11-22", "10:02:03:04", "hello 10:02", ""])(
  "%p is no stamp",
  (text) => {
    expect(parseStamp(text)).toBeNull();
  },
);
