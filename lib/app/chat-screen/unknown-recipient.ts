import type { ChatLine, ClientConversation } from "../../chat-client/client-state.ts";
import { isMessageLine } from "./message-lines.ts";

/** ERR_NOSUCHNICK */
const NOBODY = "401";

/** What one wanted to say, in a conversation that never was one: there is nobody of that name. */
export function unsentToUnknown({ kind, lines, catchingUp }: ClientConversation): string[] | null {
  // Of somebody whose account is gone the past may be on its way.
  if (kind !== "direct" || catchingUp) return null;
  const isOther = (line: ChatLine) =>
    isMessageLine(line) && (line.status !== "failed" || line.code !== NOBODY);
  if (lines.some(isOther)) return null;
  const texts = lines.filter(isMessageLine).map(({ text }) => text);
  return texts.length === 0 ? null : texts;
}
