import { type FileJob, type FileReport, SLOT_BYTES, SLOTS } from "./file-jobs.ts";

/** What {@link OutgoingFile} needs of its store. */
interface OutgoingFileOptions {
  readonly id: number;
  /** Its slots, which the thread has as well. */
  readonly slots: readonly Buffer[];
  send(job: FileJob): void;
  /** Its memory may be used again. */
  ended(): void;
}

/** A file that is read by the thread of files. Owns the slots through which its bytes come from there. */
export class OutgoingFile {
  /** How many bytes of it there are from the offset on: known once it is open. */
  bytes = 0;
  /** Called when {@link next} has something, or {@link isFailed} is true. */
  onFilled: () => void = () => {};
  /** Whether the disk refused to go on. */
  isFailed = false;
  readonly #options: OutgoingFileOptions;
  /** How many bytes the thread has yet to be asked for. */
  #unreadBytes = 0;
  /** The slots that are full, by their bytes, and the first of them. */
  readonly #filled: number[] = [];
  #firstFilled = 0;
  #nextSlot = 0;
  readonly #opened = Promise.withResolvers<"open" | "missing" | "disk">();

  constructor(options: OutgoingFileOptions) {
    this.#options = options;
  }

  /** Resolves when it is open, or can't be opened. */
  get opened(): Promise<"open" | "missing" | "disk"> {
    return this.#opened.promise;
  }

  /** Returns the next bytes, if they were read: they are valid until {@link release} was called for them. */
  next(): Uint8Array | null {
    const bytes = this.#filled.shift();
    const slot = this.#options.slots[this.#firstFilled];
    if (bytes === undefined || slot === undefined) return null;
    this.#firstFilled = (this.#firstFilled + 1) % SLOTS;
    return bytes === slot.length ? slot : slot.subarray(0, bytes);
  }

  /** The oldest of the bytes that {@link next} returned aren't needed any more. */
  release(): void {
    if (this.#unreadBytes <= 0) return;
    this.#unreadBytes -= SLOT_BYTES;
    this.#options.send({ kind: "read", id: this.#options.id, slot: this.#nextSlot });
    this.#nextSlot = (this.#nextSlot + 1) % SLOTS;
  }

  /** No more is wanted, and nothing that {@link next} returned is looked at any more. */
  close(): void {
    if (this.isFailed) return;
    this.#options.send({ kind: "end", id: this.#options.id });
  }

  /** Hears of the thread. */
  report(report: FileReport): void {
    if (report.kind === "giving") this.#open(report.bytes);
    else if (report.kind === "filled") {
      this.#filled.push(report.bytes);
      this.onFilled();
    } else if (report.kind === "failed") {
      this.isFailed = true;
      this.#options.ended();
      this.#opened.resolve("disk");
      this.onFilled();
    } else if (report.kind === "ended") this.#options.ended();
  }

  #open(bytes: number | null): void {
    if (bytes !== null) {
      this.bytes = bytes;
      this.#unreadBytes = bytes;
      for (let slot = 0; slot < SLOTS; slot += 1) this.release();
    }
    if (bytes === null) this.#options.ended();
    this.#opened.resolve(bytes === null ? "missing" : "open");
  }
}
