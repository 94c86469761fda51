import type { AccountId } from "../../protocol/account-id.ts";
import type { RoomAuditEntry } from "../../protocol/room-fields.ts";
import type { Reply } from "../relay/reply.ts";
import { serviceIdentity } from "../relay/service-reply.ts";
import type { PersonChange } from "../server-ports.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import { auditAutoRank } from "./audit-log.ts";
import { ModeDraft } from "./mode-draft.ts";
import { type Room, sortRanks } from "./room.ts";

/*
 * Auto-ranks (ChanServ's AMODE): ranks that a room remembers for accounts, and gives to them whenever they
 * join.
 */

type AutoRankChange = Extract<PersonChange, { kind: "ranked" }>;

/**
 * Stores and applies an account's auto-ranks in a room, and notes it in the room's audit log. Current members keep the
 * ranks that they have, and clients are sent nothing.
 *
 * @param by who does it
 * @param ranks mode letters in any order, such as "ov"; "" removes the auto-ranks
 * @returns `false`, with nothing changed, when the change can't be stored
 */
export function setAutoRanks(
  state: State,
  room: Room,
  by: User,
  account: AccountId,
  ranks: string,
): boolean {
  if ((room.autoRanks.get(account) ?? "") === sortRanks(ranks)) return true;
  const entry: RoomAuditEntry = {
    ...{ time: timeAfterLog(state, room), by: by.nick, account: by.accountId },
    ...{ act: "auto-rank", target: ranks === "" ? "-" : `+${sortRanks(ranks)}` },
    detail: state.nameOfAccount(account),
  };
  const change: AutoRankChange = {
    ...{ kind: "ranked", account, conversation: room.id, ranks },
    entry,
  };
  if (!state.ports.appendPerson(change)) return false;
  applyAutoRanks(room, change);
  return true;
}

/** Events of a moment are a millisecond apart each: so is what follows them in the audit log. */
function timeAfterLog({ now }: State, { auditLog }: Room): number {
  return Math.max(now, (auditLog.at(-1)?.time ?? 0) + 1);
}

/** Applies a stored change of an account's auto-ranks, now and after a restart. */
export function applyAutoRanks(room: Room, { account, ranks, entry }: AutoRankChange): void {
  if (ranks === "") room.autoRanks.delete(account);
  else room.autoRanks.set(account, sortRanks(ranks));
  if (entry !== undefined) auditAutoRank(room, entry);
}

/** Gives a user who has just joined the room's auto-ranks for their account, by a mode event of ChanServ. */
export function grantAutoRanks(state: State, room: Room, user: User, asker: Reply | null): void {
  const ranks = user.accountId === null ? undefined : room.autoRanks.get(user.accountId);
  if (ranks === undefined) return;
  const draft = new ModeDraft(room);
  for (const letter of ranks) draft.setRank(letter, user, true);
  const { changes } = draft;
  if (changes.length === 0) return;
  // If it can't be stored, the ranks are given at the next join.
  state.commit(room, serviceIdentity(state, "ChanServ"), { kind: "mode", changes }, asker);
}
