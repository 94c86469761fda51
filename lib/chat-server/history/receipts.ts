import { formatTime } from "../../protocol/time.ts";
import { READ_RECEIPTS_EVERY_MS, READ_RECEIPTS_ROOM_MAX } from "../limits.ts";
import type { User } from "../people/user.ts";
import type { Reply } from "../reply.ts";
import { sees } from "../rooms/access.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { State } from "../state.ts";

/**
 * Who has read how far: sodam.chat/read-receipts (docs/protocol.md). Only of people who want it told, to
 * people who want it told of themselves, in rooms where one knows each other.
 */
export class Receipts {
  readonly #moved = new Map<Room, Set<User>>();
  readonly #toldAt = new WeakMap<Room, number>();

  /** Somebody has read further, has come in, or begins or ends to have it told. */
  note(conversation: Conversation, user: User): void {
    if (!(conversation instanceof Room) || conversation.members.size > READ_RECEIPTS_ROOM_MAX)
      return;
    const users = this.#moved.get(conversation) ?? new Set<User>();
    users.add(user);
    this.#moved.set(conversation, users);
  }

  /** Whose markers are to be told now, room by room: of each at most once a second. */
  *due(now: number): Iterable<readonly [Room, ReadonlySet<User>]> {
    for (const [room, users] of this.#moved) {
      const toldAt = this.#toldAt.get(room);
      // A clock that was set back is no reason to wait.
      if (toldAt !== undefined && Math.abs(now - toldAt) < READ_RECEIPTS_EVERY_MS) continue;
      this.#moved.delete(room);
      this.#toldAt.set(room, now);
      yield [room, users];
    }
  }
}

/** Tells what has become due. To be called about twice a second. */
export function tellReceipts(state: State): void {
  for (const [room, users] of state.receipts.due(state.now)) {
    for (const viewer of room.members.keys()) {
      for (const session of viewer.sessions) {
        if (!session.has("sodam.chat/read-receipts")) continue;
        const aside = state.aside(session);
        for (const user of users) tellOne(aside, room, viewer, user, true);
      }
    }
  }
}

/** What a session is told behind its JOIN: how far the others are. */
export function sendReceipts(reply: Reply, room: Room, viewer: User): void {
  if (!reply.session.has("sodam.chat/read-receipts")) return;
  if (room.members.size > READ_RECEIPTS_ROOM_MAX) return;
  for (const user of room.members.keys()) tellOne(reply, room, viewer, user, false);
}

/** `READ #tea jun timestamp=…`; with `*` for somebody who wants it told no longer. */
function tellOne(reply: Reply, room: Room, viewer: User, user: User, untold: boolean): void {
  const member = room.members.get(user);
  if (user === viewer || member === undefined || !sees(room, viewer, user)) return;
  if (!user.sharesReading) {
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
export function settleReceipts(state: State, user: User): void {
  if (user.sessions.length === 0) return;
  const shares = user.sessions.some((session) => session.has("sodam.chat/read-receipts"));
  if (shares === user.sharesReading) return;
  user.sharesReading = shares;
  for (const room of user.rooms) state.receipts.note(room, user);
}
