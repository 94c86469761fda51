import type { Conversation, Line } from "../../chat-client/client-state.ts";

/** Whether somebody said it; everything else is the room's or the server's. */
export function isSpoken(line: Line): boolean {
  return line.kind === "said" || line.kind === "action" || line.kind === "notice";
}

/** What one has in front of oneself: the newest lines, or the part further up that one has gone to. */
export function linesSeen({ lines, past }: Pick<Conversation, "lines" | "past">): readonly Line[] {
  return past === null ? lines : past.lines;
}

/** Spoken lines that the server knows, the newest first: what a number in a command counts. */
export function numbered(one: Pick<Conversation, "lines" | "past">): Line[] {
  return linesSeen(one)
    .filter((line) => line.msgid !== null && !line.redacted && isSpoken(line))
    .toReversed();
}
