import { describe, expect, test } from "bun:test";
import { compileMatch } from "../../lib/app/pipe/linear-match.ts";
import { environmentOf, maySpeak, withGroups } from "../../lib/app/pipe/on-filter.ts";
import { cleanOutput, messagesOf } from "../../lib/app/pipe/on-output.ts";
import type { ClientState } from "../../lib/chat-client/client-state.ts";
import { blankLine } from "../../lib/chat-client/receive/message-to-line.ts";
import { fold } from "../../lib/protocol/names.ts";
import { utf8Bytes } from "../../lib/protocol/utf8.ts";
import { conversation, member, SATURDAY } from "./team.ts";

const said = { ...blankLine("m1", SATURDAY, "said"), nick: "jun", account: "jun", text: "!x" };
const room = conversation("#ops");

function state(...caps: string[]): ClientState {
  return { caps: new Set(caps), fold } as unknown as ClientState;
}

describe("whose messages count", () => {
  const anybody = { from: null, ops: false };

  test("nobody's own, no bot's, nobody's who is blocked, no notice and no action", () => {
    const may = (fields: object): boolean =>
      maySpeak({ ...said, ...fields }, room, state(), anybody);
    expect(may({})).toBe(true);
    expect(may({ own: true })).toBe(false);
    expect(may({ bot: true })).toBe(false);
    expect(may({ folded: "blocked" })).toBe(false);
    expect(may({ kind: "notice" })).toBe(false);
    expect(may({ kind: "action" })).toBe(false);
    expect(may({ nick: "" })).toBe(false);
    const withBot = { ...room, members: new Map([[fold("jun"), member("jun", { bot: true })]]) };
    expect(maySpeak(said, withBot, state(), anybody)).toBe(false);
  });

  test("--from is an account where the server tells accounts, and else a nick", () => {
    const mina = { ...said, nick: "mina", account: null };
    const from = { from: "Mina", ops: false };
    expect(maySpeak(mina, room, state("account-tag"), from)).toBe(false);
    expect(maySpeak({ ...mina, account: "jun" }, room, state("account-tag"), from)).toBe(false);
    expect(maySpeak({ ...said, account: "mina" }, room, state("account-tag"), from)).toBe(true);
    expect(maySpeak(mina, room, state(), from)).toBe(true);
    expect(maySpeak(said, room, state(), from)).toBe(false);
  });

  test.each([
    ["", false],
    ["+", false],
    ["%", false],
    ["@", true],
    ["~@", true],
  ])("--ops of somebody with the sign %j: %p", (ranks, expected) => {
    const members = new Map([[fold("jun"), member("jun", { ranks })]]);
    const ops = { from: null, ops: true };
    expect(maySpeak(said, { ...room, members }, state(), ops)).toBe(expected);
  });
});

test("no text makes an expression slow", () => {
  const match = compileMatch("^(a+)+$|(x+x+)+y");
  if ("problem" in match) throw new Error(match.problem);
  expect(match(`${"a".repeat(15_000)}!`)).toBeNull();
  expect(match("x".repeat(16_000))).toBeNull();
  expect(match("aa")).toEqual(["aa", "aa", null]);
});

test("a text that is too long matches nothing: its beginning isn't what was said", () => {
  const match = compileMatch("^a+$");
  expect("problem" in match ? null : (match("a".repeat(16_001)) ?? "nothing")).toBe("nothing");
});

test("Korean and the flag for upper and lower case can be matched", () => {
  const match = compileMatch("^(?i)!배포 (\\p{Hangul}+) (WEB)");
  expect("problem" in match ? null : match("!배포 서버 web 지금")).toEqual([
    ...["!배포 서버 web", "서버", "web"],
  ]);
  expect(compileMatch("(a")).toEqual({ problem: expect.stringContaining("missing closing") });
});

test("a group that looks like an option never becomes an argument", () => {
  expect(withGroups(["a"], ["!x b", "b", null])).toEqual(["a", "b", ""]);
  expect(withGroups(["a"], ["!x --force", "--force"])).toBeNull();
});

test("variables hold no NUL, and a direct message has no room", () => {
  const line = { ...said, text: "a\0b", account: null };
  expect(environmentOf(line, { kind: "direct", name: "jun" }, ["a\0b"])).toMatchObject({
    ...{ SODAM_TEXT: "ab", SODAM_MATCH_0: "ab", SODAM_ROOM: "", SODAM_ACCOUNT: "" },
  });
});

test.each([
  ["\n\n  one  \n\n two\t|\n\n", "  one\n\n two    |"],
  ["\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07", "red link"],
  ["\x01VERSION\x01 \x02bold\x03 4x\x07", "VERSION bold 4x"],
  ["a\r\nb\rc", "a\nb\nc"],
  ["safe\u202egnp", "safegnp"],
  ["👨‍👩‍👧 가족", "👨‍👩‍👧 가족"],
  [" \n\t\n", ""],
])("the output %j is said as %j", (output, text) => {
  expect(cleanOutput(output)).toBe(text);
});

test("without multiline, lines are joined as far as they fit", () => {
  expect(messagesOf("a\n\nb\nc", true)).toEqual(["a\n\nb\nc"]);
  expect(messagesOf("a\n\nb\nc", false)).toEqual(["a | b | c"]);
  expect(messagesOf("", false)).toEqual([]);
  const lines = Array.from({ length: 40 }, (_, index) => `${index} 가나다라마바사`);
  const messages = messagesOf(lines.join("\n"), false);
  expect(messages.length).toBeLessThan(lines.length / 5);
  expect(messages.every((message) => utf8Bytes(message) <= 350)).toBe(true);
  expect(messages.join(" | ").split(" | ")).toEqual(lines);
  const long = messagesOf("가".repeat(500), false);
  expect(long.join("")).toBe("가".repeat(500));
  expect(long.every((message) => utf8Bytes(message) <= 350)).toBe(true);
});
