import { fsErrorText } from "./fs-errors.ts";

/** A disk that refuses is asked twice a second, of each file: once a minute is enough to be told of one. */
const TELL_AGAIN_MS = 60_000;

/**
 * Which files the disk could not make safe when it was last asked. Says so of each at first, then once a minute,
 * and when it is well again.
 */
export class SyncFailures {
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #now: () => number;
  /** When the owner was last told of each. */
  readonly #toldAt = new Map<string, number>();

  /** @param now in milliseconds that never run back */
  constructor(
    onProblem: (text: string, cause: unknown) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#onProblem = onProblem;
    this.#now = now;
  }

  refused(path: string, error: unknown): void {
    const now = this.#now();
    if (now - (this.#toldAt.get(path) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    this.#toldAt.set(path, now);
    this.#onProblem(`${path} may not be safe on disk: ${fsErrorText(error)}.`, error);
  }

  /** It is safe. */
  mended(path: string): void {
    if (this.#toldAt.delete(path)) this.#onProblem(`${path} is safe on disk again.`, undefined);
  }

  /** It is no more, under this name. */
  forget(path: string): void {
    this.#toldAt.delete(path);
  }
}
