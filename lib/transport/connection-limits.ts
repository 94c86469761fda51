import type { ElapsedMs } from "../protocol/time.ts";
import { elapsed } from "./clock.ts";
import { ConnectionPlaces } from "./connection-places.ts";
import type { ConnectionThrottle } from "./connection-throttle.ts";
import { FlushScheduler } from "./flush-scheduler.ts";
import type { OwedBytes } from "./owed-bytes.ts";
import { RefusalReserve } from "./refusal-reserve.ts";

/** As many sockets as a process can serve under the usual limit of open files. */
const CONNECTIONS_MAX = 10_000;

/** Enough for an office, school or family behind one address, with a few devices each. */
const CONNECTIONS_PER_ADDRESS_MAX = 256;

/** The bounds of {@link ConnectionLimits}. */
interface ConnectionLimitsOptions {
  /** Without it, {@link CONNECTIONS_MAX}. */
  readonly connectionsMax?: number;
  /** The most connections from one IPv4 address or IPv6 network. Without it, 256. */
  readonly connectionsPerAddressMax?: number;
  /** Whether the connections from an address are not limited. Without it, none is exempt. */
  readonly isExempt?: (address: string) => boolean;
  /** Reads the monotonic clock. */
  readonly elapsed?: () => ElapsedMs;
  /** Limits how fast connections are made. Without it, that isn't limited. */
  readonly throttle?: ConnectionThrottle | null;
  /** See {@link FlushScheduler}: holds a turn's bytes until what they acknowledge is on disk. */
  readonly beforeFlush?: () => Promise<unknown> | undefined;
  /** Counts what all links owe their readers. Without it, nobody does. */
  readonly owedBytes?: OwedBytes;
  /** Runs a job among others. Without it, all jobs run at once. */
  readonly later?: (job: () => void) => void;
}

/** Owns what all listeners of one server share: the connections' places, the reserve for those refused, and the flush scheduler. */
export class ConnectionLimits {
  readonly flushScheduler: FlushScheduler;
  readonly owedBytes: OwedBytes | null;
  readonly places: ConnectionPlaces;
  readonly refusals: RefusalReserve;
  readonly later: (job: () => void) => void;

  constructor(options: ConnectionLimitsOptions = {}) {
    this.flushScheduler = new FlushScheduler(options.beforeFlush);
    this.owedBytes = options.owedBytes ?? null;
    this.later = options.later ?? ((job) => job());
    this.refusals = new RefusalReserve(options.elapsed ?? elapsed);
    this.places = new ConnectionPlaces({
      max: options.connectionsMax ?? CONNECTIONS_MAX,
      perAddressMax: options.connectionsPerAddressMax ?? CONNECTIONS_PER_ADDRESS_MAX,
      elapsed: options.elapsed ?? elapsed,
      isExempt: options.isExempt ?? (() => false),
      throttle: options.throttle ?? null,
      later: this.later,
    });
  }
}
