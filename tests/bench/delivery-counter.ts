/**
 * Counts the deliveries among the bytes of one connection, as cheaply as it can: the generator shares
 * the machine with the server that it measures. A message made by `stampedText` ends with a mark, and
 * its time stamp stands at a known distance from the end, so a delivery is known by one byte.
 */
export class DeliveryCounter {
  delivered = 0;
  #rest: Buffer | null = null;

  /**
   * Takes bytes cut anywhere. `onOther` gets each line that is no delivery, without CR LF;
   * `onStamp`, when given, gets each delivery's time stamp in µs. Answers how many deliveries came.
   */
  push(
    bytes: Buffer,
    textBytes: number,
    onOther: (line: string) => void,
    onStamp: ((us: number) => void) | null,
  ): number {
    const all = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
    let from = 0;
    let came = 0;
    for (let end = all.indexOf(LF); end !== -1; end = all.indexOf(LF, from)) {
      const last = all[end - 1] === CR ? end - 1 : end;
      if (all[last - 1] === MARK) {
        came++;
        if (onStamp !== null) onStamp(parseStamp(all, last - textBytes));
      } else if (last > from) {
        onOther(all.toString("latin1", from, last));
      }
      from = end + 1;
    }
    // A copy: the socket's buffer may be used again for the next bytes.
    this.#rest = from === all.length ? null : Buffer.from(all.subarray(from));
    this.delivered += came;
    return came;
  }
}

/** The text of a message of exactly `bytes` bytes: the time stamp, filling, and the mark. */
export function stampedText(us: number, bytes: number): string {
  return `${String(us).padStart(STAMP_DIGITS, "0")} ${"so the talk goes on ".repeat(30)}`
    .slice(0, bytes - 1)
    .concat("~");
}

/** µs since 1970 with the precision of the monotonic clock; 16 digits until the year 2286. */
export function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** The shortest text that has room for the stamp and the mark. */
export const TEXT_BYTES_MIN = 18;

const STAMP_DIGITS = 16;
const LF = 10;
const CR = 13;
/** "~": no line that a server generates ends with it. */
const MARK = 126;

/** Returns the time stamp that begins at `from`, in µs. */
export function parseStamp(bytes: Uint8Array, from: number): number {
  let us = 0;
  for (let at = from; at < from + STAMP_DIGITS; at++) us = us * 10 + (bytes[at] ?? 48) - 48;
  return us;
}
