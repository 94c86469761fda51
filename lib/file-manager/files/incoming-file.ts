import type { FileJob, FileReport } from "./file-jobs.ts";
import { SLOT_BYTES, SLOTS } from "./file-jobs.ts";

/** What {@link IncomingFile} needs of its store. */
interface IncomingFileOptions {
  readonly id: number;
  /** Its slots, which the thread has as well. */
  readonly slots: readonly Buffer[];
  send(job: FileJob): void;
  /** Its memory may be used again. */
  ended(): void;
}

/** How it ended: "full" and "disk" as {@link IncomingFile.failure}. */
type Outcome = "stored" | "wrong-hash" | "full" | "disk";

/** A file that is written by the thread of files. Owns the slots through which its bytes go there. */
export class IncomingFile {
  /** What was kept of it before, and where it is kept: known once it is open. */
  offset = 0;
  key = "";
  /** Why the disk refused it: it is full, or something else. */
  failure: "full" | "disk" | null = null;
  /** Called when something was written and more fits in, or {@link failure} is set. */
  onFree: () => void = () => {};
  readonly #options: IncomingFileOptions;
  /** The slot that is being filled, how far, and how many are free from there on. */
  #slot = 0;
  #filledBytes = 0;
  #freeSlots = SLOTS;
  /** What came while all slots were full. */
  #late: Uint8Array[] = [];
  #isFinishing = false;
  readonly #opened = Promise.withResolvers<boolean>();
  readonly #finished = Promise.withResolvers<Outcome>();

  constructor(options: IncomingFileOptions) {
    this.#options = options;
  }

  /** Resolves when it is open, to whether it could be opened. */
  get opened(): Promise<boolean> {
    return this.#opened.promise;
  }

  /** How much fits in before something is written. */
  get freeBytes(): number {
    return Math.max(0, this.#freeSlots * SLOT_BYTES - this.#filledBytes);
  }

  /** Takes the next bytes, which may change afterwards. What doesn't fit in is copied. */
  write(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#freeSlots === 0) return void this.#late.push(rest.slice());
      const piece = rest.subarray(0, SLOT_BYTES - this.#filledBytes);
      this.#options.slots[this.#slot]?.set(piece, this.#filledBytes);
      this.#filledBytes += piece.length;
      if (this.#filledBytes === SLOT_BYTES) this.#giveSlot();
      rest = rest.subarray(piece.length);
    }
  }

  /** All bytes were given. Resolves when they are checked, and survive a loss of power. */
  finish(): Promise<Outcome> {
    this.#isFinishing = true;
    if (this.#late.length === 0) this.#sendFinish();
    return this.#finished.promise;
  }

  /** No more will come. What has come is kept. */
  close(): void {
    if (this.failure !== null) return;
    if (this.#filledBytes > 0) this.#giveSlot();
    this.#options.send({ kind: "end", id: this.#options.id });
  }

  /** Hears of the thread. */
  report(report: FileReport): void {
    if (report.kind === "receiving") {
      this.offset = report.offset;
      this.key = report.key;
      this.#opened.resolve(true);
    } else if (report.kind === "written") this.#written();
    else if (report.kind === "finished") this.#end(report.outcome);
    else if (report.kind === "failed") {
      this.failure = report.isFull ? "full" : "disk";
      this.#end(this.failure);
    } else if (report.kind === "ended") this.#options.ended();
  }

  #end(outcome: Outcome): void {
    this.#options.ended();
    this.#opened.resolve(false);
    this.#finished.resolve(outcome);
    this.onFree();
  }

  #written(): void {
    this.#freeSlots += 1;
    const late = this.#late;
    this.#late = [];
    for (const bytes of late) this.write(bytes);
    if (this.#late.length > 0) return;
    if (this.#isFinishing && late.length > 0) this.#sendFinish();
    this.onFree();
  }

  #sendFinish(): void {
    if (this.#filledBytes > 0) this.#giveSlot();
    this.#options.send({ kind: "finish", id: this.#options.id });
  }

  #giveSlot(): void {
    const { id, send } = this.#options;
    send({ kind: "write", id, slot: this.#slot, bytes: this.#filledBytes });
    this.#slot = (this.#slot + 1) % SLOTS;
    this.#filledBytes = 0;
    this.#freeSlots -= 1;
  }
}
