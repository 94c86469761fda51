import { expect, test } from "bun:test";
import { parseSearchQuery, searchAttributes } from "../../lib/app/history/search-query.ts";

/** The text that is typed, and the attributes of SEARCH; `null`: the text isn't valid. */
const ASKED: readonly (readonly [string, string | null])[] = [
  ["회의실", "in=#tea text=회의실"],
  ["회의실".normalize("NFD"), "in=#tea text=회의실"],
  ['"green tea" leaves', 'in=#tea text="green tea" leaves'],
  ['"sent --by hand" leaves', 'in=#tea text="sent --by hand" leaves'],
  ["green --by jun tea", "in=#tea from=jun text=green tea"],
  ["--by jun", "in=#tea from=jun"],
  ["tea --in #cake", "in=#cake text=tea"],
  ["tea --in jun", "in=jun text=tea"],
  ["tea --everywhere", "text=tea"],
  [
    "--from 2026-11-01 --to 2026-11-02 tea",
    "in=#tea after=2026-11-01T00:00:00.000Z before=2026-11-02T23:59:59.999Z text=tea",
  ],
  ["--from 2026-11-01T09:30Z", "in=#tea after=2026-11-01T09:30:00.000Z"],
  ["", null],
  ["--everywhere", null],
  ["--in #cake", null],
  ["tea --by", null],
  ["tea --from never", null],
  ["tea --from 2026-11-02 --to 2026-11-01", null],
  ["tea --since 2026-11-02", null],
];

test("words and options become the attributes of SEARCH", () => {
  for (const [text, expected] of ASKED) {
    const terms = parseSearchQuery(text, "#tea");
    const pairs = terms === null ? null : [...searchAttributes(terms)];
    const asked = pairs?.map((pair) => pair.join("=")).join(" ") ?? null;
    expect([text, asked]).toEqual([text, expected]);
  }
});
