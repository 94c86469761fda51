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
/** How many of the oldest are looked at for each new one, so that they are forgotten faster than new ones come. */
const OLDEST_LOOKED_AT = 2;

/** Tokens, and when they were counted. */
interface Bucket {
  tokens: number;
  elapsedMs: ElapsedMs;
}

type BucketKind = "address" | "network";
/** A bucket as another leader gets it: tokens, and when they were counted, in ms since an origin that both know. */
type HandedBucket = readonly [tokens: number, ms: number];

/**
 * Limits new connections by address, network and in all, so that handshakes leave the CPU to those who are
 * connected. Nearly all refused connections are closed before their handshake, which costs next to nothing (see
 * `refusal-reserve.ts`); a client tries again some seconds later.
 */
export class ConnectionThrottle {
  readonly #limits: ThrottleLimits;
  readonly #elapsed: () => ElapsedMs;
  /** Buckets by address block and by network, the longest unused first. */
  readonly #addresses = new Map<string, Bucket>();
  readonly #networks = new Map<string, Bucket>();
  readonly #newcomers: Bucket;
  readonly #strangers: Bucket;
  /** Keys of the table's entries that have changed; `null` while nobody asks for them. */
  #changed: Set<string> | null = null;

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
    const { newcomers, strangers } = this.#limits;
    const block = addressBlockOf(address);
    const network = widerNetworkOf(address);
    const known = this.#addresses.get(block);
    const isNewcomer = known === undefined || elapsedMs - known.elapsedMs > KNOWN_MS;
    const buckets = [
      this.#bucketOf("address", block, elapsedMs),
      this.#bucketOf("network", network, elapsedMs),
    ];
    if (isNewcomer) buckets.push(fill(this.#newcomers, newcomers, elapsedMs));
    if (!isMembers) buckets.push(fill(this.#strangers, strangers, elapsedMs));
    if (buckets.some(({ tokens }) => tokens < 1)) {
      // An address that didn't get in stays a newcomer.
      if (isNewcomer) this.#addresses.delete(block);
      return false;
    }
    for (const bucket of buckets) bucket.tokens -= 1;
    this.#changed?.add(`address ${block}`).add(`network ${network}`);
    return true;
  }

  /** Returns its buckets as another leader can go on with them: see `SoftTable`. Those of all addresses come each time. */
  *takeChanges(origin: ElapsedMs): Iterable<readonly [key: string, value: HandedBucket | null]> {
    const handed = ({ tokens, elapsedMs }: Bucket): HandedBucket => [tokens, elapsedMs - origin];
    const changed = this.#changed;
    this.#changed = new Set();
    if (changed?.size === 0) return;
    for (const kind of ["newcomers", "strangers"] as const)
      yield [kind, handed(this.#shared(kind))];
    for (const key of changed ?? this.#keys()) {
      const [buckets, of] = this.#entry(key);
      const bucket = buckets.get(of);
      yield [key, bucket === undefined ? null : handed(bucket)];
    }
  }

  /** Sets a bucket to what {@link takeChanges} of another leader's returned. */
  restore(key: string, value: unknown, origin: ElapsedMs): void {
    const bucket = readBucket(value, origin);
    if (bucket === null) return;
    if (key === "newcomers" || key === "strangers") Object.assign(this.#shared(key), bucket);
    else {
      const [buckets, of] = this.#entry(key);
      buckets.set(of, bucket);
    }
  }

  #shared(kind: "newcomers" | "strangers"): Bucket {
    return kind === "newcomers" ? this.#newcomers : this.#strangers;
  }

  #keys(): string[] {
    const keysOf = (kind: BucketKind, buckets: ReadonlyMap<string, Bucket>): string[] =>
      [...buckets.keys()].map((key) => `${kind} ${key}`);
    return [...keysOf("address", this.#addresses), ...keysOf("network", this.#networks)];
  }

  #entry(key: string): [buckets: Map<string, Bucket>, of: string] {
    const space = key.indexOf(" ");
    const buckets = key.startsWith("address ") ? this.#addresses : this.#networks;
    return [buckets, key.slice(space + 1)];
  }

  /** Returns the bucket of an address or a network, filled, and makes it the most recently used. */
  #bucketOf(kind: BucketKind, key: string, elapsedMs: ElapsedMs): Bucket {
    const limit = this.#limits[kind];
    const buckets = kind === "address" ? this.#addresses : this.#networks;
    const bucket = fill(buckets.get(key) ?? { tokens: limit.burst, elapsedMs }, limit, elapsedMs);
    buckets.delete(key);
    buckets.set(key, bucket);
    let checksLeft = OLDEST_LOOKED_AT;
    for (const [oldest, { elapsedMs: usedElapsedMs }] of buckets) {
      if (checksLeft === 0) break;
      checksLeft -= 1;
      if (buckets.size <= ENTRIES_MAX && elapsedMs - usedElapsedMs <= KNOWN_MS) break;
      buckets.delete(oldest);
      this.#changed?.add(`${kind} ${oldest}`);
    }
    return bucket;
  }
}

function readBucket(value: unknown, origin: ElapsedMs): Bucket | null {
  const [tokens, ms]: readonly unknown[] = Array.isArray(value) ? value : [];
  if (typeof tokens !== "number" || typeof ms !== "number") return null;
  return { tokens, elapsedMs: (origin + ms) as ElapsedMs };
}

function fill(bucket: Bucket, { burst, perSecond }: ThrottleLimit, elapsedMs: ElapsedMs): Bucket {
  const sinceMs = elapsedMs - bucket.elapsedMs;
  bucket.tokens = Math.min(burst, bucket.tokens + (sinceMs * perSecond) / 1000);
  bucket.elapsedMs = elapsedMs;
  return bucket;
}
