import { fsErrorText } from "./fs-errors.ts";

/** A full disk refuses every message: one line a minute is enough, with the number of the others. */
const REPORT_AGAIN_MS = 60_000;
/** Far more than a disk has ways to fail. */
const CAUSES_MAX = 100;

/** Failures for one cause. */
interface Cause {
  reportedAtMs: number;
  failedAtMs: number;
  /** How many failed since the last report. */
  unreported: number;
}

/**
 * Reports what the disk refuses: the first failure for a cause at once, then one a minute with the number of
 * those between, and the end of the failures.
 */
export class DiskFailures {
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #now: () => number;
  /** By the sentence of the cause. */
  readonly #causes = new Map<string, Cause>();

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

  /** Records a failure. `text` begins a sentence that says what failed, with the path. */
  failed(text: string, error: unknown): void {
    const reason = fsErrorText(error);
    const now = this.#now();
    const cause = this.#causeOf(reason);
    cause.failedAtMs = now;
    if (now - cause.reportedAtMs < REPORT_AGAIN_MS) {
      cause.unreported += 1;
      return;
    }
    const others =
      cause.unreported === 0 ? "" : ` ${othersFailed(cause.unreported)} since the last report.`;
    cause.reportedAtMs = now;
    cause.unreported = 0;
    this.#onProblem(`${text}: ${reason}.${others}`, error);
  }

  /** Records a success. Reports the end of failures that haven't come again for a minute. */
  succeeded(): void {
    if (this.#causes.size === 0) return;
    const now = this.#now();
    for (const [reason, { failedAtMs, unreported }] of this.#causes) {
      if (now - failedAtMs < REPORT_AGAIN_MS) continue;
      this.#causes.delete(reason);
      const others = unreported === 0 ? "" : ` ${othersFailed(unreported)} meanwhile.`;
      this.#onProblem(`Writing works again, and failed before: ${reason}.${others}`, undefined);
    }
  }

  #causeOf(reason: string): Cause {
    const known = this.#causes.get(reason);
    if (known !== undefined) return known;
    const [oldest] = this.#causes.keys();
    if (this.#causes.size >= CAUSES_MAX && oldest !== undefined) this.#causes.delete(oldest);
    const never = Number.NEGATIVE_INFINITY;
    const cause = { reportedAtMs: never, failedAtMs: never, unreported: 0 };
    this.#causes.set(reason, cause);
    return cause;
  }
}

function othersFailed(count: number): string {
  return count === 1
    ? "Another one failed for this reason"
    : `${count} others failed for this reason`;
}
