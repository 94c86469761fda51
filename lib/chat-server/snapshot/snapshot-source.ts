import { encodeRoomFields } from "../../protocol/room-fields.ts";
import { daysToRecord } from "../history/utc-days.ts";
import { type Conversation, DirectConversation, type Member, Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { ReadState } from "../unread/unread-counts.ts";
import { isPreferenceOpen } from "../users/account-preferences.ts";
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
 * Returns the content of rooms.json, made entry by entry while it is read: at 100,000 users the whole of it
 * would block the thread for a tenth of a second. The state may change between two entries. A conversation's
 * entry is consistent with its own position and has everything that events change; a person's entry holds only
 * what may be applied twice. So the result doesn't depend on when an entry is made.
 */
export function snapshotSource(state: State): SnapshotSource {
  return {
    // `Array.from` copies a Map's values ten times as fast as a spread.
    conversations: conversationEntries(state, Array.from(state.rooms.conversations())),
    people: personEntries(state, Array.from(state.users.all())),
    bans: state.bans.all(state.now),
    reports: [...state.reports.all()],
    // Read last: files that were sent meanwhile may be among them, and adding a file twice makes no difference.
    files: state.rooms.files.all(),
    fileCount: state.rooms.files.size,
  };
}

/** Returns the whole content of rooms.json at once, for a server that does nothing else meanwhile. */
export function takeSnapshot(state: State): Snapshot {
  const { conversations, people, bans, reports = [], files = [] } = snapshotSource(state);
  const entries = [...conversations].map(({ room, ...rest }) => ({
    ...rest,
    room: room === null ? null : { ...room, members: [...room.members] },
  }));
  return {
    conversations: entries,
    people: [...people],
    bans: [...bans],
    reports: [...reports],
    files: [...files],
  };
}

function* conversationEntries(
  state: State,
  conversations: readonly Conversation[],
): Generator<ConversationSource, void> {
  for (const conversation of conversations) {
    const isOpen = state.rooms.byId(conversation.id) === conversation;
    if (isOpen) yield conversationEntry(state, conversation);
  }
}

function* personEntries(state: State, users: readonly User[]): Generator<PersonSnapshot, void> {
  for (const user of users) {
    if (user.accountId === null) continue;
    const modes = ownModes(user);
    const preferences = [...user.preferences].filter(([key]) => isPreferenceOpen(state.rooms, key));
    const invitations = [...user.invitations]
      .filter(([id]) => state.rooms.byId(id) !== null)
      .map(([room, invitation]) => ({ room, ...invitation }));
    yield {
      account: user.accountId,
      nick: user.nick,
      realname: user.identity.realname,
      choseRealname: user.choseRealname,
      ...(user.seenAt > 0 && { seenAt: user.seenAt }),
      ...(modes !== "" && { modes }),
      // Markers of closed rooms are left out: see retention.ts.
      markers: Object.fromEntries(
        [...user.markers].filter(([id]) => state.rooms.byId(id) !== null),
      ),
      blocked: [...user.blocked],
      metadata: Object.fromEntries(user.metadata),
      ...(preferences.length > 0 && { preferences: Object.fromEntries(preferences) }),
      ...(invitations.length > 0 && { invitations }),
    };
  }
}

function conversationEntry(state: State, conversation: Conversation): ConversationSource {
  const { id, position, time, lastMessageAt, createdAt, messagesByDay } = conversation;
  const entry = {
    id,
    at: position,
    time,
    saidAt: lastMessageAt,
    createdAt,
    days: daysToRecord(messagesByDay),
  };
  if (conversation instanceof Room) return { ...entry, pair: null, room: roomEntry(conversation) };
  if (!(conversation instanceof DirectConversation)) return { ...entry, pair: null, room: null };
  const { accounts, withheldAt } = conversation;
  const tallies: Record<string, ReadStateSnapshot> = {};
  for (const account of accounts) {
    const readState = state.users.byAccount(account)?.readStates.get(id);
    if (readState !== undefined) tallies[account] = readStateEntry(readState);
  }
  const withheld = withheldAt.size > 0 && { withheldAt: Object.fromEntries(withheldAt) };
  return { ...entry, pair: accounts, tallies, ...withheld, room: null };
}

function roomEntry(room: Room): RoomSource {
  // Copied now is only what may change before the members are read. Read states never change in place.
  const members = Array.from(room.members.values());
  const ranked = members.filter(({ ranks }) => ranks !== "");
  const ranks = new Map(ranked.map((member) => [member, member.ranks]));
  const readStates = members.map(({ user }) => user.readStates.get(room.id));
  return {
    name: room.name,
    ...encodeRoomFields(room),
    members: memberEntries(members, ranks, readStates),
  };
}

function* memberEntries(
  members: readonly Member[],
  ranks: ReadonlyMap<Member, string>,
  readStates: readonly (ReadState | undefined)[],
): Generator<MemberSnapshot, void> {
  for (const [index, member] of members.entries()) {
    const { accountId: account } = member.user;
    if (account === null) continue;
    const { joinedPosition: joinedAt, joinedTime } = member;
    const readState = readStates[index];
    const entry = { account, ranks: ranks.get(member) ?? "", joinedAt, joinedTime };
    yield readState === undefined ? entry : { ...entry, tally: readStateEntry(readState) };
  }
}

function readStateEntry({ time, read, mentionsByDay }: ReadState): ReadStateSnapshot {
  if (mentionsByDay.size === 0) return { time, read };
  return { time, read, named: daysToRecord(mentionsByDay) };
}
