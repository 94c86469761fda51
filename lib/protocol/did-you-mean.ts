/** A typed word with at most this many wrong letters may have meant a name; a third only in a long name. */
const SLIPS_MAX = 3;
/** A typed word of at least this many letters may be the beginning of a name. */
const PREFIX_LETTERS_MIN = 5;

/**
 * Returns the name that was most likely meant by `typed`, or `null` when none is close enough.
 *
 * @example didYouMean("prot", ["host", "port"]) // "port"
 */
export function didYouMean(typed: string, names: readonly string[]): string | null {
  let nearest: string | null = null;
  let fewest = Math.min(SLIPS_MAX, Math.floor(typed.length / 3)) + 1;
  const typedLetters = lettersOf(typed).length;
  for (const name of names) {
    // As many slips as the lengths differ by, at least: a long text costs nothing then.
    if (Math.abs(lettersOf(name).length - typedLetters) >= fewest) continue;
    const slips = editDistance(typed, name);
    if (slips < fewest) {
      fewest = slips;
      nearest = name;
    }
  }
  if (nearest !== null || typed.length < PREFIX_LETTERS_MIN) return nearest;
  return names.find((name) => name.startsWith(typed)) ?? null;
}

/**
 * Counts the letters to add, remove, change, or swap with their neighbour, to turn one word into the other
 * (Damerau-Levenshtein, optimal string alignment). Case counts. Hangul syllables are compared by their jamo, so
 * that one wrong letter in a syllable is one slip.
 */
export function editDistance(a: string, b: string): number {
  const from = lettersOf(a);
  const to = lettersOf(b);
  let twoAbove: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let slips = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwapped =
        row > 1 &&
        column > 1 &&
        from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1];
      if (isSwapped) slips = Math.min(slips, (twoAbove[column - 2] ?? 0) + 1);
      current.push(slips);
    }
    twoAbove = above;
    above = current;
  }
  return above[to.length] ?? 0;
}

function lettersOf(word: string): string[] {
  return [...word.normalize("NFD")];
}
