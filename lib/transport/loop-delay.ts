import { startTicks, type Ticks } from "./clock.ts";

/** How often the delay is measured. */
const SAMPLE_MS = 100;
/** A minute of samples: long enough for every reader of the metrics file to see each peak. */
const SAMPLES_MAX = 600;

/**
 * Measures how late timers run: how long a line that arrives now would wait for whatever the thread is busy with. Owns
 * the samples of the last minute.
 */
export class LoopDelay {
  readonly #samples: number[] = [];
  readonly #now: () => number;
  readonly #ticks: Ticks;
  #next = 0;
  #expectedMs: number;

  /** @param now a monotonic clock, in milliseconds */
  constructor(now: () => number = () => performance.now(), every = startTicks) {
    this.#now = now;
    this.#expectedMs = now() + SAMPLE_MS;
    this.#ticks = every(SAMPLE_MS, () => this.#sample());
  }

  /** Returns the mean and the longest delay of the last minute, in milliseconds with one decimal. */
  read(): { readonly meanMs: number; readonly maxMs: number } {
    const sum = this.#samples.reduce((total, ms) => total + ms, 0);
    const mean = sum / Math.max(1, this.#samples.length);
    return { meanMs: rounded(mean), maxMs: rounded(Math.max(0, ...this.#samples)) };
  }

  /** Stops measuring. */
  stop(): void {
    this.#ticks.stop();
  }

  #sample(): void {
    const now = this.#now();
    this.#samples[this.#next] = Math.max(0, now - this.#expectedMs);
    this.#next = (this.#next + 1) % SAMPLES_MAX;
    this.#expectedMs = now + SAMPLE_MS;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
