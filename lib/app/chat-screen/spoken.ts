import type { Conversation, Line } from "../../chat-client/state.ts";

/** Whether somebody said it; everything else is the room's or the server's. */
export function isSpoken(line: Line): boolean {
  return line.kind === "said" || line.kind === "action" || line.kind === "notice";
}

/** Spoken lines that the server knows, the newest first: what a number in a command counts. */
export function numbered({ lines }: Pick<Conversation, "lines">): Line[] {
  return lines
    .filter((line) => line.msgid !== null && !line.redacted && isSpoken(line))
    .toReversed();
}
