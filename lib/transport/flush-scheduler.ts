import { ChunkCoalescer } from "./chunk-coalescer.ts";
import { CoalesceWindow } from "./coalesce-window.ts";

/** Something with bytes to send at the end of this turn. */
export interface Flushable {
  /** What is queued now belongs to this turn; later bytes belong to the next. */
  seal(): void;
  /** Writes what was sealed; gives how many chunks left. */
  flush(): number;
  /** Told when all have been flushed: the moment to notice that a queue is still too long. */
  flushed(): void;
}

/**
 * The end of a turn of the event loop: every link with something queued is flushed once.
 *
 * `setImmediate` and not a microtask: with 50 sockets readable at once, microtasks ran after each
 * single read, and immediates after up to 12 (measured, Bun 1.4.5). One send costs 6 µs whatever
 * is in it, so gathering is what makes a busy room cheap.
 */
export class FlushScheduler {
  #queued: Flushable[] = [];
  #armed = false;
  #holding = false;
  readonly #beforeFlush: (() => Promise<unknown> | undefined) | undefined;
  readonly #failed: (error: unknown) => void;
  readonly #window = new CoalesceWindow();
  readonly coalescer = new ChunkCoalescer();
  /** When the last flush ended, in the milliseconds of `performance.now()`. */
  #flushedAt = 0;

  /**
   * `beforeFlush` is called once at the end of a turn that queued something. When it returns a
   * promise, this turn's bytes stay until it settles (kept on disk before it is acknowledged), and
   * what is queued meanwhile waits for a call of its own.
   * When it throws or its promise is rejected, `failed` is told, and the bytes leave all the same:
   * whoever must not let that happen closes the links in question first.
   */
  constructor(
    beforeFlush?: () => Promise<unknown> | undefined,
    failed: (error: unknown) => void = throwLater,
  ) {
    this.#beforeFlush = beforeFlush;
    this.#failed = failed;
  }

  /** True when bytes may have to wait for `beforeFlush`: outboxes must be sealed from the start. */
  get canHold(): boolean {
    return this.#beforeFlush !== undefined;
  }

  /** True while a turn's bytes wait: nothing may be written now. */
  get holding(): boolean {
    return this.#holding;
  }

  /** Flushes `queued` at the end of this turn. The caller enrols each link once a turn. */
  schedule(queued: Flushable): void {
    this.#queued.push(queued);
    this.#arm();
  }

  #arm(): void {
    if (this.#armed || this.#holding) return;
    this.#armed = true;
    const { ms } = this.#window;
    const wait = ms === 0 ? 0 : this.#flushedAt + ms - performance.now();
    if (wait > 0) setTimeout(this.#end, wait);
    else setImmediate(this.#end);
  }

  #end = (): void => {
    this.#armed = false;
    const turn = this.#queued;
    this.#queued = [];
    for (const queued of turn) queued.seal();
    const kept = this.#ask();
    if (kept === undefined) {
      this.#flush(turn);
      return;
    }
    this.#holding = true;
    const release = (): void => {
      this.#holding = false;
      this.#flush(turn);
      if (this.#queued.length > 0) this.#arm();
    };
    kept.then(release, (error) => {
      this.#failed(error);
      release();
    });
  };

  #ask(): Promise<unknown> | undefined {
    try {
      return this.#beforeFlush?.();
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #flush(turn: readonly Flushable[]): void {
    const from = performance.now();
    let [readers, chunks] = [0, 0];
    for (const queued of turn) {
      const left = queued.flush();
      if (left > 0) readers += 1;
      chunks += left;
    }
    this.coalescer.forget();
    for (const queued of turn) queued.flushed();
    const now = performance.now();
    this.#window.flushed(now - from, from - this.#flushedAt, chunks / Math.max(readers, 1));
    this.#flushedAt = now;
  }
}

/** A failure that nobody was named for ends the process, as any uncaught error does. */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
