import type { ElapsedMs } from "../protocol/time.ts";

/** After a longer gap between two ticks the process slept, or was busy for long. */
const GAP_MS_MAX = 2000;

/**
 * Notices that the process slept, or was busy for long: what others said meanwhile waits to be read, so nobody's silence
 * counts.
 */
export class SleepWatch {
  readonly #gapMsMax: number;
  #tickedAtMs: ElapsedMs;

  constructor(now: ElapsedMs, gapMsMax = GAP_MS_MAX) {
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

/** Counts how long others could reach this process: not while it slept, or was cut off. */
export class ReachableTime {
  readonly #sleep: SleepWatch;
  #tickedAtMs: ElapsedMs;
  #ms = 0;

  constructor(now: ElapsedMs) {
    this.#sleep = new SleepWatch(now);
    this.#tickedAtMs = now;
  }

  /** Call it with each tick. Returns how many ms there were so far. */
  tick(now: ElapsedMs, isReachable = true): number {
    const gapMs = now - this.#tickedAtMs;
    this.#tickedAtMs = now;
    if (!this.#sleep.hasSlept(now) && isReachable) this.#ms += gapMs;
    return this.#ms;
  }
}
