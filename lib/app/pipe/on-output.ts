/** Makes messages of what a command has written. */
import { replaceHarmful } from "../../protocol/harmful-characters.ts";
import { splitUtf8, utf8Bytes } from "../../protocol/utf8.ts";

/** Bytes of a message on servers without multiline: fits into 512 beside the longest names. */
const MESSAGE_BYTES_MAX = 350;
const TAB = "    ";
const BETWEEN_LINES = " | ";

/**
 * Returns an output without colours, controls (of terminals, and those by which IRC knows formatting and CTCP) and
 * invisible characters, and without empty lines at its ends and spaces at the ends of lines.
 */
export function cleanOutput(output: string): string {
  const text = Bun.stripANSI(output.toWellFormed())
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll("\t", TAB);
  return replaceHarmful(text, () => "")
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replaceAll(/^\n+|\n+$/g, "");
}

/**
 * Returns the messages for a cleaned output. With multiline it is one, which the session parts by the server's limits;
 * elsewhere lines are joined as far as they fit, so that a table of twenty rows doesn't flood a room.
 */
export function messagesOf(text: string, hasMultiline: boolean): string[] {
  if (text === "") return [];
  if (hasMultiline) return [text];
  const messages: string[] = [];
  let current = "";
  for (const line of text.split("\n").filter((part) => part.trim() !== "")) {
    const joined = current === "" ? line : `${current}${BETWEEN_LINES}${line}`;
    if (utf8Bytes(joined) <= MESSAGE_BYTES_MAX) {
      current = joined;
      continue;
    }
    if (current !== "") messages.push(current);
    const pieces = splitUtf8(line, MESSAGE_BYTES_MAX);
    current = pieces.pop() ?? "";
    messages.push(...pieces);
  }
  return current === "" ? messages : [...messages, current];
}
