import { foldWithPositions } from "./fold-positions.ts";
import {
  hasFormatting,
  indicesWithoutFormatting,
  stripFormattingCodes,
} from "./formatting-codes.ts";
import type { NamePrefixIndex } from "./name-prefix-index.ts";
import { type Folded, fold } from "./names.ts";
import { endOfParticles, isLoneJamo, isSyllable } from "./particle-chain.ts";
import { maskLinks } from "./web-links.ts";
import { NICK_BYTES_MAX } from "./wire/wire-limits.ts";

/* Who is mentioned in a text: one rule for the server, which counts, and for the screen, which highlights. */

/**
 * Matches what `fold` only lower-cases, unit by unit: ASCII, composed syllables, ㄱ to ㅣ, punctuation such as …, and emoji
 * without U+FE0F.
 */
const LOWER_CASED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  /^[\u200d\x00-\x7f\u2010-\u2027\u3131-\u3163\uac00-\ud7a3\ud83c-\ud83e\udc00-\udfff]*$/;
const WORD = /[\p{L}\p{M}\p{N}_-]/u;
const WORD_END = /[\p{L}\p{M}\p{N}_-]$/u;
/** Scripts that are written without spaces, or that join particles to a word. */
const UNSPACED_SCRIPTS = "Hangul Han Hiragana Katakana Thai Lao Khmer Myanmar"
  .split(" ")
  .map((script) => `\\p{sc=${script}}`)
  .join("");
const UNSPACED = new RegExp(`^[${UNSPACED_SCRIPTS}]`, "u");
const UNSPACED_END = new RegExp(`[${UNSPACED_SCRIPTS}]$`, "u");
/** Addresses that aren't web links: e-mail, and those of other schemes or without one (irc://…, www.…). */
const ADDRESS =
  /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s<>"]+|\bwww\.[^\s<>"]+|[^\s@<>()"',:;]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+/g;
const MAY_HAVE_ADDRESS = /:\/\/|www\.|[^\s@]@[a-z0-9]/;
const LETTER = /\p{L}/u;
/** After a name and its particles these belong to another, longer name. */
const NAME_PART = /[\p{M}_-]/u;
/** "And" between names; the longest first. */
const CONJUNCTIONS = ["이랑", "하고", "랑", "와", "과"];
/** Longer Korean names are seldom joined so. */
const JOINED_SYLLABLES_MAX = 5;
const NAME_LETTER = /[\p{L}\p{M}\p{N}_\ud800-\udfff]/u;
const ASCII_WORD_END = /[A-Za-z0-9._-]$/;

/** Returns whether somebody of this name is in the conversation. */
export type IsPresent = (name: Folded) => boolean;

/**
 * Returns whether `text` mentions `nick`: as a word, with or without "@". Titles and particles may follow it
 * directly (민수야, 민수팀장님께서, mina가), and behind "@" any word of a script without spaces. Where the names
 * of several people could be meant, the longest one is: 민은 is 민 with a particle only if nobody is called 민은.
 * A name in a link or an e-mail address isn't a mention.
 *
 * @example
 * mentions("민수야 밥 먹자", "민수") // true
 * mentions("민수기 좋아", "민수") // false
 */
export function mentions(text: string, nick: string, isPresent: IsPresent = nobody): boolean {
  return positionsOf(foldText(text), fold(nick), isPresent).length > 0;
}

/**
 * Returns the parts of `text` that mention `nick`, as [start, end) indices in order; empty exactly if
 * {@link mentions} is false. A range includes a leading "@", and no particle.
 *
 * @example mentionRanges("jun, is junior here?", "jun") // [[0, 3]]
 */
export function mentionRanges(
  text: string,
  nick: string,
  isPresent: IsPresent = nobody,
): (readonly [number, number])[] {
  if (hasFormatting(text)) {
    const indices = indicesWithoutFormatting(text);
    return mentionRanges(stripFormattingCodes(text), nick, isPresent).map(
      ([start, end]) => [indices[start] ?? 0, (indices[end - 1] ?? 0) + 1] as const,
    );
  }
  const name = fold(nick);
  if (LOWER_CASED.test(text)) {
    return positionsOf(text.toLowerCase(), name, isPresent).map((start) =>
      withAtSign(text, start, start + name.length),
    );
  }
  if (!mentions(text, nick, isPresent)) return [];
  const { text: folded, starts, ends } = foldWithPositions(text);
  return positionsOf(folded, name, isPresent).map((position) =>
    withAtSign(text, starts[position] ?? 0, ends[position + name.length - 1] ?? 0),
  );
}

/**
 * Returns all people whom a text mentions: the same as calling {@link mentions} for each of them. Takes a few
 * microseconds at most, however many there are: a lookup for each place where a name can end, in words that
 * begin like a name.
 *
 * @param prefixes of the names of all people that `find` knows
 * @param find returns the person of a folded name, if present, or `null`
 */
export function findMentioned<T>(
  text: string,
  prefixes: NamePrefixIndex,
  find: (name: Folded) => T | null,
): Set<T> {
  const mentioned = new Set<T>();
  const mayBeginAt = (folded: string, index: number) => prefixes.mayBeAt(folded, index);
  scanNames(foldText(text), mayBeginAt, find, (_, person) => mentioned.add(person));
  return mentioned;
}

/** The accounts that a message mentions, as they are stored with it. */
interface StoredMentions<Id> {
  readonly named?: readonly Id[];
  readonly namedNow?: readonly Id[];
  readonly editedAt?: number;
}

/**
 * Returns the accounts that a message mentions with its present text, as they were counted when it was sent or edited;
 * `undefined` if an early version didn't store them. Whom a call meant can't be found in the text later.
 */
export function storedMentions<Id>(message: StoredMentions<Id>): readonly Id[] | undefined {
  return message.namedNow ?? (message.editedAt === undefined ? message.named : undefined);
}

/** Returns the `namedNow` of a message after an edit, whose `of` says how the mentions change. */
export function mentionsAfterEdit<Id>(
  message: StoredMentions<Id>,
  change: { readonly named: readonly Id[]; readonly unnamed: readonly Id[] } | undefined,
): { readonly namedNow?: readonly Id[] } {
  const before = storedMentions(message);
  if (before === undefined) return {};
  const named = new Set(before);
  for (const account of change?.unnamed ?? []) named.delete(account);
  for (const account of change?.named ?? []) named.add(account);
  return { namedNow: [...named] };
}

/** Returns where a folded text mentions a name. */
function positionsOf(folded: string, name: Folded, isPresent: IsPresent): number[] {
  const positions: number[] = [];
  if (name === "" || !folded.includes(name)) return positions;
  const find = (word: Folded) => (word === name || isPresent(word) ? word : null);
  scanNames(folded, null, find, (start, person) => {
    if (person === name) positions.push(start);
  });
  return positions;
}

/** Calls `onName` for each name in a folded text, from left to right: the longest one at each place. */
function scanNames<T>(
  text: string,
  mayBeginAt: ((text: string, index: number) => boolean) | null,
  find: (name: Folded) => T | null,
  onName: (start: number, person: T) => void,
): void {
  const folded = maskAddresses(text);
  let joinedStart = -1;
  for (let start = 0; start < folded.length; start += 1) {
    if (!isVisible(folded, start)) continue;
    if (start !== joinedStart && !beginsWord(folded, start)) continue;
    if (mayBeginAt !== null && !mayBeginAt(folded, start)) continue;
    const isAddressed = isAfterAtSign(folded, start);
    const last = Math.min(folded.length, start + NICK_BYTES_MAX);
    let longestEnd = start;
    let longest: T | null = null;
    for (let end = start + 1; end <= last && isVisible(folded, end - 1); end += 1) {
      // No name ends within a word of Latin letters; behind Korean ones a title in Latin letters may begin.
      const isInWord = isAsciiWord(folded.charCodeAt(end)) && !isDash(folded, end, end + 1);
      if (isInWord && folded.charCodeAt(end - 1) < 0x80) continue;
      const person = find(folded.slice(start, end) as Folded);
      if (person === null) continue;
      const nextStart = startOfJoinedName(folded, end, find);
      if (nextStart === null && !endsName(folded, start, end, isAddressed)) continue;
      longest = person;
      longestEnd = end;
      joinedStart = nextStart ?? -1;
    }
    if (longest === null) continue;
    onName(start, longest);
    start = longestEnd - 1;
  }
}

/** Returns a folded text with spaces in place of its links and e-mail addresses; as long as before. */
export function maskAddresses(text: string): string {
  const masked = maskLinks(text);
  if (!MAY_HAVE_ADDRESS.test(masked)) return masked;
  return masked.replace(ADDRESS, (address) => " ".repeat(address.length));
}

function nobody(): boolean {
  return false;
}

function withAtSign(text: string, start: number, end: number): readonly [number, number] {
  return [isAtSign(text.charCodeAt(start - 1)) ? start - 1 : start, end];
}

function isAtSign(code: number): boolean {
  return code === 0x40 || code === 0xff20;
}

/** Whether "@" stands before an index. In an e-mail address it addresses nobody. */
function isAfterAtSign(text: string, index: number): boolean {
  if (!isAtSign(text.charCodeAt(index - 1))) return false;
  return !ASCII_WORD_END.test(text.slice(Math.max(0, index - 2), index - 1));
}

/**
 * Folds like `fold`, ten times as fast for a text of Latin and Korean letters and emoji, and without formatting codes.
 */
function foldText(text: string): string {
  const plain = stripFormattingCodes(text);
  return LOWER_CASED.test(plain) ? plain.toLowerCase() : fold(plain);
}

function isVisible(text: string, index: number): boolean {
  return text.charCodeAt(index) > 0x20;
}

function isAsciiWord(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d;
}

/** Whether a word begins at an index. ㅋㅋ and ㅠㅠ are no part of one, unless it is made of such letters. */
function beginsWord(text: string, index: number): boolean {
  if (index === 0) return true;
  const code = text.charCodeAt(index - 1);
  if (code < 0x80) return !isAsciiWord(code) || isDash(text, index - 1, index - 2);
  if (isSyllable(code)) return false;
  if (isLoneJamo(code)) return !isLoneJamo(text.charCodeAt(index));
  return !WORD_END.test(text.slice(Math.max(0, index - 2), index));
}

function endsName(text: string, start: number, end: number, isAddressed: boolean): boolean {
  const next = text.codePointAt(end);
  if (next === undefined) return true;
  const letter = String.fromCodePoint(next);
  if (!WORD.test(letter) || isDash(text, end, end + 1)) return true;
  if (isLoneJamo(next)) return !isLoneJamo(text.charCodeAt(end - 1));
  const particlesEnd = endOfParticles(text, start, end);
  if (particlesEnd !== null && !isNamePart(text, particlesEnd)) return true;
  if (!isAddressed || !LETTER.test(letter)) return false;
  return UNSPACED.test(letter) || UNSPACED_END.test(text.slice(Math.max(start, end - 2), end));
}

/** Whether a "-" with no letter on its other side stands at an index: a list's mark, an arrow, or a dash. */
function isDash(text: string, index: number, otherSide: number): boolean {
  return text[index] === "-" && !NAME_LETTER.test(text[otherSide] ?? " ");
}

/** Returns where the name begins that "and" joins to the one before an index (민수랑지은이랑); null for none. */
function startOfJoinedName<T>(
  text: string,
  end: number,
  find: (name: Folded) => T | null,
): number | null {
  const conjunction = CONJUNCTIONS.find((word) => text.startsWith(word, end));
  if (conjunction === undefined) return null;
  const start = end + conjunction.length;
  // One syllable is too often the beginning of another word.
  for (let last = start + 2; last <= start + JOINED_SYLLABLES_MAX; last += 1) {
    if (!isSyllable(text.charCodeAt(last - 2)) || !isSyllable(text.charCodeAt(last - 1)))
      return null;
    if (find(text.slice(start, last) as Folded) === null) continue;
    if (endsName(text, start, last, false)) return start;
    if (CONJUNCTIONS.some((word) => text.startsWith(word, last))) return start;
  }
  return null;
}

function isNamePart(text: string, index: number): boolean {
  if (isDash(text, index, index + 1)) return false;
  const code = text.codePointAt(index);
  return code !== undefined && NAME_PART.test(String.fromCodePoint(code));
}
