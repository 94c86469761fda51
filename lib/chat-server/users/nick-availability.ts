import { restingNameLike } from "../../member-server/resting-names.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { fold, type Nick } from "../../protocol/names.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/**
 * Who may have a nick: collisions with users, and with accounts whose names, present or resting, are or look
 * like it.
 */

/**
 * Returns whether `user` (`null`: a new guest) can't have a nick: another user has it, or it is or resembles the
 * name of another account, or one that rests.
 */
export function isNickTaken(state: State, nick: Nick, user: User | null): boolean {
  const holder = state.users.byNick(fold(nick));
  if (holder !== null && holder !== user) return true;
  return isTakenByAccount(state, nick, user?.accountId ?? null);
}

/** Returns whether a nick is, or looks like, the name of an account other than `account`. */
export function isTakenByAccount(state: State, nick: Nick, account: AccountId | null): boolean {
  const { accounts, options, now } = state;
  const owner =
    accounts.nickOwner(fold(nick)) ??
    accounts.lookalike(nick) ??
    restingNameLike(accounts, nick, options.nameRestDays, now);
  return owner !== null && owner.id !== account;
}

/** Returns whether another user has a name as their nick now, with or without an account. */
export function isNickHeldByOther(state: State, session: Session, name: string): boolean {
  const holder = state.users.byNick(fold(name));
  return holder !== null && holder !== session.user;
}
