import type { UserIdentity } from "../event.ts";
import { type GuestMessage, setGuestMessages } from "../history/guest-messages.ts";
import type { State } from "../state.ts";
import { User } from "../users/user.ts";

/** A guest's direct message in the parts. Each has a part of its own: they may be 64 KB together. */
export interface GuestMessagePart {
  /** The `User.key` of the other of the two, and who that was, if it is a guest. */
  readonly peer: string;
  readonly peerIdentity?: UserIdentity;
  readonly target: string;
  readonly event: GuestMessage["event"];
}

/** Returns a guest's messages by their msgids. */
export function guestMessageParts(guest: User): Map<string, GuestMessagePart> {
  return new Map(
    guest.guestMessages.map(({ peer, target, event }) => {
      const identity = peer.accountId === null && { peerIdentity: peer.identity };
      return [event.msgid, { peer: peer.key, ...identity, target, event }];
    }),
  );
}

/** Adds or replaces one of a guest's messages; `null` removes it. */
export function setGuestMessage(
  state: State,
  guest: User,
  msgid: string,
  part: GuestMessagePart | null,
): void {
  const others = guest.guestMessages.filter(({ event }) => event.msgid !== msgid);
  if (part === null) return setGuestMessages(guest, others);
  const peer = peerOf(state, part.peer, part.peerIdentity ?? part.event.by);
  const messages = [...others, { peer, target: part.target, event: part.event }];
  setGuestMessages(
    guest,
    messages.sort((a, b) => a.event.time - b.event.time),
  );
}

/** Returns the user of a key. One who has gone is made again, though nobody can reach them: others' messages name them. */
export function peerOf(state: State, key: string, identity: UserIdentity): User {
  const { users, goneGuests } = state;
  const present = users.byKey(key);
  if (present !== null) return present;
  const gone = goneGuests.get(key) ?? new User(identity, state.elapsedMs, key);
  goneGuests.set(key, gone);
  return gone;
}
