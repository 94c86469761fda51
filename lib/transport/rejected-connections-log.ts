import type { ElapsedMs } from "../protocol/time.ts";

/** Lines of the log per minute. Strangers can cause any number of rejected connections. */
export const REJECTIONS_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/**
 * Returns a function that logs a rejected connection: the first ones of each minute in full, and of the rest their
 * number, in the next minute that has one.
 *
 * @param write takes a line of the log
 * @param elapsed reads the monotonic clock
 */
export function makeRejectedConnectionsLog(
  write: (sentence: string) => void,
  elapsed: () => ElapsedMs,
): (address: string, why: string) => void {
  let minute = 0;
  let count = 0;
  return (address, why) => {
    const currentMinute = Math.floor(elapsed() / MINUTE_MS);
    if (currentMinute !== minute) {
      const unlogged = count - REJECTIONS_PER_MINUTE;
      if (unlogged > 0) write(`${unlogged} more could not connect`);
      minute = currentMinute;
      count = 0;
    }
    count += 1;
    if (count <= REJECTIONS_PER_MINUTE) write(`${address || "a client"} could not connect: ${why}`);
  };
}
