import type { DayFile, DayLine } from "../history/day-file.ts";

/**
 * All lines of a day that hold some bytes, and `null` behind each piece of the file, so that whoever takes
 * them can give way. A piece is looked through before it is parted: 0.1 ms where nobody meant has spoken.
 *
 * @param mark as JSON has it, so that it stands in the line as it stands there
 */
export function* grepLines(file: DayFile, mark: Buffer): Generator<DayLine | null, void> {
  for (const { bytes, start } of file.pieces(0)) {
    let hit = bytes.indexOf(mark);
    while (hit >= 0) {
      const from = bytes.lastIndexOf(NEWLINE, hit) + 1;
      const end = bytes.indexOf(NEWLINE, hit);
      yield { bytes: bytes.subarray(from, end), start: start + from, end: start + end + 1 };
      hit = bytes.indexOf(mark, end);
    }
    yield null;
  }
}

const NEWLINE = 10;
