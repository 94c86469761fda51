import { FILES_CAP } from "../../protocol/file-facts.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { HandlerContext } from "../handler-context.ts";
import { textBytes } from "../send/split-message.ts";
import { FileDownload, type FilePart, type WantedFile } from "./file-download.ts";
import type { FileSink, FileSource, OpenRaw } from "./file-ports.ts";
import { FileUpload } from "./file-upload.ts";
import { type FileListQuery, listFiles, type OnFilesListed } from "./listed-files.ts";
import { isEnded, type Transfer, type TransferProblem } from "./transfer.ts";
import type { AttemptFailure, RunEnd, TransferRunner } from "./transfer-attempt.ts";
import { TransferRecord } from "./transfer-record.ts";

/** Files that run at once; a server allows an account no more. */
const RUNNING_MAX = 4;
/** Previews and the like that run beside them: they are small, and somebody looks at where they belong. */
const HIDDEN_RUNNING_MAX = 2;
/** What may be wanted at once: thousands of files can be dropped onto a terminal. */
const TRANSFERS_MAX = 500;
/** Transfers that have ended and are listed, so that a failure can be read. */
const ENDED_MAX = 50;
/** Attempts in a row in which no byte moved. With the growing delay between them that is some four minutes. */
const ATTEMPTS_MAX = 10;
const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 30_000;
/** The account's other devices have the places: nobody says when one is free. */
const BUSY_MS = 5000;
/** Who is to wait longer than this is told so. */
const RATE_LIMIT_SECONDS_MAX = 120;
/** The server closes a connection on which nothing moves for a minute; this is for one whose end is not heard of. */
const STALLED_MS = 75_000;

/** Options of a transfer. */
interface TransferOptions {
  /** Called once, when nothing more happens to it. */
  readonly onEnd?: (transfer: Transfer) => void;
}

/** Options of a file that is sent. */
export interface SendFileOptions extends TransferOptions {
  /** msgid of the message that its message replies to. */
  readonly replyTo?: string;
}

/** Options of a file that is fetched. */
export interface GetFileOptions extends TransferOptions {
  /** What of it, if not all: its preview, or its beginning, whose hash can't be checked; hidden, too. */
  readonly part?: FilePart;
  /** Fetches it beside the files that run, neither listed nor with events: for what is shown, and not saved. */
  readonly isHidden?: boolean;
  /** The room or person where it was sent. */
  readonly target?: string;
}

/** One transfer, from the moment that somebody wants it to its end. */
interface Job {
  readonly record: TransferRecord;
  readonly runner: TransferRunner;
  readonly isHidden: boolean;
  readonly captionBytes: number;
  readonly onEnd: (transfer: Transfer) => void;
  /** Whether it has one of the places. */
  isActive: boolean;
  /** When it is tried again; null while it runs. */
  retryElapsedMs: ElapsedMs | null;
  /** Attempts in a row in which no byte moved. */
  attempts: number;
  /** Whether the server found other bytes than were announced, once. */
  wasWrong: boolean;
}

/**
 * The files that are sent to and fetched from one server: four at once, and the rest in order. Owns their queue, and when
 * each is tried again. Outlives connections.
 *
 * @example session.files.send("#tea", source, "our new cups")
 */
export class TransferQueue {
  readonly #context: HandlerContext;
  readonly #openRaw: OpenRaw | null;
  /** In the order in which somebody wanted them. */
  #jobs: Job[] = [];

  /** `openRaw` null: this client moves no files. */
  constructor(context: HandlerContext, openRaw: OpenRaw | null) {
    this.#context = context;
    this.#openRaw = openRaw;
  }

  /** The bytes of the largest file that the server takes; null where it takes none, or isn't connected. */
  get sizeMax(): number | null {
    if (this.#openRaw === null || !this.#context.hasCap(FILES_CAP)) return null;
    const [, bytes] = /(?:^|,)max=(\d{1,15})(?:,|$)/.exec(this.#context.capValue(FILES_CAP)) ?? [];
    return bytes === undefined ? Number.MAX_SAFE_INTEGER : Number(bytes);
  }

  /** Returns the files that are wanted, and the last that have ended; hidden ones aren't among them. */
  list(): readonly Transfer[] {
    return this.#jobs.filter(({ isHidden }) => !isHidden).map(({ record }) => record.now);
  }

  /** Returns how many bytes of UTF-8 a caption may have there. */
  captionBytesMax(target: string): number {
    const { store, userHost } = this.#context;
    const command = LINE_BYTES_MAX - utf8Bytes(`FILE SEND ${target} :\r\n`);
    return Math.min(command, textBytes(store.me.nick, userHost, "PRIVMSG", target));
  }

  /** Sends a file to a room or person, with a caption of one line or "". Returns its key. */
  send(target: string, source: FileSource, text: string, options: SendFileOptions = {}): string {
    const start = { direction: "send", target, name: source.name, size: source.size } as const;
    const caption = text.replaceAll(/[\r\n\0]+/g, " ").trim();
    const { replyTo = null } = options;
    return this.#add(
      start,
      { captionBytes: utf8Bytes(caption) },
      options,
      (record, openRaw) =>
        new FileUpload(this.#context, openRaw, source, { caption, replyTo }, record),
    );
  }

  /** Fetches a file into a sink. Returns its key. */
  get(file: WantedFile, sink: FileSink, options: GetFileOptions = {}): string {
    const { part = "file", isHidden = part !== "file", target = "" } = options;
    const known = "sha256" in file ? { name: file.name, size: file.size } : { name: "", size: 0 };
    return this.#add(
      { direction: "get", target, ...known },
      { isHidden },
      options,
      (record, openRaw) => new FileDownload(this.#context, openRaw, file, sink, part, record),
    );
  }

  /** Ends a transfer for good, and what has arrived of it is deleted. Removes one that has ended from the list. */
  cancel(key: string): void {
    const job = this.#jobs.find(({ record }) => record.now.key === key);
    if (job === undefined) return;
    if (isEnded(job.record.now)) {
      this.#jobs = this.#jobs.filter((each) => each !== job);
      return;
    }
    job.runner.stop(true);
    this.#end(job, { state: "cancelled" });
  }

  /** Asks for the newest files of a room, or of direct messages with a person. */
  listIn(target: string, query: FileListQuery, done: OnFilesListed): void {
    listFiles(this.#context, target, query, done);
  }

  /** Call it about once a second. */
  tick(): void {
    const elapsedMs = this.#context.elapsed();
    for (const job of this.#jobs.slice()) {
      job.record.tick();
      if (job.record.stoodMs(elapsedMs) >= STALLED_MS) job.runner.interrupt();
      if (job.retryElapsedMs !== null && job.retryElapsedMs <= elapsedMs) this.#run(job);
    }
  }

  /** Call it when the user is logged in. */
  handleReady(): void {
    for (const job of this.#jobs.slice()) {
      if (job.retryElapsedMs === null) continue;
      job.attempts = 0;
      this.#run(job);
    }
    this.#startNext();
  }

  /** Ends all that runs, when the user leaves; what has arrived stays for another time. */
  close(): void {
    for (const job of this.#jobs.slice()) {
      if (isEnded(job.record.now)) continue;
      job.runner.stop(false);
      this.#end(job, { state: "cancelled" });
    }
  }

  #add(
    start: Pick<Transfer, "direction" | "target" | "name" | "size">,
    { isHidden = false, captionBytes = 0 }: { isHidden?: boolean; captionBytes?: number },
    { onEnd = () => {} }: TransferOptions,
    runner: (record: TransferRecord, openRaw: OpenRaw) => TransferRunner,
  ): string {
    const context = this.#context;
    const key = context.id();
    const record = new TransferRecord(
      { key, ...start },
      {
        elapsed: () => context.elapsed(),
        changed: (transfer) => {
          if (!isHidden) context.emit({ kind: "transfer", transfer });
        },
      },
    );
    const openRaw = this.#openRaw ?? NO_CONNECTIONS;
    const state = { isActive: false, retryElapsedMs: null, attempts: 0, wasWrong: false };
    const job: Job = {
      ...{ record, runner: runner(record, openRaw), isHidden, captionBytes, onEnd },
      ...state,
    };
    this.#jobs.push(job);
    record.change({});
    const wanted = this.#jobs.filter((each) => !isEnded(each.record.now)).length;
    if (wanted > TRANSFERS_MAX) this.#fail(job, { kind: "too-many" });
    else this.#startNext();
    return key;
  }

  get #isReady(): boolean {
    return this.#context.isOpen && this.#context.store.phase.kind === "ready";
  }

  #startNext(): void {
    if (!this.#isReady) return;
    for (const isHidden of [false, true]) {
      const max = isHidden ? HIDDEN_RUNNING_MAX : RUNNING_MAX;
      for (;;) {
        const jobs = this.#jobs.filter((job) => job.isHidden === isHidden);
        const next = jobs.find(({ isActive, record }) => !isActive && !isEnded(record.now));
        if (next === undefined || jobs.filter(({ isActive }) => isActive).length >= max) break;
        next.isActive = true;
        this.#run(next);
      }
    }
  }

  #run(job: Job): void {
    if (!this.#isReady) return;
    job.retryElapsedMs = null;
    const { sizeMax } = this;
    const { direction, size } = job.record.now;
    if (sizeMax === null) return this.#fail(job, { kind: "not-offered" });
    if (direction === "send" && job.captionBytes > this.captionBytesMax(job.record.now.target)) {
      return this.#fail(job, { kind: "caption-too-long" });
    }
    if (direction === "send" && size > sizeMax)
      return this.#fail(job, { kind: "too-large", sizeMax });
    job.runner.run((end) => this.#ended(job, end));
  }

  #ended(job: Job, end: RunEnd): void {
    switch (end.kind) {
      case "done":
        return this.#end(job, { state: "done" });
      case "failed":
        return this.#end(job, { state: "failed", problem: end.problem });
      case "interrupted": {
        const { failure } = end;
        // A server that can't keep what has come would be sent all of it again without end.
        const isUnkept = failure.kind !== "lost" && failure.code === "TEMPORARILY_UNAVAILABLE";
        if (end.hasMoved && !isUnkept) job.attempts = 0;
        const delayMs = this.#retryDelay(job, failure);
        if (typeof delayMs !== "number") return this.#fail(job, delayMs);
        job.attempts += 1;
        job.retryElapsedMs = (this.#context.elapsed() + delayMs) as ElapsedMs;
        job.record.change({ state: "waiting" });
      }
    }
  }

  /** Returns when to try again, in ms, or why that is of no use. */
  #retryDelay(job: Job, failure: AttemptFailure): number | TransferProblem {
    const growing = Math.min(RETRY_MS_MIN * 2 ** job.attempts, RETRY_MS_MAX);
    if (failure.kind === "lost") {
      // Without a connection it waits for the next one, however long that takes.
      return job.attempts < ATTEMPTS_MAX || !this.#isReady ? growing : { kind: "lost" };
    }
    const seconds = Number(failure.detail);
    switch (failure.code) {
      case "TOO_MANY_TRANSFERS":
        return BUSY_MS;
      case "RATE_LIMITED":
        return seconds > 0 && seconds <= RATE_LIMIT_SECONDS_MAX ? seconds * 1000 : failure;
      case "TOO_SLOW":
      case "INVALID_TOKEN":
      case "TEMPORARILY_UNAVAILABLE":
        return job.attempts < ATTEMPTS_MAX ? growing : failure;
      case "WRONG_HASH":
        // What the server had from before may have been damaged. It has forgotten that.
        if (job.wasWrong) return { kind: "wrong-bytes" };
        job.wasWrong = true;
        return growing;
      case "FILES_OFF":
      // Another server has taken over, of a version without files.
      case NUMERIC.ERR_UNKNOWNCOMMAND:
        return { kind: "not-offered" };
      default:
        return failure;
    }
  }

  #fail(job: Job, problem: TransferProblem): void {
    job.runner.stop(false);
    this.#end(job, { state: "failed", problem });
  }

  #end(job: Job, fields: Partial<Transfer>): void {
    job.isActive = false;
    job.retryElapsedMs = null;
    job.record.change(fields);
    const ended = this.#jobs.filter(({ record }) => isEnded(record.now));
    const forgotten = new Set(
      ended.filter((each, index) => each.isHidden || index < ended.length - ENDED_MAX),
    );
    this.#jobs = this.#jobs.filter((each) => !forgotten.has(each));
    job.onEnd(job.record.now);
    this.#startNext();
  }
}

/** For a client without connections of bytes; nothing is run there. */
const NO_CONNECTIONS: OpenRaw = () => {
  throw new Error("no connections of bytes");
};
