import { editDistance } from "../../protocol/did-you-mean.ts";
import { hangulToLatin } from "../../terminal/hangul-layout.ts";

/** With more mistakes than this, what was meant can't be told. */
const MISTAKES_MAX = 2;

/**
 * Returns the name that was probably meant by `typed`, or null: read as it stands or as the same keys on the Latin
 * layout (`ㅗ디ㅔ` is `help`), with at most two letters wrong and fewer than half of them.
 */
export function suggest(typed: string, names: Iterable<string>): string | null {
  const readings = [typed.toLowerCase(), hangulToLatin(typed).toLowerCase()];
  let best: string | null = null;
  let fewest = MISTAKES_MAX + 1;
  for (const name of names) {
    for (const reading of readings) {
      const mistakes = editDistance(reading, name);
      if (mistakes < fewest && mistakes * 2 < [...name.normalize("NFD")].length) {
        fewest = mistakes;
        best = name;
      }
    }
  }
  return best;
}
