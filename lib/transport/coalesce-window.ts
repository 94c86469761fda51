/** The longest that bytes wait for company: half of what a person notices between key and letter. */
export const COALESCE_MS_MAX = 15;
/** While flushing takes more than this share of the time, the window grows… */
const BUSY_SHARE = 0.4;
/** …and below this it shrinks. */
const CALM_SHARE = 0.2;
/** A pause after which nothing of the load before it holds any more. */
const PAUSE_MS = 50;
/** Below this a timer is no shorter than the turn of the loop. */
const WINDOW_MS_MIN = 0.5;
/** With fewer chunks for each reader than so many times those that come without waiting, it has saved nothing… */
const COMPANY_MIN = 1.2;
/** …which is judged where it was this long, */
const TRIED_MS = 8;
/** …and where it was in vain so often one after another, for in a talk some turns bring nothing. */
const VAIN_MAX = 3;
/** Then it is tried again only after so long. */
const GIVE_UP_MS = 1000;

/**
 * How long to gather between two flushes. A send costs the same whatever is in it, so under load fewer and
 * larger ones carry more: the window grows until flushing leaves most of the core to everything else, and is
 * nothing when the loop has time, or when what is waited for doesn't come: a hundred rooms in which a few lines are
 * said now and then are only made to wait by it.
 */
export class CoalesceWindow {
  #ms = 0;
  /** The company that there was when nothing was waited for. */
  #unwaited = 1;
  #vain = 0;
  /** How long it stays nothing, having been tried in vain. */
  #givenUpMs = 0;

  /** Milliseconds to gather from now on. */
  get ms(): number {
    return this.#ms;
  }

  /**
   * A flush took `tookMs`; before it nothing was flushed for `idleMs`.
   *
   * @param company chunks that left, for each reader to whom any left
   */
  flushed(tookMs: number, idleMs: number, company: number): void {
    if (idleMs > PAUSE_MS) {
      this.#ms = 0;
      this.#vain = 0;
      this.#givenUpMs = 0;
      return;
    }
    const bothMs = tookMs + idleMs;
    const share = tookMs / Math.max(bothMs, Number.EPSILON);
    this.#givenUpMs = Math.max(0, this.#givenUpMs - bothMs);
    if (this.#ms === 0) this.#unwaited = company;
    const isVain = this.#ms >= TRIED_MS && company < this.#unwaited * COMPANY_MIN;
    this.#vain = isVain ? this.#vain + 1 : 0;
    if (this.#vain === VAIN_MAX) {
      this.#ms = 0;
      this.#givenUpMs = GIVE_UP_MS;
    } else if (share > BUSY_SHARE && this.#givenUpMs === 0) {
      this.#ms = Math.min(COALESCE_MS_MAX, this.#ms * 1.5 + WINDOW_MS_MIN);
    } else if (share < CALM_SHARE) {
      this.#ms = this.#ms < WINDOW_MS_MIN ? 0 : this.#ms * 0.9;
    }
  }
}
