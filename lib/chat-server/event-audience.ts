import type { RoomEvent } from "./event.ts";
import { isShownTo } from "./history/withheld.ts";
import { encodeEvent, isSilent, toBytes } from "./relay/encode-event.ts";
import { relayEvent } from "./relay/fan-out.ts";
import type { Reply } from "./relay/reply.ts";
import { firstReadablePosition } from "./rooms/access.ts";
import { type Conversation, DirectConversation, membersAnd, Room } from "./rooms/room.ts";
import type { State } from "./state.ts";
import type { User } from "./users/user.ts";

/** The facts about a conversation before an event is applied that relaying the event needs afterwards. */
interface AudienceBefore {
  /** The user whom the event removes from the room. They receive it, though no longer a member. */
  readonly leavingUser: User | null;
  /** The user whose join or leave an auditorium (+u) hides from all but its ops. */
  readonly hiddenUser: User | null;
  /** The room's name: a rename is relayed under the previous name. "" for direct messages. */
  readonly roomName: string;
}

interface Audience extends AudienceBefore {
  /** Members receive the event only if they may read what is at this position: see `State.commit`. */
  readonly textPosition: number;
}

/** Finds the users affected by an event. Call it before `apply`. */
export function audienceBefore(
  state: State,
  conversation: Conversation,
  event: RoomEvent,
): AudienceBefore {
  if (!(conversation instanceof Room)) return { leavingUser: null, hiddenUser: null, roomName: "" };
  const leavingUser = findLeavingUser(state, event);
  const mover = event.kind === "joined" ? state.users.find(event.by) : leavingUser;
  const isHidden = mover !== null && conversation.hasMode("u") && !conversation.hasRank(mover, "v");
  return { leavingUser, hiddenUser: isHidden ? mover : null, roomName: conversation.name };
}

/** Relays an applied event to every session that may receive it. */
export function relayToAudience(
  state: State,
  conversation: Conversation,
  event: RoomEvent,
  audience: Audience,
  asker: Reply | null,
): void {
  if (conversation instanceof Room) relayToRoom(state, conversation, event, audience, asker);
  else if (conversation instanceof DirectConversation) {
    relayToPair(state, conversation, event, asker);
  }
}

function relayToRoom(
  state: State,
  room: Room,
  event: RoomEvent,
  { leavingUser, hiddenUser, roomName, textPosition }: Audience,
  asker: Reply | null,
): void {
  if (isSilent(event)) return;
  // A non-member who writes to a room is sent the echo too, on all devices.
  const extraUser = event.kind === "said" ? state.users.find(event.by) : leavingUser;
  const members = membersAnd(room, extraUser);
  const users = textPosition === Infinity ? members : readersFrom(room, members, textPosition);
  const audience = hiddenUser === null ? users : opsAnd(room, users, hiddenUser);
  relayEvent(event, room, audience, roomName, asker, state.options);
  for (const session of leavingUser?.sessions ?? []) session.unannouncedRooms?.delete(room);
}

function relayToPair(
  state: State,
  conversation: DirectConversation,
  event: RoomEvent,
  asker: Reply | null,
): void {
  if (event.by.accountId === null) return;
  const users = new Set<User>();
  for (const account of conversation.accounts) {
    if (!isShownTo(event, account)) continue;
    const user = state.users.byAccount(account);
    if (user !== null) users.add(user);
  }
  const target = state.nickOfAccount(conversation.peerOf(event.by.accountId));
  relayEvent(event, null, users, target, asker, state.options);
  // A message to oneself also arrives as a message, besides the echo that some clients ask for.
  const [account, peer] = conversation.accounts;
  if (account === peer && asker !== null && event.kind === "said") {
    asker.session.send(toBytes(encodeEvent(event, target, asker.session.dialect, state.options)));
  }
}

function findLeavingUser(state: State, event: RoomEvent): User | null {
  if (event.kind === "left") return state.users.find(event.by);
  if (event.kind === "kicked") return state.users.find(event.whom);
  return null;
}

function* readersFrom(room: Room, users: Iterable<User>, position: number): Iterable<User> {
  for (const user of users) if (firstReadablePosition(room, user) <= position) yield user;
}

function* opsAnd(room: Room, users: Iterable<User>, hiddenUser: User): Iterable<User> {
  for (const user of users) if (user === hiddenUser || room.hasRank(user, "h")) yield user;
}
