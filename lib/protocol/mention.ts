import type { NamePrefixIndex } from "./name-prefix-index.ts";
import { type Folded, fold } from "./names.ts";
import { NICK_BYTES_MAX } from "./wire/wire-limits.ts";

/**
 * Whether `text` names `nick`: as a word, with or without '@'. Korean joins particles and titles to
 * a name (민수야, @민수님), so Hangul may follow a name directly if the particle is one in use.
 *
 *     mentions("민수야 밥 먹자", "민수") // true
 *     mentions("민수기 좋아", "민수") // false
 */
export function mentions(text: string, nick: string): boolean {
  if (nick === "") return false;
  const hay = fold(text) as string;
  const needle = fold(nick) as string;
  for (let at = hay.indexOf(needle); at !== -1; at = hay.indexOf(needle, at + 1)) {
    if (beginsWord(hay, at) && endsWord(hay, at + needle.length)) return true;
  }
  return false;
}

/**
 * Whom a text names, of all the people there are: the same as asking {@link mentions} for each of them, at the
 * cost of one look-up for each place where a name can end, in words that begin as somebody's name does: some
 * microseconds at the most, however many people.
 *
 * @param starts of the names of all whom `find` knows
 * @param find who is called so, if anybody
 */
export function findMentioned<T>(
  text: string,
  starts: NamePrefixIndex,
  find: (name: Folded) => T | null,
): Set<T> {
  const found = new Set<T>();
  const hay = foldText(text);
  for (let start = 0; start < hay.length; start += 1) {
    if (!isVisible(hay, start) || (start > 0 && isWord(hay, start - 1))) continue;
    if (!starts.mayBeAt(hay, start)) continue;
    const last = Math.min(hay.length, start + NICK_BYTES_MAX);
    for (let end = start + 1; end <= last && isVisible(hay, end - 1); end += 1) {
      // Within a word of Latin letters no name ends; in one of Korean letters a particle may begin.
      if (end < hay.length && isAsciiWord(hay.charCodeAt(end))) continue;
      const one = find(hay.slice(start, end) as Folded);
      if (one !== null && endsWord(hay, end)) found.add(one);
    }
  }
  return found;
}

/** As `fold` does, and ten times as quick for a text of Latin and Korean letters. */
function foldText(text: string): string {
  return ASCII_AND_HANGUL.test(text) ? text.toLowerCase() : fold(text);
}

function isVisible(text: string, at: number): boolean {
  return text.charCodeAt(at) > 0x20;
}

function isWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return isAsciiWord(code);
  if (code >= 0xac00 && code <= 0xd7a3) return true;
  return WORD_END.test(text.slice(Math.max(0, at - 1), at + 1));
}

function isAsciiWord(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d;
}

/** Composed syllables: what is not composed yet is left to `fold`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII_AND_HANGUL = /^[\x00-\x7f\uac00-\ud7a3]*$/;
const WORD = /[\p{L}\p{M}\p{N}_-]/u;
const WORD_END = /[\p{L}\p{M}\p{N}_-]$/u;
/** What follows a name directly in Korean and still means the person; it ends the word itself. */
const PARTICLE =
  /^(?:님|씨|군|양|형|언니|오빠|누나|선배|쌤)?(?:이?[가야랑]|아|은|는|이|을|를|와|과|의|도|만|께|께서|에게|에게서|한테|한테서|보고|처럼|까지|부터|이나|나|이?라고|이?라면|입니다|이?에요|예요|이?네|이?는|이?도|이?만|이?를|이?한테)?(?![\p{L}\p{M}\p{N}_-])/u;

function beginsWord(text: string, at: number): boolean {
  return !WORD_END.test(text.slice(Math.max(0, at - 2), at));
}

function endsWord(text: string, end: number): boolean {
  const next = text.codePointAt(end);
  if (next === undefined || !WORD.test(String.fromCodePoint(next))) return true;
  return PARTICLE.test(text.slice(end, end + PARTICLE_LETTERS_MAX));
}

/** The longest title and particle together, and the letter behind them. */
const PARTICLE_LETTERS_MAX = 12;
