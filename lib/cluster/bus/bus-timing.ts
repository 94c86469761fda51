import type { ElapsedMs } from "../../protocol/time.ts";
import { elapsed, startTicks } from "../../transport/clock.ts";

/** Between two ticks of a connection: so long may bytes wait for their acknowledgement. */
export const TICK_MS = 50;

/** What happens later, on the bus. Tests have their own. */
export interface BusTiming {
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
  /** Calls `tick` every {@link TICK_MS}, until the returned function is called. */
  startTicks(tick: () => void): () => void;
  /** Calls a function when this turn is over. */
  atTurnEnd(run: () => void): void;
}

/** Returns the timing of this process. */
export function systemBusTiming(): BusTiming {
  return {
    elapsed,
    startTicks(tick) {
      const ticks = startTicks(TICK_MS, tick);
      return () => ticks.stop();
    },
    atTurnEnd: (run) => void setImmediate(run),
  };
}

/**
 * Notices that the process slept, or was busy for long: what others said meanwhile waits to be read, so nobody's silence
 * counts.
 */
export class SleepWatch {
  readonly #gapMsMax: number;
  #tickedAtMs: ElapsedMs;

  constructor(now: ElapsedMs, gapMsMax = 2000) {
    this.#tickedAtMs = now;
    this.#gapMsMax = gapMsMax;
  }

  /** Call it with each tick. Returns whether it came far too late. */
  hasSlept(now: ElapsedMs): boolean {
    const gapMs = now - this.#tickedAtMs;
    this.#tickedAtMs = now;
    return gapMs > this.#gapMsMax;
  }
}
