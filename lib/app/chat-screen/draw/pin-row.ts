/** The row below the header that shows the pinned message. */
import type { ClientConversation } from "../../../chat-client/client-state.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import type { ConversationView } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { messageSpans } from "./message-spans.ts";

/** In a lower window all rows go to the conversation. */
const PIN_ROWS_MIN = 10;

/**
 * Draws the pinned message in one row, in which links work; null where there is none. A thread has no pinned message.
 *
 * @param rows of the whole window or pane
 */
export function drawPin(
  conversation: ClientConversation | null,
  { thread }: ConversationView,
  width: number,
  rows: number,
  { glyphs, widths, words }: DrawContext,
): ScreenRow | null {
  const pinned = conversation?.pinned ?? null;
  if (pinned === null || thread !== null || rows < PIN_ROWS_MIN) return null;
  const text = messageSpans(pinned.replace(/\s+/g, " "), {
    nick: "",
    spoiler: words.screen.spoiler,
  });
  return fitRow([span(`${glyphs.pin} `, { role: "accent" }), ...text], width, widths);
}
