import { type AccountName, fold } from "../../protocol/names.ts";
import type { RoomEvent } from "../event.ts";
import { WHISPERS_MAX } from "../limits.ts";
import type { User } from "../people/user.ts";
import type { State } from "../state.ts";
import { asKept } from "./kept-tags.ts";

/**
 * What a guest says to one person, and is told: in memory, with the guest, whose going ends it. Nobody could be
 * told later whose it was, so no file has it.
 */
export interface Whisper {
  readonly peer: User;
  /** What the line names as its target. */
  readonly target: string;
  readonly event: RoomEvent;
}

/** Later than what the two have said before, as in any conversation: a page may end at any message. */
export function whisperTime(state: State, user: User, peer: User): number {
  const last = Math.max(...[user, peer].map((one) => one.whispers.at(-1)?.event.time ?? 0));
  return Math.max(state.now, last + 1);
}

export function keepWhisper(user: User, peer: User, told: RoomEvent): void {
  // No two share a time, which stands for a position here.
  const event = { ...asKept(told), at: told.time };
  for (const one of new Set([user, peer])) {
    if (one.account !== null) continue;
    one.whispers.push({ peer: one === user ? peer : user, target: peer.nick, event });
    if (one.whispers.length > WHISPERS_MAX) one.whispers.shift();
  }
}

/** What this user and whoever is called so have said to each other; `null` when neither is a guest. */
export function whispersWith(
  state: State,
  user: User,
  name: string,
): { readonly peer: User; readonly whispers: readonly Whisper[] } | null {
  const peer = state.users.byNick(fold(name));
  if (peer === null || (peer.account !== null && user.account !== null)) return null;
  const [guest, other] = user.account === null ? [user, peer] : [peer, user];
  return { peer, whispers: guest.whispers.filter((whisper) => whisper.peer === other) };
}

/** What an account said to guests is taken back. */
export function forgetWhispers(state: State, account: AccountName): void {
  for (const user of state.users.all()) {
    if (user.account !== null || user.whispers.length === 0) continue;
    user.whispers = user.whispers.filter(({ event }) => event.by.account !== account);
  }
}
