import type { AccountId } from "../protocol/account-id.ts";
import { formatTime } from "../protocol/time.ts";
import type { Account, AccountChange, Suspension } from "./account.ts";
import type { AccountStore } from "./account-store.ts";

/** Returns the suspension of an account that is in force, or `null`: one that has run out ends by itself. */
export function suspensionOf(
  account: Pick<Account, "suspension"> | null,
  now: number,
): Suspension | null {
  const suspension = account?.suspension;
  if (suspension === undefined) return null;
  return suspension.until === null || suspension.until > now ? suspension : null;
}

/** Returns the suspension that keeps an account out, or `null`: its own, or a bot's owner's. */
export function barringSuspension(
  accounts: AccountStore,
  account: Account | null,
  now: number,
): Suspension | null {
  const owner = accounts.byId(account?.bot?.by ?? null);
  return suspensionOf(account, now) ?? suspensionOf(owner, now);
}

/** Returns the sentence for the account's own user. */
export function suspensionSentence({ until, reason }: Suspension): string {
  const end = until === null ? "" : ` until ${formatTime(until)}`;
  return `Your account is suspended${end}${reason === "" ? "" : `: ${reason}`}`;
}

/** Returns the changes that withdraw every invitation that an account made. */
export function withdrawalsOf(accounts: AccountStore, id: AccountId): AccountChange[] {
  return [...accounts.invitations()]
    .filter(({ by }) => by === id)
    .map((invitation) => ({ kind: "invitation-withdrawn", id: invitation.id }));
}

/** Returns the changes that remove suspensions that are over, with their reasons. */
export function endedSuspensions(accounts: AccountStore, now: number): AccountChange[] {
  return [...accounts.accounts()]
    .filter((account) => account.suspension !== undefined && suspensionOf(account, now) === null)
    .map(({ id }) => ({ kind: "unsuspended", id }));
}
