import type { ConversationId } from "../../lib/chat-server/event.ts";
import type { Room } from "../../lib/chat-server/rooms/room.ts";
import type { State } from "../../lib/chat-server/state.ts";
import { countsPart, servicePart } from "../../lib/chat-server/takeover/service-part.ts";
import { noteOf, paceOf } from "../../lib/chat-server/takeover/session-note.ts";
import { userPart } from "../../lib/chat-server/takeover/user-part.ts";
import { isPreferenceOpen } from "../../lib/chat-server/users/account-preferences.ts";
import { acceptedNicks } from "../../lib/chat-server/users/block-list.ts";

/** Returns what can be compared of the states of two servers that have seen the same. */
export function stateOf(state: State): unknown {
  const users = [...state.users.all()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const { counters: _, ...counts } = countsPart(state);
  return {
    snapshot: snapshotOf(state),
    users: users.map((user) => [
      user.key,
      user.identity,
      // Of those whom the user accepts, who has gone is forgotten.
      { ...userPart(state, user), accepted: acceptedNicks(state, user) },
      user.guestMessages.map(({ peer, target, event }) => [peer.key, target, event]),
      [...user.rooms].map(({ id }) => id).sort(),
      [...user.modes].sort(),
      user.isAway,
      user.lastMessageElapsedMs,
      user.role,
    ]),
    rooms: sortedRooms(state).map((room) => [
      room.id,
      [...room.members.values()].map(({ user, ...member }) => [user.key, member]),
      // Who talked longer ago than slow mode asks for may talk.
      [...room.spokeElapsedMs].filter(
        ([, time]) => state.elapsedMs - time < Number(room.modes.get("W") ?? 0) * 1000,
      ),
      room.recentJoins,
      state.rooms.formerNameOf(room),
    ]),
    sessions: [...state.sessions].map((session) => {
      // Lines that are run again cost again, and are new.
      const {
        tokens: _1,
        balance: _2,
        unexplained: _3,
        lineMs: _4,
        ...pace
      } = paceOf(state, session);
      // An open message's lines are given again as well: its minute begins anew.
      const { batch, ...note } = noteOf(state, session);
      return [note, batch && { ...batch, openedMs: 0 }, pace, session.isWaiting];
    }),
    counts: { ...counts, commands: counts.commands.map(([verb]) => verb).sort() },
    service: servicePart(state),
    online: state.userCounts.size,
    places: [...state.memberPlaces].sort(),
  };
}

/**
 * Returns what can be compared of the states of a server that was killed when nothing was under way, and of the next one,
 * whose monotonic clock is another one. What is handed over at most once a second is left out.
 */
export function stateAfterKill(state: State, hasHistory: boolean) {
  const users = [...state.users.all()].sort((a, b) => (a.key < b.key ? -1 : 1));
  // Of what has ended, a start forgets them.
  const ofPresent = <T>(entries: Iterable<readonly [ConversationId, T]>) =>
    [...entries].filter(([id]) => state.rooms.byId(id) !== null).sort();
  return {
    conversations: snapshotOf(state).map((conversation) => {
      const [events, ...others] = [...conversation].reverse() as [object[], ...unknown[]];
      // Without histories, the newest messages aren't shown to those who come after a start.
      return hasHistory ? [others, events.map(withoutEmptyList)] : others;
    }),
    users: users.map((user) => {
      const { message: _, ...part } = userPart(state, user) ?? {};
      return [
        user.key,
        user.identity,
        { ...part, accepted: acceptedNicks(state, user) },
        user.guestMessages.map(({ peer, target, event }) => [peer.key, target, event]),
        [...user.rooms].map(({ id }) => id).sort(),
        [...user.modes].sort(),
        ofPresent(user.markers),
        // Guests have no unread counts.
        user.accountId === null ? null : ofPresent(user.readStates),
        ofPresent(user.invitations),
        [...user.metadata].sort(),
        [...user.preferences].filter(([key]) => isPreferenceOpen(state.rooms, key)).sort(),
        user.isAway,
        user.role,
      ];
    }),
    rooms: sortedRooms(state).map((room) => [
      room.id,
      room.name,
      room.topic,
      [...room.modes].sort(),
      [...room.members.values()].map(({ user, ...member }) => [user.key, member]),
      state.rooms.formerNameOf(room),
    ]),
    // Those that were opened in the same millisecond come in any order.
    sessions: [...state.sessions]
      .map((session) => {
        const { batch, ...note } = noteOf(state, session);
        const { address } = session.link;
        return [address, note, batch && { ...batch, openedMs: 0 }, session.isWaiting] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    accounts: [...state.accounts.accounts()],
    online: state.userCounts.size,
    places: [...state.memberPlaces].sort(),
  };
}

/** A message that names nobody is read as one that names an empty list. */
function withoutEmptyList(event: object & { readonly named?: readonly unknown[] }): object {
  const { named, ...others } = event;
  return named?.length === 0 ? others : event;
}

function sortedRooms(state: State): Room[] {
  return [...state.rooms.all()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function snapshotOf(state: State): unknown[][] {
  const conversations = [...state.rooms.conversations()];
  return conversations
    .map((conversation) => [
      conversation.id,
      conversation.position,
      conversation.time,
      conversation.lastMessageAt,
      [...conversation.messagesByDay],
      conversation.recentEvents.slice(-50),
    ])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
