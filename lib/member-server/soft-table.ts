import type { ElapsedMs } from "../protocol/time.ts";

/**
 * A table of limits that another server can go on with. Its entries are JSON values by key. Their times are those since an
 * `origin` that both servers know, since no two processes have the same monotonic clock.
 *
 * @example
 * for (const [key, value] of former.takeChanges(formerOrigin, formerElapsedMs, true)) {
 *   present.restore(key, value, origin, elapsedMs);
 * }
 */
export interface SoftTable {
  /**
   * Returns the entries that have changed since the last call, `null` for those that are gone: the first call returns all.
   * Before it nothing is noted, so that a server that hands nothing over pays nothing.
   *
   * @param isComplete also what has changed by so little that it waits
   */
  takeChanges(
    origin: ElapsedMs,
    elapsedMs: ElapsedMs,
    isComplete: boolean,
  ): Iterable<readonly [key: string, value: unknown]>;
  /** Sets an entry to a value that `takeChanges` of another server's table returned. */
  restore(key: string, value: unknown, origin: ElapsedMs, elapsedMs: ElapsedMs): void;
}
