import type { FrameBus, Subject } from "../engine.ts";
import type { Seal } from "../seal.ts";
import {
  type AnswerWithBytes,
  answerSubject,
  isReaderId,
  MESSAGE_OVERHEAD_BYTES,
  requestSubject,
  type TransferRequest,
  TransferSeal,
} from "./transfer-message.ts";
import type { TransferClock } from "./transfer-ports.ts";

/** Larger pieces would hold up frames that people wait for. */
const PIECE_BYTES_MAX = 64 << 10;
/** A bus whose messages are shorter than this is of no use. */
const PIECE_BYTES_MIN = 64;

/** What a reader needs to talk to the leader. */
export interface ReaderOptions {
  /** The cluster's name. */
  readonly cluster: string;
  /** The cluster's key, which the leader has as well. */
  readonly seal: Seal;
  /** 16 letters of a-z and 2-7, by chance: nobody else's, and new at each start. */
  readonly reader: string;
  readonly clock: TransferClock;
  /** Where it asks; left out for the leader. */
  readonly asks?: Subject;
}

/** Takes the answers that come for a reader. */
type AnswerListener = (answer: AnswerWithBytes) => void;

/** A reader's end of the bus: asks the leader, and hands over its answers. */
export class TransferReader {
  readonly clock: TransferClock;
  /** A sentence when the last that came was sealed with another key than this node's, or is of another version. */
  misfit: string | null = null;
  readonly #bus: FrameBus;
  readonly #seal: TransferSeal;
  readonly #options: ReaderOptions;
  readonly #listeners = new Set<AnswerListener>();
  readonly #ends: readonly (() => void)[];
  readonly #reconnected = new Set<() => void>();

  constructor(bus: FrameBus, options: ReaderOptions) {
    if (!isReaderId(options.reader)) throw new Error("a reader's id has 16 letters");
    this.#bus = bus;
    this.#options = options;
    this.clock = options.clock;
    this.#seal = new TransferSeal(options.seal);
    this.#ends = [
      bus.subscribe(answerSubject(options.cluster, options.reader), (bytes) => this.#hear(bytes)),
      bus.onConnection((isConnected) => {
        if (isConnected) for (const listener of [...this.#reconnected]) listener();
      }),
    ];
  }

  /** How much of a file fits in one message. */
  get pieceBytes(): number {
    const room = this.#bus.messageBytesMax - MESSAGE_OVERHEAD_BYTES;
    return Math.max(PIECE_BYTES_MIN, Math.min(PIECE_BYTES_MAX, room));
  }

  /** Asks the leader. Returns `false` when there is no connection. */
  ask(request: TransferRequest): boolean {
    const { cluster, reader, asks = requestSubject(cluster) } = this.#options;
    return this.#bus.publish(asks, this.#seal.request(reader, request));
  }

  /** Hands over the answers that come from now on. Returns a function that ends it. */
  listen(listener: AnswerListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls when the bus can be reached again. Returns a function that ends it. */
  onReconnected(listener: () => void): () => void {
    this.#reconnected.add(listener);
    return () => void this.#reconnected.delete(listener);
  }

  /** Says that nothing more is needed, and listens no longer. */
  close(): void {
    this.ask({ kind: "end" });
    for (const end of this.#ends) end();
    this.#listeners.clear();
  }

  #hear(message: Uint8Array): void {
    const opened = this.#seal.openAnswer(message, this.#options.reader);
    if (opened === null) return;
    if ("misfit" in opened) {
      this.misfit = opened.misfit;
      return;
    }
    this.misfit = null;
    for (const listener of [...this.#listeners]) listener(opened);
  }
}
