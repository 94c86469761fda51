import type { NamePrefixIndex } from "./name-prefix-index.ts";
import { type Folded, fold } from "./names.ts";
import { NICK_BYTES_MAX } from "./wire/wire-limits.ts";

/** Matches composed syllables only: uncomposed ones are left to `fold`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII_AND_HANGUL = /^[\x00-\x7f\uac00-\ud7a3]*$/;
const WORD = /[\p{L}\p{M}\p{N}_-]/u;
const WORD_END = /[\p{L}\p{M}\p{N}_-]$/u;
/** A Korean suffix after which a name still means the person: a title, a particle, or both. */
const PARTICLE =
  /^(?:님|씨|군|양|형|언니|오빠|누나|선배|쌤)?(?:이?[가야랑]|아|은|는|이|을|를|와|과|의|도|만|께|께서|에게|에게서|한테|한테서|보고|처럼|까지|부터|이나|나|이?라고|이?라면|입니다|이?에요|예요|이?네|이?는|이?도|이?만|이?를|이?한테)?(?![\p{L}\p{M}\p{N}_-])/u;
/** The longest title and particle together, and the letter after them. */
const PARTICLE_LETTERS_MAX = 12;
/** Letters that may combine as they are normalized: a syllable from its parts, or a letter and its marks. */
const CLUSTER = /[\uac00-\ud7a3]?[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+\p{M}*|[\s\S]\p{M}*/gu;

/**
 * Returns whether `text` mentions `nick`: as a word, with or without "@". Korean joins particles and titles to a
 * name (민수야, @민수님), so Hangul may follow a name directly if it is one of those.
 *
 * @example
 * mentions("민수야 밥 먹자", "민수") // true
 * mentions("민수기 좋아", "민수") // false
 */
export function mentions(text: string, nick: string): boolean {
  return positionsOf(fold(text), fold(nick)).length > 0;
}

/**
 * Returns the parts of `text` that mention `nick`, as [start, end) indices in order; empty exactly if
 * {@link mentions} is false. A range includes a leading "@", and no particle.
 *
 * @example mentionRanges("jun, is junior here?", "jun") // [[0, 3]]
 */
export function mentionRanges(text: string, nick: string): (readonly [number, number])[] {
  const name = fold(nick);
  if (ASCII_AND_HANGUL.test(text)) {
    return positionsOf(text.toLowerCase(), name).map((start) =>
      withAtSign(text, start, start + name.length),
    );
  }
  if (!mentions(text, nick)) return [];
  // Folding may change lengths, so the cluster that it came from is recorded for each folded letter.
  let folded = "";
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    const letters = fold(cluster);
    folded += letters;
    for (let count = letters.length; count > 0; count -= 1) {
      starts.push(index);
      ends.push(index + cluster.length);
    }
  }
  return positionsOf(folded, name).map((position) =>
    withAtSign(text, starts[position] ?? 0, ends[position + name.length - 1] ?? 0),
  );
}

/**
 * Returns all users whom a text mentions: the same as calling {@link mentions} for each user. Takes a few
 * microseconds at most, however many users there are: a lookup for each place where a name can end, in words that
 * begin like a name.
 *
 * @param prefixes of the names of all users that `find` knows
 * @param find returns the user of a folded name, or `null`
 */
export function findMentioned<T>(
  text: string,
  prefixes: NamePrefixIndex,
  find: (name: Folded) => T | null,
): Set<T> {
  const mentioned = new Set<T>();
  const folded = foldText(text);
  for (let start = 0; start < folded.length; start += 1) {
    if (!isVisible(folded, start) || (start > 0 && isWord(folded, start - 1))) continue;
    if (!prefixes.mayBeAt(folded, start)) continue;
    const last = Math.min(folded.length, start + NICK_BYTES_MAX);
    for (let end = start + 1; end <= last && isVisible(folded, end - 1); end += 1) {
      // No name ends within a word of Latin letters; in a Korean word a particle may begin.
      if (end < folded.length && isAsciiWord(folded.charCodeAt(end))) continue;
      const user = find(folded.slice(start, end) as Folded);
      if (user !== null && endsWord(folded, end)) mentioned.add(user);
    }
  }
  return mentioned;
}

/** Returns where a name stands as a word in a folded text; the places don't overlap. */
function positionsOf(folded: string, name: string): number[] {
  const positions: number[] = [];
  if (name === "") return positions;
  let index = folded.indexOf(name);
  while (index !== -1) {
    const end = index + name.length;
    const isMention = beginsWord(folded, index) && endsWord(folded, end);
    if (isMention) positions.push(index);
    index = folded.indexOf(name, isMention ? end : index + 1);
  }
  return positions;
}

function withAtSign(text: string, start: number, end: number): readonly [number, number] {
  return [text[start - 1] === "@" ? start - 1 : start, end];
}

/** Folds like `fold`, ten times as fast for a text of Latin and Korean letters. */
function foldText(text: string): string {
  return ASCII_AND_HANGUL.test(text) ? text.toLowerCase() : fold(text);
}

function isVisible(text: string, index: number): boolean {
  return text.charCodeAt(index) > 0x20;
}

function isWord(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code < 0x80) return isAsciiWord(code);
  if (code >= 0xac00 && code <= 0xd7a3) return true;
  return WORD_END.test(text.slice(Math.max(0, index - 1), index + 1));
}

function isAsciiWord(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d;
}

function beginsWord(text: string, index: number): boolean {
  return !WORD_END.test(text.slice(Math.max(0, index - 2), index));
}

function endsWord(text: string, end: number): boolean {
  const next = text.codePointAt(end);
  if (next === undefined || !WORD.test(String.fromCodePoint(next))) return true;
  return PARTICLE.test(text.slice(end, end + PARTICLE_LETTERS_MAX));
}
