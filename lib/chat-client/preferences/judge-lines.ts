/**
 * Judges the lines of a conversation anew when the user's lists have changed: which are folded away, which mention the
 * user, and whose reactions are shown. What is unread is counted with it.
 */

import { mentions } from "../../protocol/mention.ts";
import { type ChatLine, type ClientState, countsAsUnread } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import { withReactionsJudged } from "../reactions.ts";
import { attentionOf, isPersonBlocked } from "./attention.ts";
import type { Sender } from "./preferences.ts";
import type { WordList } from "./word-list.ts";

type Store = Pick<ClientState, "me" | "fold" | "conversations" | "preferences" | "isupport"> & {
  readonly isBlocked: (sender: Sender) => boolean;
};

/**
 * Judges all lines of a conversation, and who is typing. Returns whether a line changed.
 *
 * @param before the highlighted words by which the lines were judged last
 */
export function judgeConversation(
  store: Store,
  conversation: MutableConversation,
  before: WordList,
): boolean {
  const counts = unreadCounter(conversation);
  const judge = (line: ChatLine): ChatLine => judged(store, conversation, line, before);
  const hasChanged = [conversation.list, conversation.detached?.list]
    .map((list) => list?.update(judge) === true)
    .includes(true);
  for (const nick of [...conversation.typing.keys()]) {
    if (isPersonBlocked(store, nick, conversation)) conversation.typing.delete(nick);
  }
  if (hasChanged) counts.settle();
  return hasChanged;
}

function judged(
  store: Store,
  { name }: MutableConversation,
  line: ChatLine,
  before: WordList,
): ChatLine {
  const reacted = withReactionsJudged(line, store);
  if (line.own) return reacted;
  const { folded, mention } = attentionAgain(store, name, line, before);
  if (folded === line.folded && mention === line.mention) return reacted;
  return { ...reacted, folded, mention };
}

function attentionAgain(
  store: Store,
  target: string,
  line: ChatLine,
  before: WordList,
): Pick<ChatLine, "folded" | "mention"> {
  switch (line.kind) {
    case "said":
    case "action":
    case "notice": {
      // Nothing of it is left to be spared.
      if (line.redacted)
        return { folded: store.isBlocked(line) ? "blocked" : null, mention: false };
      const now = attentionOf(store, target, line);
      if (now.folded !== null || now.mention) return now;
      // A call to those who were here, or a script's mark, isn't in the lists.
      return { folded: null, mention: line.mention && !before.occursIn(line.text) };
    }
    case "joined":
    case "left":
    case "quit":
      return { folded: store.isBlocked(line) ? "blocked" : null, mention: line.mention };
    default:
      return line;
  }
}

/**
 * Takes messages off a conversation's unread counts that the server has counted and the user is spared: the server knows
 * nothing of the words. To be called once for each line, after the server has told its count.
 *
 * @param lines those that the server has counted if they are unread: not those that came since
 */
export function uncountSpared(
  { me, preferences }: Pick<ClientState, "me" | "preferences">,
  conversation: MutableConversation,
  lines: readonly ChatLine[],
): void {
  if (preferences.spared.length === 0) return;
  const { kind, readMarker } = conversation;
  const spared = lines.filter(
    ({ folded, redacted, time }) =>
      folded === "spared" && !redacted && time > (readMarker ?? Number.NEGATIVE_INFINITY),
  );
  const mentioning = spared.filter(({ text }) => kind === "direct" || mentions(text, me.nick));
  conversation.unread = Math.max(0, conversation.unread - spared.length);
  conversation.mentions = Math.max(0, conversation.mentions - mentioning.length);
}

/** Counts the unread lines that are loaded, now and in `settle`, which corrects the conversation's counts. */
function unreadCounter(conversation: MutableConversation): { settle(): void } {
  const { readMarker, lines, unread } = conversation;
  // Without a marker the newest lines that were counted are the unread ones, with what is folded between them.
  const read = lines.filter(countsAsUnread).at(-1 - unread)?.time ?? Number.NEGATIVE_INFINITY;
  const from = (readMarker ?? read) + 1;
  const count = () => conversation.countUnreadFrom(from);
  const before = count();
  return {
    settle() {
      const after = count();
      conversation.unread = Math.max(0, unread + after.unread - before.unread);
      conversation.mentions = Math.max(0, conversation.mentions + after.mentions - before.mentions);
    },
  };
}
