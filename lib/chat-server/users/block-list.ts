import type { AccountId } from "../../protocol/account-id.ts";
import type { UserIdentity } from "../event.ts";
import { ACCEPTED_MAX } from "../limits.ts";
import type { State } from "../state.ts";
import { matchesBanMask } from "./ban-masks.ts";
import type { User } from "./user.ts";

/**
 * Returns whether a user has blocked another by SILENCE: then direct messages and invitations from them are
 * dropped, without an answer to the sender.
 */
export function isBlocked(by: User, from: User): boolean {
  return by !== from && isIdentityBlocked(by, from.identity);
}

/** Returns the same for somebody who may have gone. */
export function isIdentityBlocked(by: User, identity: UserIdentity): boolean {
  return by.blocked.matchesAny(identity, matchesBanMask);
}

/**
 * Returns the key of a user in `User.accepted`: the account, or the guest itself. A guest stays accepted
 * under another nick. A stranger who takes the old one isn't accepted, even from the same address.
 */
export function acceptKey(user: User): AccountId | User {
  return user.accountId ?? user;
}

/**
 * Adds a user to another's accept list, after dropping guests who have left and accounts that were
 * deleted. Returns `false` if it is full.
 */
export function accept(state: State, by: User, user: User): boolean {
  for (const key of by.accepted.keys()) if (isGone(state, key)) by.accepted.delete(key);
  if (by.accepted.size >= ACCEPTED_MAX) return false;
  by.accepted.set(acceptKey(user), user.nick);
  return true;
}

function isGone(state: State, key: AccountId | User): boolean {
  return typeof key === "object"
    ? state.users.find(key.identity) !== key
    : state.accounts.byId(key) === null;
}

/** Returns the nicks on a user's accept list, without guests who have left and accounts that were deleted. */
export function acceptedNicks(state: State, { accepted }: User): string[] {
  return [...accepted]
    .filter(([key]) => !isGone(state, key))
    .map(([key, name]) => (typeof key === "object" ? key.nick : name));
}

/** Returns whether a user has accepted another by ACCEPT: their messages pass the modes +g and +R. */
export function isAccepted(by: User, from: User): boolean {
  return by.accepted.has(acceptKey(from));
}
