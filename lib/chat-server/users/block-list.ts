import { type Folded, fold } from "../../protocol/names.ts";
import { matchesBanMask } from "./masks.ts";
import type { User } from "./user.ts";

/** Whose direct messages and invitations don't reach somebody (SILENCE), and whose do all the same (ACCEPT). */

/** Whether a person has blocked another. Whoever is blocked is not told. */
export function isBlocked(by: User, from: User): boolean {
  if (by === from) return false;
  for (const mask of by.blocked) if (matchesBanMask(mask, from.identity)) return true;
  return false;
}

/** Whom somebody accepts: an account, or a guest as they are called now. */
export function acceptKey(user: User): Folded {
  return fold(user.account ?? user.source);
}

/** Whether one person takes messages from the other whatever their modes say. */
export function isAccepted(by: User, from: User): boolean {
  return by.accepted.has(acceptKey(from));
}
