/** The longest that bytes wait for more: half of the delay that a person notices between key and character. */
export const COALESCE_MS_MAX = 15;
/** The window grows while flushing takes more than this share of the time, */
const BUSY_SHARE = 0.4;
/** and shrinks while it takes less than this share. */
const CALM_SHARE = 0.2;
/** A pause this long resets everything that was learnt about the load. */
const PAUSE_MS = 50;
/** Below this a timer is no shorter than a turn of the event loop. */
const WINDOW_MS_MIN = 0.5;
/** If waiting gathers fewer than this many times the chunks per reader of an immediate flush, it saved nothing. */
const CHUNKS_GAIN_MIN = 1.2;
/** Only a window of at least this is judged. */
const JUDGED_MS_MIN = 8;
/** Waiting stops after this many flushes in a row that saved nothing; single ones are normal. */
const USELESS_MAX = 3;
/** How long flushes are immediate after that. */
const GIVE_UP_MS = 1000;

/**
 * Decides how long to gather bytes between two flushes. A send costs the same whatever is in it, so under load
 * fewer and larger sends carry more. The window grows until flushing leaves most of a core to everything else. It
 * is 0 when the loop has time, and when waiting gathers nothing: in a hundred rooms with a line now and then it
 * would only cost time.
 */
export class CoalesceWindow {
  #ms = 0;
  /** Chunks per reader of the last flush without waiting. */
  #chunksUnwaited = 1;
  /** Flushes in a row for which waiting saved nothing. */
  #uselessCount = 0;
  /** How much longer the window stays 0 after waiting was given up. */
  #givenUpMs = 0;

  /** How long to gather now, in milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /**
   * Adapts the window to a flush that took `tookMs`, `idleMs` after the flush before it.
   *
   * @param chunksPerReader chunks that left, per reader to whom any left
   */
  flushed(tookMs: number, idleMs: number, chunksPerReader: number): void {
    if (idleMs > PAUSE_MS) {
      this.#ms = 0;
      this.#uselessCount = 0;
      this.#givenUpMs = 0;
      return;
    }
    const periodMs = tookMs + idleMs;
    const busyShare = tookMs / Math.max(periodMs, Number.EPSILON);
    this.#givenUpMs = Math.max(0, this.#givenUpMs - periodMs);
    if (this.#ms === 0) this.#chunksUnwaited = chunksPerReader;
    const isUseless =
      this.#ms >= JUDGED_MS_MIN && chunksPerReader < this.#chunksUnwaited * CHUNKS_GAIN_MIN;
    this.#uselessCount = isUseless ? this.#uselessCount + 1 : 0;
    if (this.#uselessCount === USELESS_MAX) {
      this.#ms = 0;
      this.#givenUpMs = GIVE_UP_MS;
    } else if (busyShare > BUSY_SHARE && this.#givenUpMs === 0) {
      this.#ms = Math.min(COALESCE_MS_MAX, this.#ms * 1.5 + WINDOW_MS_MIN);
    } else if (busyShare < CALM_SHARE) {
      this.#ms = this.#ms < WINDOW_MS_MIN ? 0 : this.#ms * 0.9;
    }
  }
}
