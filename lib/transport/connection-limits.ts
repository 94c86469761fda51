import { addressBlockOf } from "../protocol/address.ts";
import { FlushScheduler } from "./flush-scheduler.ts";

/** Sockets that one process serves without running into the usual limit of open files. */
export const CONNECTIONS_MAX = 10_000;

/** An office, school or family behind one address, with a few devices each. */
const CONNECTIONS_PER_ADDRESS_MAX = 256;

export interface ConnectionLimitsOptions {
  readonly connectionsMax?: number;
  readonly connectionsPerAddressMax?: number;
  /** See `FlushScheduler`: keeps this turn's bytes until what they acknowledge is on disk. */
  readonly beforeFlush?: () => Promise<unknown> | undefined;
  /** `beforeFlush` threw or its promise was rejected. */
  readonly failed?: (error: unknown) => void;
}

/**
 * What all listeners of one server share: the numbers of its links, how many may be here in all
 * and from one address, and the end of the turn.
 */
export class ConnectionLimits {
  readonly flushScheduler: FlushScheduler;
  readonly #connectionsMax: number;
  readonly #connectionsPerAddressMax: number;
  readonly #perAddress = new Map<string, number>();
  #here = 0;
  #lastId = 0;

  constructor(options: ConnectionLimitsOptions = {}) {
    this.flushScheduler = new FlushScheduler(options.beforeFlush, options.failed);
    this.#connectionsMax = options.connectionsMax ?? CONNECTIONS_MAX;
    this.#connectionsPerAddressMax =
      options.connectionsPerAddressMax ?? CONNECTIONS_PER_ADDRESS_MAX;
  }

  /** Connections here now, those still shaking hands included. */
  get count(): number {
    return this.#here;
  }

  /** The number of the next link; numbers are never used again. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Counts somebody in, or says why not. Who was let in must `leave` once. */
  admit(address: string): "in" | "full" | "address-full" {
    if (this.#here >= this.#connectionsMax) return "full";
    const from = addressBlockOf(address);
    const count = this.#perAddress.get(from) ?? 0;
    if (count >= this.#connectionsPerAddressMax) return "address-full";
    this.#perAddress.set(from, count + 1);
    this.#here += 1;
    return "in";
  }

  leave(address: string): void {
    const from = addressBlockOf(address);
    const count = this.#perAddress.get(from) ?? 0;
    if (count > 1) this.#perAddress.set(from, count - 1);
    else this.#perAddress.delete(from);
    this.#here -= 1;
  }
}
