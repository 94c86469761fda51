import { describe, expect, test } from "bun:test";
import { hangulToLatin, initialsOf, jamoToLatin } from "../../lib/protocol/hangul-layout.ts";
import {
  ANSWER_BYTES_MAX,
  type Key,
  KeyReader,
  PASTE_BYTES_MAX,
} from "../../lib/terminal/key-reader.ts";
import { Prng } from "../prng.ts";

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

function wheel(action: "wheel-up" | "wheel-down"): Key {
  return {
    kind: "mouse",
    action,
    button: 0,
    row: 0,
    column: 0,
    ctrl: false,
    alt: false,
    shift: false,
  };
}

function press(column: number, row: number): Key {
  const unmodified = { ctrl: false, alt: false, shift: false };
  return { kind: "mouse", action: "press", button: 0, row, column, ...unmodified };
}

/** Lets so much time pass that nothing is awaited, as tty.ts does. */
function silence(reader: KeyReader): Key[] {
  const keys: Key[] = [];
  for (let waits = 0; reader.waitMs > 0; waits++) {
    if (waits > 2) throw new Error("the reader waits for ever");
    keys.push(...reader.timeout());
  }
  return keys;
}

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
  // urxvt's
  [
    "\x1b[a\x1bOa\x1b[d\x1bOb",
    [key("up", "s"), key("up", "c"), key("left", "s"), key("down", "c")],
  ],
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
  // Mouse reports of terminals without SGR: urxvt's, X10's, and X10's in UTF-8 from column 96 on.
  ["\x1b[32;10;2Mx", [press(9, 1), text("x")]],
  ["\x1b[96;1;1M\x1b[97;1;1M\x1b[35;1;1M", [wheel("wheel-up"), wheel("wheel-down")]],
  ['\x1b[M *"a\x1b[M#*"', [press(9, 1), text("a")]],
  ["\x1b[M`!!\x1b[Ma!!b", [wheel("wheel-up"), wheel("wheel-down"), text("b")]],
  ['\x1b[M \u0085"a', [press(100, 1), text("a")]],
  ["\x1b[Mab\x03", [key("c", "c")]],
  // SS3 with modifiers, and control characters amid sequences.
  ["\x1bO5A\x1bO1;3D", [key("up", "c"), key("left", "a")]],
  ["\x1bO\x03\x1b[1;\x03\x1b[[\x03", [key("o", "as"), key("c", "c"), key("c", "c"), key("c", "c")]],
  ["\x1b]11;rgb\x03\x1bP1\x1b[A\x1b_G\rx", [key("c", "c"), key("up"), key("enter"), text("x")]],
  // Unsolicited replies, and unknown sequences.
  ["\x1b]10;rgb:0/0/0\x07\x1bP1+r\x1b\\\x1b[?62;4x\x1b[99~a", [text("a")]],
  // What a terminal answers of pictures.
  ["\x1b[?62;4;22c", [{ kind: "answer", answer: { kind: "attributes", numbers: [62, 4, 22] } }]],
  [
    "\x1bP>|kitty(0.35.2)\x1b\\",
    [{ kind: "answer", answer: { kind: "name", name: "kitty(0.35.2)" } }],
  ],
  ["\x1b_Gi=31;OK\x1b\\", [{ kind: "answer", answer: { kind: "kitty", isKnown: true } }]],
  ["\x1b_Gi=31;EBADF:no\x1b\\", [{ kind: "answer", answer: { kind: "kitty", isKnown: false } }]],
  ["\x1b_Gi=7;OK\x1b\\a", [text("a")]],
  [
    "\x1b[6;20;10t",
    [{ kind: "answer", answer: { kind: "cell", cell: { width: 10, height: 20 } } }],
  ],
  ["\x1b[6;0;10t\x1b[6;9999;10t\x1b[4;400;800ta", [text("a")]],
  ["\x1b[?1;0;256S", [{ kind: "answer", answer: { kind: "registers", count: 256 } }]],
  ["\x1b[?1;3;0Sa", [text("a")]],
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

describe("a lost end", () => {
  test("of a paste is over after half a second of silence, and the keyboard works", () => {
    const reader = new KeyReader();
    expect(reader.push(bytes("\x1b[200~one\r\n둘"))).toEqual([]);
    expect(reader.waitMs).toBe(50);
    expect(reader.timeout()).toEqual([]);
    expect(reader.waitMs).toBe(500);
    expect(reader.timeout()).toEqual([{ kind: "paste", text: "one\n둘" }]);
    expect(reader.waitMs).toBe(0);
    expect(reader.push(bytes("a"))).toEqual([text("a")]);
  });

  test("of a paste lets Ctrl-C through after a pause", () => {
    const reader = new KeyReader();
    reader.push(bytes("\x1b[200~one\x1b[20"));
    reader.timeout();
    const paste: Key = { kind: "paste", text: "one\x1b[20" };
    expect(reader.push(bytes("\x03"))).toEqual([paste, key("c", "c")]);
    expect(reader.push(bytes("a"))).toEqual([text("a")]);
  });

  test("of a paste lets a Ctrl-C through that was pressed at once", () => {
    const reader = new KeyReader();
    reader.push(bytes("\x1b[200~one\x03two"));
    reader.push(bytes("\x03"));
    expect(silence(reader)).toEqual([{ kind: "paste", text: "one\x03two" }, key("c", "c")]);
  });

  test("of a paste that comes late belongs to it: a return in it sends nothing", () => {
    const reader = new KeyReader();
    reader.push(bytes("\x1b[200~one "));
    expect(silence(reader)).toEqual([{ kind: "paste", text: "one " }]);
    expect(reader.push(bytes("two\rthree\x1b[201~x"))).toEqual([
      { kind: "paste", text: "two\nthree" },
      text("x"),
    ]);
    expect(reader.push(bytes("y\r\x1b[200~z\x1b[201~"))).toEqual([
      text("y"),
      key("enter"),
      { kind: "paste", text: "z" },
    ]);
  });

  test("of a character or a mouse report leaves no letter", () => {
    for (const cut of [
      "\xed\x95",
      "\xf0",
      "a\xe1",
      "\x1b[M ",
      "\x1b[M  ",
      "\x1b[<0;1",
      "\x1b\xed",
    ]) {
      const reader = new KeyReader();
      const keys = reader.push(Uint8Array.from(cut, (letter) => letter.charCodeAt(0)));
      keys.push(...silence(reader));
      expect([cut, keys]).toEqual([cut, cut.startsWith("a") ? [text("a")] : []]);
      expect(reader.push(bytes("a"))).toEqual([text("a")]);
    }
  });

  test("of an X10 report far to the right is a report, not a letter", () => {
    const reader = new KeyReader();
    expect(reader.push(Uint8Array.of(0x1b, 0x5b, 0x4d, 0x20, 0xff, 0x90, 0x61))).toEqual([
      press(222, 111),
      text("a"),
    ]);
    expect(reader.push(Uint8Array.of(0x1b, 0x5b, 0x4d, 0x20, 0x21, 0xc3))).toEqual([]);
    expect(silence(reader)).toEqual([press(0, 162)]);
  });

  test("whatever came before, after a silence `a` types an a, and Ctrl-C comes through", () => {
    const starts = [
      "\x1b",
      "\x1b[",
      "\x1bO",
      "\x1b]",
      "\x1bP",
      "\x1b_",
      "\x1b[M",
      "\x1b[<",
      "\x1b[200~",
    ];
    for (let seed = 1; seed <= 500; seed += 1) {
      const prng = new Prng(seed);
      const reader = new KeyReader();
      for (let pushes = 1 + prng.below(6); pushes > 0; pushes -= 1) {
        const random = Array.from({ length: prng.below(12) }, () => prng.below(256));
        const start = prng.chance(50) ? prng.pick(starts) : "";
        reader.push(Uint8Array.from([...bytes(start), ...random]));
        if (prng.chance(30)) reader.timeout();
      }
      silence(reader);
      for (const [typed, expected] of [
        ["a", text("a")],
        ["\x03", key("c", "c")],
        ["안", text("안")],
      ] as const) {
        expect([seed, ...reader.push(bytes(typed))]).toEqual([seed, expected]);
      }
      reader.push(bytes(prng.pick(starts)));
      reader.timeout();
      expect([seed, reader.push(bytes("\x03")).at(-1)]).toEqual([seed, key("c", "c")]);
    }
  });
});

describe("bounds", () => {
  test("an endless paste is cut, and later keys are read", () => {
    const reader = new KeyReader();
    reader.push(bytes("\x1b[200~"));
    for (let left = 0; left < 20; left++) reader.push(bytes("x".repeat(100_000)));
    const [paste, after] = reader.push(bytes("\x1b[201~y"));
    expect(paste?.kind === "paste" && paste.text.length).toBe(PASTE_BYTES_MAX);
    expect(after).toEqual(text("y"));
  });

  test("a reply without an end is skipped", () => {
    const reader = new KeyReader();
    reader.push(bytes(`\x1b]${"x".repeat(ANSWER_BYTES_MAX)}`));
    expect(silence(reader)).toEqual([]);
    expect(reader.push(bytes("a"))).toEqual([text("a")]);
  });

  test.each([
    ["reply", "\x1b]52;c;", "A", "\x07"],
    ["reply that ST ends", "\x1bP", "A", "\x1b\\"],
    ["key", "\x1b[", "1;", "\x18"],
  ])("an overlong %s puts no letters into the line", (_, start, unit, end) => {
    const reader = new KeyReader();
    expect(reader.push(bytes(start + unit.repeat(ANSWER_BYTES_MAX)))).toEqual([]);
    for (let n = 0; n < 3; n++) expect(reader.push(bytes(unit.repeat(3000)))).toEqual([]);
    expect(reader.push(bytes(`${end}a`)).at(-1)).toEqual(text("a"));
    reader.push(bytes(start + unit.repeat(ANSWER_BYTES_MAX)));
    expect(reader.push(bytes("\x03"))).toEqual([key("c", "c")]);
  });

  test("Ctrl-C in one read with an Escape comes through", () => {
    expect(keysOf("\x1b\x03")).toEqual([key("escape"), key("c", "c")]);
  });

  test("after any bytes, a silence and a letter, the letter was typed, and Ctrl-C comes through", () => {
    const prng = new Prng(54);
    const starts = ["", "\x1b", "\x1b[", "\x1bO", "\x1b]", "\x1bP", "\x1b_", "\x1b[M", "\x1b[200~"];
    for (let n = 0; n < 3000; n++) {
      const reader = new KeyReader();
      const random = Uint8Array.from({ length: prng.below(12) }, () => prng.below(256));
      reader.push(Buffer.concat([bytes(prng.pick(starts)), random]));
      silence(reader);
      const pressed = reader.push(bytes("\x03"));
      expect([n, pressed]).toEqual([n, [key("c", "c")]]);
      expect([n, reader.push(bytes("a"))]).toEqual([n, [text("a")]]);
    }
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

test("the keys behind the one that a reader stops at are left for the next reader", () => {
  const first = new KeyReader();
  for (const key of first.read(Buffer.from("a\r\x1b[1;5A\x1b[200~b\rc"))) {
    if (key.kind === "key" && key.name === "enter") break;
  }
  expect(`${first.takeRest()}`).toBe("\x1b[1;5A\x1b[200~b\rc");
  expect(first.waitMs).toBe(0);
});

test("a paste that has begun is left for the next reader as a paste", () => {
  const first = new KeyReader();
  expect(first.push(Buffer.from("\x1b[200~one\rtwo\x1b["))).toEqual([]);
  const second = new KeyReader();
  expect(second.push(first.takeRest())).toEqual([]);
  expect(second.push(Buffer.from("201~"))).toEqual([{ kind: "paste", text: "one\ntwo" }]);
});
