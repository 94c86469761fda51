import { addressBlockOf } from "../protocol/address.ts";
import type { Folded } from "../protocol/names.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import { ExpiringTimes, type RateLimit, TokenBuckets } from "./rate-limiter.ts";

/** The limits of a server. */
export const LOGIN_LIMITS: LoginLimits = {
  address: { attempts: 30, everyMs: 10_000 },
  account: { attempts: 10, everyMs: 30_000 },
  known: { attempts: 10, everyMs: 30_000 },
  knownForMs: 30 * 24 * 3_600_000,
  entriesMax: 20_000,
};
/** Longer than any account's name; a guessed name must not cost memory. */
const KEY_LETTERS_MAX = 64;

/** Limits on guessing passwords and codes. */
interface LoginLimits {
  /**
   * Per address. High enough for an office behind one address to log in again after a restart:
   * successful attempts are refunded.
   */
  readonly address: RateLimit;
  /**
   * Per account, from all unknown addresses together: 2900 guesses a day, which an eight-letter
   * password survives.
   */
  readonly account: RateLimit;
  /**
   * Per account and known address, so that strangers who guess elsewhere can't lock the user out.
   */
  readonly known: RateLimit;
  /** How long an address is known to an account after a log-in from it. */
  readonly knownForMs: number;
  /** Entries of each table, about 2 MB. When it is full, the oldest entry is dropped. */
  readonly entriesMax: number;
}

/**
 * Limits guessing, per address and per account. Each attempt is charged when it begins, so that
 * parallel attempts gain nothing, and refunded when it succeeds. Nobody is locked out for long: the
 * next attempt is allowed after `everyMs` at most.
 *
 * @example
 * const { waitMs } = throttle.charge(link.address, fold(account), clock.elapsed());
 * if (waitMs > 0) return { kind: "slow-down", waitMs };
 * // … verify the password …
 * if (ok) throttle.succeeded(link.address, fold(account), clock.elapsed());
 */
export class LoginThrottle {
  readonly #limits: LoginLimits;
  readonly #addresses: TokenBuckets;
  readonly #accounts: TokenBuckets;
  readonly #pairs: TokenBuckets;
  /** Address and account → when the address stops being known to the account. */
  readonly #known: ExpiringTimes;

  constructor(limits: LoginLimits = LOGIN_LIMITS) {
    this.#limits = limits;
    this.#addresses = new TokenBuckets(limits.address, limits.entriesMax);
    this.#accounts = new TokenBuckets(limits.account, limits.entriesMax);
    this.#pairs = new TokenBuckets(limits.known, limits.entriesMax);
    this.#known = new ExpiringTimes(limits.entriesMax);
  }

  /**
   * Charges an attempt. `waitMs` 0 allows it; otherwise it is refused, costs nothing, and may be
   * repeated after that many milliseconds.
   *
   * @param account `null` for guesses without a name, such as an invitation's code
   */
  charge(
    address: string,
    account: Folded | null,
    elapsedMs: ElapsedMs,
  ): { readonly waitMs: number } {
    const addressBlock = addressBlockOf(address);
    const [table, key] = this.#accountTable(addressBlock, account, elapsedMs);
    const waitMs = Math.max(
      this.#addresses.wait(addressBlock, elapsedMs),
      key === null ? 0 : table.wait(key, elapsedMs),
    );
    if (waitMs > 0) return { waitMs };
    this.#addresses.take(addressBlock, elapsedMs);
    if (key !== null) table.take(key, elapsedMs);
    return { waitMs: 0 };
  }

  /**
   * Refunds an attempt that succeeded, or that wasn't checked because too many were running.
   */
  refund(address: string, account: Folded | null, elapsedMs: ElapsedMs): void {
    const addressBlock = addressBlockOf(address);
    const [table, key] = this.#accountTable(addressBlock, account, elapsedMs);
    this.#addresses.refund(addressBlock, elapsedMs);
    if (key !== null) table.refund(key, elapsedMs);
  }

  /** Refunds a successful attempt, and marks the address as known to the account. */
  succeeded(address: string, account: Folded, elapsedMs: ElapsedMs): void {
    this.refund(address, account, elapsedMs);
    this.#known.set(
      pairOf(addressBlockOf(address), account),
      elapsedMs + this.#limits.knownForMs,
      elapsedMs,
    );
  }

  #accountTable(
    addressBlock: string,
    account: Folded | null,
    elapsedMs: ElapsedMs,
  ): [TokenBuckets, string | null] {
    if (account === null) return [this.#accounts, null];
    const pairKey = pairOf(addressBlock, account);
    if (this.#known.get(pairKey) > elapsedMs) return [this.#pairs, pairKey];
    return [this.#accounts, account.slice(0, KEY_LETTERS_MAX)];
  }
}

function pairOf(addressBlock: string, account: Folded): string {
  return `${addressBlock} ${account.slice(0, KEY_LETTERS_MAX)}`;
}
