import { loadConfusables } from "../../protocol/confusables.ts";
import { indicesWithoutFormatting, stripFormattingCodes } from "../../protocol/formatting-codes.ts";
import { BRAILLE_BLANK } from "../../protocol/harmful-characters.ts";
import { fold } from "../../protocol/names.ts";

/*
 * Texts as word filters (+g) compare them: what a reader takes for a letter is that letter. Formatting codes and
 * what draws nothing are left out, and case, accents and styles of writing don't count.
 */

/** A text as filters see it: folded letters, and where each stands in the original. */
export interface Letters {
  readonly folded: readonly string[];
  /** The same as one text. */
  readonly text: string;
  /** Index in the original of each letter, and the one behind it. What is left out belongs to no letter. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Nearly all letters of nearly all texts: they fold to one letter, and are seen. */
const PLAIN_LETTER = /[ -~]/;
/** Letters that are often written, and stay as they are. */
const UNCHANGED_LETTER = /[\uac00-\ud7a3\u4e00-\u9fff\u3041-\u3096\u30a1-\u30fa]/;
const INVISIBLE_LETTER = /\p{Default_Ignorable_Code_Point}|[^\P{Cc}\t\n]/u;
/** Accents, strokes and rings that can be put on a letter of any script. */
const COMBINING_MARK = /\p{Script=Inherited}/u;
/** The voiced marks of kana make another letter of the one before. */
const VOICED_MARK = /[\u3099\u309a]/;
const WORD_LETTERS = /^[\p{L}\p{N}]+$/u;
/** Alphabets whose accented letters are read without the accent. й and ё are letters of their own. */
const ACCENTED_ALPHABET = /[\p{Script=Latin}\p{Script=Greek}]/u;
/** Scripts whose signs look like letters of alphabets to nobody who writes them. */
const OTHER_SCRIPT =
  /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}]/u;
/** Small capitals from a to z, which no table of Unicode has; x has none. */
const SMALL_CAPITALS = [..."ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ ʏᴢ"];
/** Unicode's letter for к and κ, which people write for k. */
const KRA = "\u0138";
/** The first of the white letters in black circles and squares, and of the letters that flags are made of. */
const STYLED_LETTERS = [0x1f150, 0x1f170, 0x1f1e6];
const FIRST_LETTER = 0x61;

const JAMO_SYLLABLE = /[\u1100-\u1112][\u1161-\u1175]/;
const JAMO_SYLLABLES = /[\u1100-\u1112][\u1161-\u1175]/g;
/** A last consonant isn't the first of the next syllable. */
const CLOSED_JAMO_SYLLABLES =
  /[\u1100-\u1112][\u1161-\u1175](?:[\u1100-\u1112](?![\u1161-\u1175]))?/g;
const LEADING_CONSONANTS = [
  ..."\u1100\u1101\u1102\u1103\u1105\u1106\u1107\u1109\u110a\u110b\u110c",
].concat(..."\u110e\u110f\u1110\u1111\u1112");
/** The same consonants at the end of a syllable. */
const TRAILING_CONSONANTS = [
  ..."\u11a8\u11a9\u11ab\u11ae\u11af\u11b7\u11b8\u11ba\u11bb\u11bc\u11bd",
].concat(..."\u11be\u11bf\u11c0\u11c1\u11c2");

/**
 * Returns the readings of a text that a filter looks at: nearly always one. Single jamo are also joined to the
 * syllables that they spell, with and without a final consonant: `ㅂㅏㅂㅗㅋ` is 바봌 and 바보ㅋ.
 */
export function readingsOf(text: string): readonly Letters[] {
  const letters = lettersOf(text);
  if (!JAMO_SYLLABLE.test(letters.text)) return [letters];
  return [JAMO_SYLLABLES, CLOSED_JAMO_SYLLABLES].map((syllables) => compose(letters, syllables));
}

/** Folds a filter as the texts are folded. Its wildcards stay, and no other character becomes one. */
export function foldFilter(filter: string): string {
  return lettersOf(filter).text;
}

function lettersOf(text: string): Letters {
  const plain = stripFormattingCodes(text);
  const original = plain === text ? null : indicesWithoutFormatting(text);
  const folded: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let index = 0;
  for (const letter of plain) {
    const start = original?.[index] ?? index;
    const end = start + letter.length;
    index += letter.length;
    if (PLAIN_LETTER.test(letter) || UNCHANGED_LETTER.test(letter)) {
      folded.push(letter.toLowerCase());
      starts.push(start);
      ends.push(end);
      continue;
    }
    if (INVISIBLE_LETTER.test(letter) || letter === BRAILLE_BLANK) continue;
    for (const part of foldLetter(letter)) {
      const voiced = VOICED_MARK.test(part) ? `${folded.at(-1) ?? ""}${part}`.normalize("NFC") : "";
      if (voiced.length === 1) folded[folded.length - 1] = voiced;
      if (COMBINING_MARK.test(part)) {
        // It goes with the letter that it is on.
        if (ends.length > 0) ends[ends.length - 1] = end;
        continue;
      }
      folded.push(part);
      starts.push(start);
      ends.push(end);
    }
  }
  return { folded, text: folded.join(""), starts, ends };
}

/** What letters are read as. Folding one takes 1 µs, and a text repeats its letters. */
const foldedLetters = new Map<string, string>();
const FOLDED_LETTERS_MAX = 4096;

function foldLetter(letter: string): string {
  const known = foldedLetters.get(letter);
  if (known !== undefined) return known;
  const folded = readLetter(letter);
  if (foldedLetters.size < FOLDED_LETTERS_MAX) foldedLetters.set(letter, folded);
  return folded;
}

/** Returns what a letter is read as: another form of a letter, or one of another script, as the plain one. */
function readLetter(letter: string): string {
  const lower = fold(letter);
  const plain = lower.normalize("NFKC");
  // A wide question mark doesn't become one, which is a wildcard in a filter.
  const known = WORD_LETTERS.test(plain) || VOICED_MARK.test(plain) ? plain : lower;
  return Array.from(known, plainLetter).join("");
}

function plainLetter(letter: string): string {
  if (OTHER_SCRIPT.test(letter)) return letter;
  const base = ACCENTED_ALPHABET.test(letter) ? (letter.normalize("NFD")[0] ?? letter) : letter;
  const look = loadConfusables().get(base);
  // What looks like two letters, as ы does, stays one: `?` means one letter.
  const marks =
    look === undefined ? [] : Array.from(look).filter((part) => !COMBINING_MARK.test(part));
  const [first = base] = marks.length === 1 ? marks : [];
  return styledLetter(WORD_LETTERS.test(first) ? first.toLowerCase() : base);
}

function styledLetter(letter: string): string {
  if (letter === KRA) return "k";
  const small = letter === " " ? -1 : SMALL_CAPITALS.indexOf(letter);
  if (small >= 0) return String.fromCharCode(FIRST_LETTER + small);
  const codePoint = letter.codePointAt(0) ?? 0;
  const first = STYLED_LETTERS.find((start) => codePoint >= start && codePoint < start + 26);
  return first === undefined ? letter : String.fromCharCode(FIRST_LETTER + codePoint - first);
}

function compose({ text, starts, ends }: Letters, syllables: RegExp): Letters {
  // Each letter of a text with jamo is looked up by its place in it: a letter may have two code units.
  const places: number[] = [];
  for (const [index, letter] of Array.from(text).entries()) {
    for (let unit = 0; unit < letter.length; unit += 1) places.push(index);
  }
  const folded: string[] = [];
  const composedStarts: number[] = [];
  const composedEnds: number[] = [];
  const push = (letter: string, start: number, length: number): void => {
    folded.push(letter);
    composedStarts.push(starts[places[start] ?? 0] ?? 0);
    composedEnds.push(ends[places[start + length - 1] ?? 0] ?? 0);
  };
  let done = 0;
  const pushUntil = (end: number): void => {
    for (const letter of text.slice(done, end)) {
      push(letter, done, letter.length);
      done += letter.length;
    }
  };
  for (const { index, 0: jamo } of text.matchAll(syllables)) {
    pushUntil(index);
    push(composeSyllable(jamo), index, jamo.length);
    done = index + jamo.length;
  }
  pushUntil(text.length);
  return { folded, text: folded.join(""), starts: composedStarts, ends: composedEnds };
}

function composeSyllable(jamo: string): string {
  const last = TRAILING_CONSONANTS[LEADING_CONSONANTS.indexOf(jamo[2] ?? "")] ?? jamo[2] ?? "";
  return (jamo.slice(0, 2) + last).normalize("NFC");
}
