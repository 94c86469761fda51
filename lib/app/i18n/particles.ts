/** Korean particles have two forms; which one follows depends on how the word before it ends. */
export type Particle = "이/가" | "을/를" | "은/는" | "와/과" | "으로/로" | "이라/라";

/** What the last sound of a word is: a vowel, ㄹ (which (으)로 treats as a vowel), another consonant. */
type Ending = "vowel" | "rieul" | "consonant" | "unknown";

/** [form after a consonant, form after a vowel]. 와/과 is named the other way round in grammars. */
const FORMS: Readonly<Record<Particle, readonly [string, string]>> = {
  "이/가": ["이", "가"],
  "을/를": ["을", "를"],
  "은/는": ["은", "는"],
  "와/과": ["과", "와"],
  "으로/로": ["으로", "로"],
  "이라/라": ["이라", "라"],
};

/** 영 일 이 삼 사 오 육 칠 팔 구. A number that ends in 0 is read 십, 백, 천 or 만: a consonant too. */
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
 * `asWord` with the fitting form of the particle behind it: `particle("민수", "이/가")` is `민수가`.
 * Letters, digits and marks that are not read aloud (closing brackets, quotes) are looked through.
 * Where nobody can tell how the word is read (kana, emoji), both forms stand: `😀이(가)`.
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
  const spoken = word.normalize("NFC").replace(/[\p{P}\p{S}\p{Z}]+$/u, "");
  const last = spoken.at(-1);
  if (last === undefined) return "unknown";
  const code = last.charCodeAt(0);
  if (code >= 0xac00 && code <= 0xd7a3) {
    const final = (code - 0xac00) % 28;
    return final === 0 ? "vowel" : final === 8 ? "rieul" : "consonant";
  }
  // Lone jamo: ㄱ is read 기역, ㅏ as it stands.
  if (code >= 0x3131 && code <= 0x314e) return last === "ㄹ" ? "rieul" : "consonant";
  if (code >= 0x314f && code <= 0x3163) return "vowel";
  // The same as parts of a syllable: an input method's half-done work, or a file name of a Mac.
  if (code >= 0x1161 && code <= 0x1175) return "vowel";
  if (code >= 0x11a8 && code <= 0x11c2) return code === 0x11af ? "rieul" : "consonant";
  if (code >= 0x1100 && code <= 0x1112) return code === 0x1105 ? "rieul" : "consonant";
  if (code >= 0x30 && code <= 0x39) return DIGITS[code - 0x30] ?? "unknown";
  return /[a-z]/i.test(last) ? endingOfLatin(spoken) : "unknown";
}

/**
 * Latin words as Korean writes them down: `Tom` 톰, `Paul` 폴, `Jane` 제인, `Jack` 잭, but `Kate` 케이트.
 * Capitals are spelled out letter by letter (PM 피엠, URL 유알엘). A rule of thumb, right for most names.
 */
function endingOfLatin(word: string): Ending {
  const run = /[A-Za-z]+$/.exec(word)?.[0] ?? word;
  if (run === run.toUpperCase()) {
    if (/[LR]$/.test(run)) return "rieul";
    return /[MN]$/.test(run) ? "consonant" : "vowel";
  }
  const lower = run.toLowerCase();
  if (/(l|[^aeiouy]le)$/.test(lower) || /[aeiou]le$/.test(lower)) return "rieul";
  if (/(m|n|ng|[aeiou]me|[aeiou]ne)$/.test(lower)) return "consonant";
  return /(^|[^aeiou])[aeiou](b|p|t|k|ck)$/.test(lower) ? "consonant" : "vowel";
}
