import type { AccountId } from "../../protocol/account-id.ts";
import { type Folded, fold } from "../../protocol/names.ts";
import { formatTime } from "../../protocol/time.ts";
import type { RegisteredContext, Steps } from "../command.ts";
import type { UserIdentity } from "../event.ts";
import { isHiddenFrom } from "../history/withheld.ts";
import type { Reply } from "../relay/reply.ts";
import { conversationTarget } from "../rooms/access.ts";
import { type Conversation, DirectConversation } from "../rooms/room.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import { matchesBanMask, type NamedMask } from "../users/ban-masks.ts";
import { MaskList } from "../users/mask-list.ts";
import type { User } from "../users/user.ts";
import { countUnread, readersOf } from "./unread-counts.ts";

/* Sends read markers (MARKREAD) and unread counts (UNREAD, docs/protocol.md) to sessions. */

/** Sends a session a conversation's read marker and unread counts, each if it has the capability. */
export function sendUnread(
  state: State,
  reply: Reply,
  conversation: Conversation,
  target: string,
  user: User,
): void {
  const { session } = reply;
  const marker = user.markers.get(conversation.id);
  if (session.has("draft/read-marker")) reply.line("MARKREAD", [target, formatMarker(marker)]);
  sendUnreadCount(state, reply, conversation, target, user);
}

/** Sends a session a conversation's unread counts, if it has the capability and the user an account. */
export function sendUnreadCount(
  state: State,
  reply: Reply,
  conversation: Conversation,
  target: string,
  user: User,
): void {
  if (user.accountId === null || !reply.session.has("sodam.chat/unread")) return;
  // Those of people whom the user has blocked are looked for: see `countUnread`.
  if (user.blocked.size > 0) reply.session.work.rows += conversation.recentEvents.length;
  const { messages, mentions } = countUnread(state.users, conversation, user);
  reply.line("UNREAD", [target, String(messages), String(mentions)]);
}

/**
 * Sends a conversation's new read marker and counts to the user's other sessions, and notes a read receipt.
 */
export function sendMarkerToOtherSessions(
  { state, session, user }: Pick<RegisteredContext, "state" | "session" | "user">,
  conversation: Conversation,
  target: string,
): void {
  if (user.sharesReadReceipts) state.readReceipts.note(conversation, user);
  const marker = formatMarker(user.markers.get(conversation.id));
  for (const otherSession of user.sessions) {
    if (otherSession === session) continue;
    const reply = state.unsolicitedReply(otherSession);
    if (otherSession.has("draft/read-marker")) reply.line("MARKREAD", [target, marker]);
    sendUnreadCount(state, reply, conversation, target, user);
  }
}

/** Sends a connecting session its direct conversations with unread messages; for rooms, JOIN does so. */
export function* sendUnreadDirects(state: State, reply: Reply, user: User): Steps {
  if (user.accountId === null || !reply.session.has("sodam.chat/unread")) return;
  const slice = new Slice(reply);
  for (const conversation of state.rooms.directConversationsOf(user.accountId)) {
    if (slice.isOver()) yield* pause();
    if (countUnread(state.users, conversation, user).messages === 0) continue;
    const peer = conversation.peerOf(user.accountId);
    sendUnread(state, reply, conversation, state.nickOfAccount(peer), user);
  }
}

/** Formats a marker (ms) as MARKREAD's parameter: `timestamp=…`, or "*" for none. */
export function formatMarker(time: number | undefined): string {
  return time === undefined ? "*" : `timestamp=${formatTime(time)}`;
}

/**
 * Snapshots the unread counts of a conversation's connected readers. The returned function notifies those whose
 * counts have changed.
 */
export function trackUnreadChanges(state: State, conversation: Conversation): () => void {
  const countsBefore = new Map<User, ReturnType<typeof countUnread>>();
  for (const user of readersOf(state.users, conversation)) {
    // Counting takes as long as looking at three entries, besides the blocked ones.
    state.budgets.meter.rows += 3 + (user.blocked.size > 0 ? conversation.recentEvents.length : 0);
    if (user.sessions.length > 0)
      countsBefore.set(user, countUnread(state.users, conversation, user));
  }
  return () => {
    state.budgets.meter.rows += 3 * countsBefore.size;
    for (const [user, before] of countsBefore) {
      const { messages, mentions } = countUnread(state.users, conversation, user);
      if (messages === before.messages && mentions === before.mentions) continue;
      const target = conversationTarget(state, conversation, user.accountId);
      for (const session of user.sessions) {
        sendUnreadCount(state, state.unsolicitedReply(session), conversation, target, user);
      }
    }
  };
}

/**
 * Sends a user's sessions the unread counts that may have changed because these masks were put on the user's block list,
 * or taken off it. In slices: a mask with wildcards can mean somebody in each of the user's conversations.
 */
export function* sendBlockedUnread(
  state: State,
  reply: Reply,
  user: User,
  masks: readonly NamedMask[],
): Steps {
  const { accountId } = user;
  if (accountId === null || masks.length === 0) return;
  const isMeant = matcherOf(masks);
  const slice = new Slice(reply);
  for (const conversation of [...user.rooms, ...state.rooms.directConversationsOf(accountId)]) {
    if (conversation instanceof DirectConversation && isHiddenFrom(conversation, accountId))
      continue;
    if (slice.isOver(conversation.recentEvents.length)) yield* pause();
    reply.session.work.rows += conversation.recentEvents.length;
    const readUntil = user.readStates.get(conversation.id)?.time ?? 0;
    const isUnread = conversation.recentEvents.some(
      ({ time, by }) => time > readUntil && isMeant(by),
    );
    if (!isUnread) continue;
    const target = conversationTarget(state, conversation, accountId);
    for (const session of user.sessions) {
      const sessionReply = session === reply.session ? reply : state.unsolicitedReply(session);
      sendUnreadCount(state, sessionReply, conversation, target, user);
    }
  }
}

/** Returns a test for the people whom some masks mean. Most masks name one of them, and are not matched but looked up. */
function matcherOf(masks: readonly NamedMask[]): (identity: UserIdentity) => boolean {
  const accounts = new Set<AccountId>();
  const nicks = new Set<Folded>();
  const others = new MaskList();
  for (const named of masks) {
    const { mask, account } = named;
    const [, nick] = /^([^*?!@]+)!\*@\*$/.exec(mask) ?? [];
    if (account != null) accounts.add(account);
    else if (nick !== undefined) nicks.add(fold(nick));
    else others.add(named);
  }
  return (identity) =>
    (identity.accountId !== null && accounts.has(identity.accountId)) ||
    nicks.has(fold(identity.nick)) ||
    others.matchesAny(identity, matchesBanMask);
}
