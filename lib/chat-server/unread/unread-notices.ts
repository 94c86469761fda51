import { formatTime } from "../../protocol/time.ts";
import type { RegisteredContext } from "../command.ts";
import { conversationTarget } from "../history/history-access.ts";
import type { Reply } from "../relay/reply.ts";
import type { Conversation } from "../rooms/room.ts";
import { DirectConversation } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import { countUnread, readersOf } from "./unread-counts.ts";

/** Tells how far a conversation has been read, and, to who asked for it, how much has not. */
export function sendUnread(
  reply: Reply,
  conversation: Conversation,
  target: string,
  user: User,
): void {
  const { session } = reply;
  const marker = user.markers.get(conversation.id);
  if (session.has("draft/read-marker")) reply.line("MARKREAD", [target, formatMarker(marker)]);
  sendUnreadCount(reply, conversation, target, user);
}

/** Tells who asked for it how much has not been read. */
export function sendUnreadCount(
  reply: Reply,
  conversation: Conversation,
  target: string,
  user: User,
): void {
  if (user.account === null || !reply.session.has("sodam.chat/unread")) return;
  const { messages, mentions } = countUnread(conversation, user);
  reply.line("UNREAD", [target, String(messages), String(mentions)]);
}

/** Tells the person's other devices how far a conversation has been read now, and what is left. */
export function sendMarkerToOtherSessions(
  { state, session, user }: Pick<RegisteredContext, "state" | "session" | "user">,
  conversation: Conversation,
  target: string,
): void {
  if (user.sharesReadReceipts) state.readReceipts.note(conversation, user);
  const marker = formatMarker(user.markers.get(conversation.id));
  for (const other of user.sessions) {
    if (other === session) continue;
    const aside = state.unsolicitedReply(other);
    if (other.has("draft/read-marker")) aside.line("MARKREAD", [target, marker]);
    sendUnreadCount(aside, conversation, target, user);
  }
}

/** The direct messages that a session should know of, since no JOIN tells it. */
export function sendUnreadDirects(state: State, reply: Reply, user: User): void {
  if (user.account === null || !reply.session.has("sodam.chat/unread")) return;
  for (const talk of state.rooms.directConversationsOf(user.account)) {
    if (!(talk instanceof DirectConversation) || countUnread(talk, user).messages === 0) continue;
    sendUnread(reply, talk, state.nickOfAccount(talk.peerOf(user.account)), user);
  }
}

/** What stands in MARKREAD for a marker. */
export function formatMarker(time: number | undefined): string {
  return time === undefined ? "*" : `timestamp=${formatTime(time)}`;
}

/** Remembers what is unread; what it gives tells those of whom that is no longer true. */
export function trackUnreadChanges(state: State, conversation: Conversation): () => void {
  const before = new Map<User, ReturnType<typeof countUnread>>();
  for (const user of readersOf(state.users, conversation)) {
    if (user.sessions.length > 0) before.set(user, countUnread(conversation, user));
  }
  return () => {
    for (const [user, was] of before) {
      const { messages, mentions } = countUnread(conversation, user);
      if (messages === was.messages && mentions === was.mentions) continue;
      const name = conversationTarget(state, conversation, user.account);
      for (const session of user.sessions) {
        sendUnreadCount(state.unsolicitedReply(session), conversation, name, user);
      }
    }
  };
}
