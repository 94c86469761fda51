import { openSync, readSync } from "node:fs";

/** Measures the event loop of its own process: for how long it was blocked. */
export class LoopProbe {
  #held = 0;
  #last = ownNow();
  readonly #interval: ReturnType<typeof setInterval>;

  constructor() {
    this.#interval = setInterval(() => this.#look(), EVERY_MS);
  }

  /** Ends it. The longest time for which the loop was held, ms. */
  read(): number {
    this.#look();
    clearInterval(this.#interval);
    return this.#held;
  }

  #look(): void {
    const now = ownNow();
    this.#held = Math.max(this.#held, now - this.#last - EVERY_MS);
    this.#last = ownNow();
  }
}

/** A server that serves is woken more often than that. */
const EVERY_MS = 1;

/**
 * A clock in ms that stands still while this thread could run and has no core, because other processes have
 * them all: what is measured by it is the program's own, and that of the disk it waits for.
 */
export function ownNow(): number {
  return performance.now() - waitedMs();
}

const text = Buffer.alloc(80);
const schedstat = openSync("/proc/self/schedstat", "r");

/** How long the main thread has waited for a core, as Linux counts it. */
function waitedMs(): number {
  const length = readSync(schedstat, text, 0, text.length, 0);
  return Number(text.toString("latin1", 0, length).split(" ")[1]) / 1e6;
}
