import { expect, test } from "bun:test";
import { findMentioned, mentionRanges, mentions } from "../../lib/protocol/mention.ts";
import { NamePrefixIndex } from "../../lib/protocol/name-prefix-index.ts";
import { type Folded, fold, nickProblem } from "../../lib/protocol/names.ts";
import { Prng } from "../prng.ts";
import { letters } from "./letters.ts";

const NICKS = [
  "mina",
  "jun",
  "민수",
  "민",
  "지원",
  "bot-2",
  "[ed]",
  "Élan",
  "straße",
  "지원_",
  "a",
];
const BITS = [
  ...NICKS,
  "야",
  "님",
  "에게",
  "기",
  "랑",
  "지원",
  " ",
  " ",
  ",",
  "@",
  "-",
  "!",
  "é",
  "ss",
  "STRASSE",
  "MINA",
  "e\u0301lan",
];

function startsOf(nicks: readonly string[]): NamePrefixIndex {
  const starts = new NamePrefixIndex();
  for (const nick of nicks) starts.add(fold(nick));
  return starts;
}

/** How many words of a text are looked up. */
function asked(text: string, nicks: readonly string[]): number {
  let count = 0;
  findMentioned(text, startsOf(nicks), () => {
    count += 1;
    return null;
  });
  return count;
}

test("findMentioned finds exactly the users for whom mentions is true", () => {
  const prng = new Prng(48);
  const known = new Map(NICKS.map((nick) => [fold(nick), nick]));
  const starts = startsOf(NICKS);
  for (let n = 0; n < 5000; n += 1) {
    const text = Array.from({ length: 1 + prng.below(8) }, () => prng.pick(BITS)).join("");
    const all = [...findMentioned(text, starts, (name) => known.get(name) ?? null)].sort();
    const isPresent = (name: Folded) => known.has(name);
    const each = NICKS.filter((nick) => mentions(text, nick, isPresent)).sort();
    expect([text, all]).toEqual([text, each]);
  }
});

test("findMentioned looks up only words that begin like a name", () => {
  const text = "the kettle is on and the tea is green ".repeat(10);
  // In each round kettle, tea, and "and".
  expect(asked(text, ["kevin", "tess", "a"])).toBe(30);
});

test("a removed name's prefix is no longer looked up, unless another name has it", () => {
  const starts = startsOf(["mina", "minho", "a"]);
  const text = "minutes are a minor thing";
  const looks = () => [0, 8, 12, 14].map((at) => starts.mayBeAt(text, at));
  expect(looks()).toEqual([true, true, true, true]);
  starts.remove(fold("a"));
  starts.remove(fold("mina"));
  expect(looks()).toEqual([true, false, false, true]);
  starts.remove(fold("minho"));
  expect(looks()).toEqual([false, false, false, false]);
});

/** The parts of a text that mention a nick. */
function named(text: string, nick: string): string[] {
  return mentionRanges(text, nick).map(([start, end]) => text.slice(start, end));
}

const RANGES: readonly (readonly [text: string, nick: string, parts: readonly string[]])[] = [
  ["jun: tea?", "jun", ["jun"]],
  ["a junior and the jungle", "jun", []],
  ["junior, is jun here? @Jun!", "jun", ["jun", "@Jun"]],
  ["민수야 밥 먹자, @민수님", "민수", ["민수", "@민수"]],
  ["민수기 좋아", "민수", []],
  ["그민수 아니야", "민수", []],
  ["bot-2 bot-22 bot-2", "bot-2", ["bot-2", "bot-2"]],
  ["[ed]: (.+) [ED]", "[ed]", ["[ed]", "[ED]"]],
  // Letters that change their length as they are folded, before a name and in it.
  ["ẞ ﬁ STRASSE, straße", "Straße", ["STRASSE", "straße"]],
  ["😀 e\u0301lan", "Élan", ["e\u0301lan"]],
  ["\u1106\u1175\u11ab\u1109\u116e야", "민수", ["\u1106\u1175\u11ab\u1109\u116e"]],
  ["", "jun", []],
  ["jun", "", []],
];

for (const [text, nick, parts] of RANGES) {
  test(`${JSON.stringify(text)} names ${JSON.stringify(nick)} in ${JSON.stringify(parts)}`, () => {
    expect(named(text, nick)).toEqual([...parts]);
  });
}

test("a text has a range for a nick if and only if it mentions it", () => {
  const prng = new Prng(49);
  const random = letters(50);
  for (let n = 0; n < 5000; n += 1) {
    const odd = random(1 + prng.below(3));
    const nick = prng.below(3) === 0 && nickProblem(odd) === null ? odd : prng.pick(NICKS);
    const bits = Array.from({ length: 1 + prng.below(6) }, () =>
      prng.below(4) === 0 ? random(2) : prng.below(3) === 0 ? nick : prng.pick(BITS),
    );
    const text = bits.join("");
    const ranges = mentionRanges(text, nick);
    expect([text, nick, ranges.length > 0]).toEqual([text, nick, mentions(text, nick)]);
    let previousEnd = 0;
    for (const [start, end] of ranges) {
      expect(start).toBeGreaterThanOrEqual(previousEnd);
      expect(fold(text.slice(start, end)).replace(/^[@＠]/, "")).toBe(
        /[@＠]/.test(text[start] ?? "") ? fold(nick).replace(/^@/, "") : fold(nick),
      );
      previousEnd = end;
    }
  }
});

test("emoji, punctuation and single Korean letters are folded to themselves", () => {
  const ranges = [
    [0x2010, 0x2027],
    [0x3131, 0x3163],
    [0x1f000, 0x1fbff],
  ] as const;
  for (const [first, last] of ranges) {
    for (let point = first; point <= last; point++) {
      const letter = String.fromCodePoint(point);
      if (fold(`${letter}${letter}`) !== `${letter}${letter}`)
        expect(fold(letter)).toBe(letter as Folded);
    }
  }
  // What isn't: a variation selector, whose folded text is shorter.
  expect(mentionRanges("❤\ufe0f jun", "jun")).toEqual([[3, 6]]);
  expect(mentionRanges("👍🏽 ㅋㅋ… Jun", "jun")).toEqual([[9, 12]]);
});
