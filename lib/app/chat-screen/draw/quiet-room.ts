/** What a conversation shows in which nothing was said: how others come in, and who can. */
import type { ClientConversation } from "../../../chat-client/client-state.ts";
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { isMessageLine } from "../message-lines.ts";
import type { DrawContext } from "./draw-context.ts";

/** Returns whether it is known that nobody has said anything in a room. */
export function isQuietRoom(conversation: ClientConversation): boolean {
  const { kind, lines, joined, oldestReached, catchingUp, loadingOlder } = conversation;
  const isKnown = oldestReached && !catchingUp && !loadingOlder;
  return kind === "room" && joined && isKnown && !lines.some(isMessageLine);
}

/** Draws what the user can do in a room in which nothing was said. */
export function drawQuietRoom(
  { name, modes }: ClientConversation,
  width: number,
  { words, widths }: DrawContext,
): ScreenRow[] {
  const { quietRoom } = words;
  const shownName = sanitize(name);
  const entry = modes.includes("i")
    ? quietRoom.inviteOnly
    : modes.includes("k")
      ? quietRoom.needsKey(shownName)
      : quietRoom.open(shownName);
  return [entry, quietRoom.invite].flatMap((sentence) =>
    wrapRow([span(` ${sentence}`, { role: "faint" })], width, { widths, hang: 1 }).map((row) =>
      fitRow(row, width, widths),
    ),
  );
}
