import { describe, expect, test } from "bun:test";
import { formatMessage, nickOf, parseMessage } from "../../lib/protocol/wire/message.ts";

const MODERN = "modern.ircdocs.horse, Message Format";
const TAGS = "ircv3.net, message-tags";

/** [line, tags, source, verb, params, where it comes from] */
const READ: [string, Record<string, string>, string | null, string, string[], string][] = [
  ["PING", {}, null, "PING", [], MODERN],
  ["ping x", {}, null, "PING", ["x"], MODERN],
  ["CAP LIST :", {}, null, "CAP", ["LIST", ""], `${MODERN}, Examples`],
  ["CAP * LS :multi-prefix sasl", {}, null, "CAP", ["*", "LS", "multi-prefix sasl"], MODERN],
  [":irc.example.com CAP * LIST :", {}, "irc.example.com", "CAP", ["*", "LIST", ""], MODERN],
  [
    ":dan!d@localhost PRIVMSG #chan :Hey!",
    {},
    "dan!d@localhost",
    "PRIVMSG",
    ["#chan", "Hey!"],
    MODERN,
  ],
  ["PRIVMSG #chan Hey!", {}, null, "PRIVMSG", ["#chan", "Hey!"], MODERN],
  ["PRIVMSG #chan ::-) :)", {}, null, "PRIVMSG", ["#chan", ":-) :)"], MODERN],
  ["PRIVMSG #방 :안녕 하세요", {}, null, "PRIVMSG", ["#방", "안녕 하세요"], "utf8-only"],
  ["  JOIN   #tea   key  ", {}, null, "JOIN", ["#tea", "key"], "any number of spaces"],
  ["TOPIC #tea :", {}, null, "TOPIC", ["#tea", ""], "an empty topic is a parameter"],
  ["TOPIC #tea : two  spaces ", {}, null, "TOPIC", ["#tea", " two  spaces "], "text is kept"],
  ["A b:c d", {}, null, "A", ["b:c", "d"], "a colon inside a word"],
  [
    "@id=123AB;rose :d!d@l PRIVMSG #c :Hi",
    { id: "123AB", rose: "" },
    "d!d@l",
    "PRIVMSG",
    ["#c", "Hi"],
    MODERN,
  ],
  ["@url=;netsplit=tur,ty PING", { url: "", netsplit: "tur,ty" }, null, "PING", [], MODERN],
  ["@+a=b\\:c;example.com/d=\\s  x", { "+a": "b;c", "example.com/d": " " }, null, "X", [], TAGS],
  ["@a=1;a=2 x", { a: "2" }, null, "X", [], `${TAGS}: the last one counts`],
  ["@ x", {}, null, "X", [], "an empty tag part"],
  [
    Array.from({ length: 20 }, (_, i) => `w${i}`).join(" "),
    {},
    null,
    "W0",
    Array.from({ length: 19 }, (_, i) => `w${i + 1}`),
    "more than 15 are read",
  ],
];

describe("parseMessage", () => {
  test.each(READ)("reads %j", (line, tags, source, verb, params) => {
    const message = parseMessage(line);
    expect(message).not.toBeNull();
    expect(Object.fromEntries(message?.tags ?? [])).toEqual(tags);
    expect(message?.source ?? null).toBe(source);
    expect(message?.verb).toBe(verb);
    expect(message?.params).toEqual(params);
  });

  test.each(["", " ", ":mina", ":mina ", "@a=b", "@a=b ", "@a=b :mina "])(
    "finds no verb in %j",
    (line) => {
      expect(parseMessage(line)).toBeNull();
    },
  );

  test("shares one empty map among messages without tags", () => {
    expect(parseMessage("PING")?.tags).toBe(parseMessage("PONG")?.tags as never);
  });
});

/** [verb, params, source, tags, line, why] */
const WRITTEN: [string, string[], string | null, [string, string][], string, string][] = [
  ["PING", [], null, [], "PING", "nothing but a verb"],
  ["NICK", ["민수"], "mina!u@h", [], ":mina!u@h NICK 민수", "one word needs no colon"],
  ["PRIVMSG", ["#c", "hi there"], null, [], "PRIVMSG #c :hi there", "a space"],
  ["PRIVMSG", ["#c", ":-)"], null, [], "PRIVMSG #c ::-)", "it begins with a colon"],
  ["TOPIC", ["#c", ""], null, [], "TOPIC #c :", "it is empty"],
  [
    "PRIVMSG",
    ["#c", "x"],
    "m",
    [
      ["time", "t"],
      ["+a", "b;c d"],
      ["flag", ""],
    ],
    "@time=t;+a=b\\:c\\sd;flag :m PRIVMSG #c x",
    "tags",
  ],
  [
    "401",
    ["mina", "a b", "No such nick"],
    "s",
    [],
    ":s 401 mina * :No such nick",
    "a space in the middle",
  ],
  ["401", ["mina", ":x", "No"], "s", [], ":s 401 mina * No", "a colon in the middle"],
  ["401", ["mina", "", "No"], "s", [], ":s 401 mina * No", "nothing in the middle"],
  [
    "PRIVMSG",
    ["#c", "a\r\nQUIT"],
    null,
    [],
    "PRIVMSG #c :a  QUIT",
    "nobody smuggles a second line in",
  ],
  ["PRIVMSG", ["#c\nQUIT", "a"], null, [], "PRIVMSG * a", "nor in the middle"],
  ["PRIVMSG", ["#c", "a\0b"], null, [], "PRIVMSG #c :a b", "nor a NUL"],
];

describe("formatMessage", () => {
  test.each(WRITTEN)("writes %s %j", (verb, params, source, tags, line) => {
    expect(formatMessage(verb, params, source, new Map(tags))).toBe(line);
  });

  test("is parsed back to the same for any valid parameters", () => {
    const words = ["a", "민수", "x:y", "-", "👍🏽", "\\"];
    const lasts = ["", " ", ":", "a b", " a", "x ", "::", "한 글", "plain"];
    for (const word of words) {
      for (const last of lasts) {
        const tags = new Map([["+k", `${word}; \\${last}\r\n`]]);
        const line = formatMessage("PRIVMSG", [word, last], "mina!u@h", tags);
        expect(parseMessage(line)).toEqual({
          tags,
          source: "mina!u@h",
          verb: "PRIVMSG",
          params: [word, last],
        });
      }
    }
  });
});

test.each([
  ["mina!u@h", "mina"],
  ["mina@h", "mina"],
  ["민수!u@h", "민수"],
  ["irc.example.com", "irc.example.com"],
  ["", ""],
])("the nick of %j is %j", (source, nick) => {
  expect(nickOf(source)).toBe(nick);
});
