import { addressBlockOf, widerNetworkOf } from "../protocol/address.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import { elapsed } from "./clock.ts";

/** So many new connections at once, and so many more in each second. */
interface ThrottleLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** The limits of a {@link ConnectionThrottle}. A TLS handshake costs 0.3 ms of CPU, and a log-in as much again. */
interface ThrottleLimits {
  /** One IPv4 address, or IPv6 network of 64 bits. */
  readonly address: ThrottleLimit;
  /** The network above it: 24 bits of IPv4, 48 of IPv6. */
  readonly network: ThrottleLimit;
  /** All addresses together. One that has connected before isn't counted. */
  readonly newcomers: ThrottleLimit;
  /** All addresses from which no member has logged in. */
  readonly strangers: ThrottleLimit;
}

/**
 * After a restart everybody comes back within a minute: an office that has all its places twice over, a
 * provider's network with five such offices, and ten thousand people. A newcomer is an address that hasn't been
 * here in the last hour; newcomers together may take a tenth of a core. Strangers who have been here before may come as fast
 * as handshakes are made (handshake-queue.ts): behind a proxy that ends TLS nothing else would limit them in all.
 */
const LIMITS: ThrottleLimits = {
  address: { burst: 512, perSecond: 4 },
  network: { burst: 2560, perSecond: 20 },
  newcomers: { burst: 10_000, perSecond: 200 },
  strangers: { burst: 15_000, perSecond: 600 },
};

/** How long an address stays known after its last connection. */
const KNOWN_MS = 3_600_000;
/** Addresses and networks that are remembered: about 2 MB. The one that connected longest ago is dropped. */
const ENTRIES_MAX = 20_000;

/** Tokens, and when they were counted. */
interface Bucket {
  tokens: number;
  elapsedMs: ElapsedMs;
}

/**
 * Limits new connections by address, network and in all, so that handshakes leave the CPU to those who are
 * connected. A refused connection is closed before its handshake, which costs next to nothing; a client tries
 * again some seconds later.
 */
export class ConnectionThrottle {
  readonly #limits: ThrottleLimits;
  readonly #elapsed: () => ElapsedMs;
  /** Buckets by address block and by network, the longest unused first. */
  readonly #addresses = new Map<string, Bucket>();
  readonly #networks = new Map<string, Bucket>();
  readonly #newcomers: Bucket;
  readonly #strangers: Bucket;

  constructor(limits: ThrottleLimits = LIMITS, readElapsed: () => ElapsedMs = elapsed) {
    this.#limits = limits;
    this.#elapsed = readElapsed;
    this.#newcomers = { tokens: limits.newcomers.burst, elapsedMs: readElapsed() };
    this.#strangers = { tokens: limits.strangers.burst, elapsedMs: readElapsed() };
  }

  /**
   * Counts a new connection. Returns `false` if there were too many: then it must be closed.
   *
   * @param isMembers whether a member has logged in from the address
   */
  admit(address: string, isMembers = false): boolean {
    const elapsedMs = this.#elapsed();
    const { address: addressLimit, network: networkLimit, newcomers, strangers } = this.#limits;
    const block = addressBlockOf(address);
    const known = this.#addresses.get(block);
    const isNewcomer = known === undefined || elapsedMs - known.elapsedMs > KNOWN_MS;
    const buckets = [
      fill(bucketOf(this.#addresses, block, addressLimit, elapsedMs), addressLimit, elapsedMs),
      fill(
        bucketOf(this.#networks, widerNetworkOf(address), networkLimit, elapsedMs),
        networkLimit,
        elapsedMs,
      ),
    ];
    if (isNewcomer) buckets.push(fill(this.#newcomers, newcomers, elapsedMs));
    if (!isMembers) buckets.push(fill(this.#strangers, strangers, elapsedMs));
    if (buckets.some(({ tokens }) => tokens < 1)) {
      // An address that didn't get in stays a newcomer.
      if (isNewcomer) this.#addresses.delete(block);
      return false;
    }
    for (const bucket of buckets) bucket.tokens -= 1;
    return true;
  }
}

/** Returns a key's bucket, and makes it the most recently used. */
function bucketOf(
  buckets: Map<string, Bucket>,
  key: string,
  { burst }: ThrottleLimit,
  elapsedMs: ElapsedMs,
): Bucket {
  const bucket = buckets.get(key) ?? { tokens: burst, elapsedMs };
  buckets.delete(key);
  buckets.set(key, bucket);
  const [oldest] = buckets.keys();
  if (buckets.size > ENTRIES_MAX && oldest !== undefined) buckets.delete(oldest);
  return bucket;
}

function fill(bucket: Bucket, { burst, perSecond }: ThrottleLimit, elapsedMs: ElapsedMs): Bucket {
  const sinceMs = elapsedMs - bucket.elapsedMs;
  bucket.tokens = Math.min(burst, bucket.tokens + (sinceMs * perSecond) / 1000);
  bucket.elapsedMs = elapsedMs;
  return bucket;
}
