import { splitUtf8 } from "../../protocol/utf8.ts";

/** One line of a message of several lines. `concat`: it continues the line before it without a line break. */
interface MessagePart {
  readonly text: string;
  readonly concat: boolean;
}

/**
 * Splits a text into lines of at most `bytesMax` bytes: at its line breaks, where its sender split it, and
 * where a piece is still too long at spaces, or else between characters. Blank lines are kept.
 *
 * @param joins offsets in `text` where the sender split a line (draft/multiline-concat), in ascending order
 */
export function splitMessage(
  text: string,
  bytesMax: number,
  joins: readonly number[] = [],
): MessagePart[] {
  const parts: MessagePart[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    const cuts = [start, ...joins.filter((offset) => offset > start && offset < end), end];
    for (const [i, from] of cuts.slice(0, -1).entries()) {
      for (const [j, piece] of splitUtf8(text.slice(from, cuts[i + 1]), bytesMax).entries()) {
        parts.push({ text: piece, concat: i > 0 || j > 0 });
      }
    }
    if (line === "") parts.push({ text: "", concat: false });
    start = end + 1;
  }
  return parts;
}
