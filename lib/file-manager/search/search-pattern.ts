import type { SearchAuthor } from "../../chat-server/server-ports.ts";
import { legacyNameOf } from "../../protocol/account-id.ts";
import { fold } from "../../protocol/names.ts";

/**
 * A cheap first filter over the bytes of a stored line: it may let too much through, and the caller
 * checks the parsed event. Bytes are matched as latin1, a character per byte, which costs no
 * decoding: a regular expression scans 2 GB of such text a second, in any case of the letters.
 */
export interface LinePattern {
  /** The most selective term, with the flag `g`: finds hit after hit. */
  readonly first: RegExp;
  /**
   * The same as bytes, if the term has one written form only, as in Korean: four times as fast to
   * search for.
   */
  readonly literal: Buffer | null;
  /** Further strings that the line must contain. */
  readonly others: readonly RegExp[];
  /**
   * Whether a hit counts only after the start of the message's text, so that names and keys don't
   * match. The name of a file stands behind it.
   */
  readonly inText: boolean;
}

/**
 * Builds the filter for a search.
 *
 * @param terms as the user typed them, in NFC; stored texts are NFC as well
 * @param author the sender, or `null` for any
 */
export function linePattern(terms: readonly string[], author: SearchAuthor | null): LinePattern {
  // The longest term is usually the rarest.
  const [rarest, ...others] = [...terms].sort(
    (a, b) => Buffer.byteLength(b) - Buffer.byteLength(a),
  );
  const authorPatterns = author === null ? [] : [authorPattern(author)];
  if (rarest !== undefined) {
    return {
      first: new RegExp(wordPattern(rarest), "g"),
      literal: hasOneForm(rarest) ? Buffer.from(rarest) : null,
      others: [...others.map(wordPattern), ...authorPatterns].map((source) => new RegExp(source)),
      inText: true,
    };
  }
  const [source = '"kind":"said"'] = authorPatterns;
  return { first: new RegExp(source, "g"), literal: null, others: [], inText: false };
}

function authorPattern(from: SearchAuthor): string {
  if (from.kind === "name") return `"(?:nick|account)":"${wordPattern(from.name)}"`;
  const { account, legacyAccount = account } = from.author;
  const name = legacyNameOf(legacyAccount);
  return name === null
    ? `"id":"${account}"`
    : `"(?:id":"${account}|account":"${wordPattern(name)})"`;
}

/**
 * Returns a pattern for a word in any case, as UTF-8 in JSON. Both the typed and the folded form
 * match: ß is found as SS and as itself.
 */
function wordPattern(word: string): string {
  const folded: string = fold(word);
  const [typedPattern, foldedPattern] = [lettersPattern(word), lettersPattern(folded)];
  return typedPattern === foldedPattern ? typedPattern : `(?:${typedPattern}|${foldedPattern})`;
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

/** Returns a letter as it is stored, escaped for a regular expression over bytes. */
function storedBytes(letter: string): string {
  const json = JSON.stringify(letter).slice(1, -1);
  return Buffer.from(json)
    .toString("latin1")
    .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Whether the word has only letters without case that JSON doesn't escape. */
function hasOneForm(word: string): boolean {
  return /^[\p{Lo}\p{N} ]+$/u.test(word) && fold(word) === word;
}
