/**
 * Letters that look alike: Unicode's table (https://www.unicode.org/reports/tr39/#Confusable_Detection),
 * from the package `unhomoglyph`.
 */

const SYLLABLE = /[\uac00-\ud7a3]/;
/** Looks that the table lacks: strokes like an l, ㅇ like an o, and two consonants like ideographs. */
const STROKES: readonly (readonly [string, string])[] = [
  ["\u4e28", "l"],
  ["\u3021", "l"],
  ["\u2502", "l"],
  ["\u110b", "o"],
  ["\u119e", "·"],
  ["\u1106", "口"],
  ["\u1109", "人"],
];
const BARS = [..."\ua7fe⎢⎥⎮⎸⎹⏐❘❙❚▎▏▕\u{1fb70}\u{1fb71}\u{1fb72}\u{1fb73}\u{1fb74}\u{1fb75}"];
const RINGS = [..."○◯◦⚬∘"];
/** Small kana, and katakana like hiragana and ideographs, each with what it looks like. */
const KANA =
  "ぁあぃいぅうぇえぉおっつゃやゅゆょよゎわゕかゖけァアィイゥウェエォオッツャヤュユョヨヮワヵカヶケリりオ才チ千ミ三ヌ又";
/** More looks that the table lacks. Word filters, which use the table as well, don't know them. */
const SHAPES: ReadonlyMap<string, string> = new Map([
  ...BARS.map((bar) => [bar, "l"] as const),
  ...RINGS.map((ring) => [ring, "o"] as const),
  ...[...KANA.matchAll(/(.)(.)/gu)].map(([, kana = "", look = ""]) => [kana, look] as const),
  ...([
    ["\u30fc", "-"],
    ["\u1102", "l"],
    ["\u116e", "t"],
    ["丅", "t"],
    ["\u1110", "e"],
    ["\u1161", "卜"],
    ["\u0185", "b"],
    ["\u0280", "r"],
    ["w", "vv"],
  ] as const),
]);
/** A second dot on a letter that has one is not seen. */
const SECOND_DOT = /(?<=\p{Soft_Dotted})\u0307/gu;
/** A dotless i with a dot above, and an l with one, look like an i; other marks may stand between. */
const DOTTED_STROKE = /(?<=l\p{M}*)\u0307/gu;

let table: ReadonlyMap<string, string> | null = null;

/**
 * Loads the table, which takes 19 ms; throws when the package is missing. Otherwise it is loaded for the
 * first name that needs it, because a client may need none. (The package's own function is one pattern of
 * 6311 branches, which took 70 ms to load and 20 µs a letter.)
 */
export function loadConfusables(): ReadonlyMap<string, string> {
  if (table !== null) return table;
  const entries: Readonly<Record<string, string>> = require("unhomoglyph/data.json");
  table = new Map([...Object.entries(entries), ...STROKES]);
  return table;
}

/**
 * Replaces each letter that looks like others by the one that stands for all of them; `i` by `l`, since a
 * capital I looks like one, whatever dots are on it. Other forms of a letter (halfwidth, circled; NFKC) count as the letter.
 * Composed Hangul syllables stay. The result may be confusable again, and so may its lower case.
 */
export function replaceConfusables(text: string): string {
  const confusables = loadConfusables();
  let replaced = "";
  for (const letter of text.replaceAll(SECOND_DOT, "")) {
    replaced += SYLLABLE.test(letter) ? letter : lookOf(letter, confusables);
  }
  return replaced.replaceAll("i", "l").replace(DOTTED_STROKE, "");
}

function lookOf(letter: string, confusables: ReadonlyMap<string, string>): string {
  const lookOfPart = (part: string): string | undefined =>
    SHAPES.get(part) ?? confusables.get(part);
  const look = lookOfPart(letter);
  if (look !== undefined) return look;
  const plain = letter.normalize("NFKD");
  if (plain === letter) return letter;
  return [...plain].map((part) => lookOfPart(part) ?? part).join("");
}
