import { daysToRecord } from "../history/utc-days.ts";
import { type Conversation, DirectConversation, type Member, Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { ReadState } from "../unread/unread-counts.ts";
import type { User } from "../users/user.ts";
import { ownModes } from "../users/user-modes.ts";
import type {
  ConversationSource,
  MemberSnapshot,
  PersonSnapshot,
  ReadStateSnapshot,
  RoomSource,
  Snapshot,
  SnapshotSource,
} from "./snapshot.ts";

/**
 * What rooms.json is to hold, made entry by entry while it is read: with 100,000 people the whole would hold
 * the thread for a tenth of a second. Between two entries anything may happen. Each conversation is as it is
 * at its own position, with all that events change of it, and of each person there is only what may be done
 * twice: so it makes no difference when within the reading an entry was made.
 */
export function snapshotSource(state: State): SnapshotSource {
  return {
    // Of a Map's values `Array.from` makes a list ten times as quickly as a spread does.
    conversations: conversationsOf(state, Array.from(state.rooms.conversations())),
    people: peopleOf(state, Array.from(state.users.all())),
    bans: state.bans.all(state.now),
  };
}

/** All of it at once: for a server that does nothing else meanwhile. */
export function takeSnapshot(state: State): Snapshot {
  const { conversations, people, bans } = snapshotSource(state);
  const whole = [...conversations].map(({ room, ...rest }) => ({
    ...rest,
    room: room === null ? null : { ...room, members: [...room.members] },
  }));
  return { conversations: whole, people: [...people], bans: [...bans] };
}

function* conversationsOf(
  state: State,
  conversations: readonly Conversation[],
): Generator<ConversationSource, void> {
  for (const conversation of conversations) {
    if (state.rooms.byId(conversation.id) === conversation) yield entryOf(state, conversation);
  }
}

function* peopleOf(state: State, users: readonly User[]): Generator<PersonSnapshot, void> {
  for (const user of users) {
    if (user.account === null) continue;
    const modes = ownModes(user);
    yield {
      account: user.account,
      nick: user.nick,
      realname: user.identity.realname,
      choseRealname: user.choseRealname,
      ...(modes !== "" && { modes }),
      // Of rooms that are no more none is needed: see retention.ts.
      markers: Object.fromEntries(
        [...user.markers].filter(([id]) => state.rooms.byId(id) !== null),
      ),
      blocked: [...user.blocked],
      metadata: Object.fromEntries(user.metadata),
    };
  }
}

function entryOf(state: State, conversation: Conversation): ConversationSource {
  const { id, position, time, lastMessageAt, createdAt, messagesByDay } = conversation;
  const own = {
    id,
    at: position,
    time,
    saidAt: lastMessageAt,
    createdAt,
    days: daysToRecord(messagesByDay),
  };
  if (conversation instanceof Room) return { ...own, pair: null, room: roomOf(conversation) };
  if (!(conversation instanceof DirectConversation)) return { ...own, pair: null, room: null };
  const { accounts } = conversation;
  const tallies: Record<string, ReadStateSnapshot> = {};
  for (const account of accounts) {
    const tally = state.users.byAccount(account)?.readStates.get(id);
    if (tally !== undefined) tallies[account] = tallyOf(tally);
  }
  return { ...own, pair: accounts, tallies, room: null };
}

function roomOf(room: Room): RoomSource {
  // Of each member only what changes, and is never changed in place; the rest can wait.
  const members = Array.from(room.members.values());
  const ranks = new Map(members.filter((one) => one.ranks !== "").map((one) => [one, one.ranks]));
  const tallies = members.map(({ user }) => user.readStates.get(room.id));
  return {
    name: room.name,
    topic: room.topic,
    modes: Object.fromEntries(room.modes),
    lists: Object.fromEntries(room.lists),
    metadata: Object.fromEntries(room.metadata),
    ranks: Object.fromEntries(room.autoRanks),
    members: membersOf(members, ranks, tallies),
  };
}

function* membersOf(
  members: readonly Member[],
  ranks: ReadonlyMap<Member, string>,
  tallies: readonly (ReadState | undefined)[],
): Generator<MemberSnapshot, void> {
  for (const [index, member] of members.entries()) {
    const { account } = member.user;
    if (account === null) continue;
    const { joinedPosition: joinedAt, joinedTime } = member;
    const tally = tallies[index];
    const entry = { account, ranks: ranks.get(member) ?? "", joinedAt, joinedTime };
    yield tally === undefined ? entry : { ...entry, tally: tallyOf(tally) };
  }
}

function tallyOf({ time, read, mentionsByDay: named }: ReadState): ReadStateSnapshot {
  return named.size === 0 ? { time, read } : { time, read, named: daysToRecord(named) };
}
