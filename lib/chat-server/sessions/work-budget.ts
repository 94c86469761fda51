import type { ElapsedMs } from "../../protocol/time.ts";

/** Entries of one table of budgets, about 2 MB. When it is full, the oldest entry is dropped. */
const ENTRIES_MAX = 20_000;

/** How much work somebody may cause: `burstMs` at once, and `msPerSecond` in each second after that. */
export interface WorkLimit {
  /** Milliseconds of the server's CPU. */
  readonly burstMs: number;
  readonly msPerSecond: number;
}

/**
 * The work that one session, account, address or network may still cause: a token bucket whose token is a
 * microsecond of the server's CPU (charges.ts). What something cost is known when it is done, so a budget can
 * fall below zero; then whoever owes waits until it is paid.
 */
export class WorkBudget {
  readonly #limit: WorkLimit;
  /** In microseconds; negative for a debt. */
  #balance: number;
  #filledElapsedMs: ElapsedMs;
  /** Open sessions that spend from it. */
  holders = 0;

  constructor(limit: WorkLimit, elapsedMs: ElapsedMs) {
    this.#limit = limit;
    this.#balance = limit.burstMs * 1000;
    this.#filledElapsedMs = elapsedMs;
  }

  /** Returns whether something is left, so that a command may run. */
  isOpen(elapsedMs: ElapsedMs): boolean {
    this.#fill(elapsedMs);
    return this.#balance > 0;
  }

  /** Returns whether nothing was spent, or all of it has come back: such a budget needn't be remembered. */
  isFull(elapsedMs: ElapsedMs): boolean {
    this.#fill(elapsedMs);
    return this.#balance >= this.#limit.burstMs * 1000;
  }

  /** Takes what was spent, whether or not it was there. */
  charge(microseconds: number): void {
    this.#balance -= microseconds;
  }

  #fill(elapsedMs: ElapsedMs): void {
    const sinceMs = elapsedMs - this.#filledElapsedMs;
    if (sinceMs <= 0) return;
    this.#filledElapsedMs = elapsedMs;
    const { burstMs, msPerSecond } = this.#limit;
    this.#balance = Math.min(burstMs * 1000, this.#balance + sinceMs * msPerSecond);
  }
}

/**
 * Budgets of one level by key, such as an address. One that is full and that no session holds is forgotten, as
 * it would be made again alike.
 */
export class WorkBudgets {
  readonly #limit: WorkLimit;
  readonly #budgets = new Map<string, WorkBudget>();

  constructor(limit: WorkLimit) {
    this.#limit = limit;
  }

  /** How many budgets are remembered. */
  get size(): number {
    return this.#budgets.size;
  }

  /** Returns the budget of a key, for one more session. The session gives it back by lowering `holders`. */
  hold(key: string, elapsedMs: ElapsedMs): WorkBudget {
    const existing = this.#budgets.get(key);
    const budget = existing ?? new WorkBudget(this.#limit, elapsedMs);
    budget.holders += 1;
    if (existing === undefined) {
      this.#budgets.set(key, budget);
      this.#forgetUnused(elapsedMs);
    }
    return budget;
  }

  /** Looks at two entries for each new one, so that unused ones go faster than new ones come. */
  #forgetUnused(elapsedMs: ElapsedMs): void {
    let checksLeft = Math.min(2, this.#budgets.size - 1);
    for (const [key, budget] of this.#budgets) {
      if (checksLeft === 0) return;
      checksLeft -= 1;
      this.#budgets.delete(key);
      const isOverfull = this.#budgets.size >= ENTRIES_MAX;
      const isUnused = budget.holders === 0 && (isOverfull || budget.isFull(elapsedMs));
      if (!isUnused) this.#budgets.set(key, budget);
    }
  }
}
