/** What is known of the time before the oldest message that is shown. "Nothing was said" only where that is known. */
import type {
  ClientConversation,
  ClientState,
  HistoryGap,
} from "../../../chat-client/client-state.ts";
import { isSodam } from "../../../chat-client/server-names.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { Words } from "../../i18n/words.ts";

/** Our server's mode of rooms in which one reads nothing from before one joined: docs/protocol.md. */
const SINCE_JOINING_MODE = "H";

/** What is known of the time before the oldest line that is shown. */
export type BeginningReason = "loading" | "beginning" | "since-joining" | HistoryGap;

/**
 * Returns why nothing older is shown; null when there may be more to load. Only "beginning" says that there is
 * nothing.
 */
export function beginningReason(conversation: ClientConversation): BeginningReason | null {
  const { oldestReached, loadingOlder, historyGap } = conversation.detached ?? conversation;
  if (loadingOlder) return "loading";
  if (historyGap !== null) return historyGap === "not-kept" && !oldestReached ? null : historyGap;
  if (!oldestReached) return null;
  // Members of such a room see only what was said since they joined.
  return conversation.modes.includes(SINCE_JOINING_MODE) ? "since-joining" : "beginning";
}

/** Returns the sentence for a conversation of which no message is loaded. */
export function emptySentence(
  state: ClientState,
  conversation: ClientConversation,
  { emptyHere }: Words,
): string {
  const { kind, name, former, joined, catchingUp, historyGap } = conversation;
  if (former) return emptyHere.gone;
  if (state.phase.kind !== "ready") return emptyHere.offline;
  if (kind === "room" && !joined) return emptyHere.outside(sanitize(name));
  if (catchingUp) return emptyHere.loading;
  const hasHistory = state.caps.has("draft/chathistory") && state.caps.has("batch");
  if (!hasHistory || historyGap === "not-kept") return emptyHere["not-kept"];
  const reason = beginningReason(conversation);
  // Our server refuses the history with a nick that nobody has; other servers may refuse any.
  const isNobody = kind === "direct" && reason === "refused" && isSodam(state);
  if (isNobody) return emptyHere.nobody(sanitize(name));
  return reason === null ? emptyHere.unknown : emptyHere[reason];
}
