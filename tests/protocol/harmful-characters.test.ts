import { describe, expect, test } from "bun:test";
import {
  harmlessJson,
  replaceHarmful,
  visibleSign,
} from "../../lib/protocol/harmful-characters.ts";
import { sanitize } from "../../lib/terminal/sanitize.ts";

/** Text that stays as it is: what looks invisible in it is needed to draw it. */
const READABLE: readonly (readonly [text: string, what: string])[] = [
  ["안녕하세요, ㅋㅋㅋ ㅠㅠ", "Korean"],
  ["\u1112\u119e\u11ab", "old Hangul"],
  ["\u115f\u1161", "a syllable without its consonant"],
  ["\u1112\u1160", "a syllable without its vowel"],
  ["❤️", "an emoji with its variation selector"],
  ["1️⃣", "a keycap"],
  ["👨‍👩‍👧", "a family, joined"],
  ["👩🏽‍🚀", "a joined emoji with a skin colour"],
  ["🏳️‍🌈", "a flag, joined behind a variation selector"],
  ["🇰🇷", "a flag of two letters"],
  ["\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "the flag of England"],
  ["می‌خواهم", "Persian with a non-joiner"],
  ["ශ්‍රී", "Sinhala with a joiner"],
  ["葛\u{e0100}城", "Han with a chosen variant"],
  ["\u0600\u0661", "an Arabic number sign"],
  ["שָׁלוֹם", "Hebrew points"],
  ["a\u00a0b\u3000c", "spaces of other widths"],
  ["ភាសាខ្មែរ", "Khmer"],
  ["ស្ត្រី", "Khmer with two letters below another"],
  ["ဗုဒ္ဓ", "Burmese with a letter below another"],
  ["အင်္ဂလိပ်", "Burmese with a small letter above another"],
  ["\u{11053}\u{1107f}\u{11064}", "a joined Brahmi number"],
  ["\u{10a10}\u{10a3f}\u{10a11}", "Kharoshthi with a letter below another"],
  ["\u{13000}\u{13440}", "a mirrored hieroglyph"],
  ["\u{1d800}\u{1da9b}\u{1daa1}", "a filled and turned sign of SignWriting"],
];

const HARMFUL: readonly (readonly [text: string, what: string])[] = [
  ["\x1b", "an escape"],
  ["\x07", "a bell"],
  ["\x7f", "DEL"],
  ["\x9b", "a C1 control"],
  ["\u{e0041}", "a tag letter"],
  ["\u{1f3f4}\u{e0041}\u{e007f}", "tags behind a flag that is none"],
  ["\u3164", "the Hangul filler"],
  ["\uffa0", "the halfwidth Hangul filler"],
  ["\u115f\u1160", "a syllable of two fillers"],
  ["\u2800", "Braille without points"],
  ["\u034f", "the combining grapheme joiner"],
  ["\u{1d173}", "a musical format character"],
  ["\u{1d159}", "a note without a head"],
  ["\u{10eeee}", "kitty's placeholder of a picture"],
  ["\ufff9", "an interlinear anchor"],
  ["\ufffc", "an object replacement"],
  ["\u200b", "a zero width space"],
  ["\u2060", "a word joiner"],
  ["\ufeff", "a byte order mark"],
  ["\u00ad", "a soft hyphen"],
  ["\u202e", "an override"],
  ["\u2067", "an isolate"],
  ["\u061c", "an Arabic mark"],
  ["a\u200db", "a joiner between Latin letters"],
  ["a\u200cb", "a non-joiner between Latin letters"],
  ["م\u200c\u200cم", "a second non-joiner"],
  ["a\ufe0f", "a variation selector behind a letter"],
  ["a\u{e0100}", "a variant of no ideograph"],
  ["\u180e", "Mongolian's vowel separator"],
  ["pau\u{1107f}l", "Brahmi's number joiner between Latin letters"],
  ["pau\u2d7f", "Tifinagh's joiner"],
  ["p\u17d2l", "Khmer's sign for a letter below, between Latin letters"],
  ["ក\u17d2\u17d2ក", "a second one of these"],
  ["ក\u17b4\u17d2ក", "one behind a vowel that isn't seen"],
  ["a\u1039", "Burmese's sign for a letter below"],
  ["a\u1a60a", "Tai Tham's sign for a letter below"],
  ["a\uaaf6a", "Meetei Mayek's sign for a letter below"],
  ["a\u{11133}a", "Chakma's sign for a letter below"],
  ["pau\u{10a3f}l", "Kharoshthi's sign for a letter below"],
  ["pau\u{113d0}l", "Tulu-Tigalari's sign for a letter below"],
  ["pau\u{1193e}l", "Dives Akuru's sign for a letter below"],
  ["pau\u{11a47}l", "Zanabazar's sign for a letter below"],
  ["pau\u{11a99}l", "Soyombo's sign for a letter below"],
  ["pau\u{11f42}l", "Kawi's sign for a letter below"],
  ["pau\u{13440}", "a mirror without a hieroglyph"],
  ["pau\u{1bc9d}", "a selector without its shorthand"],
  ["pau\u{1da9b}\u{1daa1}", "a turn without a sign of SignWriting"],
  ["a\u{16fe4}", "a Khitan filler"],
  ["\u{13430}", "a joiner of hieroglyphs"],
  ["\u{1bca0}", "a shorthand format"],
  ["\u17b4", "Khmer's inherent vowel"],
  ["\u2065", "an unassigned format"],
  ["\ufff0", "an unassigned special"],
  ["\u{e0fff}", "an unassigned tag"],
  ["\u0378", "an unassigned letter"],
  ["\uffff", "no character"],
  ["\u2028", "a line separator"],
];

describe("harmful characters", () => {
  test.each(READABLE)("%j stays: %s", (text) => {
    expect(replaceHarmful(text, () => "")).toBe(text);
    expect(sanitize(text)).toBe(text.normalize("NFC"));
    expect(harmlessJson({ text })).toBe(JSON.stringify({ text }));
  });

  test.each(HARMFUL)("%j is made visible: %s", (text) => {
    expect(replaceHarmful(text, () => "!")).toContain("!");
    expect(replaceHarmful(sanitize(text), () => "!")).not.toContain("!");
    const json = harmlessJson({ text });
    expect(replaceHarmful(json, () => "!")).toBe(json);
    expect(JSON.parse(json)).toEqual({ text });
  });

  test("nothing that is default-ignorable, a format or unassigned passes alone, in all of Unicode", () => {
    const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Cn}\p{Zl}\p{Zp}]/u;
    const numberSigns = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
    const futureEmoji = /\p{Extended_Pictographic}/u;
    const passed: string[] = [];
    for (let code = 0; code < 0x110000; code += 1) {
      const character = String.fromCodePoint(code);
      if (!invisible.test(character) || numberSigns.test(character)) continue;
      if (futureEmoji.test(character) || character === "\n") continue;
      if (replaceHarmful(`a${character}b`, () => "") !== "ab") passed.push(code.toString(16));
    }
    expect(passed).toEqual([]);
  });

  test("a Braille drawing keeps its blanks, as spaces", () => {
    expect(replaceHarmful("⠿\u2800⠿", visibleSign)).toBe("⠿ ⠿");
  });

  test("a joiner behind a cut pile of marks is made visible as well", () => {
    const pile = `م${"\u0651".repeat(15)}\u200dم`;
    expect(sanitize(sanitize(pile))).toBe(sanitize(pile));
  });
});
