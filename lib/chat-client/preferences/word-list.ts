import { foldWithPositions } from "../../protocol/fold-positions.ts";
import { fold } from "../../protocol/names.ts";

/** Words in one list; more are more than somebody remembers. */
const WORDS_MAX = 50;
/** Letters of a script that is written without spaces: a word of these may stand anywhere. */
const UNSPACED =
  /[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/**
 * Words and phrases that are looked for in messages, in any case. A word stands by itself (`art` is not in `start`),
 * except on a side where it ends with a letter of a script without spaces: 배포 is in 재배포했어요.
 */
export class WordList {
  readonly words: readonly string[];
  readonly #pattern: RegExp | null;

  /** @param text the words, between commas */
  constructor(text: string) {
    this.words = parseWords(text);
    const patterns = this.words.map((word) => patternOf(fold(word)));
    this.#pattern = patterns.length === 0 ? null : new RegExp(patterns.join("|"), "gu");
  }

  occursIn(text: string): boolean {
    return this.#pattern !== null && fold(text).search(this.#pattern) !== -1;
  }

  /**
   * Returns where the words are in a text, as [start, end) indices in order; none exactly if {@link occursIn} is false.
   *
   * @example new WordList("배포").rangesIn("재배포했어요") // [[1, 3]]
   */
  rangesIn(text: string): (readonly [number, number])[] {
    const pattern = this.#pattern;
    if (pattern === null) return [];
    const folded = foldWithPositions(text);
    return [...folded.text.matchAll(pattern)].map(
      ({ 0: word, index }) =>
        [folded.starts[index] ?? 0, folded.ends[index + word.length - 1] ?? 0] as const,
    );
  }
}

/** Splits a list at its commas. Words that are the same but for case count once. */
export function parseWords(text: string): string[] {
  const words = new Map<string, string>();
  for (const part of text.normalize("NFC").split(",")) {
    const word = part.replace(/\s+/g, " ").trim();
    if (word !== "" && words.size < WORDS_MAX) words.set(fold(word), words.get(fold(word)) ?? word);
  }
  return [...words.values()];
}

function patternOf(word: string): string {
  const letters = [...word];
  const before = UNSPACED.test(letters[0] ?? "") ? "" : "(?<![\\p{L}\\p{N}_])";
  const behind = UNSPACED.test(letters.at(-1) ?? "") ? "" : "(?![\\p{L}\\p{N}_])";
  return `${before}${RegExp.escape(word)}${behind}`;
}
