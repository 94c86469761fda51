import type { AccountId } from "../../protocol/account-id.ts";
import { type Folded, fold, type Nick } from "../../protocol/names.ts";
import type { ConversationId, UserIdentity } from "../event.ts";
import { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { RoomInvitation } from "../users/room-invitations.ts";
import { User } from "../users/user.ts";
import { peerOf } from "./guest-message-parts.ts";
import { elapsedTime, serviceTime } from "./service-part.ts";
import type { Writable } from "./session-note.ts";

/** A time of the service's clock: see `serviceTime`. */
type ServiceMs = number;

/** What is in memory alone of any user. */
interface SoftUserFields {
  readonly realname?: string;
  readonly choseRealname?: true;
  readonly away?: string;
  /** The operator's name that was given to OPER, and the digest of the password's hash. */
  readonly oper?: readonly [name: string, digest: string];
  readonly hasResigned?: true;
  readonly sharesReadReceipts?: true;
  readonly accepted?: readonly (readonly [key: string, nick: string])[];
  readonly callersWaiting?: readonly (readonly [
    key: string,
    by: UserIdentity,
    time: number,
    isBlocked: boolean,
  ])[];
  readonly ephemeralMarkers?: readonly (readonly [Folded, number])[];
  /** When an account's user who is not here last sent a message. Of others the pace of their sessions has it. */
  readonly message?: ServiceMs;
  readonly callerTold?: ServiceMs;
  readonly knocked?: ServiceMs;
}

/** What a guest has besides: all of it, since nothing of a guest is stored. */
interface GuestFields {
  readonly identity: UserIdentity;
  readonly modes: string;
  readonly rooms: readonly (readonly [
    id: ConversationId,
    ranks: string,
    joinedPosition: number,
    joinedTime: number,
  ])[];
  readonly markers?: readonly (readonly [ConversationId, number])[];
  readonly blocked?: readonly { readonly mask: string; readonly account?: AccountId | null }[];
  readonly metadata?: readonly (readonly [string, string])[];
  readonly invitations?: readonly (readonly [ConversationId, RoomInvitation])[];
}

/** A user in the parts: JSON. Left out is what has its first value. */
export type UserPart = SoftUserFields & { readonly guest?: GuestFields };

/**
 * Returns a user's part as it is now; `null` for a user of whom nothing is in memory alone. It is made for each user whose
 * session ran a line. Its fields are added by other functions, see `noteOf`.
 */
export function userPart(state: State, user: User): UserPart | null {
  const part: Writable<UserPart> = {};
  addSoftFields(part, state, user);
  if (user.accountId === null) part.guest = guestFields(user);
  for (const _ in part) return part;
  return null;
}

function addSoftFields(part: Writable<UserPart>, state: State, user: User): void {
  const { identity, accountId, oper } = user;
  if (accountId !== null && identity.realname !== identity.account) {
    part.realname = identity.realname;
  }
  if (user.choseRealname) part.choseRealname = true;
  if (user.away !== null) part.away = user.away;
  if (oper !== null) part.oper = [oper.name, state.ports.random.digest(oper.passwordHash)];
  if (user.hasResigned) part.hasResigned = true;
  if (user.sharesReadReceipts) part.sharesReadReceipts = true;
  if (user.accepted.size > 0) {
    part.accepted = Array.from(user.accepted, ([key, nick]) => [keyOf(key), nick] as const);
  }
  if (user.callersWaiting.size > 0) {
    part.callersWaiting = Array.from(
      user.callersWaiting,
      ([key, { by, time, isBlocked }]) => [keyOf(key), by, time, isBlocked] as const,
    );
  }
  if (user.ephemeralMarkers.size > 0) part.ephemeralMarkers = [...user.ephemeralMarkers];
  if (accountId !== null && user.sessions.length === 0) {
    part.message = serviceTime(state, user.lastMessageElapsedMs);
  }
  if (user.callerToldElapsedMs > Number.NEGATIVE_INFINITY) {
    part.callerTold = serviceTime(state, user.callerToldElapsedMs);
  }
  if (user.knockedElapsedMs > Number.NEGATIVE_INFINITY) {
    part.knocked = serviceTime(state, user.knockedElapsedMs);
  }
}

function guestFields(user: User): GuestFields {
  const fields: Writable<GuestFields> = {
    identity: user.identity,
    modes: [...user.modes].join(""),
    rooms: membershipsOf(user),
  };
  addGuestLists(fields, user);
  return fields;
}

function addGuestLists(fields: Writable<GuestFields>, user: User): void {
  if (user.markers.size > 0) fields.markers = [...user.markers];
  if (user.blocked.size > 0) fields.blocked = [...user.blocked];
  if (user.metadata.size > 0) fields.metadata = [...user.metadata];
  if (user.invitations.size > 0) fields.invitations = [...user.invitations];
}

function membershipsOf(user: User): GuestFields["rooms"] {
  const memberships: GuestFields["rooms"][number][] = [];
  for (const room of user.rooms) {
    const member = room.members.get(user);
    if (member === undefined) continue;
    memberships.push([room.id, member.ranks, member.joinedPosition, member.joinedTime]);
  }
  return memberships;
}

function keyOf(key: AccountId | User): string {
  return typeof key === "object" ? key.key : key;
}

/**
 * Makes or renames the guests of the parts, and removes those who have gone: without telling anybody. A nick that is
 * still another's is given in the next call. Call it before and after the events of a record are applied.
 */
export function placeGuests(
  state: State,
  parts: ReadonlyMap<string, UserPart | null>,
  isLast: boolean,
  attempt: (key: string, run: () => void) => void,
): void {
  const { users } = state;
  for (const [key, part] of parts) {
    const user = users.byKey(key);
    if (part !== null || user === null || user.accountId !== null) continue;
    for (const room of user.rooms) room.members.delete(user);
    user.rooms.clear();
    users.remove(user);
  }
  for (const [key, part] of parts) attempt(key, () => placeGuest(state, key, part, isLast));
}

function placeGuest(state: State, key: string, part: UserPart | null, isLast: boolean): void {
  const { users } = state;
  const identity = part?.guest?.identity;
  if (identity === undefined) return;
  const holder = users.byNick(fold(identity.nick));
  const user = users.byKey(key);
  const isTaken = holder !== null && holder !== user;
  if (isTaken && !isLast) return;
  // Two guests may have exchanged their nicks. What accounts have may be newer than the parts: then the guest gives way,
  // until the part comes in which it has gone or has another nick.
  const isAccounts = isTaken && holder.accountId !== null;
  if (isTaken && !isAccounts) users.rename(holder, ` ${holder.key}` as Nick);
  const nick = isAccounts ? (` ${key}` as Nick) : identity.nick;
  if (user === null) users.add(new User({ ...identity, nick }, state.elapsedMs, key));
  else {
    if (user.nick !== nick) users.rename(user, nick);
    user.updateIdentity({ ...identity, nick });
  }
}

/** Sets what a part has of a user, who exists; `null` for one of whom nothing is in memory alone. */
export function fillUser(state: State, user: User, part: UserPart | null): void {
  const timeOf = (time: number | undefined): number =>
    time === undefined ? Number.NEGATIVE_INFINITY : elapsedTime(state, time);
  if (user.accountId !== null) {
    const realname = part?.realname ?? user.account ?? user.nick;
    if (user.identity.realname !== realname) user.updateIdentity({ realname });
  }
  user.choseRealname = part?.choseRealname ?? false;
  user.away = part?.away ?? null;
  const entry = state.options.operators.find(({ name }) => name === part?.oper?.[0]);
  // Another password takes the role away, as it does without a takeover.
  const isSame =
    entry !== undefined && state.ports.random.digest(entry.passwordHash) === part?.oper?.[1];
  user.oper = isSame ? { name: entry.name, passwordHash: entry.passwordHash } : null;
  user.hasResigned = part?.hasResigned ?? false;
  user.sharesReadReceipts = part?.sharesReadReceipts ?? false;
  if (part?.message !== undefined) {
    user.lastMessageElapsedMs = elapsedTime(state, part.message);
  }
  user.callerToldElapsedMs = timeOf(part?.callerTold);
  user.knockedElapsedMs = timeOf(part?.knocked);
  replace(
    user.accepted,
    (part?.accepted ?? []).flatMap(([key, nick]): (readonly [AccountId | User, string])[] => {
      if (!key.startsWith("guest ")) return [[key as AccountId, nick]];
      const guest = state.users.byKey(key);
      return guest === null ? [] : [[guest, nick]];
    }),
  );
  replace(
    user.callersWaiting,
    (part?.callersWaiting ?? []).map(([key, by, time, isBlocked]) => {
      const caller = peerOf(state, key, by);
      return [caller.accountId ?? caller, { by, time, isBlocked }] as const;
    }),
  );
  replace(user.ephemeralMarkers, part?.ephemeralMarkers ?? []);
  if (part?.guest !== undefined) fillGuest(state, user, part.guest);
}

function fillGuest(state: State, user: User, guest: GuestFields): void {
  user.modes.clear();
  // `o` follows from OPER when the session is here.
  for (const letter of guest.modes) if (letter !== "o") user.modes.add(letter);
  const memberships = new Map(guest.rooms.map((entry) => [entry[0], entry]));
  for (const room of user.rooms) if (!memberships.has(room.id)) room.members.delete(user);
  // In the order in which they joined: some may be known from the room's own file, and others from the part alone.
  user.rooms.clear();
  for (const [id, ranks, joinedPosition, joinedTime] of guest.rooms) {
    const room = state.rooms.byId(id);
    if (!(room instanceof Room)) continue;
    const member = room.members.get(user);
    user.rooms.add(room);
    if (member?.joinedPosition === joinedPosition) member.ranks = ranks;
    else {
      room.members.set(user, { user, ranks, joinedPosition, joinedTime });
      sortMembers(room);
    }
  }
  replace(user.markers, guest.markers ?? []);
  replace(user.metadata, guest.metadata ?? []);
  replace(user.invitations, guest.invitations ?? []);
  user.blocked.clear();
  for (const mask of guest.blocked ?? []) user.blocked.add(mask);
}

/** Members are listed in the order in which they joined. */
function sortMembers(room: Room): void {
  const members = [...room.members.values()];
  const isSorted = members.every(
    ({ joinedPosition }, index) => joinedPosition >= (members[index - 1]?.joinedPosition ?? 0),
  );
  if (isSorted) return;
  members.sort((a, b) => a.joinedPosition - b.joinedPosition);
  room.members.clear();
  for (const member of members) room.members.set(member.user, member);
}

function replace<Key, Value>(map: Map<Key, Value>, entries: Iterable<readonly [Key, Value]>): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}
