import type { Prng } from "../prng.ts";

/** Makes inputs that are nearly right: the ones that a parser understands half. */

/** Pieces that have a meaning somewhere: separators, escapes, letters that draw nothing or fold oddly. */
const PIECES: readonly string[] = [
  ..." ,:;=*?!@#~&%+-_/\\|\"'`$^<>()[]{}.\0\r\n\t\x01\x02\x03\x0f\x1b\x7f\x9b",
  ...[
    "\r\n",
    "\x1b[31m",
    "\x1b]0;x\x07",
    "\x1b[200~",
    "\x1b[201~",
    "\x1bP",
    "\x1bO",
    "\x1b[<0;1;1M",
  ],
  ...[
    "\u00a0",
    "\u034f",
    "\u115f",
    "\u17b4",
    "\u200b",
    "\u200d",
    "\u202e",
    "\u2028",
    "\u2800",
    "\u3164",
  ],
  ...[
    "\ufe0f",
    "\ufeff",
    "\uffa0",
    "\ufffc",
    "\ufffd",
    "\u{e0041}",
    "\u{1d173}",
    "\u{10eeee}",
    "\u{1107f}",
  ],
  ...[
    "\ud800",
    "\udc00",
    "ß",
    "ẞ",
    "İ",
    "ı",
    "ſ",
    "Σ",
    "ς",
    "ﬃ",
    "ǆ",
    "가",
    "각",
    "ㅋ",
    "ㅠ",
    "ￜ",
    "а",
    "👍🏽",
    "🇰🇷",
  ],
  ...[
    "e\u0301",
    "\u0301".repeat(20),
    "\u0600".repeat(20),
    "1️⃣",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
  ],
  ...[
    "-1",
    "0",
    "1",
    "9007199254740993",
    "1e999",
    "NaN",
    "00",
    "4294967296",
    "__proto__",
    "constructor",
    "null",
  ],
  ...[
    "true",
    "{}",
    "[]",
    "{",
    "[",
    "[[a]]",
    "\\u0000",
    "\\ud800",
    "\\",
    "%00",
    "%s",
    "$HOME",
    "$(id)",
    "../..",
    "/",
  ],
];
/** Values that no field of a file should have. */
const ODD_VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e21,
    2 ** 53,
    "",
    " ",
    "x",
    "\0",
    "__proto__",
    "#tea",
    "\u202e",
  ],
  ...[[], {}, [[]], [null], { a: 1 }, { length: 3 }, "x".repeat(300)],
];
/** Enough for quadratic work to be seen, and little enough to run a thousand of them. */
const REPEATS_MAX = 2000;

/** Returns a text made of the examples: some of it cut, doubled, moved or replaced. */
export function mutateText(
  prng: Prng,
  examples: readonly string[],
  isLong = prng.chance(1),
): string {
  let text = prng.pick(examples);
  for (let times = prng.below(5); times > 0; times -= 1) text = mutateOnce(prng, text, examples);
  if (!isLong) return text;
  const start = prng.below(text.length + 1);
  const piece = text.slice(start, start + 1 + prng.below(12)) || prng.pick(PIECES);
  return text.slice(0, start) + piece.repeat(1 + prng.below(REPEATS_MAX)) + text.slice(start);
}

function mutateOnce(prng: Prng, text: string, examples: readonly string[]): string {
  const start = prng.below(text.length + 1);
  const end = start + prng.below(Math.min(12, text.length - start) + 1);
  const [before, middle, after] = [text.slice(0, start), text.slice(start, end), text.slice(end)];
  switch (prng.below(9)) {
    case 0:
      return before + after;
    case 1:
      return before + middle + middle + after;
    case 2: {
      const other = prng.pick(examples);
      return before + other.slice(prng.below(other.length + 1));
    }
    case 3:
      return before + String.fromCodePoint(prng.below(0x110000)) + after;
    case 4:
      return before + String.fromCharCode(prng.below(0x100)) + after;
    case 5:
      return before + [...middle].reverse().join("") + after;
    case 6:
      return prng.chance(50) ? before : after;
    default:
      return before + prng.pick(PIECES) + (prng.chance(50) ? middle : "") + after;
  }
}

/** Returns bytes made of the examples, most of them of their text, some changed byte by byte. */
export function mutateBytes(prng: Prng, examples: readonly Uint8Array[]): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(prng.pick(examples));
  for (let times = 1 + prng.below(6); times > 0; times -= 1) {
    const index = prng.below(bytes.length + 1);
    switch (prng.below(5)) {
      case 0:
        bytes = bytes.slice(0, index);
        break;
      case 1:
        bytes = Buffer.concat([
          bytes.subarray(0, index),
          bytes.subarray(prng.below(bytes.length + 1)),
        ]);
        break;
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, index),
          Buffer.from(prng.pick(PIECES)),
          bytes.subarray(index),
        ]);
        break;
      default:
        if (index < bytes.length) bytes[index] = prng.below(256);
    }
  }
  return bytes;
}

/** Returns a value of JSON like the example, with one or several of its parts changed, left out or added. */
export function mutateJson(prng: Prng, example: unknown): unknown {
  let value = structuredClone(example);
  for (let times = prng.below(4); times > 0; times -= 1) value = mutateValue(prng, value);
  return value;
}

function mutateValue(prng: Prng, value: unknown): unknown {
  if (prng.chance(10) || value === null || typeof value !== "object") {
    if (typeof value === "string" && prng.chance(50)) return mutateText(prng, [value], false);
    return structuredClone(prng.pick(ODD_VALUES));
  }
  if (Array.isArray(value)) {
    const index = prng.below(value.length + 1);
    if (value.length === 0 || prng.chance(20))
      return value.toSpliced(index, 0, prng.pick(ODD_VALUES));
    if (prng.chance(20)) return value.toSpliced(index, 1);
    const place = index % value.length;
    return value.with(place, mutateValue(prng, value[place]));
  }
  const keys = Object.keys(value);
  const key =
    keys.length === 0 || prng.chance(5) ? prng.pick(["x", "__proto__", "kind"]) : prng.pick(keys);
  const entries = Object.entries(value).filter(([name]) => name !== key);
  if (prng.chance(15)) return Object.fromEntries(entries);
  const part = (value as Record<string, unknown>)[key];
  return Object.fromEntries([...entries, [key, mutateValue(prng, part)]]);
}
