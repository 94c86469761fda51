import { constants, openSync, writeSync } from "node:fs";
import { fsErrorText } from "./disk/fs-errors.ts";

/** About an hour of a log. A reader that is further behind has stopped. */
const WAITING_BYTES_MAX = 1 << 20;
/** How long a terminal that takes nothing (Ctrl-S, a broken connection) is left alone. */
const TERMINAL_RETRY_MS = 200;
const READER_STOPPED = "its reader takes nothing";

/** A stream as {@link BestEffortOutput} uses it: standard output, or standard error. */
export interface OutputStream {
  readonly fd?: number;
  readonly isTTY?: boolean;
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: () => void): unknown;
}

/** Sends text, and calls back with `null` or the error. */
type Send = (text: string, done: (error: unknown) => void) => void;

/**
 * Writes text of a long-lived process to standard output or error. A write may fail in any way (the reader or
 * the terminal is gone, the disk of the log is full, the reader has stopped): it costs that text alone. Never
 * throws, and never waits.
 */
export class BestEffortOutput {
  readonly #send: Send;
  readonly #lossReport: (count: number, reason: string) => string;
  /** Texts lost since the last one that was written. */
  #lostCount = 0;
  #lossReason = "";
  #waitingBytes = 0;

  /** @param lossReport returns what is written once writing works again: how many texts were lost, and why */
  constructor(stream: OutputStream, lossReport: (count: number, reason: string) => string) {
    // Without a listener, the error ends the process. The callback of each write gets it as well.
    stream.on("error", () => {});
    this.#send = terminalSend(stream) ?? ((text, done) => void stream.write(text, done));
    this.#lossReport = lossReport;
  }

  write(text: string): void {
    if (this.#waitingBytes > WAITING_BYTES_MAX) return this.#lost(1, READER_STOPPED);
    const lostBefore = this.#lostCount;
    this.#lostCount = 0;
    // The last line may have been written in part.
    const report = lostBefore === 0 ? "" : `\n${this.#lossReport(lostBefore, this.#lossReason)}`;
    const bytes = Buffer.byteLength(report + text);
    this.#waitingBytes += bytes;
    const done = (error: unknown): void => {
      this.#waitingBytes -= bytes;
      if (error !== null && error !== undefined) this.#lost(lostBefore + 1, fsErrorText(error));
    };
    try {
      this.#send(report + text, done);
    } catch (error) {
      done(error);
    }
  }

  #lost(count: number, reason: string): void {
    this.#lostCount += count;
    this.#lossReason = reason;
  }
}

/**
 * Returns how to write to a terminal without waiting for it, or `null` where the stream does that itself. A
 * stream waits for a terminal, which may be stopped for hours; a descriptor of our own doesn't have to. Only
 * Linux opens one whose modes aren't shared with the shell.
 */
function terminalSend(stream: OutputStream): Send | null {
  if (stream.isTTY !== true || stream.fd === undefined || process.platform !== "linux") return null;
  try {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return new TerminalQueue(openSync(`/proc/self/fd/${stream.fd}`, flags)).send;
  } catch {
    return null;
  }
}

interface Waiting {
  rest: Uint8Array;
  readonly done: (error: unknown) => void;
}

/** What waits for a terminal, and the descriptor to write it to. */
class TerminalQueue {
  readonly #fd: number;
  readonly #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(fd: number) {
    this.#fd = fd;
  }

  readonly send: Send = (text, done) => {
    this.#waiting.push({ rest: Buffer.from(text), done });
    if (this.#timer === null) this.#flush();
  };

  #flush(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      try {
        first.rest = first.rest.subarray(writeSync(this.#fd, first.rest));
        if (first.rest.length > 0) continue;
        this.#waiting.shift();
        first.done(null);
      } catch (error) {
        if (isFull(error)) return this.#retryLater();
        this.#waiting.shift();
        first.done(error);
      }
    }
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, TERMINAL_RETRY_MS);
    this.#timer.unref();
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
