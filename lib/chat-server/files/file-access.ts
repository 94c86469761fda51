import type { ConversationId } from "../event.ts";
import { isHiddenFrom } from "../history/withheld.ts";
import { canReadHistory, firstReadablePosition } from "../rooms/access.ts";
import { type Conversation, DirectConversation } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import type { SentFile } from "./file-index.ts";

/**
 * Returns the file of an id if this user may read its message at the moment, else `null`: whether there is such a file
 * isn't told. To be asked again after each wait.
 *
 * @param user `null` for a session that isn't logged in
 */
export function mayFetch(
  state: Pick<State, "rooms">,
  user: User | null,
  id: string,
): SentFile | null {
  const sent = state.rooms.files.byId(id);
  const conversation = sent === null ? null : readable(state, user, sent.conversation);
  if (sent === null || user === null || conversation === null) return null;
  return mayReadMessageOf(sent, conversation, user) ? sent : null;
}

/** Returns whether a user who may read a conversation may read the message of one of its files. */
export function mayReadMessageOf(
  { position, by, withheld }: SentFile,
  conversation: Conversation,
  user: User,
): boolean {
  if (position < firstReadablePosition(conversation, user)) return false;
  return withheld !== true || (user.accountId !== null && by.accountId === user.accountId);
}

function readable(
  { rooms }: Pick<State, "rooms">,
  user: User | null,
  id: ConversationId,
): Conversation | null {
  const conversation = rooms.byId(id);
  if (user === null || conversation === null || !canReadHistory(conversation, user)) return null;
  if (!(conversation instanceof DirectConversation) || user.accountId === null) return conversation;
  return isHiddenFrom(conversation, user.accountId) ? null : conversation;
}
