/** Up to where a link's input is consumed. */
export interface InputPosition {
  /** How many bytes, modulo 2^32. */
  readonly offset: number;
  /** Whether that is within a line that was too long: the rest of it is to be passed over. */
  readonly isInLine: boolean;
}

/**
 * Says how many bytes of a link's input are consumed when a number of its lines is done. Offsets are counted from where
 * the leader began to read.
 */
export class LineOffsets {
  readonly #base: number;
  /** Where the lines begin that were given to the session and aren't known to be done: the oldest first. */
  #starts: number[] = [];
  #linesDone = 0;
  /** Up to where all was given, or is in no line. */
  #givenUpTo = 0;
  #isInLine = false;
  #settled: InputPosition;

  /** @param base where in the link's input the leader begins to read */
  constructor({ offset, isInLine }: InputPosition = { offset: 0, isInLine: false }) {
    this.#base = offset;
    this.#isInLine = isInLine;
    this.#settled = { offset, isInLine };
  }

  /** Whether there are lines that weren't done at the last {@link settle}. */
  get hasUndone(): boolean {
    return this.#starts.length > 0;
  }

  /** Up to where the input was consumed at the last {@link settle}. */
  get settled(): number {
    return this.#settled.offset;
  }

  /** A line is given to the session. */
  give(start: number): void {
    this.#starts.push(start);
  }

  /** The input was read to where the next line begins that isn't given yet. */
  readTo(offset: number, isInLine: boolean): void {
    this.#givenUpTo = offset;
    this.#isInLine = isInLine;
  }

  /**
   * Returns the new position, or `null` if it is the one of the last call.
   *
   * @param linesDone how many of all lines that were given are done
   */
  settle(linesDone: number): InputPosition | null {
    const count = Math.min(Math.max(0, linesDone - this.#linesDone), this.#starts.length);
    this.#starts.splice(0, count);
    this.#linesDone += count;
    const [undone] = this.#starts;
    const offset = (this.#base + (undone ?? this.#givenUpTo)) >>> 0;
    const isInLine = undone === undefined && this.#isInLine;
    if (offset === this.#settled.offset && isInLine === this.#settled.isInLine) return null;
    this.#settled = { offset, isInLine };
    return this.#settled;
  }
}
