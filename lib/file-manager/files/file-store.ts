import type { FileAnswers, Upload } from "../../chat-server/files/file-queries.ts";
import { DiskFailures } from "../disk/disk-failures.ts";
import { namesIn } from "../disk/folder-entries.ts";
import { threadUrl } from "../disk/thread-url.ts";
import {
  type DiskFileQuery,
  type FileJob,
  type FileReport,
  SLOT_BYTES,
  SLOTS,
  slotsOf,
} from "./file-jobs.ts";
import { IncomingFile } from "./incoming-file.ts";
import { OutgoingFile } from "./outgoing-file.ts";
import { unfinishedFolder } from "./unfinished-files.ts";

/** A thread takes some 20 MB: it ends after this long without a job. */
const IDLE_MS = 60_000;
/** The memory of so many files is kept for the next ones. */
const SPARE_MAX = 4;

/** Whatever waits for the thread. */
interface Listener {
  report(report: FileReport): void;
}

/**
 * The files that people have sent, on disk. Owns the thread that reads and writes them, which starts when there is
 * something to do.
 */
export class FileStore {
  readonly #root: string;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #failures: DiskFailures;
  readonly #listeners = new Map<number, Listener>();
  readonly #spare: SharedArrayBuffer[] = [];
  /** The keys of files that are whole, and wait for their place: the thread may end meanwhile. */
  readonly #waiting = new Set<string>();
  #thread: Worker | null = null;
  #idle: ReturnType<typeof setTimeout> | null = null;
  #lastId = 0;

  /**
   * @param root the folder of files, which is made when there is one
   * @param onProblem receives problems, as sentences for the server's log
   */
  constructor(root: string, onProblem: (text: string, cause: unknown) => void) {
    this.#root = root;
    this.#onProblem = onProblem;
    this.#failures = new DiskFailures(onProblem);
  }

  /** Begins to receive a file: see {@link IncomingFile.opened}. */
  receive(upload: Upload): IncomingFile {
    const { id, memory, ...options } = this.#options();
    const file = new IncomingFile({ id, slots: slotsOf(memory), ...options });
    this.#listeners.set(id, file);
    options.send({ kind: "receive", id, memory, upload });
    return file;
  }

  /** Begins to read a file from an offset on: see {@link OutgoingFile.opened}. */
  give(path: string, offset: number): OutgoingFile {
    const { id, memory, ...options } = this.#options();
    const file = new OutgoingFile({ id, slots: slotsOf(memory), ...options });
    this.#listeners.set(id, file);
    options.send({ kind: "give", id, memory, path, offset });
    return file;
  }

  /** Answers a question about files; `null` when the disk failed. Never rejects. */
  ask(query: DiskFileQuery): Promise<FileAnswers[DiskFileQuery["kind"]] | null> {
    const id = this.#nextId();
    return new Promise((resolve) => {
      const report = (report: FileReport): void => {
        const isAnswered = report.kind === "answered";
        this.#listeners.delete(id);
        // What could not be placed waits for what comes next.
        if ("key" in query && (query.kind !== "place-file" || isAnswered)) {
          this.#waiting.delete(query.key);
        }
        resolve(isAnswered ? report.answer : null);
      };
      this.#listeners.set(id, { report });
      this.#send({ kind: "ask", id, query });
    });
  }

  /** Deletes what has come of files that nobody went on with for an hour, at this time (ms since 1970). */
  sweep(nowMs: number): void {
    // Mostly there are none, and then there needn't be a thread.
    if (namesIn(unfinishedFolder(this.#root)).length === 0) return;
    this.#send({ kind: "sweep", id: this.#nextId(), nowMs });
  }

  /** Ends the thread. What waits for it fails, and what has come whole is nobody's any more. */
  close(): void {
    this.#waiting.clear();
    this.rest();
  }

  /** Ends the thread until there is something to do. What waits for it fails. */
  rest(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#thread?.terminate();
    this.#thread = null;
    for (const [id, listener] of [...this.#listeners]) {
      listener.report({ kind: "failed", id, why: "", isFull: false });
    }
    this.#listeners.clear();
  }

  #options() {
    const id = this.#nextId();
    const memory = this.#spare.pop() ?? new SharedArrayBuffer(SLOTS * SLOT_BYTES);
    return {
      ...{ id, memory, send: (job: FileJob) => this.#send(job) },
      ended: (): void => {
        if (!this.#listeners.delete(id)) return;
        if (this.#spare.length < SPARE_MAX) this.#spare.push(memory);
      },
    };
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #send(job: FileJob): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#thread ??= this.#newThread();
    this.#thread.postMessage(job);
    if (this.#listeners.size === 0) this.#endIdle();
  }

  #endIdle(): void {
    this.#idle ??= setTimeout(() => this.rest(), IDLE_MS);
    this.#idle.unref();
  }

  #newThread(): Worker {
    const thread = new Worker(threadUrl("files/file-thread"), { smol: true });
    thread.onmessage = ({ data }: { readonly data: FileReport }) => this.#hear(data);
    thread.onerror = ({ message }) => {
      this.#onProblem(`The thread of files failed: ${message}.`, undefined);
      this.rest();
    };
    thread.unref();
    const waiting = [...this.#waiting];
    thread.postMessage({ kind: "begin", id: 0, root: this.#root, waiting } satisfies FileJob);
    return thread;
  }

  #hear(report: FileReport): void {
    if (report.kind === "failed") {
      this.#failures.failed(`A file in ${this.#root} cannot be stored or read`, report.why);
    }
    if (report.kind === "finished" && report.outcome === "stored") {
      this.#waiting.add(report.key);
      this.#failures.succeeded();
    }
    this.#listeners.get(report.id)?.report(report);
    if (this.#listeners.size === 0) this.#endIdle();
  }
}
