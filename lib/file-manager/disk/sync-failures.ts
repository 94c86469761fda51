import { fsErrorText } from "./fs-errors.ts";

/** A disk that refuses is asked twice a second, of each file: one report a minute is enough. */
const REPORT_AGAIN_MS = 60_000;

/**
 * Keeps the paths whose last sync failed, and reports each at once, then once a minute, and when a sync
 * succeeds again.
 */
export class SyncFailures {
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #now: () => number;
  /** Path → when it was last reported. */
  readonly #reportedAtMs = new Map<string, number>();

  /**
   * @param onProblem called with each report, in words for the owner's log
   * @param now a monotonic clock, in milliseconds
   */
  constructor(
    onProblem: (text: string, cause: unknown) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#onProblem = onProblem;
    this.#now = now;
  }

  /** The disk refused to sync a path. */
  refused(path: string, error: unknown): void {
    const now = this.#now();
    const reportedAtMs = this.#reportedAtMs.get(path) ?? Number.NEGATIVE_INFINITY;
    if (now - reportedAtMs < REPORT_AGAIN_MS) return;
    this.#reportedAtMs.set(path, now);
    this.#onProblem(`${path} may not be safe on disk: ${fsErrorText(error)}.`, error);
  }

  /** A path is safe on disk. */
  resolved(path: string): void {
    if (this.#reportedAtMs.delete(path)) {
      this.#onProblem(`${path} is safe on disk again.`, undefined);
    }
  }

  /** A path has been moved or removed: nothing more is reported of it. */
  forget(path: string): void {
    this.#reportedAtMs.delete(path);
  }
}
