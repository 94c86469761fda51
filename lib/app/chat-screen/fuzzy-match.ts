import { hangulToLatin, initialsOf } from "../../terminal/hangul-layout.ts";

/**
 * How well what was typed finds a name; null when it doesn't, higher is better. Letters of the query
 * stand in the name in their order, not necessarily side by side ("dvt" finds "dev-team"). A lone
 * consonant finds every syllable that begins with it (ㄱㅂㅌ finds 개발팀), a syllable that is still
 * being composed finds the one that it may become (개바 finds 개발), and a query typed on the wrong
 * layout finds what was meant (ㅣㅐㅠㅠㅛ finds lobby).
 */
export function matchScore(query: string, name: string): number | null {
  const asked = folded(query.replace(/\s+/g, ""));
  if (asked.length === 0) return 0;
  const whole = folded(name.replace(/^#/, ""));
  const direct = score(asked, whole);
  const meant = score(folded(hangulToLatin(query.replace(/\s+/g, ""))), whole);
  if (direct === null) return meant === null ? null : meant - 1;
  return meant === null ? direct : Math.max(direct, meant - 1);
}

/** The names that fit, best first; equally good ones stay in their order. */
export function bestMatches<Item>(
  query: string,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Item[] {
  const scored = items.flatMap((item) => {
    const points = matchScore(query, nameOf(item));
    return points === null ? [] : [{ item, points }];
  });
  return scored.sort((one, other) => other.points - one.points).map(({ item }) => item);
}

function folded(text: string): string[] {
  return [...text.replace(/^#/, "").normalize("NFC").toLowerCase()];
}

/** Side by side and at the beginning of a word counts most; a long name counts a little less. */
function score(query: readonly string[], name: readonly string[]): number | null {
  let points = 0;
  let at = 0;
  let previous = -2;
  for (const letter of query) {
    let found = -1;
    for (let place = at; place < name.length; place++) {
      if (fits(letter, name[place] ?? "", name[place + 1] ?? "")) {
        found = place;
        break;
      }
    }
    if (found < 0) return null;
    if (found === previous + 1) points += 8;
    if (found === 0 || /[\s\-_.]/.test(name[found - 1] ?? "")) points += 6;
    points += 4;
    previous = found;
    at = found + 1;
  }
  return points - name.length / 8;
}

function fits(typed: string, letter: string, next: string): boolean {
  if (typed === letter) return true;
  if (/[ㄱ-ㅎ]/.test(typed)) return initialsOf(letter) === typed;
  if (!/[가-힣]/.test(typed)) return false;
  const parts = typed.normalize("NFD");
  if (letter.normalize("NFD").startsWith(parts)) return true;
  // While 개발 is typed it is 갭 for a moment: its last consonant belongs to the next syllable.
  const final = FINALS[parts.charCodeAt(2) - 0x11a8];
  return (
    parts.length === 3 &&
    final !== undefined &&
    letter.normalize("NFD") === parts.slice(0, 2) &&
    initialsOf(next) === final
  );
}

/** Final consonants in Unicode's order; the double ones that begin no syllable fit nothing. */
const FINALS = [..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];
