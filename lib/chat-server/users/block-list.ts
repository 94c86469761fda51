import { type Folded, fold } from "../../protocol/names.ts";
import { matchesBanMask } from "./ban-masks.ts";
import type { User } from "./user.ts";

/**
 * Returns whether a user has blocked another by SILENCE: then direct messages and invitations from them are
 * dropped, without an answer to the sender.
 */
export function isBlocked(by: User, from: User): boolean {
  if (by === from) return false;
  for (const mask of by.blocked) if (matchesBanMask(mask, from.identity)) return true;
  return false;
}

/** Returns the key of a user in `User.accepted`: the account, or a guest's nick!user@host. */
export function acceptKey(user: User): Folded {
  return fold(user.account ?? user.source);
}

/** Returns whether a user has accepted another by ACCEPT: their messages pass the modes +g and +R. */
export function isAccepted(by: User, from: User): boolean {
  return by.accepted.has(acceptKey(from));
}
