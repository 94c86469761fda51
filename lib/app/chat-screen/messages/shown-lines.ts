/** Messages as scripts have them shown: with another text, folded, or marked as a mention. */
import type { ChatLine } from "../../../chat-client/client-state.ts";
import type { Folded } from "../../../protocol/names.ts";
import type { Words } from "../../i18n/words.ts";
import type { Shown } from "../../scripts/script-hooks.ts";
import type { TimelineItem } from "./timeline-items.ts";

/** Returns how scripts have a message of a conversation shown; null: as it is. */
export type ShownAsOf = (conversation: Folded, line: ChatLine) => Shown | null;

type LineItem = Extract<TimelineItem, { kind: "line" }>;

/** An item as it is drawn; `isFoldable`: a script folds it, unless the user has opened it. */
interface ShownItem {
  readonly item: LineItem;
  readonly isFoldable: boolean;
}

/** Returns an item with its message, and the one that it quotes, as they are shown. */
export function withShownLines(item: LineItem, shownAs: ShownAsOf, words: Words): ShownItem {
  const { conversationKey, repliedTo } = item;
  const shown = shownAs(conversationKey, item.line);
  const isFoldable = shown !== null && shown.fold !== null;
  const line = shownLine(item.line, item.isOpened ? withoutFold(shown) : shown, words);
  const quoted =
    repliedTo === null ? null : shownLine(repliedTo, shownAs(conversationKey, repliedTo), words);
  const isSame = line === item.line && quoted === repliedTo;
  return { item: isSame ? item : { ...item, line, repliedTo: quoted }, isFoldable };
}

function withoutFold(shown: Shown | null): Shown | null {
  return shown && { ...shown, fold: null };
}

/** Returns a message as it is shown. A folded one is a single faint row, as a notice is drawn. */
export function shownLine(line: ChatLine, shown: Shown | null, { scripts }: Words): ChatLine {
  if (shown === null) return line;
  const mention = line.mention || shown.highlight;
  if (shown.fold === null) return { ...line, text: shown.text ?? line.text, mention };
  const reason = shown.fold.replaceAll(/\s+/g, " ").trim();
  return { ...line, kind: "notice", text: scripts.folded(reason), mention };
}
