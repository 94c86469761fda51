/** Fuzzy matching of names, with Hangul initials, half-composed syllables and the wrong layout. */
import { hangulToLatin, initialsOf } from "../../protocol/hangul-layout.ts";

/** Final consonants in Unicode's order. The double ones start no syllable, so they match nothing. */
const FINALS = [..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];
const FIRST_FINAL_CODE = 0x11a8;

/**
 * Returns how well a query matches a name: higher is better, null is no match. The letters of the
 * query must occur in the name in their order, not necessarily next to each other ("dvt" matches
 * "dev-team"). A lone consonant matches every syllable that begins with it (ㄱㅂㅌ matches 개발팀), a
 * syllable that is still being composed matches the one that it may become (개바 matches 개발), and a
 * query typed on the wrong layout matches the intended name (ㅣㅐㅠㅠㅛ matches lobby).
 */
export function matchScore(query: string, name: string): number | null {
  const typed = query.replace(/\s+/g, "");
  const queryLetters = foldedLetters(typed);
  if (queryLetters.length === 0) return 0;
  const nameLetters = foldedLetters(name);
  const asTyped = score(queryLetters, nameLetters);
  const otherLayout = score(foldedLetters(hangulToLatin(typed)), nameLetters);
  if (asTyped === null) return otherLayout === null ? null : otherLayout - 1;
  return otherLayout === null ? asTyped : Math.max(asTyped, otherLayout - 1);
}

/** Returns the items whose names match, best first; equally good ones keep their order. */
export function bestMatches<Item>(
  query: string,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Item[] {
  const scored = items.flatMap((item) => {
    const points = matchScore(query, nameOf(item));
    return points === null ? [] : [{ item, points }];
  });
  return scored.sort((a, b) => b.points - a.points).map(({ item }) => item);
}

/** Splits a text into letters: NFC, lower case, without a leading "#". */
function foldedLetters(text: string): string[] {
  return [...text.replace(/^#/, "").normalize("NFC").toLowerCase()];
}

/** Scores letters next to each other and at the start of a word highest, and long names lower. */
function score(query: readonly string[], name: readonly string[]): number | null {
  let points = 0;
  let previous = -1;
  for (const letter of query) {
    const index = name.findIndex(
      (_, candidate) =>
        candidate > previous && fits(letter, name[candidate] ?? "", name[candidate + 1] ?? ""),
    );
    if (index < 0) return null;
    if (previous >= 0 && index === previous + 1) points += 8;
    if (index === 0 || /[\s\-_.]/.test(name[index - 1] ?? "")) points += 6;
    points += 4;
    previous = index;
  }
  return points - name.length / 8;
}

function fits(typed: string, letter: string, next: string): boolean {
  if (typed === letter) return true;
  if (/[ㄱ-ㅎ]/.test(typed)) return initialsOf(letter) === typed;
  if (!/[가-힣]/.test(typed)) return false;
  const jamo = typed.normalize("NFD");
  if (letter.normalize("NFD").startsWith(jamo)) return true;
  // While 개발 is typed it is 갭 for a moment: its last consonant belongs to the next syllable.
  const final = FINALS[jamo.charCodeAt(2) - FIRST_FINAL_CODE];
  return (
    jamo.length === 3 &&
    final !== undefined &&
    letter.normalize("NFD") === jamo.slice(0, 2) &&
    initialsOf(next) === final
  );
}
