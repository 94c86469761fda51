/**
 * A reader for whom so much waits is told of to the leader, which holds long answers back, and closes those with the most
 * when too much waits in all: none with less than this.
 */
const BACKLOG_BYTES_MIN = 8 * 1024;

/** Which connections of a gateway have much waiting for them, by their numbers, and of which the leader was told. */
export class LateReaders {
  /** For whom much waited when it was sent more. */
  readonly #late = new Set<number>();
  readonly #told = new Set<number>();

  /** A connection was sent something: so many bytes wait for it now. */
  sent(number: number, backlog: number): void {
    if (backlog >= BACKLOG_BYTES_MIN) this.#late.add(number);
  }

  /** Returns whether the leader has to be told of a connection, and takes it to be told. */
  isLate(number: number, backlog: number): boolean {
    if (backlog < BACKLOG_BYTES_MIN) return false;
    this.#late.add(number);
    this.#told.add(number);
    return true;
  }

  /** Returns what the leader is to be told: for whom much waits, or doesn't any more. */
  *changes(backlogOf: (number: number) => number): Iterable<{ link: number; bytes: number }> {
    for (const number of this.#late) {
      const bytes = backlogOf(number);
      if (!this.isLate(number, bytes)) {
        this.#late.delete(number);
        // Usually it leaves at the end of the same turn.
        if (!this.#told.delete(number)) continue;
      }
      yield { link: number, bytes };
    }
  }

  /** Nothing waits for a connection, or it has ended. */
  forget(number: number): void {
    this.#late.delete(number);
    this.#told.delete(number);
  }
}
