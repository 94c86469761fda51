import type { ElapsedMs } from "../../protocol/time.ts";

/** A process that answers nothing for so long hangs. */
export const HANG_MS = 15_000;
/** When so much time has passed between two looks, the machine slept, or the one that looks was stopped itself. */
const PAUSE_MS = 5_000;

/** Tells which processes hang: those that are watched, and haven't been heard of for {@link HANG_MS}. */
export class Watchdog<Name> {
  readonly #heardElapsedMs = new Map<Name, ElapsedMs>();
  readonly #elapsed: () => ElapsedMs;
  #lookedElapsedMs: ElapsedMs;

  /** @param elapsed reads the monotonic clock */
  constructor(elapsed: () => ElapsedMs) {
    this.#elapsed = elapsed;
    this.#lookedElapsedMs = elapsed();
  }

  /** Notes that a process is alive, and watches it from now on. */
  heard(name: Name): void {
    this.#heardElapsedMs.set(name, this.#elapsed());
  }

  /** Those that are watched. */
  get names(): readonly Name[] {
    return [...this.#heardElapsedMs.keys()];
  }

  /** Whether a process is watched. */
  isWatched(name: Name): boolean {
    return this.#heardElapsedMs.has(name);
  }

  /** Returns for how long nothing was heard of a process; 0 when it isn't watched. */
  silentMs(name: Name): number {
    const heardElapsedMs = this.#heardElapsedMs.get(name);
    return heardElapsedMs === undefined ? 0 : this.#elapsed() - heardElapsedMs;
  }

  /** Watches a process no longer. */
  forget(name: Name): void {
    this.#heardElapsedMs.delete(name);
  }

  /** Returns those that hang, and watches them no longer. Call it about once a second. */
  takeHanging(): Name[] {
    const nowElapsedMs = this.#elapsed();
    const wasPaused = nowElapsedMs - this.#lookedElapsedMs > PAUSE_MS;
    this.#lookedElapsedMs = nowElapsedMs;
    const { names } = this;
    if (wasPaused) for (const name of names) this.heard(name);
    const hanging = names.filter((name) => this.silentMs(name) >= HANG_MS);
    for (const name of hanging) this.forget(name);
    return hanging;
  }
}
