import { describe, expect, test } from "bun:test";
import { fitOf, formatOrigin, laterOrigin, parseOrigin } from "../../lib/cluster/log/log-origin.ts";

const FIRST = { after: 0, previous: null, hasMore: false };
const LATER = { after: 1000, previous: 150, hasMore: false };
const LATER_WITH_MORE = { ...LATER, hasMore: true };
/** A log that has everything since it began, up to a sequence. */
const upTo = (last: number, after = 0) => ({ first: after + 1, last });

describe("a folder", () => {
  test.each([
    ["from where it is safe", { sequence: 90, reached: 120 }, FIRST, upTo(150), 90],
    ["at the log's end", { sequence: 150, reached: 150 }, FIRST, upTo(150), 150],
    ["a new cluster's log", { sequence: 0, reached: 0 }, FIRST, upTo(0), 0],
    [
      "from where the log begins now",
      { sequence: 90, reached: 90 },
      FIRST,
      { first: 91, last: 99 },
      90,
    ],
    [
      "the log that was made behind all that it has",
      { sequence: 90, reached: 150 },
      LATER,
      upTo(1000, 1000),
      1000,
    ],
    ["that log also later", { sequence: 90, reached: 150 }, LATER, upTo(1020, 1000), 1000],
    [
      "that log when it ended before it could say so",
      { sequence: 90, reached: 1010 },
      LATER,
      upTo(1020, 1000),
      1000,
    ],
    [
      "that log from where it is safe",
      { sequence: 1005, reached: 1010 },
      LATER,
      upTo(1020, 1000),
      1005,
    ],
  ])("follows %s", (_, position, origin, facts, from) => {
    expect(fitOf(position, origin, facts)).toEqual({ kind: "follows", from });
  });

  test.each([
    ["the log was cut behind it", { sequence: 80, reached: 95 }, FIRST, { first: 91, last: 99 }],
    [
      "a node that had more has made a new log",
      { sequence: 149, reached: 149 },
      LATER,
      upTo(1000, 1000),
    ],
    [
      "the new log was cut already",
      { sequence: 150, reached: 150 },
      LATER,
      { first: 1010, last: 1020 },
    ],
    [
      "the node that has made a new log was used without the cluster before",
      { sequence: 150, reached: 150 },
      LATER_WITH_MORE,
      upTo(1000, 1000),
    ],
    [
      "that node also had more of the log",
      { sequence: 90, reached: 149 },
      LATER_WITH_MORE,
      upTo(1020, 1000),
    ],
  ])("is behind, and a part of what the leader has, when %s", (_, position, origin, facts) => {
    expect(fitOf(position, origin, facts)).toEqual({ kind: "behind", isPart: true });
  });

  test.each([false, true])(
    "of a log before the last one may have what nobody else has",
    (hasMore) => {
      const had = { hasMore, keyId: "4f" };
      const second = laterOrigin({ ...had, previous: 150 }, () => 0);
      const third = laterOrigin({ ...had, previous: second.after + 20 }, () => 0);
      const position = { sequence: 90, reached: 151 };
      expect(fitOf(position, second, upTo(second.after + 9, second.after)).kind).toBe("ahead");
      const fit = fitOf(position, third, upTo(third.after, third.after));
      expect(fit).toEqual({ kind: "behind", isPart: false });
    },
  );

  test.each([
    ["NATS has lost the log's end", { sequence: 90, reached: 120 }, FIRST, upTo(100)],
    [
      "a node that had less has made a new log",
      { sequence: 90, reached: 151 },
      LATER,
      upTo(1500, 1000),
    ],
    [
      "that node was used without the cluster before",
      { sequence: 90, reached: 151 },
      LATER_WITH_MORE,
      upTo(1500, 1000),
    ],
    [
      "it is of a log that was there later",
      { sequence: 5000, reached: 5000 },
      LATER,
      upTo(1500, 1000),
    ],
    ["it has more than a cluster that began anew", { sequence: 5, reached: 5 }, FIRST, upTo(0)],
  ])("is ahead when %s", (_, position, origin, facts) => {
    expect(fitOf(position, origin, facts).kind).toBe("ahead");
  });
});

test("a log that is made anew goes on far behind, and says so", () => {
  for (const hasMore of [false, true]) {
    const origin = laterOrigin({ previous: 150, hasMore, keyId: "4f" }, () => 0.5);
    expect(origin.after).toBeGreaterThan(2 ** 40);
    expect(parseOrigin(formatOrigin(origin))).toEqual(origin);
  }
});

test("what is no origin is none", () => {
  for (const text of ["", "Sodam's log {", 'Sodam\'s log {"after":-1}', '{"after":1}']) {
    expect(parseOrigin(text)).toBeNull();
  }
});
