import { formatTime } from "../../protocol/time.ts";
import { READ_RECEIPTS_EVERY_MS, READ_RECEIPTS_ROOM_MAX } from "../limits.ts";
import type { Reply } from "../relay/reply.ts";
import { canSeeMember } from "../rooms/access.ts";
import { type Conversation, DirectConversation, Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { isBlocked } from "../users/block-list.ts";
import type { User } from "../users/user.ts";

/**
 * Who has read how far: sodam.chat/read-receipts (docs/protocol.md). Only of people who want it told, to
 * people who want it told of themselves, in rooms where one knows each other and in direct messages.
 */
export class ReadReceipts {
  readonly #moved = new Map<Conversation, Set<User>>();
  readonly #toldAt = new WeakMap<Conversation, number>();

  /** Somebody has read further, has come in, or begins or ends to have it told. */
  note(conversation: Conversation, user: User): void {
    const isLarge =
      conversation instanceof Room && conversation.members.size > READ_RECEIPTS_ROOM_MAX;
    if (isLarge) return;
    const users = this.#moved.get(conversation) ?? new Set<User>();
    users.add(user);
    this.#moved.set(conversation, users);
  }

  /** Whose markers are to be told now, conversation by conversation: of each at most once a second. */
  *due(now: number): Iterable<readonly [Conversation, ReadonlySet<User>]> {
    for (const [conversation, users] of this.#moved) {
      const toldAt = this.#toldAt.get(conversation);
      // A clock that was set back is no reason to wait.
      if (toldAt !== undefined && Math.abs(now - toldAt) < READ_RECEIPTS_EVERY_MS) continue;
      this.#moved.delete(conversation);
      this.#toldAt.set(conversation, now);
      yield [conversation, users];
    }
  }
}

/** Tells what has become due. To be called about twice a second. */
export function relayReadReceipts(state: State): void {
  for (const [conversation, users] of state.readReceipts.due(state.now)) {
    if (conversation instanceof Room) tellRoom(state, conversation, users);
    if (conversation instanceof DirectConversation)
      for (const user of users) tellPeer(state, conversation, user);
  }
}

function tellRoom(state: State, room: Room, users: ReadonlySet<User>): void {
  for (const viewer of room.members.keys()) {
    for (const session of viewer.sessions) {
      if (!session.has("sodam.chat/read-receipts")) continue;
      const aside = state.unsolicitedReply(session);
      for (const user of users) tellOne(aside, room, viewer, user, true);
    }
  }
}

function tellPeer(state: State, talk: DirectConversation, user: User): void {
  const viewer = peerIn(state, talk, user);
  if (viewer === null) return;
  for (const session of viewer.sessions) {
    if (!session.has("sodam.chat/read-receipts")) continue;
    tellTalk(state.unsolicitedReply(session), talk, viewer, user, true);
  }
}

function peerIn(state: State, talk: DirectConversation, user: User): User | null {
  return user.account === null ? null : state.users.byAccount(talk.peerOf(user.account));
}

/** What a session is told that asks for its marker in direct messages: how far the other one is. */
export function sendDirectReadReceipt(
  state: State,
  reply: Reply,
  talk: DirectConversation,
  viewer: User,
): void {
  if (!reply.session.has("sodam.chat/read-receipts")) return;
  const user = peerIn(state, talk, viewer);
  if (user !== null) tellTalk(reply, talk, viewer, user, false);
}

/** `READ jun jun timestamp=…`: direct messages go by the other one's name, as everywhere. */
function tellTalk(
  reply: Reply,
  talk: DirectConversation,
  viewer: User,
  user: User,
  untold: boolean,
): void {
  // Whoever is blocked isn't told; what they write isn't read.
  if (user === viewer || isBlocked(user, viewer)) return;
  if (!user.sharesReadReceipts) {
    if (untold) reply.line("READ", [user.nick, user.nick, "*"]);
    return;
  }
  const time = user.markers.get(talk.id) ?? talk.createdAt;
  reply.line("READ", [user.nick, user.nick, `timestamp=${formatTime(time)}`]);
}

/** What a session is told behind its JOIN: how far the others are. */
export function sendReadReceipts(reply: Reply, room: Room, viewer: User): void {
  if (!reply.session.has("sodam.chat/read-receipts")) return;
  if (room.members.size > READ_RECEIPTS_ROOM_MAX) return;
  for (const user of room.members.keys()) tellOne(reply, room, viewer, user, false);
}

/** `READ #tea jun timestamp=…`; with `*` for somebody who wants it told no longer. */
function tellOne(reply: Reply, room: Room, viewer: User, user: User, untold: boolean): void {
  const member = room.members.get(user);
  if (user === viewer || member === undefined || !canSeeMember(room, viewer, user)) return;
  if (!user.sharesReadReceipts) {
    if (untold) reply.line("READ", [room.name, user.nick, "*"]);
    return;
  }
  // What was said before one joined was never unread.
  const time = Math.max(user.markers.get(room.id) ?? 0, member.joinedTime);
  reply.line("READ", [room.name, user.nick, `timestamp=${formatTime(time)}`]);
}

/**
 * Whether somebody has it told: while one of their devices wants it; and when none is connected, as it was.
 * To be called when a device comes, goes, or asks for something else.
 */
export function applyReadReceiptChoice(state: State, user: User): void {
  if (user.sessions.length === 0) return;
  const shares = user.sessions.some((session) => session.has("sodam.chat/read-receipts"));
  if (shares === user.sharesReadReceipts) return;
  user.sharesReadReceipts = shares;
  for (const room of user.rooms) state.readReceipts.note(room, user);
  if (user.account === null) return;
  for (const talk of state.rooms.directConversationsOf(user.account))
    state.readReceipts.note(talk, user);
}
