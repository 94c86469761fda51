import { splitUtf8 } from "../../protocol/utf8.ts";

/** One line of a message of several: `concat` when it goes on where the line before it ended. */
export interface MessagePart {
  readonly text: string;
  readonly concat: boolean;
}

/**
 * A text as lines of at most `bytesMax` bytes each, parted as its sender did, and what is still too long
 * behind spaces or else between letters. Blank lines are lines.
 *
 * @param joins places in the text where its sender parted a line, in order
 */
export function splitMessage(
  text: string,
  bytesMax: number,
  joins: readonly number[] = [],
): MessagePart[] {
  const lines: MessagePart[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    const cuts = [start, ...joins.filter((at) => at > start && at < end), end];
    for (const [i, from] of cuts.slice(0, -1).entries()) {
      for (const [j, piece] of splitUtf8(text.slice(from, cuts[i + 1]), bytesMax).entries()) {
        lines.push({ text: piece, concat: i > 0 || j > 0 });
      }
    }
    if (line === "") lines.push({ text: "", concat: false });
    start = end + 1;
  }
  return lines;
}
