import type { FrameBus, Subject } from "../engine.ts";
import type { Seal } from "../seal.ts";
import {
  answerSubject,
  MESSAGE_OVERHEAD_BYTES,
  requestSubject,
  type TransferAnswer,
  type TransferRequest,
  TransferSeal,
} from "./transfer-message.ts";
import type { TransferClock } from "./transfer-ports.ts";

/** What a reader may have asked for and not got yet. What it asks for beyond is dropped: it asks again. */
const WAITING_BYTES_MAX = 2 << 20;
/** A request for a few bytes costs something, too. */
const REQUEST_COST_BYTES = 1024;
/** A longer piece would hold the thread. */
const PIECE_BYTES_MAX = 64 << 10;
/** A reader that asked for nothing for so long has gone. It asks again each 15 s when nothing comes. */
const SILENCE_MS_MAX = 60_000;
/** Between two pieces: whatever people sent comes first. At 1 ms a piece, some 60 MB a second leave. */
const REST_MS = 1;

/** Reads a part of a content for a reader; `null` when there is no such content. Never rejects. */
export type ReadContent = (
  reader: string,
  hash: string,
  offset: number,
  length: number,
) => Promise<Uint8Array | null>;

export interface FileSenderOptions {
  readonly cluster: string;
  readonly seal: Seal;
  readonly clock: TransferClock;
  readonly read: ReadContent;
  /** How many readers are served at a time. */
  readonly readersMax: number;
  /** Takes what isn't about a single content. */
  readonly onRequest: (reader: string, request: TransferRequest) => void;
  /** A reader has gone, or needs nothing more. */
  readonly onEnd: (reader: string) => void;
  /** A reader can't be served, by a sentence for the owner. */
  readonly onMisfit?: (why: string) => void;
  /** Where it is asked; left out for a leader. Of others nobody is told what they lack, or that they serve enough. */
  readonly hears?: Subject;
}

type ReadRequest = Extract<TransferRequest, { kind: "read" }>;

interface Reader {
  heardAtMs: number;
  readonly waiting: ReadRequest[];
  waitingBytes: number;
}

/**
 * Sends parts of contents to those who ask, one after the other and in turn among the readers. Owns who is being served,
 * and what they wait for.
 */
export class FileSender {
  readonly #bus: FrameBus;
  readonly #options: FileSenderOptions;
  readonly #seal: TransferSeal;
  readonly #readers = new Map<string, Reader>();
  readonly #ends: readonly (() => void)[];
  #cancelSweep: (() => void) | null = null;
  /** What the owner was told last: who asks does it again and again. */
  #misfit = "";
  #isSending = false;
  #isClosed = false;

  constructor(bus: FrameBus, options: FileSenderOptions) {
    this.#bus = bus;
    this.#options = options;
    this.#seal = new TransferSeal(options.seal);
    this.#ends = [
      bus.subscribe(options.hears ?? requestSubject(options.cluster), (bytes) => this.#hear(bytes)),
      bus.onConnection((isConnected) => {
        if (!isConnected) this.#dropWaiting();
      }),
    ];
  }

  /** Who is being served. */
  get readers(): readonly string[] {
    return [...this.#readers.keys()];
  }

  answer(reader: string, answer: TransferAnswer, bytes?: Uint8Array): void {
    const message = this.#seal.answer(reader, answer, bytes);
    this.#bus.publish(answerSubject(this.#options.cluster, reader), message);
  }

  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends) end();
    this.#cancelSweep?.();
    for (const reader of this.readers) this.#remove(reader);
  }

  #hear(message: Uint8Array): void {
    const opened = this.#seal.openRequest(message);
    if (opened === null) return;
    if ("misfit" in opened) return this.#refuse(opened.reader, opened.misfit);
    const { reader, request } = opened;
    if (request.kind === "end") return this.#remove(reader);
    const served = this.#readers.get(reader) ?? this.#admit(reader);
    if (served === null) return this.#sayBusy(reader);
    served.heardAtMs = this.#options.clock.elapsed();
    if (request.kind === "read") this.#enqueue(served, request);
    else this.#options.onRequest(reader, request);
  }

  /** By the version and the id of our key in the answer, a node that can't read it learns why nobody serves it. */
  #refuse(reader: string, misfit: string): void {
    this.#sayBusy(reader);
    if (misfit === this.#misfit) return;
    this.#misfit = misfit;
    this.#options.onMisfit?.(misfit);
  }

  #sayBusy(reader: string): void {
    if (this.#options.hears === undefined) this.answer(reader, { kind: "busy" });
  }

  #admit(reader: string): Reader | null {
    if (this.#readers.size >= this.#options.readersMax) return null;
    const served = { heardAtMs: 0, waiting: [], waitingBytes: 0 };
    this.#readers.set(reader, served);
    this.#sweepLater();
    return served;
  }

  #enqueue(served: Reader, request: ReadRequest): void {
    const isWaiting = served.waiting.some(
      ({ hash, offset }) => hash === request.hash && offset === request.offset,
    );
    if (isWaiting || served.waitingBytes + costOf(request) > WAITING_BYTES_MAX) return;
    served.waiting.push(request);
    served.waitingBytes += costOf(request);
    if (!this.#isSending) void this.#send();
  }

  /** Sends until nobody waits. */
  async #send(): Promise<void> {
    this.#isSending = true;
    for (;;) {
      const next = this.#next();
      if (next === null) break;
      const [reader, { hash, offset, length }] = next;
      const room = this.#bus.messageBytesMax - MESSAGE_OVERHEAD_BYTES;
      const count = Math.min(length, PIECE_BYTES_MAX, room);
      const bytes = await this.#options.read(reader, hash, offset, count);
      if (this.#isClosed) return;
      if (bytes === null) {
        if (this.#options.hears === undefined) this.answer(reader, { kind: "missing", hash });
      } else this.answer(reader, { kind: "bytes", hash, offset }, bytes);
      await new Promise<void>((resolve) => void this.#options.clock.later(REST_MS, resolve));
    }
    this.#isSending = false;
  }

  /** Takes the next request of the reader who has waited longest. */
  #next(): readonly [reader: string, request: ReadRequest] | null {
    if (this.#isClosed) return null;
    for (const [reader, served] of this.#readers) {
      const request = served.waiting.shift();
      if (request === undefined) continue;
      served.waitingBytes -= costOf(request);
      // Whoever was served goes to the end of the row.
      this.#readers.delete(reader);
      this.#readers.set(reader, served);
      return [reader, request];
    }
    return null;
  }

  #dropWaiting(): void {
    for (const served of this.#readers.values()) {
      served.waiting.length = 0;
      served.waitingBytes = 0;
    }
  }

  #remove(reader: string): void {
    if (this.#readers.delete(reader)) this.#options.onEnd(reader);
  }

  #sweepLater(): void {
    if (this.#cancelSweep !== null || this.#readers.size === 0) return;
    this.#cancelSweep = this.#options.clock.later(SILENCE_MS_MAX / 4, () => {
      this.#cancelSweep = null;
      const now = this.#options.clock.elapsed();
      for (const [reader, { heardAtMs }] of [...this.#readers]) {
        if (now - heardAtMs > SILENCE_MS_MAX) this.#remove(reader);
      }
      this.#sweepLater();
    });
  }
}

function costOf({ length }: ReadRequest): number {
  return Math.min(length, PIECE_BYTES_MAX) + REQUEST_COST_BYTES;
}
