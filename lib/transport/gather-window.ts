/** The longest that bytes wait for company: half of what a person notices between key and letter. */
export const GATHER_MS_MAX = 15;
/** While flushing takes more than this share of the time, the window grows… */
const BUSY_SHARE = 0.4;
/** …and below this it shrinks. */
const CALM_SHARE = 0.2;
/** A pause after which nothing of the load before it holds any more. */
const PAUSE_MS = 50;
/** Below this a timer is no shorter than the turn of the loop. */
const WINDOW_MS_MIN = 0.5;

/**
 * How long to gather between two flushes. A send costs the same whatever is in it, so under load fewer and
 * larger ones carry more: the window grows until flushing leaves most of the core to everything else, and is
 * nothing when the loop has time.
 */
export class GatherWindow {
  #ms = 0;

  /** Milliseconds to gather from now on. */
  get ms(): number {
    return this.#ms;
  }

  /** A flush took `tookMs`; before it nothing was flushed for `idleMs`. */
  flushed(tookMs: number, idleMs: number): void {
    const share = tookMs / Math.max(tookMs + idleMs, Number.EPSILON);
    if (idleMs > PAUSE_MS) this.#ms = 0;
    else if (share > BUSY_SHARE) this.#ms = Math.min(GATHER_MS_MAX, this.#ms * 1.5 + WINDOW_MS_MIN);
    else if (share < CALM_SHARE) this.#ms = this.#ms < WINDOW_MS_MIN ? 0 : this.#ms * 0.9;
  }
}
