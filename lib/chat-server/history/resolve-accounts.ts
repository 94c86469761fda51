import type { AccountStore } from "../../member-server/account-store.ts";
import { type AccountId, isLegacyAccountId } from "../../protocol/account-id.ts";
import type { ModeChange, RoomEvent, UnreadRemoval, UserIdentity } from "../event.ts";
import type { Query, QueryAnswers } from "../server-ports.ts";

/*
 * Events of the time before accounts had ids name accounts by legacy ids. Storage hands them out as they are, and
 * they are resolved where they enter the server's memory, by the name and by the time of the event.
 */

/**
 * Returns an event with the ids of the accounts that it means. What belongs to nobody who exists keeps its
 * legacy id. Returns the same object when there is nothing to resolve, as in every event of this version.
 */
export function resolveAccounts(accounts: AccountStore, event: RoomEvent): RoomEvent {
  const { time } = event;
  const by = resolveIdentity(accounts, event.by, time);
  const resolved = by === event.by ? event : { ...event, by };
  const list = (ids: readonly AccountId[]) => resolveAll(accounts, ids, time);
  switch (resolved.kind) {
    case "created": {
      const { pair } = resolved;
      if (pair === null || !pair.some(isLegacyAccountId)) return resolved;
      const [first, second] = pair;
      return {
        ...resolved,
        pair: [accounts.resolve(first, time), accounts.resolve(second, time)],
      };
    }
    case "said": {
      const { named } = resolved;
      if (named === undefined || !named.some(isLegacyAccountId)) return resolved;
      return { ...resolved, named: list(named) };
    }
    case "kicked": {
      const whom = resolveIdentity(accounts, resolved.whom, time);
      return whom === resolved.whom ? resolved : { ...resolved, whom };
    }
    case "mode": {
      const changes = resolved.changes.map((change) => resolveMode(accounts, change, time));
      const isSame = changes.every((change, index) => change === resolved.changes[index]);
      return isSame ? resolved : { ...resolved, changes };
    }
    case "edited": {
      const { of } = resolved;
      if (of === undefined || ![...of.named, ...of.unnamed].some(isLegacyAccountId))
        return resolved;
      return { ...resolved, of: { ...of, named: list(of.named), unnamed: list(of.unnamed) } };
    }
    case "redacted": {
      const { of } = resolved;
      if (of === undefined || !of.named.some(isLegacyAccountId)) return resolved;
      return { ...resolved, of: { ...of, named: list(of.named) } };
    }
    case "forgotten":
      return { ...resolved, of: resolveRemoval(accounts, resolved.of, time) };
  }
  // The other kinds of the first format name no account, and kinds that came later have ids.
  return resolved;
}

function resolveIdentity(
  accounts: AccountStore,
  identity: UserIdentity,
  time: number,
): UserIdentity {
  const { accountId } = identity;
  if (accountId === null || !isLegacyAccountId(accountId)) return identity;
  const resolved = accounts.resolve(accountId, time);
  return resolved === accountId ? identity : { ...identity, accountId: resolved };
}

/** A mask of the time before ids means the account that had the name, or the host, when it was set. */
function resolveMode(accounts: AccountStore, change: ModeChange, time: number): ModeChange {
  if (change.kind === "rank") {
    const whom = resolveIdentity(accounts, change.whom, time);
    return whom === change.whom ? change : { ...change, whom };
  }
  if (change.kind !== "list") return change;
  const mask = accounts.resolveMask(change.mask, time);
  if (mask !== change.mask) return { ...change, mask };
  if (change.account === undefined || change.account === null) return change;
  if (!isLegacyAccountId(change.account)) return change;
  const resolved = accounts.resolve(change.account, time);
  return resolved === change.account ? change : { ...change, account: resolved };
}

function resolveRemoval(
  accounts: AccountStore,
  removal: UnreadRemoval,
  time: number,
): UnreadRemoval {
  if (!removal.people.some(({ account }) => isLegacyAccountId(account))) return removal;
  const people = removal.people.map((person) => ({
    ...person,
    account: accounts.resolve(person.account, time),
  }));
  return { ...removal, people };
}

function resolveAll(accounts: AccountStore, ids: readonly AccountId[], time: number): AccountId[] {
  return ids.map((id) => accounts.resolve(id, time));
}

/** Finds the accounts that events from the files mean, if the answer has any that are older than ids. */
export function resolveAnswer(
  accounts: AccountStore,
  answer: QueryAnswers[Query["kind"]],
): QueryAnswers[Query["kind"]] {
  if (!("events" in answer) || answer.events === null) return answer;
  return { ...answer, events: answer.events.map((event) => resolveAccounts(accounts, event)) };
}
