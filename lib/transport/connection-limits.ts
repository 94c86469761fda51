import { addressBlockOf } from "../protocol/address.ts";
import type { ConnectionThrottle } from "./connection-throttle.ts";
import { FlushScheduler } from "./flush-scheduler.ts";

/** As many sockets as a process can serve under the usual limit of open files. */
const CONNECTIONS_MAX = 10_000;

/** Enough for an office, school or family behind one address, with a few devices each. */
const CONNECTIONS_PER_ADDRESS_MAX = 256;

/** Whether a connection is admitted, or why not. */
type Admission = "in" | Rejection;

/** Why a connection is not admitted: one too many, too many of its address, or too many in a short time. */
export type Rejection = "full" | "address-full" | "too-fast";

/** The bounds of {@link ConnectionLimits}. */
interface ConnectionLimitsOptions {
  /** Without it, {@link CONNECTIONS_MAX}. */
  readonly connectionsMax?: number;
  /** The most connections from one IPv4 address or IPv6 network. Without it, 256. */
  readonly connectionsPerAddressMax?: number;
  /** Limits how fast connections are made. Without it, that isn't limited. */
  readonly throttle?: ConnectionThrottle | null;
  /** See {@link FlushScheduler}: holds a turn's bytes until what they acknowledge is on disk. */
  readonly beforeFlush?: () => Promise<unknown> | undefined;
  /** Called when `beforeFlush` throws or rejects. Without it, that ends the process. */
  readonly failed?: (error: unknown) => void;
}

/** Owns what all listeners of one server share: the counts of connections, and the flush scheduler. */
export class ConnectionLimits {
  readonly flushScheduler: FlushScheduler;
  readonly #connectionsMax: number;
  readonly #connectionsPerAddressMax: number;
  readonly #throttle: ConnectionThrottle | null;
  readonly #countByAddress = new Map<string, number>();
  #count = 0;

  constructor(options: ConnectionLimitsOptions = {}) {
    this.flushScheduler = new FlushScheduler(options.beforeFlush, options.failed);
    this.#throttle = options.throttle ?? null;
    this.#connectionsMax = options.connectionsMax ?? CONNECTIONS_MAX;
    this.#connectionsPerAddressMax =
      options.connectionsPerAddressMax ?? CONNECTIONS_PER_ADDRESS_MAX;
  }

  /** How many connections there are, those in the TLS handshake included. */
  get count(): number {
    return this.#count;
  }

  /** Counts a connection, or returns which limit is reached. An admitted one must be taken out by `leave`, once. */
  admit(address: string): Admission {
    if (this.#count >= this.#connectionsMax) return "full";
    const block = addressBlockOf(address);
    const count = this.#countByAddress.get(block) ?? 0;
    if (count >= this.#connectionsPerAddressMax) return "address-full";
    if (this.#throttle?.admit(address) === false) return "too-fast";
    this.#countByAddress.set(block, count + 1);
    this.#count += 1;
    return "in";
  }

  /** Takes an admitted connection out of the counts. */
  leave(address: string): void {
    const block = addressBlockOf(address);
    const count = this.#countByAddress.get(block) ?? 0;
    if (count > 1) this.#countByAddress.set(block, count - 1);
    else this.#countByAddress.delete(block);
    this.#count -= 1;
  }
}
