import { fold } from "../../protocol/names.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import type { RoomEventOf } from "../event.ts";
import { GUEST_MESSAGE_BYTES_MAX, GUEST_MESSAGES_MAX } from "../limits.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import type { AuthoredRange } from "./authored-range.ts";
import { isAuthoredBy } from "./select-events.ts";
import { storedTags } from "./stored-tags.ts";
import { isShownTo, isWithheld } from "./withheld.ts";

/**
 * A direct message from or to a guest. It is only in memory, in the guest's `User.guestMessages`, and is lost
 * when the guest leaves: it is not stored, since the nick may be another user's later. Changed by `setGuestMessages`
 * alone.
 */
export interface GuestMessage {
  /** The other user of the two. */
  readonly peer: User;
  /** The nick that the message was sent to. */
  readonly target: string;
  readonly event: RoomEventOf<"said">;
}

/**
 * Returns the time (ms) for the next message of two users. It is later than their last one, so that a page of
 * history may end at any message.
 */
export function guestMessageTime(state: State, user: User, peer: User): number {
  return Math.max(state.now, newestGuestMessageTime(user, peer) + 1);
}

/** Returns the time (ms) of the newest message that two users have; 0 for none. */
export function newestGuestMessageTime(user: User, peer: User): number {
  return Math.max(...[user, peer].map((party) => party.guestMessages.at(-1)?.event.time ?? 0));
}

/** Stores a message with each of the two users who is a guest, and drops the oldest ones beyond the limit. */
export function storeGuestMessage(user: User, peer: User, message: RoomEventOf<"said">): void {
  // The time stands for a position, since no two messages share one.
  const event = { ...message, tags: storedTags(message.tags), position: message.time };
  for (const guest of new Set([user, peer])) {
    if (guest.account !== null) continue;
    // Of two guests, only its author has it.
    if (isWithheld(event) && guest !== user && user.account === null) continue;
    const guestMessage = { peer: guest === user ? peer : user, target: peer.nick, event };
    setGuestMessages(guest, newestWithinLimits([...guest.guestMessages, guestMessage]));
  }
}

/** Replaces a guest's messages, and keeps the `guestContacts` of the other users in step. */
export function setGuestMessages(guest: User, messages: readonly GuestMessage[]): void {
  const peers = new Set(messages.map(({ peer }) => peer));
  for (const { peer } of guest.guestMessages) {
    if (!peers.has(peer)) peer.guestContacts.delete(guest);
  }
  for (const peer of peers) peer.guestContacts.add(guest);
  guest.guestMessages = messages;
  guest.noteChange();
  guest.guestMessageBytes = messages.reduce((sum, { event }) => sum + bytesOf(event), 0);
}

function bytesOf({ text, tags }: RoomEventOf<"said">): number {
  let letters = text.length;
  for (const [key, value] of Object.entries(tags)) letters += key.length + value.length;
  return letters * 2;
}

function newestWithinLimits(messages: readonly GuestMessage[]): readonly GuestMessage[] {
  let bytesLeft = GUEST_MESSAGE_BYTES_MAX;
  const lastDropped = messages.findLastIndex(({ event }) => {
    bytesLeft -= utf8Bytes(event.text);
    return bytesLeft < 0;
  });
  return messages.slice(lastDropped + 1).slice(-GUEST_MESSAGES_MAX);
}

/**
 * Returns the messages between a user and the user of a nick, oldest first; `null` when no user has the nick
 * or neither of the two is a guest.
 */
export function guestMessagesWith(
  state: State,
  user: User,
  name: string,
): readonly GuestMessage[] | null {
  const peer = state.users.byNick(fold(name));
  if (peer === null || (peer.account !== null && user.account !== null)) return null;
  const [guest, guestPeer] = user.account === null ? [user, peer] : [peer, user];
  return guest.guestMessages.filter(
    ({ peer: other, event }) => other === guestPeer && isShownTo(event, user.accountId),
  );
}

/** Erases an account's messages to guests, within a range. */
export function eraseGuestMessages(state: State, range: AuthoredRange): void {
  for (const user of state.users.all()) {
    if (user.guestMessages.length === 0) continue;
    const remaining = user.guestMessages.filter(({ event }) => !isAuthoredBy(event, range));
    setGuestMessages(user, remaining);
  }
}
