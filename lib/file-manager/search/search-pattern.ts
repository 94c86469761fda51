import { type Folded, fold } from "../../protocol/names.ts";

/**
 * What the bytes of a line must have for its message to be looked at: a first sieve, which may let too much
 * through. Bytes are held against it as latin1, a letter each, which costs no decoding: a regular expression
 * goes through 2 GB a second of such text, whatever the case of its letters.
 */
export interface LinePattern {
  /** Global: goes from hit to hit. */
  readonly first: RegExp;
  /** The same as bytes, where it has one form only, as in Korean: four times as quick to look for. */
  readonly literal: Buffer | null;
  /** What else must be in the line. */
  readonly others: readonly RegExp[];
  /** A hit counts only behind the start of the text: names and keys are no part of a message. */
  readonly inText: boolean;
}

/** @param words as they were asked for, NFC: stored texts are NFC as well. */
export function linePattern(words: readonly string[], from: Folded | null): LinePattern {
  // The one of most bytes is the rarest, more often than not.
  const [rarest, ...others] = [...words].sort(
    (one, other) => Buffer.byteLength(other) - Buffer.byteLength(one),
  );
  const by = from === null ? [] : [`"(?:nick|account)":"${wordPattern(from)}"`];
  if (rarest !== undefined) {
    return {
      first: new RegExp(wordPattern(rarest), "g"),
      literal: hasOneForm(rarest) ? Buffer.from(rarest) : null,
      others: [...others.map(wordPattern), ...by].map((source) => new RegExp(source)),
      inText: true,
    };
  }
  const [source = '"kind":"said"'] = by;
  return { first: new RegExp(source, "g"), literal: null, others: [], inText: false };
}

/** A word in any case, as UTF-8 in JSON. As it was asked for, or folded: ß is found as SS and as itself. */
function wordPattern(word: string): string {
  const folded: string = fold(word);
  const [one, other] = [lettersPattern(word), lettersPattern(folded)];
  return one === other ? one : `(?:${one}|${other})`;
}

function lettersPattern(word: string): string {
  let pattern = "";
  for (const letter of word) {
    const lower = letter.toLowerCase();
    const forms = new Set([letter, lower, letter.toUpperCase(), lower.toUpperCase()]);
    if (lower === "σ" || lower === "ς") for (const sigma of "σςΣ") forms.add(sigma);
    const bytes = [...forms].map(storedBytes);
    pattern += bytes.length === 1 ? bytes[0] : `(?:${bytes.join("|")})`;
  }
  return pattern;
}

/** A letter as it stands in a file, escaped for a regular expression over bytes. */
function storedBytes(letter: string): string {
  const json = JSON.stringify(letter).slice(1, -1);
  return Buffer.from(json)
    .toString("latin1")
    .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Letters without case, which JSON writes as they are. */
function hasOneForm(word: string): boolean {
  return /^[\p{Lo}\p{N} ]+$/u.test(word) && fold(word) === word;
}
