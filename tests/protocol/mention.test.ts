import { expect, test } from "bun:test";
import { findMentioned, mentions } from "../../lib/protocol/mention.ts";
import { NamePrefixIndex } from "../../lib/protocol/name-prefix-index.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Prng } from "../prng.ts";

const NICKS = ["mina", "jun", "민수", "민", "bot-2", "[ed]", "Élan", "straße", "지원_", "a"];
const BITS = [
  ...NICKS,
  "야",
  "님",
  "에게",
  "기",
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

/** How many names of a text are looked up. */
function asked(text: string, nicks: readonly string[]): number {
  let count = 0;
  findMentioned(text, startsOf(nicks), () => {
    count += 1;
    return null;
  });
  return count;
}

test("whom a text names is the same, asked for all at once or one by one", () => {
  const prng = new Prng(48);
  const known = new Map(NICKS.map((nick) => [fold(nick), nick]));
  const starts = startsOf(NICKS);
  for (let n = 0; n < 5000; n += 1) {
    const text = Array.from({ length: 1 + prng.below(8) }, () => prng.pick(BITS)).join("");
    const all = [...findMentioned(text, starts, (name) => known.get(name) ?? null)].sort();
    expect([text, all]).toEqual([text, NICKS.filter((nick) => mentions(text, nick)).sort()]);
  }
});

test("a long text without anybody's name asks for words that begin as a name does, and no more", () => {
  const text = "the kettle is on and the tea is green ".repeat(10);
  // In each round kettle, tea, and "and".
  expect(asked(text, ["kevin", "tess", "a"])).toBe(30);
});

test("who has gone, or is called otherwise now, is looked for no more", () => {
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
