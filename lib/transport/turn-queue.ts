import { throwLater } from "./flush-scheduler.ts";

/** How long queued work may run before the event loop goes on: then it reads what arrived meanwhile. */
export const TURN_MS = 4;

/** Jobs that are done are cut off in steps of this many. */
const JOBS_CUT = 1024;

/** The event loop and its clock, as the queue uses them. Replaced in tests. */
interface TurnTiming {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `run` at the end of this turn. */
  atTurnEnd(run: () => void): void;
}

const EVENT_LOOP: TurnTiming = {
  now: () => performance.now(),
  atTurnEnd: (run) => void setImmediate(run),
};

/**
 * Work that must not hold up everybody else: pipelined lines, slices of long answers, ends of many connections. Each
 * job is small. They run in order, and one that has more to do adds itself again behind the others, so that whoever
 * has much to do waits for those who have little. After {@link TURN_MS} the rest waits for the next turn.
 */
export class TurnQueue {
  #jobs: (() => void)[] = [];
  /** Index of the next job. */
  #next = 0;
  #isArmed = false;
  readonly #timing: TurnTiming;
  readonly #failed: (error: unknown) => void;

  /** @param failed called when a job throws. Without it, that ends the process */
  constructor(failed: (error: unknown) => void = throwLater, timing: TurnTiming = EVENT_LOOP) {
    this.#failed = failed;
    this.#timing = timing;
  }

  /** How many jobs wait. */
  get size(): number {
    return this.#jobs.length - this.#next;
  }

  /** Queues a job behind the others. It never runs at once. */
  add(job: () => void): void {
    this.#jobs.push(job);
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#timing.atTurnEnd(this.#runTurn);
  }

  /** Runs all jobs, also those that they add: for a server that stops. */
  finish(): void {
    while (this.size > 0) this.#runNext();
  }

  #runTurn = (): void => {
    const endsAtMs = this.#timing.now() + TURN_MS;
    do this.#runNext();
    while (this.size > 0 && this.#timing.now() < endsAtMs);
    this.#isArmed = this.size > 0;
    if (this.#isArmed) this.#timing.atTurnEnd(this.#runTurn);
  };

  #runNext(): void {
    const job = this.#jobs[this.#next];
    this.#next += 1;
    // Removing each job by itself would copy the rest of the queue.
    if (this.#next >= JOBS_CUT || this.size === 0) {
      this.#jobs.splice(0, this.#next);
      this.#next = 0;
    }
    try {
      job?.();
    } catch (error) {
      this.#failed(error);
    }
  }
}
