import { splitUtf8 } from "../protocol/text.ts";

/** One line of a message of several: `concat` when it goes on where the line before it ended. */
export interface SaidLine {
  readonly text: string;
  readonly concat: boolean;
}

/**
 * A text as lines of at most `bytesMax` bytes each, parted behind spaces or else between letters. Blank
 * lines are lines.
 */
export function saidLines(text: string, bytesMax: number): SaidLine[] {
  return text.split("\n").flatMap((line): SaidLine[] => {
    if (line === "") return [{ text: "", concat: false }];
    return splitUtf8(line, bytesMax).map((piece, i) => ({ text: piece, concat: i > 0 }));
  });
}
