/** Suggests the command that a mistyped name probably meant. */
import { hangulToLatin } from "../../terminal/hangul-layout.ts";

/** With more typing errors in a word, no suggestion is likely to be right. */
const ERRORS_MAX = 2;

/**
 * Returns the name that `typed` probably meant, or null. It compares the text as it stands and as the
 * same keys on the Latin layout (`ㅗ디ㅔ` is `help`), and allows at most two errors, and fewer errors
 * than half of the letters.
 */
export function suggestCommand(typed: string, names: Iterable<string>): string | null {
  const readings = [typed.toLowerCase(), hangulToLatin(typed).toLowerCase()];
  let best: string | null = null;
  let fewestErrors = ERRORS_MAX + 1;
  for (const name of names) {
    const letterCount = [...name.normalize("NFD")].length;
    for (const reading of readings) {
      const errors = editDistance(reading, name);
      if (errors < fewestErrors && errors * 2 < letterCount) {
        fewestErrors = errors;
        best = name;
      }
    }
  }
  return best;
}

/**
 * Counts the letters to insert, delete, change, or swap with their neighbour to turn one text into the
 * other (optimal string alignment distance). Hangul counts by jamo: one wrong vowel is one error.
 */
function editDistance(a: string, b: string): number {
  const [from, to] = [[...a.normalize("NFD")], [...b.normalize("NFD")]];
  let twoAbove: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changeCost = from[row - 1] === to[column - 1] ? 0 : 1;
      let least = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + changeCost,
      );
      if (from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        least = Math.min(least, (twoAbove[column - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    twoAbove = above;
    above = current;
  }
  return above[to.length] ?? 0;
}
