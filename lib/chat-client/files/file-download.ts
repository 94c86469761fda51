import { PREVIEW_BYTES_MAX, type SharedFile } from "../../protocol/file-facts.ts";
import type { Message } from "../../protocol/wire/message.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { FileSink, FileTrouble, OpenRaw } from "./file-ports.ts";
import type { TransferProblem } from "./transfer.ts";
import {
  type AttemptFailure,
  type Grant,
  type RunEnd,
  TransferAttempt,
  type TransferRunner,
} from "./transfer-attempt.ts";
import type { TransferRecord } from "./transfer-record.ts";

/** A file of which nothing but the id is known, or all. */
export type WantedFile = SharedFile | Pick<SharedFile, "id">;

/** What is fetched of a file: all of it, its preview, or its beginning, of so many bytes as a preview may have. */
export type FilePart = "file" | "preview" | "beginning";

/** Fetches one file, or a part of it: asks, and hands the bytes that come to a sink. */
export class FileDownload implements TransferRunner {
  readonly #context: HandlerContext;
  readonly #openRaw: OpenRaw;
  readonly #sink: FileSink;
  readonly #part: FilePart;
  readonly #record: TransferRecord;
  /** All that is known of it, once it is. */
  #file: SharedFile | null;
  readonly #id: string;
  #attempt: TransferAttempt | null = null;
  #ended: (end: RunEnd) => void = () => {};
  #hasMoved = false;
  #isSinkOpen = false;
  /** Where the sink began: some of it was there from an earlier attempt, which could be damaged. */
  #sinkOffset = 0;
  /** Bytes that the sink has. */
  #position = 0;
  /** Where the bytes of this attempt end; null before the server has said so. */
  #end: number | null = null;

  constructor(
    context: HandlerContext,
    openRaw: OpenRaw,
    wanted: WantedFile,
    sink: FileSink,
    part: FilePart,
    record: TransferRecord,
  ) {
    this.#context = context;
    this.#openRaw = openRaw;
    this.#file = "sha256" in wanted ? wanted : null;
    this.#id = wanted.id;
    this.#sink = sink;
    this.#part = part;
    this.#record = record;
  }

  run(ended: (end: RunEnd) => void): void {
    this.#ended = ended;
    this.#hasMoved = false;
    this.#end = null;
    this.#record.change({ state: "asking" });
    const attempt = new TransferAttempt(this.#context, this.#openRaw, {
      granted: (grant) => this.#granted(grant),
      line: (message) => this.#takeLine(message),
      bytes: (bytes) => this.#take(bytes),
      drained: () => {},
      failed: (failure) => this.#interrupt(failure),
    });
    this.#attempt = attempt;
    attempt.ask(["FETCH", this.#id, ...(this.#part === "preview" ? ["preview"] : [])]);
  }

  interrupt(): void {
    this.#attempt?.end();
    this.#interrupt({ kind: "lost" });
  }

  stop(isCancelled: boolean): void {
    this.#ended = () => {};
    this.#attempt?.end();
    this.#attempt = null;
    this.#sink.close(!isCancelled);
  }

  #granted({ file }: Grant): void {
    this.#file = file ?? this.#file;
    if (this.#file === null) return this.#fail({ kind: "wrong-bytes" });
    const { name, size } = this.#file;
    this.#record.change({
      name,
      size: this.#part === "preview" ? (this.#file.preview ?? 0) : size,
    });
    if (this.#isSinkOpen) this.#attempt?.connect("GET", this.#position);
    else this.#openSink(this.#file);
  }

  #openSink(file: SharedFile): void {
    this.#isSinkOpen = true;
    this.#sink.open(file, {
      opened: (offset) => {
        this.#sinkOffset = offset;
        this.#position = offset;
        this.#record.change({ bytes: offset });
        this.#attempt?.connect("GET", offset);
      },
      drained: () => this.#attempt?.setReading(true),
      failed: (why) => this.#failHere(why),
    });
  }

  #takeLine({ params }: Message): "line" | "bytes" {
    const [answer, count = ""] = params;
    if (answer !== "DATA" || !/^\d{1,15}$/.test(count)) return "line";
    const end = this.#position + Number(count);
    const isRight = this.#part === "preview" ? end <= PREVIEW_BYTES_MAX : end === this.#file?.size;
    if (!isRight) {
      this.#fail({ kind: "wrong-bytes" });
      return "line";
    }
    this.#end = this.#part === "beginning" ? Math.min(end, PREVIEW_BYTES_MAX) : end;
    this.#record.change({ state: "running", bytes: this.#position });
    if (this.#position >= this.#end) this.#finish();
    return "bytes";
  }

  #take(bytes: Uint8Array): void {
    if (this.#end === null) return;
    const wanted = bytes.subarray(0, this.#end - this.#position);
    this.#position += wanted.length;
    this.#hasMoved = true;
    if (!this.#sink.write(wanted)) this.#attempt?.setReading(false);
    this.#record.progress(this.#position);
    if (this.#position === this.#end) this.#finish();
  }

  #finish(): void {
    this.#attempt?.end();
    this.#attempt = null;
    this.#sink.finish((outcome) => {
      if (!("why" in outcome)) {
        this.#record.change({ path: outcome.path, fileId: this.#id });
        this.#ended({ kind: "done" });
      } else if (outcome.why === "wrong-bytes" && this.#sinkOffset > 0) {
        // What was there already was damaged. All of it is fetched anew, once: the sink begins at 0 then.
        this.#isSinkOpen = false;
        this.#interrupt({ kind: "lost" });
      } else this.#failHere(outcome.why);
    });
  }

  #failHere(why: FileTrouble): void {
    this.#fail(why === "wrong-bytes" ? { kind: "wrong-bytes" } : { kind: "disk", why });
  }

  #fail(problem: TransferProblem): void {
    this.#attempt?.end();
    this.#attempt = null;
    this.#sink.close(problem.kind === "disk");
    this.#ended({ kind: "failed", problem });
  }

  #interrupt(failure: AttemptFailure): void {
    this.#attempt = null;
    this.#ended({ kind: "interrupted", failure, hasMoved: this.#hasMoved });
  }
}
