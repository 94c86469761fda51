import type { ElapsedMs } from "../protocol/time.ts";

/** Lines of the log per minute. Strangers can cause any number of rejected and broken connections. */
export const REJECTIONS_PER_MINUTE = 10;
const MINUTE_MS = 60_000;
/** Causes that a summary counts by themselves. TLS has about as many that strangers can bring about. */
const CAUSES_MAX = 20;

/** Logs the connections that fail through no fault of ours. */
export interface RejectedConnectionsLog {
  /** A connection was refused before it became a link. */
  refused(address: string, why: string): void;
  /** A link was cut off, since its peer broke TLS or its network failed. */
  broken(address: string, why: string): void;
}

/**
 * Makes that log: it has the first ones of each minute in full, and of the rest their number by causes, in the next
 * minute that has one.
 *
 * @param write takes a line of the log
 * @param elapsed reads the monotonic clock
 */
export function makeRejectedConnectionsLog(
  write: (sentence: string) => void,
  elapsed: () => ElapsedMs,
): RejectedConnectionsLog {
  let minute = 0;
  let count = 0;
  const unlogged = new Map<string, number>();
  const add = (address: string, what: string, why: string): void => {
    const currentMinute = Math.floor(elapsed() / MINUTE_MS);
    if (currentMinute !== minute) {
      if (unlogged.size > 0) write(summaryOf(unlogged));
      unlogged.clear();
      minute = currentMinute;
      count = 0;
    }
    count += 1;
    if (count <= REJECTIONS_PER_MINUTE) return write(`${address || "a client"} ${what}: ${why}`);
    const cause = unlogged.has(why) || unlogged.size < CAUSES_MAX ? why : "other causes";
    unlogged.set(cause, (unlogged.get(cause) ?? 0) + 1);
  };
  return {
    refused: (address, why) => add(address, "could not connect", why),
    broken: (address, why) => add(address, "was cut off", why),
  };
}

function summaryOf(unlogged: ReadonlyMap<string, number>): string {
  const causes = [...unlogged].sort(([, a], [, b]) => b - a).map(([why, n]) => `${n} times ${why}`);
  const total = [...unlogged.values()].reduce((sum, n) => sum + n, 0);
  return `${total} more could not connect or were cut off: ${causes.join("; ")}`;
}
