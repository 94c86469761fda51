import { readdirSync, readFileSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";

/** The threads of Bun's pool, which hash passwords and make asynchronous file calls. */
const POOL_NAME = "Bun Pool";
/**
 * So much nicer than the thread that serves everybody: a third of its weight, where both want the same core. With a
 * tenth, a member's password waited for ten times as long while the server was busy.
 */
const NICER_BY = 5;
const TASKS = "/proc/self/task";
/** Bun starts threads of its pool when it needs them, so they are looked for again. */
const LOOK_EVERY_MS = 10_000;

/**
 * Lets the threads that hash passwords give way to the thread that serves everybody: on a machine of one core they
 * would take half of it while strangers guess. Linux alone has priorities of threads; elsewhere nothing is changed.
 */
export class PoolPriority {
  readonly #lowered = new Set<string>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  readonly #now: () => number;

  /** @param now a monotonic clock, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Lowers the priority of all threads that the pool has now, unless it was just done. */
  lower(): void {
    const nowMs = this.#now();
    if (process.platform !== "linux" || nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return;
    this.#lookedAtMs = nowMs;
    try {
      const niceness = Math.min(getPriority() + NICER_BY, constants.priority.PRIORITY_LOW);
      for (const thread of readdirSync(TASKS)) {
        if (this.#lowered.has(thread) || !isOfPool(thread)) continue;
        setPriority(Number(thread), niceness);
        this.#lowered.add(thread);
      }
    } catch {
      // No /proc, or a thread that has just ended: passwords are hashed all the same.
    }
  }
}

function isOfPool(thread: string): boolean {
  return readFileSync(`${TASKS}/${thread}/comm`, "latin1").startsWith(POOL_NAME);
}
