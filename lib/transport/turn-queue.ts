import { throwLater } from "./flush-scheduler.ts";

/** How long queued work may run before the event loop goes on: then it reads what arrived meanwhile. */
export const TURN_MS = 1;

/** How long the steps of one job may run, and how many there may be. */
const SHARE_MS = 0.5;
const SHARE_STEPS_MAX = 8;

/** How long they may run when the server stops. */
const FINISH_MS = 500;

/** Jobs that are done are cut off in steps of this many. */
const JOBS_CUT = 1024;
/** After so many jobs of members, one of somebody else has a turn. */
const MEMBERS_IN_A_ROW = 8;

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

/** Jobs in the order in which they were added. */
class Jobs {
  #jobs: (() => void)[] = [];
  /** Index of the next job. */
  #next = 0;

  get size(): number {
    return this.#jobs.length - this.#next;
  }

  push(job: () => void): void {
    this.#jobs.push(job);
  }

  shift(): (() => void) | undefined {
    const job = this.#jobs[this.#next];
    if (job === undefined) return undefined;
    this.#next += 1;
    // Removing each job by itself would copy the rest of the queue.
    if (this.#next >= JOBS_CUT || this.size === 0) {
      this.#jobs.splice(0, this.#next);
      this.#next = 0;
    }
    return job;
  }
}

/**
 * Work that must not hold up everybody else: pipelined lines, slices of long answers, ends of many connections. Each
 * job is small. They run in order, and one that has more to do adds itself again behind the others, so that whoever
 * has much to do waits for those who have little. Members' jobs go before those of others, who may be any number.
 * After {@link TURN_MS} the rest waits for the next turn.
 */
export class TurnQueue {
  readonly #members = new Jobs();
  readonly #others = new Jobs();
  #membersInARow = 0;
  #isArmed = false;
  /** How long jobs were run at once, less the time that has passed between them. */
  #ranAtOnceMs = 0;
  /** Until when. */
  #ranUntilMs = Number.NEGATIVE_INFINITY;
  readonly #timing: TurnTiming;
  readonly #failed: (error: unknown) => void;

  /** @param failed called when a job throws. Without it, that ends the process */
  constructor(failed: (error: unknown) => void = throwLater, timing: TurnTiming = EVENT_LOOP) {
    this.#failed = failed;
    this.#timing = timing;
  }

  /** How many jobs wait. */
  get size(): number {
    return this.#members.size + this.#others.size;
  }

  /**
   * Runs a job at once, unless such jobs have just run for {@link TURN_MS} one after the other: then it returns `false`,
   * and the job is to be added. Hundreds of connections may be readable in one turn of the loop.
   */
  runNow(job: () => void): boolean {
    const startedMs = this.#timing.now();
    this.#ranAtOnceMs = Math.max(0, this.#ranAtOnceMs - (startedMs - this.#ranUntilMs));
    this.#ranUntilMs = startedMs;
    if (this.#ranAtOnceMs >= TURN_MS) return false;
    try {
      job();
    } finally {
      this.#ranUntilMs = this.#timing.now();
      this.#ranAtOnceMs += this.#ranUntilMs - startedMs;
    }
    return true;
  }

  /**
   * Runs the steps of a job as long as `step` returns that there is another one, and there is time for it. Lines that
   * came together are then relayed in one turn, and leave together: a send to each reader is most of what a line costs.
   */
  runShare(step: () => boolean): void {
    const endsAtMs = this.#timing.now() + SHARE_MS;
    let steps = 1;
    while (step() && steps < SHARE_STEPS_MAX && this.#timing.now() < endsAtMs) steps += 1;
  }

  /** Queues a job behind the others, or behind those of members. It never runs at once. */
  add(job: () => void, isMembers = false): void {
    if (isMembers) this.#members.push(job);
    else this.#others.push(job);
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#timing.atTurnEnd(this.#runTurn);
  }

  /**
   * Runs the jobs, also those that they add: for a server that stops. Drops what is left after {@link FINISH_MS}, as
   * strangers may have sent any number of lines.
   */
  finish(): void {
    const endsAtMs = this.#timing.now() + FINISH_MS;
    while (this.size > 0 && this.#timing.now() < endsAtMs) this.#runNext();
  }

  #runTurn = (): void => {
    const endsAtMs = this.#timing.now() + TURN_MS;
    do this.#runNext();
    while (this.size > 0 && this.#timing.now() < endsAtMs);
    this.#isArmed = this.size > 0;
    if (this.#isArmed) this.#timing.atTurnEnd(this.#runTurn);
  };

  #runNext(): void {
    const isOthersTurn = this.#membersInARow >= MEMBERS_IN_A_ROW && this.#others.size > 0;
    const isMembers = this.#members.size > 0 && !isOthersTurn;
    this.#membersInARow = isMembers ? this.#membersInARow + 1 : 0;
    const job = isMembers ? this.#members.shift() : this.#others.shift();
    try {
      job?.();
    } catch (error) {
      this.#failed(error);
    }
  }
}
