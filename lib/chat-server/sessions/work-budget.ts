import type { SoftTable } from "../../member-server/soft-table.ts";
import type { ElapsedMs } from "../../protocol/time.ts";

/** Entries of one table of budgets, about 2 MB. When it is full, the oldest entry is dropped. */
const ENTRIES_MAX = 20_000;

/**
 * A balance is handed over once it has moved by this share of what is allowed at once. So a server that takes another's
 * place gives at most so much back, and a message a second isn't also an entry a second.
 */
const NOTED_SHARE = 0.25;

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
  /** The balance that another server would go on with. */
  #notedBalance: number;
  /** Called once when the balance has moved away from that. */
  #onMoved: () => void = () => {};

  constructor(limit: WorkLimit, elapsedMs: ElapsedMs) {
    this.#limit = limit;
    this.#balance = limit.burstMs * 1000;
    this.#notedBalance = this.#balance;
    this.#filledElapsedMs = elapsedMs;
  }

  /** Calls `onMoved` when the balance has moved by a quarter of what is allowed at once. */
  watch(onMoved: () => void): void {
    this.#onMoved = onMoved;
  }

  /** Returns the balance in microseconds, from which the next move counts; `null` for a full one. */
  note(elapsedMs: ElapsedMs): number | null {
    const isFull = this.isFull(elapsedMs);
    this.#notedBalance = this.#balance;
    return isFull ? null : Math.round(this.#balance);
  }

  /** Sets the balance to what it was on another server at that time. */
  restore(balance: number, elapsedMs: ElapsedMs): void {
    this.#balance = Math.min(balance, this.#limit.burstMs * 1000);
    this.#notedBalance = this.#balance;
    this.#filledElapsedMs = elapsedMs;
  }

  /** Returns what is left, in microseconds. */
  left(elapsedMs: ElapsedMs): number {
    this.#fill(elapsedMs);
    return Math.round(this.#balance);
  }

  /** Whether the balance has moved far enough to be handed over. */
  get hasMoved(): boolean {
    const moved = Math.abs(this.#balance - this.#notedBalance);
    return moved >= this.#limit.burstMs * 1000 * NOTED_SHARE;
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
    if (this.hasMoved) this.#onMoved();
  }

  #fill(elapsedMs: ElapsedMs): void {
    const sinceMs = elapsedMs - this.#filledElapsedMs;
    if (sinceMs <= 0) return;
    this.#filledElapsedMs = elapsedMs;
    const { burstMs, msPerSecond } = this.#limit;
    this.#balance = Math.min(burstMs * 1000, this.#balance + sinceMs * msPerSecond);
  }
}

/** A balance (µs), and when it was that, in ms since the origin. */
type BalanceAt = readonly [balance: number, time: number];

/**
 * Budgets of one level by key, such as an address. One that is full and that no session holds is forgotten, as
 * it would be made again alike.
 */
export class WorkBudgets implements SoftTable {
  readonly #limit: WorkLimit;
  readonly #budgets = new Map<string, WorkBudget>();
  /** The keys that have changed; `null` while nobody asks for them. */
  #changed: Set<string> | null = null;
  /** The keys of those that were handed over. */
  readonly #noted = new Set<string>();

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
      this.#add(key, budget);
      this.#forgetUnused(elapsedMs);
    }
    return budget;
  }

  /** Returns the balances (µs) that have moved since the last call; all that aren't full at the first. */
  *takeChanges(
    origin: ElapsedMs,
    elapsedMs: ElapsedMs,
    isComplete: boolean,
  ): Iterable<readonly [string, BalanceAt | null]> {
    const isAll = isComplete || this.#changed === null;
    const changed = new Set([...(this.#changed ?? []), ...(isAll ? this.#budgets.keys() : [])]);
    this.#changed = new Set();
    for (const key of changed) {
      const balance = this.#budgets.get(key)?.note(elapsedMs) ?? null;
      if (balance !== null) {
        this.#noted.add(key);
        yield [key, [balance, elapsedMs - origin]];
      } else if (this.#noted.delete(key)) yield [key, null];
    }
  }

  restore(key: string, value: unknown, origin: ElapsedMs, elapsedMs: ElapsedMs): void {
    const existing = this.#budgets.get(key);
    if (value === null) {
      this.#noted.delete(key);
      if (existing?.holders === 0) this.#budgets.delete(key);
      else existing?.restore(Infinity, elapsedMs);
      return;
    }
    // The cast: it is what `takeChanges` of another server returned.
    const [balance, time] = value as BalanceAt;
    const budget = existing ?? new WorkBudget(this.#limit, elapsedMs);
    budget.restore(balance, (origin + time) as ElapsedMs);
    this.#noted.add(key);
    if (existing === undefined) this.#add(key, budget);
  }

  #add(key: string, budget: WorkBudget): void {
    this.#budgets.set(key, budget);
    budget.watch(() => this.#changed?.add(key));
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
      else if (this.#noted.has(key)) this.#changed?.add(key);
    }
  }
}
