import { describe, expect, test } from "bun:test";
import {
  modeLetter,
  parseModeChanges,
  parseRankTarget,
  RANKS,
  ROOM_MODES,
  rankOfLetter,
} from "../../lib/protocol/wire/modes.ts";

/** [text, arguments, changes as sign + letter + argument, why] */
const ROWS: [string, string[], string[], string][] = [
  ["", [], [], "nothing"],
  ["+", [], [], "a sign alone"],
  ["+i", [], ["+i"], "no argument"],
  ["i", [], ["+i"], "no sign is a plus"],
  ["+i-m+n", [], ["+i", "-m", "+n"], "signs change"],
  ["+-i", [], ["-i"], "the last sign counts"],
  ["+ov", ["mina", "jun"], ["+o mina", "+v jun"], "ranks"],
  ["-o+v", ["mina", "mina"], ["-o mina", "+v mina"], "ranks, both ways"],
  ["+o", [], ["+o"], "a rank without a nick"],
  ["+l-l", ["10"], ["+l 10", "-l"], "a limit is unset without an argument"],
  ["+l-lo", ["10", "mina"], ["+l 10", "-l", "-o mina"], "so the next one is the nick"],
  ["+k-k", ["secret", "secret"], ["+k secret", "-k secret"], "a key is unset with an argument"],
  ["-k", [], ["-k"], "or without one"],
  ["b", [], ["+b"], "a list is asked for"],
  ["+bb", ["a!*@*"], ["+b a!*@*", "+b"], "one is added, then the list is asked for"],
  ["+zi", ["x"], ["+z", "+i"], "an unknown letter takes nothing"],
  ["+f", ["#다른방"], ["+f #다른방"], "a forward"],
];
describe("parseModeChanges", () => {
  test.each(ROWS)("%s %j: %j (%s)", (text, args, changes) => {
    const asks = parseModeChanges(text, args);
    expect(
      asks.map(({ sign, letter, argument }) => sign + letter + (argument ? ` ${argument}` : "")),
    ).toEqual(changes);
  });

  test("parses by another server's CHANMODES", () => {
    const kinds = { ...ROOM_MODES, onSet: "lx", rank: "ov" };
    expect(parseModeChanges("+xq", ["1", "2"], kinds)).toEqual([
      { sign: "+", letter: "x", argument: "1" },
      { sign: "+", letter: "q", argument: null },
    ]);
  });
});

test("each rank has its letter", () => {
  expect(RANKS.map(modeLetter).join("")).toBe(ROOM_MODES.rank);
  for (const rank of RANKS) expect(rankOfLetter(modeLetter(rank))).toBe(rank);
  expect(rankOfLetter("b")).toBeNull();
});

test("no letter means two modes of a room", () => {
  const all = Object.values(ROOM_MODES).join("");
  expect(new Set(all).size).toBe(all.length);
});

// https://modern.ircdocs.horse/#privmsg-message: "one or more channel membership prefix characters"
test.each([
  ["@#tea", { rank: "@", room: "#tea" }],
  ["+#tea", { rank: "+", room: "#tea" }],
  ["@+#tea", { rank: "+", room: "#tea" }],
  ["+~#tea", { rank: "+", room: "#tea" }],
  ["~#", { rank: "~", room: "#" }],
  ["#tea", null],
  ["@mina", null],
  ["@", null],
  ["", null],
  ["!#tea", null],
])("%p is a target of those with a rank: %p", (target, wanted) => {
  expect(parseRankTarget(target)).toEqual(wanted as never);
});
