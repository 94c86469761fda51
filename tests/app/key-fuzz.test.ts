import { expect, test } from "bun:test";
import type { ClientConversation } from "../../lib/chat-client/client-state.ts";
import { rowCells } from "../../lib/terminal/layout.ts";
import { Prng, seeds } from "../prng.ts";
import { conversation, line, member, membersOf, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

/** Whatever somebody types and clicks, each frame fits the window, and nothing throws. */

const TEXTS = [
  ..."rdtpcoiukjgGy12f +/eabcㅓㅏㄱㅂ가한",
  ...["👍", "❤️", "/help", "/person jun", "@jun ", "#tea"],
];
const KEYS = [
  ...["\r", "\r", "\x1b", "\x1b", "\t", "\x7f", "\x03", "\x0b", "\x1bk", "\x1bf", "\x1ba"],
  ...["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[1;5A", "\x1b[1;5B", "\x1b[1;2A", "\x1b[1;3B"],
  ...[
    "\x1b[5~",
    "\x1b[6~",
    "\x1b[H",
    "\x1b[F",
    "\x1b2",
    "\x1b1",
    "\x1b[200~a\nb\nc\nd\ne\x1b[201~",
  ],
];
const CAPS = ["message-tags", "sodam.chat/edit", "draft/message-redaction", "draft/metadata-2"];

function rooms(prng: Prng): ClientConversation[] {
  const nicks = ["하나", "jun", "민수", "bo\x1b[2J", "아주-긴-이름을-가진-사람"];
  return ["#tea", "#차", "jun"].map((name) => {
    const lines = Array.from({ length: 2 + prng.below(40) }, (_, n) => {
      const nick = prng.pick(nicks);
      const text = prng.pick([
        "hi",
        "긴 글 ".repeat(30),
        "https://a.example/1 https://b.example/2",
        "*a* `b` ||spoiler||\n> quote\n```\ncode\n```\n".repeat(4),
        "",
      ]);
      return line(SATURDAY + n * 90_000, nick, text, {
        own: nick === "하나",
        replyTo: prng.unit() < 0.4 ? `m${prng.below(60)}` : null,
        redacted: prng.unit() < 0.1,
        edited: prng.unit() < 0.1,
        status: prng.unit() < 0.1 ? "failed" : "sent",
        kind: prng.unit() < 0.1 ? "joined" : "said",
        reactions: new Map(prng.unit() < 0.2 ? [["👍", ["jun", "하나"]]] : []),
      });
    });
    const members = membersOf(
      ...nicks.map((nick) => member(nick, { ranks: prng.pick(["", "~", "&", "@", "%", "+"]) })),
    );
    return conversation(name, { lines, members, oldestReached: prng.unit() < 0.5 });
  });
}

for (const seed of seeds(4)) {
  test(`random keys and clicks at random sizes draw whole frames (seed ${seed})`, () => {
    const prng = new Prng(seed);
    for (let round = 0; round < 3; round++) {
      const columns = 16 + prng.below(110);
      const rows = 5 + prng.below(30);
      const state = { ...stateOf(...rooms(prng)), caps: new Set(CAPS) };
      const language = prng.unit() < 0.5 ? "ko" : "en";
      const typist = new Typist(state, { columns, rows, language });
      const typed: string[] = [];
      for (let step = 0; step < 40; step++) {
        const click = `\x1b[<0;${1 + prng.below(columns)};${1 + prng.below(rows)}M`;
        const key = prng.unit() < 0.15 ? click : prng.pick(prng.unit() < 0.5 ? TEXTS : KEYS);
        typed.push(key);
        typist.types(key);
        if (prng.unit() < 0.3) typist.presses("timeout");
        const { frame } = typist;
        const wrong = frame.rows.filter((row) => rowCells(row) !== columns);
        expect({ typed, wrong, height: frame.rows.length }).toEqual({
          typed,
          wrong: [],
          height: rows,
        });
        const { row, column } = frame.cursor;
        expect(row >= 0 && row < rows && column >= 0 && column < columns).toBe(true);
      }
    }
  });
}
