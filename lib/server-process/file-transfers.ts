import {
  answerWithoutFiles,
  type FileAnswers,
  type FileQuery,
  type Upload,
} from "../chat-server/files/file-queries.ts";
import type { RawLink, RawReceiver } from "../chat-server/raw-link.ts";
import type { Link } from "../chat-server/server-ports.ts";
import { SLOT_BYTES, SLOTS } from "../file-manager/files/file-jobs.ts";
import type { FileStore } from "../file-manager/files/file-store.ts";
import type { IncomingFile } from "../file-manager/files/incoming-file.ts";
import type { OutgoingFile } from "../file-manager/files/outgoing-file.ts";
import { Deadlines } from "../transport/deadlines.ts";

/** How long a connection may carry nothing, while it is the peer's turn. */
const STALL_MS = 60_000;
/**
 * A connection isn't read from while less than this is free: more than one read brings, so that several connections that
 * bring as much as they can hold up talk for one read each. One slot may be half full for as long as nothing comes.
 */
const FREE_BYTES_MIN = (SLOTS - 2) * SLOT_BYTES;
/**
 * So much is sent of a file before its reader has taken some of it: not so much that it is written at once, without regard
 * to talk.
 */
const UNTAKEN_BYTES_MAX = 256 << 10;

type QueryOf<Kind> = Extract<FileQuery, { kind: Kind }>;
type Received = FileAnswers["receive-file"];
type Sent = FileAnswers["send-file"];

/** Something that {@link FileTransfers} gives up when nothing moves. */
interface Transfer {
  stalled(): void;
}

/** Answers the queries about the bytes of files: moves them between connections and the store. */
export class FileTransfers {
  readonly #store: FileStore;
  readonly #deadlines: Deadlines<Transfer>;

  /** @param stallMs for tests: how long nothing may move */
  constructor(store: FileStore, stallMs = STALL_MS) {
    this.#store = store;
    this.#deadlines = new Deadlines(stallMs, (transfer) => transfer.stalled());
  }

  /** Answers a query. Never rejects: a failure is an answer. */
  answer = async (query: FileQuery): Promise<FileAnswers[FileQuery["kind"]]> => {
    if (query.kind === "receive-file") return this.#receive(query);
    if (query.kind === "send-file") return this.#send(query);
    return (await this.#store.ask(query)) ?? answerWithoutFiles(query);
  };

  #receive({ link, server, upload }: QueryOf<"receive-file">): Promise<Received> {
    return new Promise((resolve) => {
      const transfer = new IncomingTransfer(server, upload, this.#deadlines, resolve);
      transfer.begin(link, () => this.#store.receive(upload));
    });
  }

  #send({ link, server, path, offset }: QueryOf<"send-file">): Promise<Sent> {
    return new Promise((resolve) => {
      const transfer = new OutgoingTransfer(server, this.#deadlines, resolve);
      transfer.begin(link, () => this.#store.give(path, offset));
    });
  }
}

/** A file that comes over a connection. */
class IncomingTransfer implements RawReceiver, Transfer {
  readonly #server: string;
  readonly #upload: Upload;
  readonly #deadlines: Deadlines<Transfer>;
  readonly #done: (answer: Received) => void;
  #link: RawLink | null = null;
  #file: IncomingFile | null = null;
  /** What has yet to come, of the file and its preview. */
  #restBytes = 0;
  #arrivedBytes = 0;
  #isReading = true;
  #isOver = false;

  constructor(
    server: string,
    upload: Upload,
    deadlines: Deadlines<Transfer>,
    done: (answer: Received) => void,
  ) {
    this.#server = server;
    this.#upload = upload;
    this.#deadlines = deadlines;
    this.#done = done;
  }

  begin(link: Link, open: () => IncomingFile): void {
    if (link.takeRaw === undefined) return this.#end("off");
    this.#link = link.takeRaw(this);
    if (this.#link === null) return this.#end("cut");
    const file = open();
    void file.opened.then((isOpen) => this.#opened(file, isOpen));
  }

  data(bytes: Uint8Array): void {
    if (this.#isOver) return;
    // Nothing may come before it is asked for: nobody knows from which byte on.
    if (this.#file === null) return this.#breakOff();
    const wanted = bytes.subarray(0, this.#restBytes);
    if (wanted.length === 0) return;
    this.#file.write(wanted);
    this.#restBytes -= wanted.length;
    this.#arrivedBytes += wanted.length;
    if (this.#restBytes === 0) return this.#finish(this.#file);
    this.#deadlines.start(this);
    this.#pace();
  }

  drained(): void {}

  closed(): void {
    // What has come whole is stored all the same: the sender asks later whether its message was sent.
    if (this.#file === null || this.#restBytes > 0) this.#end("cut");
  }

  stalled(): void {
    this.#end("slow");
  }

  #opened(file: IncomingFile, isOpen: boolean): void {
    if (this.#isOver) return isOpen ? file.close() : undefined;
    if (!isOpen) return this.#end(file.failure ?? "disk");
    const { size, preview } = this.#upload;
    this.#file = file;
    this.#restBytes = size - file.offset + preview;
    file.onFree = () => this.#pace();
    this.#link?.send(Buffer.from(`:${this.#server} FILE READY ${file.offset}\r\n`));
    if (this.#restBytes === 0) this.#finish(file);
    else this.#deadlines.start(this);
  }

  /** Reads from the connection as the disk takes it. While that is slow, the peer isn't waited for. */
  #pace(): void {
    if (this.#isOver || this.#file === null) return;
    if (this.#file.failure !== null) return this.#end(this.#file.failure);
    const reads = this.#file.freeBytes >= FREE_BYTES_MIN || this.#restBytes === 0;
    if (reads === this.#isReading) return;
    this.#isReading = reads;
    this.#link?.setReading(reads);
    if (reads && this.#restBytes > 0) this.#deadlines.start(this);
    else this.#deadlines.done(this);
  }

  #finish(file: IncomingFile): void {
    this.#deadlines.done(this);
    this.#pace();
    void file.finish().then((outcome) => {
      this.#file = null;
      this.#end(outcome, outcome === "wrong-hash" ? "" : file.key);
    });
  }

  #breakOff(): void {
    this.#end("cut");
    this.#link?.drop();
  }

  #end(outcome: Received["outcome"], key = this.#file?.key ?? ""): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadlines.done(this);
    this.#file?.close();
    this.#done({ outcome, key, bytes: this.#arrivedBytes });
  }
}

/** A file that goes over a connection. */
class OutgoingTransfer implements RawReceiver, Transfer {
  readonly #server: string;
  readonly #deadlines: Deadlines<Transfer>;
  readonly #done: (answer: Sent) => void;
  #link: RawLink | null = null;
  #file: OutgoingFile | null = null;
  #sentBytes = 0;
  /** The lengths of what was sent and isn't taken yet, oldest first, and their sum. */
  readonly #untaken: number[] = [];
  #untakenBytes = 0;
  #isOver = false;

  constructor(server: string, deadlines: Deadlines<Transfer>, done: (answer: Sent) => void) {
    this.#server = server;
    this.#deadlines = deadlines;
    this.#done = done;
  }

  begin(link: Link, open: () => OutgoingFile): void {
    if (link.takeRaw === undefined) return this.#end("off");
    this.#link = link.takeRaw(this);
    if (this.#link === null) return this.#end("cut");
    const file = open();
    void file.opened.then((outcome) => this.#opened(file, outcome));
  }

  data(): void {}

  drained(): void {
    const { backlog = 0 } = this.#link ?? {};
    for (let [bytes] = this.#untaken; bytes !== undefined; [bytes] = this.#untaken) {
      if (backlog > this.#untakenBytes - bytes) break;
      this.#untaken.shift();
      this.#untakenBytes -= bytes;
      this.#file?.release();
      if (!this.#isOver) this.#deadlines.start(this);
    }
    if (this.#file === null) return;
    if (this.#sentBytes === this.#file.bytes && backlog === 0) this.#end("sent");
    else this.#sendFilled(this.#file);
  }

  closed(): void {
    this.#end("cut");
  }

  stalled(): void {
    this.#end("slow");
  }

  #opened(file: OutgoingFile, outcome: "open" | "missing" | "disk"): void {
    if (this.#isOver) return outcome === "open" ? file.close() : undefined;
    if (outcome !== "open") return this.#end(outcome === "missing" ? "missing" : "later");
    this.#file = file;
    file.onFilled = () => this.#sendFilled(file);
    this.#link?.send(Buffer.from(`:${this.#server} FILE DATA ${file.bytes}\r\n`));
    this.#deadlines.start(this);
  }

  #sendFilled(file: OutgoingFile): void {
    if (this.#isOver) return;
    if (file.isFailed) {
      this.#end("cut");
      // The peer was promised more than comes.
      return this.#link?.drop();
    }
    while (this.#untakenBytes < UNTAKEN_BYTES_MAX) {
      const bytes = file.next();
      if (bytes === null) return;
      this.#sentBytes += bytes.length;
      this.#untaken.push(bytes.length);
      this.#untakenBytes += bytes.length;
      this.#link?.send(bytes);
    }
  }

  #end(outcome: Sent["outcome"]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadlines.done(this);
    this.#file?.close();
    this.#done({ outcome, bytes: this.#sentBytes });
  }
}
