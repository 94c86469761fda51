import { describe, expect, test } from "bun:test";
import { hangulToLatin, initialsOf, jamoToLatin } from "../../lib/terminal/hangul-layout.ts";
import {
  ANSWER_UNITS_MAX,
  type Key,
  KeyReader,
  PASTE_UNITS_MAX,
} from "../../lib/terminal/key-reader.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function keysOf(text: string): Key[] {
  return new KeyReader().push(bytes(text));
}

function key(name: Extract<Key, { kind: "key" }>["name"], held = ""): Key {
  return {
    kind: "key",
    name,
    ctrl: held.includes("c"),
    alt: held.includes("a"),
    shift: held.includes("s"),
  };
}

const text = (typed: string): Key => ({ kind: "text", text: typed });

const TABLE: readonly (readonly [string, readonly Key[]])[] = [
  ["hello 안녕", [text("hello 안녕")]],
  ["가\r요", [text("가"), key("enter"), text("요")]],
  ["\n", [key("enter")]],
  ["\t\x7f\b", [key("tab"), key("backspace"), key("backspace")]],
  [
    "\x01\x03\x17\x1f\x00",
    [key("a", "c"), key("c", "c"), key("w", "c"), key("_", "c"), key("space", "c")],
  ],
  ["\x1b[A\x1b[B\x1bOC\x1bOD", [key("up"), key("down"), key("right"), key("left")]],
  ["\x1b[1;5C\x1b[1;3A\x1b[1;2H", [key("right", "c"), key("up", "a"), key("home", "s")]],
  [
    "\x1b[H\x1b[F\x1b[1~\x1b[4~\x1bOH",
    [key("home"), key("end"), key("home"), key("end"), key("home")],
  ],
  ["\x1b[2~\x1b[3~\x1b[5~\x1b[6~", [key("insert"), key("delete"), key("pageup"), key("pagedown")]],
  ["\x1b[3;5~", [key("delete", "c")]],
  ["\x1bOP\x1b[15~\x1b[24~\x1b[[A", [key("f1"), key("f5"), key("f12"), key("f1")]],
  ["\x1b[Z", [key("tab", "s")]],
  ["\x1ba\x1bF\x1b1\x1b.", [key("a", "a"), key("f", "as"), key("1", "a"), key(".", "a")]],
  ["\x1b\r\x1b\x7f\x1b\x01", [key("enter", "a"), key("backspace", "a"), key("a", "ca")]],
  ["\x1b\x1b[A", [key("up", "a")]],
  ["\x1bㅁ\x1bㅃ", [key("a", "a"), key("q", "as")]],
  ["\x1bé", [text("é")]],
  // The kitty forms: plain, Ctrl, a jamo with its base key, let go, a media key, Shift-Enter.
  ["\x1b[97u\x1b[97;5u", [text("a"), key("a", "c")]],
  ["\x1b[12609::97;3u", [key("a", "a")]],
  ["\x1b[12609;5u", [key("a", "c")]],
  ["\x1b[97;1:3u\x1b[57428u", []],
  [
    "\x1b[13;2u\x1b[13;3u\x1b[27u\x1b[127;5u",
    [key("enter", "s"), key("enter", "a"), key("escape"), key("backspace", "c")],
  ],
  ["\x1b[27;5;105~\x1b[27;2;13~", [key("i", "c"), key("enter", "s")]],
  ["\x1b[200~one\r\ntwo\rthree\x1b[201~x", [{ kind: "paste", text: "one\ntwo\nthree" }, text("x")]],
  ["\x1b[200~\x1b[A\x03\x1b[201~", [{ kind: "paste", text: "\x1b[A\x03" }]],
  [
    "\x1b[I\x1b[O",
    [
      { kind: "focus", on: true },
      { kind: "focus", on: false },
    ],
  ],
  [
    "\x1b[12;40R\x1b[1;2R",
    [
      { kind: "cursor", row: 11, column: 39 },
      { kind: "cursor", row: 0, column: 1 },
    ],
  ],
  [
    "\x1b[<64;3;4M\x1b[<65;3;4M\x1b[<0;10;2M\x1b[<0;10;2m\x1b[<18;1;1M",
    [
      {
        kind: "mouse",
        action: "wheel-up",
        button: 0,
        row: 3,
        column: 2,
        ctrl: false,
        alt: false,
        shift: false,
      },
      {
        kind: "mouse",
        action: "wheel-down",
        button: 0,
        row: 3,
        column: 2,
        ctrl: false,
        alt: false,
        shift: false,
      },
      {
        kind: "mouse",
        action: "press",
        button: 0,
        row: 1,
        column: 9,
        ctrl: false,
        alt: false,
        shift: false,
      },
      {
        kind: "mouse",
        action: "release",
        button: 0,
        row: 1,
        column: 9,
        ctrl: false,
        alt: false,
        shift: false,
      },
      {
        kind: "mouse",
        action: "press",
        button: 2,
        row: 0,
        column: 0,
        ctrl: true,
        alt: false,
        shift: false,
      },
    ],
  ],
  // Unsolicited replies, and unknown sequences.
  ["\x1b]11;rgb:0/0/0\x07\x1bP1+r\x1b\\\x1b[?62;4c\x1b[99~a", [text("a")]],
];

describe("bytes to keys", () => {
  test.each(TABLE)("%j", (typed, expected) => {
    expect(keysOf(typed)).toEqual([...expected]);
  });

  test("however the bytes are cut, the keys are the same", () => {
    for (const [typed, expected] of TABLE) {
      const whole = bytes(typed);
      for (let cut = 1; cut < whole.length; cut++) {
        const reader = new KeyReader();
        const keys = [...reader.push(whole.subarray(0, cut)), ...reader.push(whole.subarray(cut))];
        expect(gathered(keys)).toEqual([...expected]);
        expect(reader.pending).toBe(false);
      }
      const reader = new KeyReader();
      expect(gathered([...whole].flatMap((byte) => reader.push(Uint8Array.of(byte))))).toEqual([
        ...expected,
      ]);
    }
  });

  test("invalid UTF-8 becomes U+FFFD, and later keys are read", () => {
    expect(new KeyReader().push(Uint8Array.of(0xff, 0x61))).toEqual([text("�a")]);
  });
});

describe("Escape", () => {
  test.each([
    ["\x1b", [key("escape")]],
    ["\x1b[", [key("[", "a")]],
    ["\x1bO", [key("o", "as")]],
    ["\x1b]", [key("]", "a")]],
    ["\x1b[1;", []],
    ["\x1b\x1b", [key("escape", "a")]],
  ])("an incomplete %j is read as keys after a timeout", (typed, expected) => {
    const reader = new KeyReader();
    expect(reader.push(bytes(typed))).toEqual([]);
    expect(reader.pending).toBe(true);
    expect(reader.timeout()).toEqual(expected);
    expect(reader.pending).toBe(false);
    expect(reader.push(bytes("a"))).toEqual([text("a")]);
  });

  test("a key held down gives one Escape after another", () => {
    const reader = new KeyReader();
    expect(reader.push(bytes("\x1b".repeat(20_000))).length).toBe(19_998);
    expect(reader.timeout()).toEqual([key("escape", "a")]);
  });

  test("a timeout doesn't end a paste", () => {
    const reader = new KeyReader();
    reader.push(bytes("\x1b[200~one "));
    expect(reader.pending).toBe(false);
    expect(reader.timeout()).toEqual([]);
    expect(reader.push(bytes("two\x1b[201~"))).toEqual([{ kind: "paste", text: "one two" }]);
  });
});

describe("bounds", () => {
  test("an endless paste is cut, and later keys are read", () => {
    const reader = new KeyReader();
    reader.push(bytes("\x1b[200~"));
    for (let left = 0; left < 20; left++) reader.push(bytes("x".repeat(100_000)));
    const [paste, after] = reader.push(bytes("\x1b[201~y"));
    expect(paste?.kind === "paste" && paste.text.length).toBe(PASTE_UNITS_MAX);
    expect(after).toEqual(text("y"));
  });

  test("a reply without an end is skipped", () => {
    const reader = new KeyReader();
    reader.push(bytes(`\x1b]${"x".repeat(ANSWER_UNITS_MAX)}`));
    expect(reader.pending).toBe(false);
    expect(reader.push(bytes("a"))).toEqual([text("a")]);
  });
});

describe("the Hangul layout", () => {
  test.each([
    ["/ㅗ디ㅔ", "/help"],
    ["/ㅗㄷㅣㅔ".normalize("NFD"), "/help"],
    ["ㅃㅉ", "QW"],
    ["와", "dhk"],
    ["닭", "ekfr"],
    ["abc 1", "abc 1"],
  ])("%s stands for %s", (typed, meant) => {
    expect(hangulToLatin(typed)).toBe(meant);
  });

  test("each jamo has its key, other letters have none", () => {
    expect(jamoToLatin("ㅁ")).toBe("a");
    expect(jamoToLatin("\u1106")).toBe("a");
    expect(jamoToLatin("가")).toBeNull();
    expect(jamoToLatin("x")).toBeNull();
  });

  test("a room is found by its first consonants", () => {
    expect(initialsOf("개발팀 dev")).toBe("ㄱㅂㅌ dev");
  });
});

/** Text that was typed in several reads, as one. */
function gathered(keys: readonly Key[]): Key[] {
  const all: Key[] = [];
  for (const next of keys) {
    const last = all.at(-1);
    if (next.kind === "text" && last?.kind === "text")
      all.splice(-1, 1, text(last.text + next.text));
    else all.push(next);
  }
  return all;
}
