/** Too short for a person at a keyboard to notice, and long enough that the pauses cost little. */
const SLICE_MS = 4;

/**
 * Shares the thread during a long task, which runs for a few milliseconds at a time.
 *
 * @example
 * const slice = new TimeSlice();
 * for (const line of lines) {
 *   read(line);
 *   if (slice.isDue) await slice.rest();
 * }
 */
export class TimeSlice {
  #startedAtMs = performance.now();

  /** Whether the slice is used up: ask after each line or piece. */
  get isDue(): boolean {
    return performance.now() - this.#startedAtMs > SLICE_MS;
  }

  /** Resolves on a later turn, when everything else that waited has had its go. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#startedAtMs = performance.now();
  }
}
