/** Reads in a row after which a connection is busy: more than a log-in's steps or an answer take. */
const READS_MAX = 15;
/** So many reads a second count as calm. */
const CALM_READS_PER_MS = 10 / 1000;
/** How far the count goes above the limit: after half a second without a read, a connection is calm again. */
const READS_ABOVE_MAX = 5;
/** A read that brings more lines was worth waking up for, and a server that sends so fast isn't slowed down. */
const FEW_LINES_MAX = 100;

/**
 * Decides when a client's connection rests between two reads. A server that sends a line every few milliseconds would
 * wake the process for each; several lines in one read cost a fraction of that.
 */
export class ReadingPace {
  #reads = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #hasFewLines = false;

  /** Whether the connection rests after its last read. */
  get rests(): boolean {
    return this.#hasFewLines && this.#reads > READS_MAX;
  }

  /** Notes a read, by the number of lines that it brought. */
  noteRead(lines: number, nowMs: number): void {
    const left = Math.max(0, this.#reads - (nowMs - this.#readAtMs) * CALM_READS_PER_MS);
    this.#reads = Math.min(left + 1, READS_MAX + READS_ABOVE_MAX);
    this.#readAtMs = nowMs;
    this.#hasFewLines = lines <= FEW_LINES_MAX;
  }

  /** Begins anew: the next reads bring what somebody waits for. */
  reset(): void {
    this.#reads = 0;
  }
}
