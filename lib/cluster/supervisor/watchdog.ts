import type { ElapsedMs } from "../../protocol/time.ts";

/** A process that answers nothing for so long hangs. */
export const HANG_MS = 15_000;
/** When so much time has passed between two looks, the machine slept, or the one that looks was stopped itself. */
const PAUSE_MS = 5_000;

/** Tells which processes hang: those that are watched, and haven't been heard of for longer than they may be silent. */
export class Watchdog<Name> {
  readonly #heardElapsedMs = new Map<Name, ElapsedMs>();
  /** Who may be silent for another time than {@link HANG_MS}. */
  readonly #silentMsMax = new Map<Name, number>();
  readonly #elapsed: () => ElapsedMs;
  #lookedElapsedMs: ElapsedMs;

  /** @param elapsed reads the monotonic clock */
  constructor(elapsed: () => ElapsedMs) {
    this.#elapsed = elapsed;
    this.#lookedElapsedMs = elapsed();
  }

  /** Notes that a process is alive, and watches it from now on. It may be silent for `silentMsMax`. */
  heard(name: Name, silentMsMax = HANG_MS): void {
    this.#heardElapsedMs.set(name, this.#elapsed());
    this.#silentMsMax.set(name, silentMsMax);
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
    this.#silentMsMax.delete(name);
  }

  /** Returns those that hang, and watches them no longer. Call it about once a second. */
  takeHanging(): { readonly name: Name; readonly silentMsMax: number }[] {
    const nowElapsedMs = this.#elapsed();
    const wasPaused = nowElapsedMs - this.#lookedElapsedMs > PAUSE_MS;
    this.#lookedElapsedMs = nowElapsedMs;
    const { names } = this;
    if (wasPaused) for (const name of names) this.heard(name, this.#maxOf(name));
    const hanging = names
      .map((name) => ({ name, silentMsMax: this.#maxOf(name) }))
      .filter(({ name, silentMsMax }) => this.silentMs(name) >= silentMsMax);
    for (const { name } of hanging) this.forget(name);
    return hanging;
  }

  #maxOf(name: Name): number {
    return this.#silentMsMax.get(name) ?? HANG_MS;
  }
}
