import { describe, expect, test } from "bun:test";
import { formatIsupport, Isupport } from "../../lib/protocol/wire/isupport.ts";
import { formatMessage, parseMessage } from "../../lib/protocol/wire/message.ts";

const END = "are supported by this server";

describe("formatIsupport", () => {
  test("escapes values, and writes only the name of a token without one", () => {
    const tokens = new Map([
      ["NETWORK", "Sodam =\\ 소담"],
      ["WHOX", ""],
    ]);
    expect(formatIsupport(tokens)).toEqual([["NETWORK=Sodam\\x20\\x3D\\x5C\\x20소담", "WHOX"]]);
  });

  test("puts at most 13 tokens on a line", () => {
    const tokens = new Map(Array.from({ length: 27 }, (_, i) => [`T${i}`, `${i}`]));
    expect(formatIsupport(tokens).map((line) => line.length)).toEqual([13, 13, 1]);
    expect(formatIsupport(new Map())).toEqual([]);
  });

  test("keeps each line within 512 bytes beside the longest names", () => {
    const tokens = new Map(Array.from({ length: 20 }, (_, i) => [`TOKEN${i}`, "가".repeat(20)]));
    for (const line of formatIsupport(tokens)) {
      const text = formatMessage("005", ["n".repeat(32), ...line, END], "s".repeat(63));
      expect(new TextEncoder().encode(text).length + 2).toBeLessThanOrEqual(512);
    }
  });
});

describe("Isupport", () => {
  test("parses what formatIsupport writes", () => {
    const tokens = new Map([
      ["NETWORK", "Sodam \\ = 소담"],
      ["NICKLEN", "32"],
      ["WHOX", ""],
    ]);
    const lines = formatIsupport(tokens).map((line) =>
      formatMessage("005", ["mina", ...line, END]),
    );
    const known = new Isupport();
    for (const line of lines) known.apply(parseMessage(line)?.params ?? []);
    for (const [name, value] of tokens) expect(known.get(name)).toBe(value);
    expect(known.get("are")).toBeUndefined();
    expect(known.get("mina")).toBeUndefined();
    expect(known.network).toBe("Sodam \\ = 소담");
    expect(known.limit("NICKLEN")).toBe(32);
  });

  test("-NAME withdraws a token, and a later value replaces the earlier", () => {
    const known = new Isupport();
    known.apply(["m", "CHATHISTORY=100", "WHOX", END]);
    expect(known.limit("CHATHISTORY")).toBe(100);
    known.apply(["m", "-WHOX", "CHATHISTORY=50", END]);
    expect(known.has("WHOX")).toBe(false);
    expect(known.limit("CHATHISTORY")).toBe(50);
    known.apply(["m", "-CHATHISTORY", END]);
    expect(known.limit("CHATHISTORY")).toBe(Number.POSITIVE_INFINITY);
  });

  test("reads PREFIX and CHANMODES, and has the old servers' prefixes without them", () => {
    const known = new Isupport();
    expect([...known.prefixes]).toEqual([
      ["o", "@"],
      ["v", "+"],
    ]);
    known.apply(["m", "PREFIX=(qaohv)~&@%+", "CHANMODES=beI,k,fl,imnst", END]);
    expect([...known.prefixes].map(([letter, sign]) => letter + sign)).toEqual([
      "q~",
      "a&",
      "o@",
      "h%",
      "v+",
    ]);
    expect(known.roomModes).toEqual({
      list: "beI",
      always: "k",
      onSet: "fl",
      never: "imnst",
      rank: "qaohv",
    });
    known.apply(["m", "PREFIX=", END]);
    expect(known.prefixes.size).toBe(0);
  });
});

test.each([
  "",
  "NICKLEN",
  "NICKLEN=",
  "NICKLEN=0",
  "NICKLEN=00",
  "NICKLEN=-9",
  "NICKLEN=9.5",
  "NICKLEN=many",
])("%p sets no limit", (token) => {
  const isupport = new Isupport();
  isupport.apply(["mina", token, "are supported"]);
  expect([isupport.limit("NICKLEN"), isupport.limit("NICKLEN", 9)]).toEqual([Infinity, 9]);
});

test.each([
  ["", true],
  ["CLIENTTAGDENY=", true],
  ["CLIENTTAGDENY=*", false],
  ["CLIENTTAGDENY=draft/react", false],
  ["CLIENTTAGDENY=typing,draft/reply", true],
  ["CLIENTTAGDENY=*,-draft/reply,-typing", false],
  ["CLIENTTAGDENY=*,-draft/react", true],
])("with %p, +draft/react is relayed: %p", (token, isRelayed) => {
  const isupport = new Isupport();
  isupport.apply(["mina", token, "are supported"]);
  expect(isupport.relaysTag("+draft/react")).toBe(isRelayed);
});

test("tokens beyond the limit are ignored", () => {
  const isupport = new Isupport();
  for (let i = 0; i < 1000; i += 1) isupport.apply(["mina", `T${i}=1`, "are supported"]);
  expect([isupport.has("T499"), isupport.has("T500")]).toEqual([true, false]);
  isupport.apply(["mina", "T7=2", "-T8", "NETWORK=Sodam", "are supported"]);
  expect([isupport.get("T7"), isupport.has("T8"), isupport.network]).toEqual(["2", false, "Sodam"]);
});
