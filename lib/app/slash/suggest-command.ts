import { hangulToLatin } from "../../terminal/hangul-layout.ts";

/** More mistakes than this in a word, and what was meant is anybody's guess. */
const MISTAKES_MAX = 2;

/**
 * The name that was probably meant by `typed`, or null: as it stands, or as the same keys on the
 * Latin layout (`ㅗ디ㅔ` is `help`), with at most two letters wrong and fewer than half of them.
 */
export function suggest(typed: string, names: Iterable<string>): string | null {
  const readings = [typed.toLowerCase(), hangulToLatin(typed).toLowerCase()];
  let best: string | null = null;
  let fewest = MISTAKES_MAX + 1;
  for (const name of names) {
    for (const reading of readings) {
      const mistakes = distance(reading, name);
      if (mistakes < fewest && mistakes * 2 < [...name.normalize("NFD")].length) {
        fewest = mistakes;
        best = name;
      }
    }
  }
  return best;
}

/** Letters to put in, take out, change, or swap with their neighbour, to make one of the other. */
export function distance(one: string, other: string): number {
  // Taken apart, so that one wrong letter in a syllable is one mistake and not a whole syllable.
  const [from, to] = [[...one.normalize("NFD")], [...other.normalize("NFD")]];
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      let least = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + same,
      );
      if (from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        least = Math.min(least, (before[column - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    before = above;
    above = current;
  }
  return above[to.length] ?? 0;
}
