import { expect, test } from "bun:test";
import { formatTime, isClockSet, parseDuration, parseTime } from "../../lib/protocol/time.ts";

/** [text, ms, where it comes from] */
const ROWS: [string, number | null, string][] = [
  ["2011-10-19T16:40:51.620Z", 1319042451620, "server-time, Examples"],
  ["2012-06-30T23:59:60.419Z", 1341100800419, "server-time, Examples: a leap second"],
  ["2019-01-04T14:33:26.123Z", 1546612406123, "read-marker, Examples"],
  ["1970-01-01T00:00:00.000Z", 0, "the beginning"],
  ["2026-11-22T01:02:03Z", 1795309323000, "no decimals"],
  ["2026-11-22T01:02:03.5Z", 1795309323500, "one decimal is tenths"],
  ["2026-11-22T01:02:03.123456789Z", 1795309323123, "nine decimals"],
  ["2024-02-29T00:00:00.000Z", 1709164800000, "a leap day"],
  ["2000-02-29T00:00:00.000Z", 951782400000, "a leap day of a century"],
  ["2026-02-29T00:00:00.000Z", null, "no leap day"],
  ["1900-02-29T00:00:00.000Z", null, "no leap day"],
  ["2026-04-31T00:00:00.000Z", null, "no such day"],
  ["2026-13-01T00:00:00.000Z", null, "no such month"],
  ["2026-00-01T00:00:00.000Z", null, "no such month"],
  ["2026-01-00T00:00:00.000Z", null, "no such day"],
  ["2026-01-01T24:00:00.000Z", null, "no such hour"],
  ["2026-01-01T00:60:00.000Z", null, "no such minute"],
  ["2026-01-01T00:00:61.000Z", null, "no such second"],
  ["2026-11-22 01:02:03Z", null, "a space for the T"],
  ["2026-11-22T01:02:03+09:00", null, "another zone"],
  ["2026-11-22T01:02:03.Z", null, "a point and nothing"],
  ["1319042451620", null, "a number"],
  ["", null, "nothing"],
  [" 2011-10-19T16:40:51.620Z", null, "a space in front"],
];
test.each(ROWS)("%j is %p", (text, ms) => {
  expect(parseTime(text)).toBe(ms);
});

test("a formatted time is parsed back to the millisecond", () => {
  expect(formatTime(1319042451620)).toBe("2011-10-19T16:40:51.620Z");
  for (let ms = 0; ms < 4_000_000_000_000; ms += 12_345_678_901) {
    expect(parseTime(formatTime(ms))).toBe(ms);
  }
});

test("a clock that says less than this program's age was never set", () => {
  const times = [
    "1970-01-01T00:00:10.000Z",
    "2025-12-31T23:59:59.999Z",
    "2026-01-01T00:00:00.000Z",
  ];
  expect(times.map((time) => isClockSet(parseTime(time) ?? 0))).toEqual([false, false, true]);
});

test.each([
  ["30m", 30 * 60_000],
  ["1d12h", 36 * 3_600_000],
  ["15", 15 * 60_000],
  ["2시간", 2 * 3_600_000],
  ["1일12시간30분", 36.5 * 3_600_000],
  ["2주".normalize("NFD"), 14 * 86_400_000],
  ["90초", 90_000],
  ["시간", null],
  ["2시", null],
  ["2hours", null],
  ["-5", null],
])("%j is a duration of %p ms", (text, ms) => {
  expect(parseDuration(text, 60_000)).toBe(ms);
});
