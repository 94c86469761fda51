import { expect, test } from "bun:test";
import { actionNames } from "../../lib/app/chat-screen/keys/key-map.ts";
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
    ...["\x18", "\x18", "\x07", "\x1bx", "\x1bㅌ", "\x1bOQ", "\x1be", "\x1b\r", "\x05", "\x1b/"],
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

/** Keys of the user's own, some of them in a row, some that do nothing. */
function boundKeys(prng: Prng): Record<string, string> {
  const keys = [
    "ctrl-g",
    "alt-x",
    "f2",
    "ctrl-x g",
    "ctrl-x ctrl-g ctrl-g",
    "up",
    "enter",
    "alt-enter",
    "escape",
  ];
  const targets = [...actionNames(), "none", "/away lunch", "/no such command"];
  return Object.fromEntries(
    keys.filter(() => prng.unit() < 0.6).map((key) => [key, prng.pick(targets)]),
  );
}

for (const seed of seeds(4)) {
  test(`random keys and clicks at random sizes draw whole frames (seed ${seed})`, () => {
    const prng = new Prng(seed);
    for (let round = 0; round < 3; round++) {
      const columns = 16 + prng.below(110);
      const rows = 5 + prng.below(30);
      const state = { ...stateOf(...rooms(prng)), caps: new Set(CAPS) };
      const language = prng.unit() < 0.5 ? "ko" : "en";
      const [keys, bind] = [prng.pick(["sodam", "slack", "weechat"] as const), boundKeys(prng)];
      const typist = new Typist(state, { columns, rows, language, keys, bind });
      const typed: string[] = [];
      for (let step = 0; step < 40; step++) {
        const click = `\x1b[<0;${1 + prng.below(columns)};${1 + prng.below(rows)}M`;
        const key = prng.unit() < 0.15 ? click : prng.pick(prng.unit() < 0.5 ? TEXTS : KEYS);
        typed.push(key);
        typist.types(key);
        if (prng.unit() < 0.3) typist.presses("timeout");
        const { frame } = typist;
        const wrong = frame.rows.filter((row) => rowCells(row) !== columns);
        expect({ bind, typed, wrong, height: frame.rows.length }).toEqual({
          ...{ bind, typed },
          wrong: [],
          height: rows,
        });
        const { row, column } = frame.cursor;
        expect(row >= 0 && row < rows && column >= 0 && column < columns).toBe(true);
      }
    }
  });
}
