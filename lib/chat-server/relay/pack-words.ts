import { utf8Bytes } from "../../protocol/utf8.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { Reply } from "./reply.ts";

/**
 * Sends a numeric whose last parameter is a list of words, in as few lines as hold them all. Sends nothing for
 * no words.
 *
 *     sendWordList(reply, NUMERIC.RPL_MONLIST, [], ["mina", "jun"], ",")
 */
export function sendWordList(
  reply: Reply,
  numeric: string,
  params: readonly string[],
  words: Iterable<string>,
  separator = " ",
): void {
  const start = [`:${reply.server}`, numeric, reply.session.nickOrStar, ...params].join(" ");
  const bytesMax = LINE_BYTES_MAX - utf8Bytes(`${start} :\r\n`);
  for (const line of packWords(words, bytesMax, separator)) reply.numeric(numeric, ...params, line);
}

/** Joins words into lines of at most `bytesMax` bytes. A longer word gets its own line. */
export function packWords(words: Iterable<string>, bytesMax: number, separator: string): string[] {
  const lines: string[] = [];
  let line = "";
  let bytes = 0;
  for (const word of words) {
    const size = utf8Bytes(word) + separator.length;
    if (line !== "" && bytes + size > bytesMax) {
      lines.push(line);
      line = "";
      bytes = 0;
    }
    line += line === "" ? word : separator + word;
    bytes += size;
  }
  if (line !== "") lines.push(line);
  return lines;
}
