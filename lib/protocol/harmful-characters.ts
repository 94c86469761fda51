/**
 * Finds the characters that a reader can't see or that a terminal obeys, in text that others wrote. The
 * terminal, exports, logs and traces all use this set, so that none of them lets through what another one
 * refuses.
 */

/** What stands for a harmful character, and is one cell wide. */
const REPLACEMENT = "\ufffd";
/** A Braille cell without points looks like a space, and holds Braille drawings together. */
export const BRAILLE_BLANK = "\u2800";

/**
 * Controls and escapes, format characters and everything else that draws nothing, unassigned characters, signs
 * that join two letters and aren't seen by themselves (Unicode's Invisible_Stacker and Number_Joiner), or that only
 * change the sign before them, and U+10EEEE, by which a text shows a picture that the terminal holds (kitty). (One
 * set with the flag `v`, less the visible ones, took 8 ms to compile.)
 */
const CANDIDATE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this expression exists to find controls.
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}\u{10eeee}\u1039\u17d2\u1a60\u2d7f\uaaf6\u{10a3f}\u{1107f}\u{11133}\u{113d0}\u{1193e}\u{11a47}\u{11a99}\u{11f42}\u{13440}\u{16fe4}\u{1bc9d}\u{1da9b}-\u{1da9f}\u{1daa1}-\u{1daaf}]/gu;
/**
 * Signs that Arabic, Syriac and Kaithi write below or around a number, which count as format characters,
 * and the emoji of future versions, which have their places already.
 */
const VISIBLE =
  /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\p{Extended_Pictographic}]/u;

/** The flags of England, Scotland and Wales, whose letters draw nothing anywhere else. */
const TAG_FLAG = /\p{RGI_Emoji_Tag_Sequence}/gv;

/** Letters and marks of scripts in which U+200C and U+200D choose the shape of a letter. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Balinese}]/u;
const LETTER_OR_MARK = /[\p{L}\p{M}]/u;
const EMOJI_BASE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;
const EMOJI = /\p{Emoji}/u;
/**
 * Characters with registered variants, besides emoji: Han, mathematical signs, and Myanmar's dotted
 * letters.
 */
const VARIED = /[\p{Ideographic}\p{Sm}\p{Script=Myanmar}\p{Script=Phags_Pa}]/u;
/** Signs that join two characters of their script, with a pattern of what they join. */
const JOINING_SIGNS: ReadonlyMap<number, RegExp> = new Map([
  [0x1039, /\p{Script=Myanmar}/u],
  [0x17d2, /\p{Script=Khmer}/u],
  [0x1a60, /\p{Script=Tai_Tham}/u],
  [0x2d7f, /\p{Script=Tifinagh}/u],
  [0xaaf6, /\p{Script=Meetei_Mayek}/u],
  [0x10a3f, /\p{Script=Kharoshthi}/u],
  [0x1107f, /[\u{11052}-\u{11065}]/u],
  [0x11133, /\p{Script=Chakma}/u],
  [0x113d0, /[\u{11380}-\u{113b7}]/u],
  [0x1193e, /\p{Script=Dives_Akuru}/u],
  [0x11a47, /\p{Script=Zanabazar_Square}/u],
  [0x11a99, /\p{Script=Soyombo}/u],
  [0x11f42, /\p{Script=Kawi}/u],
  [0x16fe4, /\p{Script=Khitan_Small_Script}/u],
]);
const MONGOLIAN = /\p{Script=Mongolian}/u;
const HIEROGLYPH = /\p{Script=Egyptian_Hieroglyphs}/u;
const DUPLOYAN = /\p{Script=Duployan}/u;
const SIGN_WRITING = /\p{Script=SignWriting}/u;
/** Old Hangul: a syllable without its consonant or its vowel has a filler in that place. */
const LEADING_CONSONANT = /[\u1100-\u115e\ua960-\ua97c]/;
const VOWEL = /[\u1161-\u11a7\ud7b0-\ud7c6]/;

/**
 * Replaces every harmful character except "\n". What needs an invisible character to be drawn stays as it is:
 * emoji with joiners, variation selectors and tags, joined letters of Arabic and Indic scripts, old Hangul.
 *
 * @example replaceHarmful("a\u200bb", () => "") // "ab"
 */
export function replaceHarmful(text: string, replace: (character: string) => string): string {
  const flags = text.includes("\u{e007f}") ? tagFlagRanges(text) : [];
  // Where what was replaced last ends: a character behind it belongs to nothing.
  let replacedTo = 0;
  return text.replace(CANDIDATE, (character, offset: number) => {
    const isInFlag = flags.some(([start, end]) => offset >= start && offset < end);
    const before = offset === replacedTo ? "" : characterBefore(text, offset);
    if (isInFlag || isNeeded(text, character, offset, before)) return character;
    replacedTo = offset + character.length;
    return replace(character);
  });
}

/** Returns what a screen shows for a harmful character: a sign for a control, a space, or U+FFFD. */
export function visibleSign(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 0x09 || character === BRAILLE_BLANK) return " ";
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : REPLACEMENT;
}

/** Returns a text of several lines as it may be written to a terminal, whoever the names in it are from. */
export function harmlessText(text: string): string {
  return replaceHarmful(text.toWellFormed(), visibleSign);
}

/**
 * Formats a value as JSON that a terminal can show: harmful characters are escapes, so the value stays the
 * same.
 *
 * @param indent how many spaces each level is indented by; without it, it is one line
 */
export function harmlessJson(value: object | string, indent?: number): string {
  return replaceHarmful(JSON.stringify(value, null, indent), (character) => {
    let escapes = "";
    for (let i = 0; i < character.length; i += 1) {
      escapes += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }
    return escapes;
  });
}

function tagFlagRanges(text: string): (readonly [start: number, end: number])[] {
  return [...text.matchAll(TAG_FLAG)].map(({ 0: flag, index }) => [index, index + flag.length]);
}

/** Whether a character is visible, or what stands around it makes it a part of something visible. */
function isNeeded(text: string, character: string, offset: number, before: string): boolean {
  if (VISIBLE.test(character)) return true;
  const code = character.codePointAt(0) ?? 0;
  const after = characterAfter(text, offset + character.length);
  const joinable = JOINING_SIGNS.get(code);
  if (joinable !== undefined) return [before, after].every((joined) => isPlain(joined, joinable));
  if (code === 0x200c) return joinsLetters(before);
  if (code === 0x200d) {
    const base = before === "\ufe0f" ? characterBefore(text, offset - 1) : before;
    return joinsLetters(before) || (EMOJI_BASE.test(base) && PICTOGRAPH.test(after));
  }
  if (code === 0xfe0e || code === 0xfe0f) return EMOJI.test(before) || VARIED.test(before);
  if (code >= 0xfe00 && code <= 0xfe0d) return VARIED.test(before);
  if (code >= 0xe0100 && code <= 0xe01ef) return VARIED.test(before);
  if (code >= 0x180b && code <= 0x180f && code !== 0x180e) return MONGOLIAN.test(before);
  // They mirror, thicken, fill or turn the sign before them.
  if (code === 0x13440) return isPlain(before, HIEROGLYPH);
  if (code === 0x1bc9d) return isPlain(before, DUPLOYAN);
  if (code >= 0x1da9b && code <= 0x1daaf) return SIGN_WRITING.test(before);
  if (code === 0x115f) return VOWEL.test(after);
  return code === 0x1160 && LEADING_CONSONANT.test(before);
}

/** Whether a character is of a pattern, and visible without others around it. */
function isPlain(character: string, pattern: RegExp): boolean {
  return pattern.test(character) && character.search(CANDIDATE) === -1;
}

function joinsLetters(before: string): boolean {
  return LETTER_OR_MARK.test(before) && JOINING.test(before);
}

function characterBefore(text: string, offset: number): string {
  const unit = text.charCodeAt(offset - 1);
  const isLowHalf = unit >= 0xdc00 && unit <= 0xdfff;
  return text.slice(Math.max(0, offset - (isLowHalf ? 2 : 1)), offset);
}

function characterAfter(text: string, offset: number): string {
  const code = text.codePointAt(offset);
  return code === undefined ? "" : String.fromCodePoint(code);
}
