/** Suggests the command that a mistyped name probably meant. */
import { editDistance } from "../../protocol/did-you-mean.ts";
import { hangulToLatin } from "../../protocol/hangul-layout.ts";

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
