import { fold } from "../protocol/names.ts";
import { formatTime } from "../protocol/time.ts";
import type { HereAsk } from "./command.ts";
import type { Reply } from "./reply.ts";
import type { Conversation } from "./room.ts";
import { Room, Talk } from "./room.ts";
import type { State } from "./state.ts";
import type { User } from "./user.ts";

/** Tells how far a conversation has been read, and, to who asked for it, how much has not. */
export function tellUnread(
  reply: Reply,
  conversation: Conversation,
  target: string,
  user: User,
): void {
  const { session } = reply;
  const marker = user.markers.get(conversation.id);
  if (session.has("draft/read-marker")) reply.line("MARKREAD", [target, formatMarker(marker)]);
  if (user.account === null || !session.has("sodam.chat/unread")) return;
  const { messages, mentions } = countUnread(conversation, user);
  reply.line("UNREAD", [target, String(messages), String(mentions)]);
}

/** Tells the person's other devices how far a conversation has been read now. */
export function tellMarker(
  { state, session, user }: Pick<HereAsk, "state" | "session" | "user">,
  conversation: Conversation,
  target: string,
): void {
  const marker = formatMarker(user.markers.get(conversation.id));
  for (const other of user.sessions) {
    if (other === session || !other.has("draft/read-marker")) continue;
    state.aside(other).line("MARKREAD", [target, marker]);
  }
}

/** The direct messages that a session should know of, since no JOIN tells it. */
export function tellUnreadTalks(state: State, reply: Reply, user: User): void {
  if (user.account === null || !reply.session.has("sodam.chat/unread")) return;
  for (const talk of state.rooms.talksOf(user.account)) {
    if (!(talk instanceof Talk) || countUnread(talk, user).messages === 0) continue;
    tellUnread(reply, talk, state.nickOfAccount(talk.peerOf(user.account)), user);
  }
}

/** What stands in MARKREAD for a marker. */
export function formatMarker(time: number | undefined): string {
  return time === undefined ? "*" : `timestamp=${formatTime(time)}`;
}

/** Among the events in memory: what others said after the marker, and how often they named this person. */
export function countUnread(
  conversation: Conversation,
  user: User,
): { messages: number; mentions: number } {
  // What was said before one joined was never unread.
  const joined = conversation instanceof Room ? conversation.members.get(user)?.joinedTime : 0;
  const since = Math.max(user.markers.get(conversation.id) ?? 0, joined ?? 0);
  const name = fold(user.nick);
  let messages = 0;
  let mentions = 0;
  for (const event of conversation.recent) {
    if (event.kind !== "said" || event.verb === "TAGMSG" || event.time <= since) continue;
    if (event.by.account === user.account) continue;
    messages += 1;
    if (conversation instanceof Talk || fold(event.text).includes(name)) mentions += 1;
  }
  return { messages, mentions };
}
