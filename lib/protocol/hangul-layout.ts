/**
 * The Dubeolsik keyboard layout: which Latin keys a Hangul text was typed with, and its consonants.
 */

/** The Latin key(s) under each jamo: the intended letters if the Hangul layout was left on. */
const KEYS: Readonly<Record<string, string>> = {
  ...{ ㄱ: "r", ㄲ: "R", ㄴ: "s", ㄷ: "e", ㄸ: "E", ㄹ: "f", ㅁ: "a", ㅂ: "q", ㅃ: "Q", ㅅ: "t" },
  ...{ ㅆ: "T", ㅇ: "d", ㅈ: "w", ㅉ: "W", ㅊ: "c", ㅋ: "z", ㅌ: "x", ㅍ: "v", ㅎ: "g" },
  ...{ ㅏ: "k", ㅐ: "o", ㅑ: "i", ㅒ: "O", ㅓ: "j", ㅔ: "p", ㅕ: "u", ㅖ: "P", ㅗ: "h", ㅛ: "y" },
  ...{ ㅜ: "n", ㅠ: "b", ㅡ: "m", ㅣ: "l", ㅘ: "hk", ㅙ: "ho", ㅚ: "hl", ㅝ: "nj", ㅞ: "np" },
  ...{ ㅟ: "nl", ㅢ: "ml", ㄳ: "rt", ㄵ: "sw", ㄶ: "sg", ㄺ: "fr", ㄻ: "fa", ㄼ: "fq", ㄽ: "ft" },
  ...{ ㄾ: "fx", ㄿ: "fv", ㅀ: "fg", ㅄ: "qt" },
};

/** The parts of a syllable in Unicode's order. */
const LEADS = [..."ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"];
const VOWELS = [..."ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"];
const TAILS = ["", ..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];
const FIRST_SYLLABLE = 0xac00;

/**
 * Returns the Latin letters on the keys of one jamo (ㅁ → a, ㅃ → Q, ㅘ → hk); null for anything else.
 */
export function jamoToLatin(letter: string): string | null {
  const jamo = compatibilityJamo(letter);
  // Names that every object has (`constructor`) are no jamo.
  return Object.hasOwn(KEYS, jamo) ? (KEYS[jamo] ?? null) : null;
}

/** Returns what the same keys type on the Latin layout: `/ㅗ디ㅔ` → `/help`. Other letters stay. */
export function hangulToLatin(text: string): string {
  let latin = "";
  for (const letter of text.normalize("NFC")) {
    for (const jamo of decompose(letter)) latin += jamoToLatin(jamo) ?? jamo;
  }
  return latin;
}

/** Returns the first consonant of each syllable, to search by: 개발팀 → ㄱㅂㅌ. Other letters stay. */
export function initialsOf(text: string): string {
  return [...text.normalize("NFC")].map((letter) => decompose(letter)[0] ?? letter).join("");
}

/** Returns a syllable's jamo in the order in which they are typed; any other letter as it is. */
function decompose(letter: string): string[] {
  const index = (letter.codePointAt(0) ?? 0) - FIRST_SYLLABLE;
  if (index < 0 || index >= LEADS.length * VOWELS.length * TAILS.length) return [letter];
  const tail = TAILS[index % TAILS.length] ?? "";
  const vowel = VOWELS[Math.floor(index / TAILS.length) % VOWELS.length] ?? "";
  const lead = LEADS[Math.floor(index / (TAILS.length * VOWELS.length))] ?? "";
  return tail === "" ? [lead, vowel] : [lead, vowel, tail];
}

/** macOS sends conjoining jamo (U+1100…) where other systems send compatibility ones (U+3131…). */
function compatibilityJamo(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  if (code >= 0x1100 && code <= 0x1112) return LEADS[code - 0x1100] ?? letter;
  if (code >= 0x1161 && code <= 0x1175) return VOWELS[code - 0x1161] ?? letter;
  if (code >= 0x11a8 && code <= 0x11c2) return TAILS[code - 0x11a7] ?? letter;
  return letter;
}
