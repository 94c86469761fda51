/** Messages as scripts have them shown: with another text, folded, or marked as a mention. */
import type { ChatLine } from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import type { Words } from "../i18n/words.ts";
import type { Shown } from "../scripts/script-hooks.ts";
import type { TimelineItem } from "./timeline-items.ts";

/** Returns how scripts have a message of a conversation shown; null: as it is. */
export type ShownAsOf = (conversation: Folded, line: ChatLine) => Shown | null;

type LineItem = Extract<TimelineItem, { kind: "line" }>;

/** Returns an item with its message, and the one that it quotes, as they are shown. */
export function withShownLines(item: LineItem, shownAs: ShownAsOf, words: Words): LineItem {
  const { conversationKey, repliedTo } = item;
  const line = shownLine(item.line, shownAs(conversationKey, item.line), words);
  const quoted =
    repliedTo === null ? null : shownLine(repliedTo, shownAs(conversationKey, repliedTo), words);
  return line === item.line && quoted === repliedTo ? item : { ...item, line, repliedTo: quoted };
}

/** Returns a message as it is shown. A folded one is a single faint row, as a notice is drawn. */
export function shownLine(line: ChatLine, shown: Shown | null, { scripts }: Words): ChatLine {
  if (shown === null) return line;
  const mention = line.mention || shown.highlight;
  if (shown.fold === null) return { ...line, text: shown.text ?? line.text, mention };
  const reason = shown.fold.replaceAll(/\s+/g, " ").trim();
  return { ...line, kind: "notice", text: scripts.folded(reason), mention };
}
