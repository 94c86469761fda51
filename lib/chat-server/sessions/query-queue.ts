import type { AccountId } from "../../protocol/account-id.ts";
import { addressBlockOf } from "../../protocol/address.ts";
import type { PendingQuery } from "../command.ts";
import type { Reply } from "../relay/reply.ts";
import type { Query } from "../server-ports.ts";
import type { Session } from "./session.ts";

/** A suspended command of a session, and the reply that it continues when the answer arrives. */
export interface SuspendedCommand extends PendingQuery {
  readonly session: Session;
  readonly reply: Reply;
  /** Whose next slow query waits for this one, or `null`. */
  readonly queueKey: string | null;
}

/** A query that belongs to no session: the session that caused it may have closed. */
export interface BackgroundQuery extends PendingQuery {
  readonly failed: () => void;
  /** The session that caused it, and is charged for it. */
  readonly payer: Session | null;
}

/** Queries that read or copy the history, which may be long: one at a time for an account, or a guests' address. */
const SLOW_QUERIES: ReadonlySet<Query["kind"]> = new Set([
  ...(["history", "search", "authored-lines", "rewrite"] as const),
]);

/**
 * Starts slow queries in turn: those of one account, over all its sessions, one after the other, and those of
 * the guests of one address likewise. A session waits for one query at most, so the queues are as long as an
 * account or an address has sessions.
 */
export class QueryQueue {
  /** The waiting queries by whose turn they wait for. A key without a running query has no entry. */
  readonly #waiting = new Map<string, (() => boolean)[]>();
  readonly #payerOf: (account: AccountId) => string;

  /** @param payerOf returns what the accounts that take turns have in common */
  constructor(payerOf: (account: AccountId) => string) {
    this.#payerOf = payerOf;
  }

  /** Returns whose turn a session's query waits for; `null` if it needn't wait. */
  keyOf({ accountId, link }: Session, { kind }: Query): string | null {
    if (!SLOW_QUERIES.has(kind)) return null;
    if (accountId !== null) return this.#payerOf(accountId);
    return `guests at ${addressBlockOf(link.address)}`;
  }

  /**
   * Starts a query, or starts it later when those before it are done.
   *
   * @param ask starts it. Returns `false` if it isn't wanted any more
   */
  start(key: string, ask: () => boolean): void {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.push(ask);
      return;
    }
    if (ask()) this.#waiting.set(key, []);
  }

  /** The running query of a key was answered: starts the next one. */
  done(key: string): void {
    const waiting = this.#waiting.get(key) ?? [];
    for (let ask = waiting.shift(); ask !== undefined; ask = waiting.shift()) if (ask()) return;
    this.#waiting.delete(key);
  }
}
