import { expect, test } from "bun:test";
import { findMentioned, mentions } from "../../lib/protocol/mention.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Dice } from "../sim/dice.ts";

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

test("whom a text names is the same, asked for all at once or one by one", () => {
  const dice = new Dice(48);
  const known = new Map(NICKS.map((nick) => [fold(nick), nick]));
  for (let n = 0; n < 5000; n += 1) {
    const text = Array.from({ length: 1 + dice.below(8) }, () => dice.pick(BITS)).join("");
    const all = [...findMentioned(text, (name) => known.get(name) ?? null)].sort();
    expect([text, all]).toEqual([text, NICKS.filter((nick) => mentions(text, nick)).sort()]);
  }
});

test("a long text without anybody's name asks for each place where a name can end, and no more", () => {
  let asked = 0;
  findMentioned("the kettle is on and the tea is green ".repeat(10), () => {
    asked += 1;
    return null;
  });
  expect(asked).toBeLessThan(200);
});
