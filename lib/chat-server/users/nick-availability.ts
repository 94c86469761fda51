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
 * Returns whether `user` (`null`: a new guest) can't have a nick: it is or resembles the nick of another
 * user, guest or member, the name of another account, or one that rests. An account's own name only collides with
 * the very same nick. All is looked up in every case, so that the time doesn't tell why a nick is taken.
 */
export function isNickTaken(state: State, nick: Nick, user: User | null): boolean {
  const holder = state.users.byNick(fold(nick));
  const isHeld = holder !== null && holder !== user;
  const isAccounts = isTakenByAccount(state, nick, user?.accountId ?? null);
  const account = user?.account ?? null;
  const isOwnName = account !== null && fold(account) === fold(nick);
  const looksTaken = state.users.hasLookalike(nick, user);
  return isHeld || isAccounts || (looksTaken && !isOwnName);
}

/** Returns whether a nick is, or looks like, the name of an account other than `account`. */
export function isTakenByAccount(state: State, nick: Nick, account: AccountId | null): boolean {
  const { accounts, options, now } = state;
  const named = accounts.nickOwner(fold(nick));
  const lookalike = accounts.lookalike(nick);
  const resting = restingNameLike(accounts, nick, options.nameRestDays, now);
  const owner = named ?? lookalike ?? resting;
  return owner !== null && owner.id !== account;
}

/**
 * Returns why a name can't be signed up because of the nick that another user has now, with or without an
 * account; `null` if none has it or looks like it.
 */
export function nickRefusal(
  state: State,
  { user }: Pick<Session, "user">,
  name: string,
): { readonly kind: "taken" | "lookalike" } | null {
  const holder = state.users.byNick(fold(name));
  const looksTaken = state.users.hasLookalike(name, user);
  if (holder !== null && holder !== user) return { kind: "taken" };
  return looksTaken ? { kind: "lookalike" } : null;
}
