import type { LogEntry, LogFacts, LogFollower } from "../engine.ts";
import { ANOTHER_TRY_MS } from "./nats-errors.ts";

/** What following needs of a log. */
export interface FollowingPorts {
  facts(): Promise<LogFacts | null>;
  /**
   * Begins to hand over entries from a sequence on; `isLast`: none waits behind it. Resolves to a function that ends it.
   */
  consume(from: number, take: TakesEntry): Promise<() => void>;
  problem(error: unknown): void;
}

/** So many attempts may fail without a word: NATS's servers need some seconds to agree on another one of them. */
const FAILURES_UNTOLD = 5;

type TakesEntry = (entry: LogEntry, isLast: boolean) => void;

/** Follows the log for one follower, by a consumer that is made anew with each connection. */
export class NatsFollowing {
  readonly #follower: LogFollower;
  readonly #ports: FollowingPorts;
  /** Sequence of the last entry that the follower has, or that is erased. */
  #position: number;
  #stop: (() => void) | null = null;
  /** Counts the consumers: what an earlier one still brings is dropped. */
  #consumer = 0;
  /** Attempts that failed since the last that didn't. */
  #failures = 0;
  #isEnded = false;

  constructor(after: number, follower: LogFollower, ports: FollowingPorts) {
    this.#position = after;
    this.#follower = follower;
    this.#ports = ports;
  }

  async begin(): Promise<void> {
    this.#consumer += 1;
    const number = this.#consumer;
    this.#stop?.();
    this.#stop = null;
    const isCurrent = (): boolean => number === this.#consumer && !this.#isEnded;
    try {
      const facts = await this.#ports.facts();
      if (!isCurrent()) return;
      if (facts === null) return this.#beginLater(isCurrent);
      if (this.#isLost(facts)) return this.#lose(facts);
      if (this.#position === facts.last) this.#follower.atEnd?.(this.#position);
      const stop = await this.#ports.consume(this.#position + 1, (entry, isLast) => {
        if (isCurrent()) this.#take(entry, isLast);
      });
      this.#failures = 0;
      if (isCurrent()) this.#stop = stop;
      else stop();
    } catch (error) {
      if (!isCurrent()) return;
      this.#failures += 1;
      if (this.#failures === FAILURES_UNTOLD) this.#ports.problem(error);
      this.#beginLater(isCurrent);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#stop?.();
  }

  #beginLater(isCurrent: () => boolean): void {
    setTimeout(() => {
      if (isCurrent()) void this.begin();
    }, ANOTHER_TRY_MS);
  }

  #take(entry: LogEntry, isLast: boolean): void {
    const { sequence } = entry;
    if (sequence <= this.#position) return;
    // Erased entries leave a gap, and so does a cut: then the beginning of the log says so.
    if (sequence > this.#position + 1) return void this.#mindGap(sequence);
    this.#position = sequence;
    this.#follower.entry(entry);
    if (isLast && !this.#isEnded) this.#follower.atEnd?.(sequence);
  }

  /** Finds out why entries are missing before one, and goes on behind them. */
  async #mindGap(sequence: number): Promise<void> {
    this.#consumer += 1;
    const number = this.#consumer;
    this.#stop?.();
    const facts = await this.#ports.facts();
    if (number !== this.#consumer || this.#isEnded) return;
    if (facts !== null && this.#isLost(facts)) return this.#lose(facts);
    if (facts !== null) this.#position = sequence - 1;
    await this.begin();
  }

  #isLost(facts: LogFacts): boolean {
    const { first, last } = facts;
    return this.#position > last || (this.#position + 1 < first && this.#position < last);
  }

  #lose(facts: LogFacts): void {
    this.end();
    this.#follower.lost?.(facts);
  }
}
