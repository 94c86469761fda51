import { type AccountName, fold, type Nick } from "../protocol/names.ts";
import type { AccountChange, RestingName } from "./account.ts";
import type { AccountStore } from "./account-store.ts";

/*
 * Names of deleted accounts, and former names of renamed ones, rest for as long as the owner sets: who took one at
 * once would be taken for the person who had it.
 */

const DAY_MS = 24 * 3_600_000;

/**
 * Returns the resting name that a name is or looks like, or `null` if the name may be taken.
 *
 * @param restDays for how long names rest, in days; 0: they don't
 * @param now ms since 1970
 */
export function restingNameLike(
  accounts: AccountStore,
  name: AccountName | Nick,
  restDays: number,
  now: number,
): RestingName | null {
  const resting = accounts.restingName(fold(name)) ?? accounts.restingLookalike(name);
  return resting !== null && isResting(resting, restDays, now) ? resting : null;
}

/** Returns the changes that remove the names that have rested for long enough, so that they don't pile up. */
export function expiredNameChanges(
  accounts: AccountStore,
  restDays: number,
  now: number,
): AccountChange[] {
  return [...accounts.resting()]
    .filter((name) => !isResting(name, restDays, now))
    .map(({ name }) => ({ kind: "name-freed", name }));
}

function isResting({ since }: RestingName, restDays: number, now: number): boolean {
  return now < since + restDays * DAY_MS;
}
