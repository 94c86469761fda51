import { FILE_TAG, formatFileFacts } from "../../protocol/file-facts.ts";
import type { Message } from "../../protocol/wire/message.ts";
import type { HandlerContext } from "../handler-context.ts";
import { relaysTag } from "../registration/capability-requests.ts";
import type { FileFailure, FileSource, OpenRaw, PreparedFile } from "./file-ports.ts";
import {
  type AttemptFailure,
  type RunEnd,
  TransferAttempt,
  type TransferRunner,
} from "./transfer-attempt.ts";
import type { TransferRecord } from "./transfer-record.ts";

/** What the message of a file has besides it. */
interface FileMessage {
  /** One line; "" for none. */
  readonly caption: string;
  /** msgid of the message that it replies to. */
  readonly replyTo: string | null;
}

/** Sends one file: reads it for its hash, asks, and hands its bytes over as fast as the server takes them. */
export class FileUpload implements TransferRunner {
  readonly #context: HandlerContext;
  readonly #openRaw: OpenRaw;
  readonly #source: FileSource;
  readonly #message: FileMessage;
  readonly #record: TransferRecord;
  #prepared: PreparedFile | null = null;
  #attempt: TransferAttempt | null = null;
  #ended: (end: RunEnd) => void = () => {};
  /** Whether a byte moved in this run. */
  #hasMoved = false;
  /** Whether all bytes were sent, and the server's answer isn't here: its message may have been sent. */
  #isUncertain = false;
  /** Where the next bytes are read. */
  #position = 0;
  #isReading = false;
  #isDraining = false;
  /** What was read, and waits until the bytes before it have left. */
  #waiting: Uint8Array | null = null;
  #isPreviewSent = false;

  constructor(
    context: HandlerContext,
    openRaw: OpenRaw,
    source: FileSource,
    message: FileMessage,
    record: TransferRecord,
  ) {
    this.#context = context;
    this.#openRaw = openRaw;
    this.#source = source;
    this.#message = message;
    this.#record = record;
  }

  run(ended: (end: RunEnd) => void): void {
    this.#ended = ended;
    this.#hasMoved = false;
    if (this.#prepared !== null) return this.#ask(this.#prepared);
    this.#record.change({ state: "preparing", bytes: 0 });
    this.#source.prepare(
      (bytes) => this.#record.progress(bytes),
      (outcome) => {
        if ("why" in outcome) return this.#failHere(outcome);
        this.#prepared = outcome;
        const { name, size } = outcome.facts;
        this.#record.change({ name, size, bytes: 0 });
        this.#ask(outcome);
      },
    );
  }

  interrupt(): void {
    this.#attempt?.end();
    this.#interrupt({ kind: "lost" });
  }

  stop(isCancelled: boolean): void {
    const id = this.#record.now.fileId;
    this.#ended = () => {};
    this.#attempt?.end();
    this.#source.close();
    if (isCancelled && id !== null) this.#context.request("FILE", ["CANCEL", id], { quiet: true });
  }

  #ask(prepared: PreparedFile): void {
    const { target, fileId } = this.#record.now;
    this.#record.change({ state: "asking" });
    if (this.#isUncertain && fileId !== null) return this.#askWhetherSent(prepared, fileId);
    const attempt = new TransferAttempt(this.#context, this.#openRaw, {
      granted: ({ id, offset }) => {
        const { size } = prepared.facts;
        if (offset > size) return this.#interrupt({ kind: "lost" });
        this.#record.change({ fileId: id, bytes: offset });
        attempt.connect("PUT", offset);
      },
      line: (message) => this.#takeLine(prepared, message),
      bytes: () => {},
      drained: () => {
        this.#isDraining = false;
        this.#pump(prepared);
      },
      failed: (failure) => this.#interrupt(failure),
    });
    this.#attempt = attempt;
    const { caption, replyTo } = this.#message;
    const tags = new Map([[FILE_TAG, formatFileFacts(prepared.facts)]]);
    if (replyTo !== null && relaysTag(this.#context.store, "+reply")) tags.set("+reply", replyTo);
    attempt.ask(["SEND", target, ...(caption === "" ? [] : [caption])], tags);
  }

  /** The connection broke between the last byte and the answer. Whoever may fetch the file has seen its message. */
  #askWhetherSent(prepared: PreparedFile, id: string): void {
    const attempt = new TransferAttempt(this.#context, this.#openRaw, {
      granted: () => {
        attempt.end();
        this.#finish(null);
      },
      line: () => "line",
      bytes: () => {},
      drained: () => {},
      failed: (failure) => {
        if (failure.kind === "lost" || failure.code !== "UNKNOWN_FILE")
          return this.#interrupt(failure);
        this.#isUncertain = false;
        this.#ask(prepared);
      },
    });
    this.#attempt = attempt;
    attempt.ask(["FETCH", id]);
  }

  #takeLine(prepared: PreparedFile, { params }: Message): "line" {
    const [answer, value = ""] = params;
    if (answer === "DONE") this.#finish(value);
    else if (answer === "READY" && Number(value) <= prepared.facts.size) {
      this.#position = Number(value);
      this.#isDraining = false;
      this.#waiting = null;
      this.#isPreviewSent = false;
      this.#record.change({ state: "running", bytes: this.#position });
      this.#pump(prepared);
    }
    return "line";
  }

  /** Sends what was read, and reads on: one piece is read while the one before it leaves. */
  #pump(prepared: PreparedFile): void {
    const { size } = prepared.facts;
    if (this.#waiting !== null && !this.#isDraining) {
      const bytes = this.#waiting;
      this.#waiting = null;
      this.#send(bytes);
      this.#hasMoved = true;
      this.#record.progress(this.#position);
    }
    if (this.#position < size && this.#waiting === null && !this.#isReading) {
      this.#read(prepared);
    } else if (this.#position === size && this.#waiting === null && !this.#isDraining) {
      this.#sendPreview(prepared);
    }
  }

  #read(prepared: PreparedFile): void {
    const attempt = this.#attempt;
    this.#isReading = true;
    this.#source.read(this.#position, (outcome) => {
      this.#isReading = false;
      // The attempt that wanted them is over; another one may wait for its own.
      if (attempt !== this.#attempt)
        return this.#record.now.state === "running" ? this.#pump(prepared) : undefined;
      if ("why" in outcome) return this.#failHere(outcome);
      const isChanged =
        outcome.length === 0 || this.#position + outcome.length > prepared.facts.size;
      if (isChanged) return this.#failHere({ why: "changed" });
      this.#position += outcome.length;
      this.#waiting = outcome;
      this.#pump(prepared);
    });
  }

  #sendPreview({ preview }: PreparedFile): void {
    if (this.#isPreviewSent) return;
    this.#isPreviewSent = true;
    this.#isUncertain = true;
    if (preview !== null) this.#send(preview);
  }

  #send(bytes: Uint8Array): void {
    this.#isDraining = true;
    this.#attempt?.send(bytes);
  }

  #finish(msgid: string | null): void {
    this.#attempt?.end();
    this.#source.close();
    this.#record.change({ msgid, bytes: this.#record.now.size });
    this.#ended({ kind: "done" });
  }

  #failHere({ why }: FileFailure): void {
    this.#attempt?.end();
    this.#attempt = null;
    this.#source.close();
    const id = this.#record.now.fileId;
    if (id !== null) this.#context.request("FILE", ["CANCEL", id], { quiet: true });
    this.#ended({ kind: "failed", problem: { kind: "disk", why } });
  }

  #interrupt(failure: AttemptFailure): void {
    this.#attempt = null;
    if (failure.kind === "refused") this.#isUncertain = false;
    this.#ended({ kind: "interrupted", failure, hasMoved: this.#hasMoved });
  }
}
