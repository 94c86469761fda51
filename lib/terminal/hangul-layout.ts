/** The Dubeolsik key under each jamo: what was meant when the Hangul layout was left on. */
const KEYS: Readonly<Record<string, string>> = {
  ...{ ㄱ: "r", ㄲ: "R", ㄴ: "s", ㄷ: "e", ㄸ: "E", ㄹ: "f", ㅁ: "a", ㅂ: "q", ㅃ: "Q", ㅅ: "t" },
  ...{ ㅆ: "T", ㅇ: "d", ㅈ: "w", ㅉ: "W", ㅊ: "c", ㅋ: "z", ㅌ: "x", ㅍ: "v", ㅎ: "g" },
  ...{ ㅏ: "k", ㅐ: "o", ㅑ: "i", ㅒ: "O", ㅓ: "j", ㅔ: "p", ㅕ: "u", ㅖ: "P", ㅗ: "h", ㅛ: "y" },
  ...{ ㅜ: "n", ㅠ: "b", ㅡ: "m", ㅣ: "l", ㅘ: "hk", ㅙ: "ho", ㅚ: "hl", ㅝ: "nj", ㅞ: "np" },
  ...{ ㅟ: "nl", ㅢ: "ml", ㄳ: "rt", ㄵ: "sw", ㄶ: "sg", ㄺ: "fr", ㄻ: "fa", ㄼ: "fq", ㄽ: "ft" },
  ...{ ㄾ: "fx", ㄿ: "fv", ㅀ: "fg", ㅄ: "qt" },
};

/** Unicode's order of what a syllable is made of. */
const LEADS = [..."ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"];
const VOWELS = [..."ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"];
const TAILS = ["", ..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];

/** The Latin letters on the keys of one jamo (ㅁ → a, ㅃ → Q, ㅘ → hk), or null for anything else. */
export function jamoToLatin(letter: string): string | null {
  return KEYS[jamoOf(letter)] ?? null;
}

/** What the same keys give on the Latin layout: `/ㅗ디ㅔ` → `/help`. Other letters stay. */
export function hangulToLatin(text: string): string {
  let latin = "";
  for (const letter of text.normalize("NFC")) {
    for (const jamo of takeApart(letter)) latin += jamoToLatin(jamo) ?? jamo;
  }
  return latin;
}

/** The first consonants of a text, for searching by them: 개발팀 → ㄱㅂㅌ. Other letters stay. */
export function initialsOf(text: string): string {
  return [...text.normalize("NFC")].map((letter) => takeApart(letter)[0] ?? letter).join("");
}

/** A syllable's jamo, in the order in which they are typed. */
function takeApart(letter: string): string[] {
  const index = (letter.codePointAt(0) ?? 0) - 0xac00;
  if (index < 0 || index >= LEADS.length * VOWELS.length * TAILS.length) return [letter];
  const tail = TAILS[index % TAILS.length] ?? "";
  const vowel = VOWELS[Math.floor(index / TAILS.length) % VOWELS.length] ?? "";
  const lead = LEADS[Math.floor(index / (TAILS.length * VOWELS.length))] ?? "";
  return tail === "" ? [lead, vowel] : [lead, vowel, tail];
}

/** macOS gives conjoining jamo (U+1100…) where others give the compatibility ones (U+3131…). */
function jamoOf(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  if (code >= 0x1100 && code <= 0x1112) return LEADS[code - 0x1100] ?? letter;
  if (code >= 0x1161 && code <= 0x1175) return VOWELS[code - 0x1161] ?? letter;
  if (code >= 0x11a8 && code <= 0x11c2) return TAILS[code - 0x11a7] ?? letter;
  return letter;
}
