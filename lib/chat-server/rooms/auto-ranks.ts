import type { AccountName } from "../../protocol/names.ts";
import type { Reply } from "../relay/reply.ts";
import { serviceIdentity } from "../relay/service-reply.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import { ModeDraft } from "./mode-draft.ts";
import { type Room, sortRanks } from "./room.ts";

/** Ranks that a room keeps for accounts, and gives back whenever they come in: ChanServ's AMODE. */

/** Keeps ranks ("" for none) from now on. Answers `false` when that could not be kept. */
export function setAutoRanks(
  state: State,
  room: Room,
  account: AccountName,
  ranks: string,
): boolean {
  const change = { kind: "ranked", account, conversation: room.id, ranks } as const;
  if (!state.ports.appendPerson(change)) return false;
  applyAutoRanks(room, account, ranks);
  return true;
}

/** What keeping them changes, now and after a restart. */
export function applyAutoRanks(room: Room, account: AccountName, ranks: string): void {
  if (ranks === "") room.autoRanks.delete(account);
  else room.autoRanks.set(account, sortRanks(ranks));
}

/** Somebody has come in, and stands as high as the room remembers. */
export function grantAutoRanks(state: State, room: Room, user: User, asker: Reply | null): void {
  const kept = user.account === null ? undefined : room.autoRanks.get(user.account);
  if (kept === undefined) return;
  const draft = new ModeDraft(room);
  for (const letter of kept) draft.rank(letter, user, true);
  const { changes } = draft;
  if (changes.length === 0) return;
  // What can't be kept today is given when they come in again.
  state.commit(room, serviceIdentity(state, "ChanServ"), { kind: "mode", changes }, asker);
}
