/** A turn of reading: shorter than anybody at a keyboard notices, long enough that pausing costs little. */
const TURN_MS = 4;

/** Lets a long piece of reading give way to everything else, again and again. */
export class TimeSlice {
  #begun = performance.now();

  /** Whether it is time to {@link rest}. Asked after each line or piece. */
  get isDue(): boolean {
    return performance.now() - this.#begun > TURN_MS;
  }

  /** Resolves on a later turn, when whatever waited has had its go. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#begun = performance.now();
  }
}
