import { fold } from "../../protocol/names.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import type { RoomEventOf } from "../event.ts";
import { GUEST_MESSAGE_BYTES_MAX, GUEST_MESSAGES_MAX } from "../limits.ts";
import type { AuthoredRange } from "../server-ports.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import { isAuthoredBy } from "./authored-by.ts";
import { storedTags } from "./stored-tags.ts";

/**
 * What a guest says to one person, and is told: in memory, with the guest, whose going ends it. Nobody could be
 * told later whose it was, so no file has it.
 */
export interface GuestMessage {
  readonly peer: User;
  /** What the line names as its target. */
  readonly target: string;
  readonly event: RoomEventOf<"said">;
}

/** Later than what the two have said before, as in any conversation: a page may end at any message. */
export function guestMessageTime(state: State, user: User, peer: User): number {
  const last = Math.max(...[user, peer].map((one) => one.guestMessages.at(-1)?.event.time ?? 0));
  return Math.max(state.now, last + 1);
}

export function storeGuestMessage(user: User, peer: User, told: RoomEventOf<"said">): void {
  // No two share a time, which stands for a position here.
  const event = { ...told, tags: storedTags(told.tags), position: told.time };
  for (const one of new Set([user, peer])) {
    if (one.account !== null) continue;
    const whisper = { peer: one === user ? peer : user, target: peer.nick, event };
    one.guestMessages = newest([...one.guestMessages, whisper]);
  }
}

/** As many as there is a place for. */
function newest(whispers: readonly GuestMessage[]): readonly GuestMessage[] {
  let left = GUEST_MESSAGE_BYTES_MAX;
  const lastGone = whispers.findLastIndex(({ event }) => {
    left -= utf8Bytes(event.text);
    return left < 0;
  });
  return whispers.slice(lastGone + 1).slice(-GUEST_MESSAGES_MAX);
}

/** What this user and whoever is called so have said to each other; `null` when neither is a guest. */
export function guestMessagesWith(
  state: State,
  user: User,
  name: string,
): readonly GuestMessage[] | null {
  const peer = state.users.byNick(fold(name));
  if (peer === null || (peer.account !== null && user.account !== null)) return null;
  const [guest, other] = user.account === null ? [user, peer] : [peer, user];
  return guest.guestMessages.filter((whisper) => whisper.peer === other);
}

/** What an account said to guests is taken back. */
export function eraseGuestMessages(state: State, who: AuthoredRange): void {
  for (const user of state.users.all()) {
    if (user.guestMessages.length === 0) continue;
    user.guestMessages = user.guestMessages.filter(({ event }) => !isAuthoredBy(event, who));
  }
}
