/** Korean particles with two forms; the last sound of the word before decides which one follows. */
export type Particle = "이/가" | "을/를" | "은/는" | "와/과" | "으로/로" | "이라/라";

/** The last sound of a word: a vowel, ㄹ (which 으로/로 treats as a vowel), or another consonant. */
type Ending = "vowel" | "rieul" | "consonant" | "unknown";

/** [form after a consonant, form after a vowel]. Grammars name 와/과 the other way round. */
const FORMS: Readonly<Record<Particle, readonly [string, string]>> = {
  "이/가": ["이", "가"],
  "을/를": ["을", "를"],
  "은/는": ["은", "는"],
  "와/과": ["과", "와"],
  "으로/로": ["으로", "로"],
  "이라/라": ["이라", "라"],
};

/** The digits are read 영 일 이 삼 사 오 육 칠 팔 구; a number that ends in 0 also ends in a consonant (십 백 천 만). */
const DIGITS: readonly Ending[] = [
  "consonant",
  "rieul",
  "vowel",
  "consonant",
  "vowel",
  "vowel",
  "consonant",
  "rieul",
  "rieul",
  "vowel",
];

/**
 * Returns the word with the right form of the particle behind it. Marks at its end that are not read aloud
 * (brackets, quotes) don't count. Where the reading is unknown (kana, emoji) both forms are given: `😀이(가)`.
 *
 * @example particle("민수", "이/가") // "민수가"
 */
export function particle(word: string, which: Particle): string {
  const [afterConsonant, afterVowel] = FORMS[which];
  switch (endingOf(word)) {
    case "vowel":
      return word + afterVowel;
    case "consonant":
      return word + afterConsonant;
    case "rieul":
      return word + (which === "으로/로" ? afterVowel : afterConsonant);
    case "unknown":
      return which === "으로/로" ? `${word}(으)로` : `${word}${afterConsonant}(${afterVowel})`;
  }
}

function endingOf(word: string): Ending {
  const readAloud = word.normalize("NFC").replace(/[\p{P}\p{S}\p{Z}]+$/u, "");
  const last = readAloud.at(-1);
  if (last === undefined) return "unknown";
  const code = last.charCodeAt(0);
  if (code >= 0xac00 && code <= 0xd7a3) {
    const final = (code - 0xac00) % 28;
    return final === 0 ? "vowel" : final === 8 ? "rieul" : "consonant";
  }
  // Compatibility jamo: ㄱ is read 기역, ㅏ is read 아.
  if (code >= 0x3131 && code <= 0x314e) return last === "ㄹ" ? "rieul" : "consonant";
  if (code >= 0x314f && code <= 0x3163) return "vowel";
  // Conjoining jamo, from an unfinished input method or a decomposed file name of macOS.
  if (code >= 0x1161 && code <= 0x1175) return "vowel";
  if (code >= 0x11a8 && code <= 0x11c2) return code === 0x11af ? "rieul" : "consonant";
  if (code >= 0x1100 && code <= 0x1112) return code === 0x1105 ? "rieul" : "consonant";
  if (code >= 0x30 && code <= 0x39) return DIGITS[code - 0x30] ?? "unknown";
  return /[a-z]/i.test(last) ? endingOfLatin(readAloud) : "unknown";
}

/**
 * Guesses from the spelling, as Korean transcribes it: `Tom` 톰, `Paul` 폴, `Jane` 제인, `Jack` 잭, but `Kate`
 * 케이트. Capitals are read letter by letter (PM 피엠, URL 유알엘). Right for most names.
 */
function endingOfLatin(word: string): Ending {
  const letters = /[A-Za-z]+$/.exec(word)?.[0] ?? word;
  if (letters === letters.toUpperCase()) {
    if (/[LR]$/.test(letters)) return "rieul";
    return /[MN]$/.test(letters) ? "consonant" : "vowel";
  }
  const lower = letters.toLowerCase();
  if (/(l|[^aeiouy]le)$/.test(lower) || /[aeiou]le$/.test(lower)) return "rieul";
  if (/(m|n|ng|[aeiou]me|[aeiou]ne)$/.test(lower)) return "consonant";
  return /(^|[^aeiou])[aeiou](b|p|t|k|c|ck)$/.test(lower) ? "consonant" : "vowel";
}
