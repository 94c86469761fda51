import { type AccountName, fold, type Nick } from "../../protocol/names.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/** Who may have a nick: collisions with users, and with accounts whose names are or look like it. */

/**
 * Returns whether `user` (`null`: a new guest) can't have a nick: another user has it, or it is or resembles the
 * name of another account.
 */
export function isNickTaken(state: State, nick: Nick, user: User | null): boolean {
  const holder = state.users.byNick(fold(nick));
  if (holder !== null && holder !== user) return true;
  return isTakenByAccount(state, nick, user?.account ?? null);
}

/** Returns whether a nick is, or looks like, the name of an account other than `account`. */
export function isTakenByAccount(state: State, nick: Nick, account: AccountName | null): boolean {
  const owner = state.accounts.nickOwner(fold(nick)) ?? state.accounts.lookalike(nick);
  return owner !== null && (account === null || fold(owner.name) !== fold(account));
}

/** Returns whether another user has a name as their nick now, with or without an account. */
export function isNickHeldByOther(state: State, session: Session, name: string): boolean {
  const holder = state.users.byNick(fold(name));
  return holder !== null && holder !== session.user;
}
