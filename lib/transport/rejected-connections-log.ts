/** As many as an owner reads. A stranger can make any number of them, and each would be a line of the log. */
export const REJECTIONS_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/**
 * Tells the owner of connections that never got in: the first ones of each minute, and of the rest how many
 * there were.
 *
 * @param write takes a sentence
 * @param now milliseconds since 1970
 */
export function makeRejectedConnectionsLog(
  write: (sentence: string) => void,
  now: () => number,
): (address: string, why: string) => void {
  let minute = 0;
  let count = 0;
  return (address, why) => {
    const present = Math.floor(now() / MINUTE_MS);
    if (present !== minute) {
      const more = count - REJECTIONS_PER_MINUTE;
      if (more > 0) write(`${more} more could not connect`);
      minute = present;
      count = 0;
    }
    count += 1;
    if (count <= REJECTIONS_PER_MINUTE) write(`${address || "somebody"} could not connect: ${why}`);
  };
}
