import type { DayFile, DayLine } from "../history/day-file.ts";

const NEWLINE = 10;

/**
 * Yields the lines of a day that contain one of some needles, and `null` after each chunk of the file, so
 * that the caller can yield to other work. A chunk is searched before it is split into lines: 0.1
 * ms for one without a hit.
 *
 * @param needles as JSON writes them, since the stored lines are JSON
 */
export function* grepLines(
  file: DayFile,
  needles: readonly Buffer[],
): Generator<DayLine | null, void> {
  for (const { bytes, start: offset } of file.pieces(0)) {
    const next = needles.map((needle) => bytes.indexOf(needle));
    for (let index = first(next); index >= 0; index = first(next)) {
      const start = bytes.lastIndexOf(NEWLINE, index) + 1;
      const end = bytes.indexOf(NEWLINE, index);
      yield { bytes: bytes.subarray(start, end), start: offset + start, end: offset + end + 1 };
      for (const [which, needle] of needles.entries()) {
        const place = next[which] ?? -1;
        if (place >= 0 && place < end) next[which] = bytes.indexOf(needle, end);
      }
    }
    yield null;
  }
}

/** Returns the first of some places; -1 if all are. */
function first(places: readonly number[]): number {
  return places.reduce(
    (least, place) => (place >= 0 && (least < 0 || place < least) ? place : least),
    -1,
  );
}
