import { type FsErrorKind, fsErrorKind } from "../disk/fs-errors.ts";

/** A file of the client that can't be written any more. */
interface WriteFailure {
  readonly path: string;
  readonly why: FsErrorKind;
}

/**
 * Remembers which of the client's logs can't be written any more, and tells each to the user once: a full
 * disk must not end a conversation, and must not go unnoticed either.
 */
export class WriteFailures {
  readonly #paths = new Set<string>();
  /** Failures that nobody was told yet. */
  #waiting: WriteFailure[] = [];
  #listener: ((failure: WriteFailure) => void) | null = null;

  /** Records that a file could not be written. Only the first failure of each counts. */
  failed(path: string, error: unknown): void {
    if (this.#paths.has(path)) return;
    this.#paths.add(path);
    this.#waiting.push({ path, why: fsErrorKind(error) });
    this.#tell();
  }

  /**
   * Calls `listener` with each failure that nobody was told yet, and with later ones. A new listener replaces
   * the one before it. The returned function stops it.
   */
  listen(listener: (failure: WriteFailure) => void): () => void {
    this.#listener = listener;
    this.#tell();
    return () => {
      if (this.#listener === listener) this.#listener = null;
    };
  }

  #tell(): void {
    if (this.#listener === null) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const failure of waiting) this.#listener(failure);
  }
}
