import { fold } from "./names.ts";

/** Letters that may combine as they are normalized: a syllable from its parts, or a letter and its marks. */
const CLUSTER = /[\uac00-\ud7a3]?[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+\p{M}*|[\s\S]\p{M}*/gu;

/** A folded text, and where each of its letters comes from: [start, end) indices in the text as it was. */
interface FoldedText {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/**
 * Folds a text like `fold`, for what is found in it to be marked in the text as it was: folding may change lengths.
 *
 * @example foldWithPositions("İ x").starts // [0, 0, 1, 2]
 */
export function foldWithPositions(text: string): FoldedText {
  let folded = "";
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    const letters = fold(cluster);
    folded += letters;
    for (let count = letters.length; count > 0; count -= 1) {
      starts.push(index);
      ends.push(index + cluster.length);
    }
  }
  return { text: folded, starts, ends };
}
