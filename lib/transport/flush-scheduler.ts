import { ChunkCoalescer } from "./chunk-coalescer.ts";
import { CoalesceWindow } from "./coalesce-window.ts";

/**
 * When a flush has taken this long, those of others than members wait for the next turn: hundreds of them may have
 * asked for long answers at once.
 */
const FLUSH_MS = 1;

/** Something with queued bytes, as {@link FlushScheduler} calls it at the end of a turn: in this order. */
export interface Flushable {
  /** Whether it is a member's: it never waits for others. */
  readonly isMembers: boolean;
  /** Whether a file goes over it, for which gathering gains nothing. */
  readonly isFiles?: boolean;
  /** Marks the queued bytes as this turn's. Bytes that are queued later belong to the next turn. */
  seal(): void;
  /** Writes the sealed bytes. Returns how many chunks left. */
  flush(): number;
  /** Called after its turn's flushes: the time to check whether a queue is still too long. */
  flushed(): void;
}

/** The event loop and its clock, as the scheduler uses them. Replaced in tests. */
export interface FlushTiming {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `run` at the end of this turn. */
  atTurnEnd(run: () => void): void;
  /** Calls `run` in `ms` milliseconds. */
  after(ms: number, run: () => void): void;
}

/**
 * `setImmediate` and not a microtask: with 50 sockets readable at once, microtasks ran after each single read, and
 * immediates after up to 12 reads (measured, Bun 1.4.5).
 */
const EVENT_LOOP: FlushTiming = {
  now: () => performance.now(),
  atTurnEnd: (run) => void setImmediate(run),
  after: (ms, run) => void setTimeout(run, ms),
};

/**
 * Flushes every link with queued bytes once, at the end of a turn of the event loop, or later while the
 * {@link CoalesceWindow} is open. One send costs 6 µs whatever is in it, so a busy room becomes cheap by gathering.
 */
export class FlushScheduler {
  /** Shared by the outboxes that are flushed in one turn. */
  readonly coalescer = new ChunkCoalescer();
  #queued: Flushable[] = [];
  /** What was sealed and is on disk, and waits for a turn that has time for it. */
  #late: Flushable[] = [];
  #isArmed = false;
  #isLateArmed = false;
  #isHolding = false;
  readonly #beforeFlush: (() => Promise<unknown> | undefined) | undefined;
  readonly #failed: (error: unknown) => void;
  readonly #timing: FlushTiming;
  readonly #window = new CoalesceWindow();
  /** When the last flush ended. */
  #flushedAtMs = 0;

  /**
   * @param beforeFlush called once at the end of a turn that queued something. If it returns a promise, the
   *   turn's bytes stay until it settles (what they acknowledge is then on disk), and bytes queued meanwhile
   *   wait for the next call.
   * @param failed called when `beforeFlush` throws or its promise rejects. Nothing leaves any more, since it could tell of
   *   what isn't stored: the process has to end.
   */
  constructor(
    beforeFlush?: () => Promise<unknown> | undefined,
    failed: (error: unknown) => void = throwLater,
    timing: FlushTiming = EVENT_LOOP,
  ) {
    this.#beforeFlush = beforeFlush;
    this.#failed = failed;
    this.#timing = timing;
  }

  /** Whether bytes may have to wait for `beforeFlush`: then outboxes must be sealed from the start. */
  get canHold(): boolean {
    return this.#beforeFlush !== undefined;
  }

  /** Whether a turn's bytes are waiting for `beforeFlush`: then nothing may be written. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Flushes `flushable` at the end of this turn. The caller schedules each once until its `seal` was called. */
  schedule(flushable: Flushable): void {
    this.#queued.push(flushable);
    this.#arm();
  }

  #arm(): void {
    if (this.#isArmed || this.#isHolding) return;
    this.#isArmed = true;
    const { ms } = this.#window;
    const waitMs = ms === 0 ? 0 : this.#flushedAtMs + ms - this.#timing.now();
    if (waitMs > 0) this.#timing.after(waitMs, this.#endTurn);
    else this.#timing.atTurnEnd(this.#endTurn);
  }

  #endTurn = (): void => {
    this.#isArmed = false;
    const turn = this.#queued;
    this.#queued = [];
    for (const flushable of turn) flushable.seal();
    this.#isHolding = true;
    let stored: Promise<unknown> | undefined;
    try {
      stored = this.#beforeFlush?.();
    } catch (error) {
      return this.#failed(error);
    }
    const release = (): void => {
      this.#isHolding = false;
      this.#flush(turn);
      if (this.#queued.length > 0) this.#arm();
    };
    if (stored === undefined) release();
    else stored.then(release, this.#failed);
  };

  #flushLate = (): void => {
    this.#isLateArmed = false;
    // What is written while a turn's bytes are not on disk could be among them.
    if (!this.#isHolding) this.#flush([]);
  };

  #flush(turn: readonly Flushable[]): void {
    const startedAtMs = this.#timing.now();
    const flushed: Flushable[] = [];
    let readers = 0;
    let chunks = 0;
    let filesMs = 0;
    const clock = (flushable: Flushable, sign: 1 | -1): void => {
      if (flushable.isFiles) filesMs += sign * this.#timing.now();
    };
    const flush = (flushable: Flushable): void => {
      clock(flushable, -1);
      const flushedChunks = flushable.flush();
      clock(flushable, 1);
      if (flushedChunks > 0 && !flushable.isFiles) readers += 1;
      if (!flushable.isFiles) chunks += flushedChunks;
      flushed.push(flushable);
    };
    let isOver = false;
    for (const flushable of turn) {
      if (isOver && !flushable.isMembers) this.#late.push(flushable);
      else flush(flushable);
      isOver ||= this.#timing.now() - startedAtMs >= FLUSH_MS;
    }
    // Members may always take longer than that, and the others must have their part all the same.
    const lateEndsAtMs = this.#timing.now() + FLUSH_MS;
    let lateCount = 0;
    for (const flushable of this.#late) {
      if (this.#timing.now() >= lateEndsAtMs) break;
      flush(flushable);
      lateCount += 1;
    }
    this.#late.splice(0, lateCount);
    if (this.#late.length > 0 && !this.#isLateArmed) {
      this.#isLateArmed = true;
      this.#timing.atTurnEnd(this.#flushLate);
    }
    this.coalescer.clear();
    for (const flushable of flushed) {
      clock(flushable, -1);
      flushable.flushed();
      clock(flushable, 1);
    }
    const endedAtMs = this.#timing.now();
    this.#window.flushed(
      endedAtMs - startedAtMs - filesMs,
      startedAtMs - this.#flushedAtMs,
      chunks / Math.max(readers, 1),
    );
    this.#flushedAtMs = endedAtMs;
  }
}

/** Throws an error on a later turn, so that it ends the process as any uncaught error does. */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
