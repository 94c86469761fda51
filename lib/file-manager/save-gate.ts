/**
 * Keeps work from starting that replaces or removes files, while another process reads them. Owned by the data folder.
 */
export class SaveGate {
  readonly #hasReaders: () => boolean;
  #isHeld = false;
  readonly #running = new Set<Promise<void>>();

  /** @param hasReaders whether another process reads the folder, though nobody has told this one to hold */
  constructor(hasReaders: () => boolean) {
    this.#hasReaders = hasReaders;
  }

  /** Runs work, or does nothing while it is to be held back. Rejects as the work does. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.#isHeld || this.#hasReaders()) return;
    const running = work();
    const settled = running.catch(() => {});
    this.#running.add(settled);
    await settled;
    this.#running.delete(settled);
    await running;
  }

  /** Lets nothing start any more, and resolves when all that runs is through. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    await Promise.all(this.#running);
  }

  /** Lets work start again. */
  release(): void {
    this.#isHeld = false;
  }
}
