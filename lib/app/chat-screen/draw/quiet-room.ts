/** What a conversation shows in which nothing was said: how others come in, and who can. */
import { type ClientConversation, isMessage } from "../../../chat-client/client-state.ts";
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { DrawContext } from "./draw-context.ts";

/**
 * Returns whether nobody has said anything in a room, as far as it is loaded. What was said before many joins isn't
 * known, so this is no claim that nothing ever was.
 */
export function isQuietRoom(conversation: ClientConversation): boolean {
  const { kind, lines, joined, catchingUp, loadingOlder, historyGap, detached } = conversation;
  const isLoaded = !catchingUp && !loadingOlder && historyGap === null && detached === null;
  return kind === "room" && joined && isLoaded && lines.findLast(isMessage) === undefined;
}

/** Draws what the user can do in a room in which nothing was said. */
export function drawQuietRoom(
  { name, modes, areModesKnown }: ClientConversation,
  width: number,
  { words, widths }: DrawContext,
): ScreenRow[] {
  const { quietRoom } = words;
  const shownName = sanitize(name);
  const entry = modes.includes("i")
    ? quietRoom.inviteOnly
    : modes.includes("k")
      ? quietRoom.needsKey(shownName)
      : areModesKnown
        ? quietRoom.open(shownName)
        : null;
  const sentences = [...(entry === null ? [] : [entry]), quietRoom.invite];
  return sentences.flatMap((sentence) =>
    wrapRow([span(` ${sentence}`, { role: "faint" })], width, { widths, hang: 1 }).map((row) =>
      fitRow(row, width, widths),
    ),
  );
}
