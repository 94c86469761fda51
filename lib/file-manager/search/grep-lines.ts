import type { DayFile, DayLine } from "../history/day-file.ts";

const NEWLINE = 10;

/**
 * Yields the lines of a day that contain some bytes, and `null` after each chunk of the file, so
 * that the caller can yield to other work. A chunk is searched before it is split into lines: 0.1
 * ms for one without a hit.
 *
 * @param needle as JSON writes it, since the stored lines are JSON
 */
export function* grepLines(file: DayFile, needle: Buffer): Generator<DayLine | null, void> {
  for (const { bytes, start: offset } of file.pieces(0)) {
    let index = bytes.indexOf(needle);
    while (index >= 0) {
      const start = bytes.lastIndexOf(NEWLINE, index) + 1;
      const end = bytes.indexOf(NEWLINE, index);
      yield { bytes: bytes.subarray(start, end), start: offset + start, end: offset + end + 1 };
      index = bytes.indexOf(needle, end);
    }
    yield null;
  }
}
