import type { FrameBus } from "../engine.ts";
import { RequestWindow } from "./request-window.ts";
import type { AnswerWithBytes } from "./transfer-message.ts";
import type { FileContent, PartialFile } from "./transfer-ports.ts";
import { type ReaderOptions, TransferReader } from "./transfer-reader.ts";

/** What is under way at most: enough for 200 MB a second between machines of one place, 5 MB around the world. */
const WINDOW_BYTES_MAX = 1 << 20;
const CHECK_MS = 50;
/** How long a reader waits that was told that others have all places. */
const BUSY_MS = 3000;

/**
 * How a fetch ended: "done"; "missing", nobody has such a content; "wrong", what came has another hash, and was dropped.
 */
export type FetchOutcome = "done" | "missing" | "wrong";

/** A part of a file that was asked for. */
interface Piece {
  readonly offset: number;
  readonly length: number;
  askedAtMs: number;
  tries: number;
}

/** A file that is on its way. */
interface Fetch {
  readonly file: FileContent;
  readonly target: PartialFile;
  readonly end: (outcome: FetchOutcome) => void;
  readonly fail: (error: unknown) => void;
  /** By offset. */
  readonly asked: Map<number, Piece>;
  /** What came before its turn, by offset. */
  readonly early: Map<number, Uint8Array>;
  /** Up to where it was asked for. */
  askedTo: number;
  /** Up to where it came without a gap. */
  cameTo: number;
  /** Up to where it is in the target. */
  writtenTo: number;
  isWriting: boolean;
  isEnded: boolean;
  readonly onBytes: (bytes: number) => void;
}

/**
 * Fetches files by their hashes, several at a time within one window. Requests and answers may get lost, come twice, late
 * or in another order, and the leader may be another one meanwhile. A fetch waits as long as nobody answers.
 */
export class FileFetcher {
  readonly #reader: TransferReader;
  readonly #window: RequestWindow;
  readonly #fetches = new Map<string, Fetch>();
  readonly #ends: readonly (() => void)[];
  #cancelCheck: (() => void) | null = null;
  #isBusyUntilMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(reader: TransferReader, windowBytesMax = WINDOW_BYTES_MAX) {
    this.#reader = reader;
    this.#window = new RequestWindow(windowBytesMax, reader.pieceBytes);
    this.#ends = [
      reader.listen((answer) => this.#hear(answer)),
      reader.onReconnected(() => this.#askAgain()),
    ];
  }

  /** Whether the leader said a moment ago that others have all places. */
  get isBusy(): boolean {
    return this.#reader.clock.elapsed() < this.#isBusyUntilMs;
  }

  /**
   * Fetches a file, from where `target` has it. One fetch of a hash at a time. Rejects with the target's errors.
   *
   * @param onBytes called with how many bytes more are there; negative when they had to be dropped
   */
  async fetchContent(
    file: FileContent,
    target: PartialFile,
    onBytes: (bytes: number) => void = () => {},
  ): Promise<FetchOutcome> {
    // The one before may have got half of it wrong, or of another file: then all of it is fetched once more.
    for (let isAgain = false; ; isAgain = true) {
      const had = target.bytes;
      const outcome = had > file.size ? "done" : await this.#fetchRest(file, target, onBytes);
      if (outcome !== "done") return outcome;
      const bytes = target.bytes;
      if (await target.complete()) return "done";
      onBytes(-bytes);
      if (isAgain || had === 0) return "wrong";
    }
  }

  /** Ends all fetches, and those that begin later, as if nobody had the content. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends) end();
    this.#cancelCheck?.();
    for (const fetch of [...this.#fetches.values()]) this.#end(fetch, "missing");
  }

  #fetchRest(
    file: FileContent,
    target: PartialFile,
    onBytes: (bytes: number) => void,
  ): Promise<FetchOutcome> {
    if (target.bytes === file.size) return Promise.resolve("done");
    if (this.#isClosed) return Promise.resolve("missing");
    if (this.#fetches.has(file.hash)) throw new Error("this content is being fetched already");
    return new Promise((resolve, reject) => {
      this.#fetches.set(file.hash, {
        ...{ file, target, onBytes, end: resolve, fail: reject, asked: new Map() },
        ...{ early: new Map(), isWriting: false, isEnded: false },
        ...{ askedTo: target.bytes, cameTo: target.bytes, writtenTo: target.bytes },
      });
      this.#ask();
      this.#checkLater();
    });
  }

  /** Asks for more, as far as the window has room. */
  #ask(): void {
    if (this.isBusy || this.#isClosed) return;
    for (const fetch of this.#fetches.values()) {
      const { file, asked } = fetch;
      while (fetch.askedTo < file.size) {
        const length = Math.min(this.#reader.pieceBytes, file.size - fetch.askedTo);
        if (!this.#window.hasRoom(length)) return;
        const piece = { offset: fetch.askedTo, length, askedAtMs: 0, tries: 0 };
        if (!this.#askPiece(fetch, piece)) return;
        this.#window.asked(length);
        asked.set(piece.offset, piece);
        fetch.askedTo += length;
      }
    }
  }

  #askPiece({ file }: Fetch, piece: Piece): boolean {
    const { offset, length } = piece;
    if (!this.#reader.ask({ kind: "read", hash: file.hash, offset, length })) return false;
    piece.askedAtMs = this.#reader.clock.elapsed();
    piece.tries += 1;
    return true;
  }

  #checkLater(): void {
    if (this.#cancelCheck !== null || this.#fetches.size === 0 || this.#isClosed) return;
    this.#cancelCheck = this.#reader.clock.later(CHECK_MS, () => {
      this.#cancelCheck = null;
      this.#check();
      this.#checkLater();
    });
  }

  /** Asks again for what was not answered in time. */
  #check(): void {
    if (this.isBusy) return;
    const now = this.#reader.clock.elapsed();
    let isLost = false;
    for (const fetch of this.#fetches.values()) {
      for (const piece of fetch.asked.values()) {
        if (now - piece.askedAtMs < this.#window.retryMs(piece.tries)) continue;
        isLost = true;
        if (!this.#askPiece(fetch, piece)) return;
      }
    }
    // One loss narrows the window once, however many pieces it took.
    if (isLost) this.#window.lost();
    this.#ask();
  }

  /** The bus is there again: what was under way is lost. */
  #askAgain(): void {
    for (const fetch of this.#fetches.values()) {
      for (const piece of fetch.asked.values()) if (!this.#askPiece(fetch, piece)) return;
    }
    this.#ask();
  }

  #hear({ answer, bytes }: AnswerWithBytes): void {
    if (answer.kind === "busy") {
      this.#isBusyUntilMs = this.#reader.clock.elapsed() + BUSY_MS;
    } else if (answer.kind === "bytes") {
      const fetch = this.#fetches.get(answer.hash);
      if (fetch !== undefined) this.#take(fetch, answer.offset, bytes);
    } else if (answer.kind === "missing") {
      const fetch = this.#fetches.get(answer.hash);
      if (fetch !== undefined) this.#end(fetch, "missing");
    }
  }

  #take(fetch: Fetch, offset: number, bytes: Uint8Array): void {
    const piece = fetch.asked.get(offset);
    // A late answer to an earlier try was taken already, or is of another window.
    if (piece === undefined || bytes.length === 0 || bytes.length > piece.length) return;
    fetch.asked.delete(offset);
    const tookMs = this.#reader.clock.elapsed() - piece.askedAtMs;
    this.#window.answered(piece.tries === 1 ? tookMs : null);
    fetch.early.set(offset, bytes);
    const rest = piece.length - bytes.length;
    // The leader's messages are shorter: the rest is asked for at once.
    if (rest > 0) {
      const next = { offset: offset + bytes.length, length: rest, askedAtMs: 0, tries: 0 };
      fetch.asked.set(next.offset, next);
      this.#askPiece(fetch, next);
    }
    if (!fetch.isWriting) void this.#write(fetch);
    this.#ask();
  }

  /** Writes what came, in order. */
  async #write(fetch: Fetch): Promise<void> {
    fetch.isWriting = true;
    try {
      for (;;) {
        const bytes = fetch.early.get(fetch.cameTo);
        if (bytes === undefined || fetch.isEnded) break;
        fetch.early.delete(fetch.cameTo);
        fetch.cameTo += bytes.length;
        await fetch.target.append(bytes);
        fetch.writtenTo += bytes.length;
        this.#window.released(bytes.length);
        fetch.onBytes(bytes.length);
      }
      fetch.isWriting = false;
      if (fetch.isEnded || fetch.cameTo === fetch.file.size) this.#end(fetch, "done");
      else this.#ask();
    } catch (error) {
      this.#forget(fetch);
      fetch.fail(error);
    }
  }

  #end(fetch: Fetch, outcome: FetchOutcome): void {
    if (fetch.isWriting) {
      // Nobody may touch the target while it writes.
      fetch.isEnded = true;
      return;
    }
    this.#forget(fetch);
    fetch.end(fetch.isEnded ? "missing" : outcome);
    this.#ask();
  }

  #forget(fetch: Fetch): void {
    this.#fetches.delete(fetch.file.hash);
    this.#window.released(fetch.askedTo - fetch.writtenTo);
    fetch.asked.clear();
    fetch.early.clear();
  }
}

/**
 * Fetches one file by its hash from the leader, for as long as it takes. Rejects with the target's errors.
 *
 * @example
 * const outcome = await fetchFile(bus, { hash, size }, partial, { cluster, seal, reader, clock });
 */
export async function fetchFile(
  bus: FrameBus,
  file: FileContent,
  target: PartialFile,
  options: ReaderOptions,
): Promise<FetchOutcome> {
  const reader = new TransferReader(bus, options);
  const fetcher = new FileFetcher(reader);
  try {
    return await fetcher.fetchContent(file, target);
  } finally {
    fetcher.close();
    reader.close();
  }
}
