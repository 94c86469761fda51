/** Milliseconds since 1970. Never runs backwards. */
export type Clock = () => number;

/**
 * The clock of a server or client: the machine's, except that it stands still where the machine's
 * is set back, because times in a conversation never run backwards.
 */
export function makeClock(machine: Clock = Date.now): Clock {
  let last = 0;
  return () => {
    last = Math.max(last, machine());
    return last;
  };
}

export interface Ticks {
  stop(): void;
}

/**
 * Calls `tick` every `ms`: the one interval from which a server or client takes all its waiting
 * (pings, idle limits, sweeps). It keeps no process alive by itself.
 */
export function startTicks(ms: number, tick: () => void): Ticks {
  const interval = setInterval(tick, ms);
  interval.unref();
  return { stop: () => clearInterval(interval) };
}

/**
 * Things that must happen within the same `ms`, each told to `late` once when it did not. One
 * interval serves all of them, and runs only while there are any; a thing is late by at most a
 * quarter of `ms`.
 */
export class Deadlines<T> {
  /** In the order of their deadlines, since all have the same time. */
  readonly #until = new Map<T, number>();
  readonly #ms: number;
  readonly #late: (item: T) => void;
  #ticks: Ticks | null = null;

  constructor(ms: number, late: (item: T) => void) {
    this.#ms = ms;
    this.#late = late;
  }

  /** Begins to wait for `item`, or begins again. */
  start(item: T): void {
    this.#until.delete(item);
    this.#until.set(item, performance.now() + this.#ms);
    this.#ticks ??= startTicks(Math.min(Math.max(this.#ms / 4, 10), 1000), this.#sweep);
  }

  /** It happened, or no longer matters. */
  done(item: T): void {
    this.#until.delete(item);
    if (this.#until.size === 0) this.#rest();
  }

  #sweep = (): void => {
    const now = performance.now();
    for (const [item, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(item);
      this.#late(item);
    }
    if (this.#until.size === 0) this.#rest();
  };

  #rest(): void {
    this.#ticks?.stop();
    this.#ticks = null;
  }
}
