/** The sum is looked at again when it has grown by this much. */
export const OWED_BYTES_STEP = 16 << 20;

/**
 * Counts what all links of a server owe their readers after they were flushed: bytes that the kernel refused. Asks the
 * server to close some readers when the sum has grown; which, and from what sum on, is the server's decision.
 */
export class OwedBytes {
  #bytes = 0;
  /** The sum at the last check, or less when it has shrunk since. */
  #checkedBytes = 0;
  #isDue = false;
  readonly #relieve: () => void;
  readonly #later: (run: () => void) => void;

  /** @param relieve called on a later turn; closes links */
  constructor(relieve: () => void, later: (run: () => void) => void = setImmediate) {
    this.#relieve = relieve;
    this.#later = later;
  }

  /** The sum. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds to the sum, or subtracts. */
  change(by: number): void {
    this.#bytes += by;
    if (this.#bytes < this.#checkedBytes) this.#checkedBytes = this.#bytes;
    if (this.#isDue || this.#bytes - this.#checkedBytes < OWED_BYTES_STEP) return;
    this.#isDue = true;
    this.#later(() => {
      this.#isDue = false;
      this.#checkedBytes = this.#bytes;
      this.#relieve();
    });
  }
}
