import type { ElapsedMs } from "../protocol/time.ts";

/**
 * Reads the machine's monotonic clock: it goes on at the same pace when somebody, or NTP, sets the time of
 * day. On Linux and macOS it stands still while the machine sleeps. JavaScript's own timers go by it, too.
 */
export function elapsed(): ElapsedMs {
  return Math.round(performance.now()) as ElapsedMs;
}

/** A running interval of {@link startTicks}. */
export interface Ticks {
  stop(): void;
}

/**
 * Calls `tick` every `ms` after `start`, until it returns `false` or is stopped: nothing wakes an idle process for it.
 */
export class TicksOnDemand implements Ticks {
  #ticks: Ticks | null = null;
  readonly #ms: number;
  readonly #tick: () => boolean;

  constructor(ms: number, tick: () => boolean) {
    this.#ms = ms;
    this.#tick = tick;
  }

  /** Starts calling, unless it does so already. */
  start(): void {
    this.#ticks ??= startTicks(this.#ms, () => {
      if (!this.#tick()) this.stop();
    });
  }

  stop(): void {
    this.#ticks?.stop();
    this.#ticks = null;
  }
}

/**
 * Calls `tick` every `ms` until it is stopped. A server or client does all its waiting (pings, idle limits,
 * sweeps) on one such interval. It does not keep the process alive.
 */
export function startTicks(ms: number, tick: () => void): Ticks {
  const interval = setInterval(tick, ms);
  interval.unref();
  return { stop: () => clearInterval(interval) };
}
