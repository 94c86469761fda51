import type { ChatLine, ClientConversation } from "../../chat-client/client-state.ts";

/** Whether somebody said it; everything else is the room's or the server's. */
export function isMessageLine(line: ChatLine): boolean {
  return line.kind === "said" || line.kind === "action" || line.kind === "notice";
}

/** What one has in front of oneself: the newest lines, or the part further up that one has gone to. */
export function visibleLines({
  lines,
  detached,
}: Pick<ClientConversation, "lines" | "detached">): readonly ChatLine[] {
  return detached === null ? lines : detached.lines;
}

/** Spoken lines that the server knows, the newest first: what a number in a command counts. */
export function numberedMessages(one: Pick<ClientConversation, "lines" | "detached">): ChatLine[] {
  return visibleLines(one)
    .filter((line) => line.msgid !== null && !line.redacted && isMessageLine(line))
    .toReversed();
}
