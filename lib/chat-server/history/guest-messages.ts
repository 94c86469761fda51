import { fold } from "../../protocol/names.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import type { RoomEventOf } from "../event.ts";
import { WHISPER_BYTES_MAX, WHISPERS_MAX } from "../limits.ts";
import type { SaidBy } from "../server-ports.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import { isTheirs } from "./authored-by.ts";
import { keptTags } from "./stored-tags.ts";

/**
 * What a guest says to one person, and is told: in memory, with the guest, whose going ends it. Nobody could be
 * told later whose it was, so no file has it.
 */
export interface Whisper {
  readonly peer: User;
  /** What the line names as its target. */
  readonly target: string;
  readonly event: RoomEventOf<"said">;
}

/** Later than what the two have said before, as in any conversation: a page may end at any message. */
export function whisperTime(state: State, user: User, peer: User): number {
  const last = Math.max(...[user, peer].map((one) => one.whispers.at(-1)?.event.time ?? 0));
  return Math.max(state.now, last + 1);
}

export function keepWhisper(user: User, peer: User, told: RoomEventOf<"said">): void {
  // No two share a time, which stands for a position here.
  const event = { ...told, tags: keptTags(told.tags), at: told.time };
  for (const one of new Set([user, peer])) {
    if (one.account !== null) continue;
    const whisper = { peer: one === user ? peer : user, target: peer.nick, event };
    one.whispers = newest([...one.whispers, whisper]);
  }
}

/** As many as there is a place for. */
function newest(whispers: readonly Whisper[]): readonly Whisper[] {
  let left = WHISPER_BYTES_MAX;
  const lastGone = whispers.findLastIndex(({ event }) => {
    left -= utf8Bytes(event.text);
    return left < 0;
  });
  return whispers.slice(lastGone + 1).slice(-WHISPERS_MAX);
}

/** What this user and whoever is called so have said to each other; `null` when neither is a guest. */
export function whispersWith(state: State, user: User, name: string): readonly Whisper[] | null {
  const peer = state.users.byNick(fold(name));
  if (peer === null || (peer.account !== null && user.account !== null)) return null;
  const [guest, other] = user.account === null ? [user, peer] : [peer, user];
  return guest.whispers.filter((whisper) => whisper.peer === other);
}

/** What an account said to guests is taken back. */
export function forgetWhispers(state: State, who: SaidBy): void {
  for (const user of state.users.all()) {
    if (user.whispers.length === 0) continue;
    user.whispers = user.whispers.filter(({ event }) => !isTheirs(event, who));
  }
}
