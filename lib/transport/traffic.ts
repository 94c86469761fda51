const LF = 0x0a;

/** Why connections are refused: the beginning of the sentence in the log, and the label of the metric. */
const REFUSAL_CAUSES: readonly (readonly [string, string])[] = [
  ["the server is full", "full"],
  ["too many connections", "address-full"],
  ["no TLS handshake in time", "handshake-timeout"],
  ["left during the TLS handshake", "handshake-left"],
  ["TLS handshake failed", "tls-error"],
  ["plain text on the TLS port", "plain-on-tls"],
  ["a web browser's plain text", "plain-on-tls"],
  ["TLS on the plain-text port", "tls-on-plain"],
];

/** Owns the counts of bytes, lines and refused connections of all listeners, for the metrics file. */
export class Traffic {
  bytesIn = 0;
  bytesOut = 0;
  linesOut = 0;
  readonly refused = new Map<string, number>();
  #lastBytes: Uint8Array | null = null;
  #lastLines = 0;

  /** Counts what the kernel took of `bytes`. Many readers get the same bytes in a row: their lines are counted once. */
  sent(bytes: Uint8Array, taken: number): void {
    if (taken <= 0) return;
    this.bytesOut += taken;
    if (taken < bytes.length) {
      this.linesOut += countLines(bytes.subarray(0, taken));
      return;
    }
    if (bytes !== this.#lastBytes) {
      this.#lastBytes = bytes;
      this.#lastLines = countLines(bytes);
    }
    this.linesOut += this.#lastLines;
  }

  /** Begins to count anew, for whoever has added these counts to others. */
  reset(): void {
    this.bytesIn = 0;
    this.bytesOut = 0;
    this.linesOut = 0;
    this.refused.clear();
  }

  /** Counts a refused connection by its cause. */
  refuse(why: string): void {
    const [, cause] = REFUSAL_CAUSES.find(([start]) => why.startsWith(start)) ?? ["", "other"];
    this.refused.set(cause, (this.refused.get(cause) ?? 0) + 1);
  }
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, end + 1)) lines += 1;
  return lines;
}
