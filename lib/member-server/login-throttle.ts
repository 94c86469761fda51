import { addressBlockOf } from "../protocol/address.ts";
import type { Folded } from "../protocol/names.ts";

/** So many tries at once, and one more after each `everyMs`. */
export interface RateLimit {
  readonly tries: number;
  readonly everyMs: number;
}

/** How fast passwords and codes may be guessed. */
export interface LoginLimits {
  /** An office behind one address logs in again at once after a restart: tries that succeed are given back. */
  readonly address: RateLimit;
  /** 2900 guesses a day against one account, from all addresses together; an eight-letter password lasts. */
  readonly account: RateLimit;
  /** The person who has logged in from here before isn't kept out by strangers who guess elsewhere. */
  readonly known: RateLimit;
  /** How long an address from which somebody logged in counts as known. */
  readonly knownForMs: number;
  /** Each table's bound, some 2 MB. Beyond it the entry that was made first is forgotten. */
  readonly entriesMax: number;
}

export const LOGIN_LIMITS: LoginLimits = {
  address: { tries: 30, everyMs: 10_000 },
  account: { tries: 10, everyMs: 30_000 },
  known: { tries: 10, everyMs: 30_000 },
  knownForMs: 30 * 24 * 3_600_000,
  entriesMax: 20_000,
};

/**
 * Slows guessing, per address and per account. Each try counts as a failure from its beginning, so that
 * many at once gain nothing, and is given back when it succeeds. Nothing is locked for long: one waits for
 * the next try, at most `everyMs`.
 *
 * @example
 * const { waitMs } = guessing.tryOut(link.address, fold(account), clock.now());
 * if (waitMs > 0) return { kind: "slow-down", waitMs };
 * // … verified …
 * if (ok) guessing.succeeded(link.address, fold(account), clock.now());
 */
export class LoginThrottle {
  readonly #limits: LoginLimits;
  readonly #addresses: Allowances;
  readonly #accounts: Allowances;
  readonly #pairs: Allowances;
  /** Address and account → until when they are known together. */
  readonly #known: Forgetful;

  constructor(limits: LoginLimits = LOGIN_LIMITS) {
    this.#limits = limits;
    this.#addresses = new Allowances(limits.address, limits.entriesMax);
    this.#accounts = new Allowances(limits.account, limits.entriesMax);
    this.#pairs = new Allowances(limits.known, limits.entriesMax);
    this.#known = new Forgetful(limits.entriesMax);
  }

  /**
   * Takes a try. `waitMs` 0: go on. Otherwise the try is refused and costs nothing; come again after so many
   * milliseconds.
   *
   * @param account `null` for what is guessed without a name, such as an invitation's code.
   */
  charge(address: string, account: Folded | null, now: number): { readonly waitMs: number } {
    const place = addressBlockOf(address);
    const [table, key] = this.#accountTable(place, account, now);
    const waitMs = Math.max(
      this.#addresses.wait(place, now),
      key === null ? 0 : table.wait(key, now),
    );
    if (waitMs > 0) return { waitMs };
    this.#addresses.take(place, now);
    if (key !== null) table.take(key, now);
    return { waitMs: 0 };
  }

  /** Gives a try back that turned out right (or that nobody could judge, as when too much was going on). */
  refund(address: string, account: Folded | null, now: number): void {
    const place = addressBlockOf(address);
    const [table, key] = this.#accountTable(place, account, now);
    this.#addresses.giveBack(place, now);
    if (key !== null) table.giveBack(key, now);
  }

  /** Gives a try back, and knows the person at this address from now on. */
  succeeded(address: string, account: Folded, now: number): void {
    this.refund(address, account, now);
    this.#known.set(pairOf(addressBlockOf(address), account), now + this.#limits.knownForMs, now);
  }

  #accountTable(place: string, account: Folded | null, now: number): [Allowances, string | null] {
    if (account === null) return [this.#accounts, null];
    const pair = pairOf(place, account);
    if (this.#known.get(pair) > now) return [this.#pairs, pair];
    return [this.#accounts, account.slice(0, KEY_LETTERS_MAX)];
  }
}

/** How fast one place may do something, for other rules that need it. */
export class RateLimiter {
  readonly #allowances: Allowances;

  constructor(allowance: RateLimit) {
    this.#allowances = new Allowances(allowance, LOGIN_LIMITS.entriesMax);
  }

  /** Takes one of what is allowed, or answers no. `key`: an address, or an account. */
  take(key: string, now: number): boolean {
    const place = addressBlockOf(key);
    if (this.#allowances.wait(place, now) > 0) return false;
    this.#allowances.take(place, now);
    return true;
  }
}

/** Tries left, by key: each try moves the time at which all of them are back by `everyMs`. */
class Allowances {
  readonly #allowance: RateLimit;
  readonly #allBackAt: Forgetful;

  constructor(allowance: RateLimit, entriesMax: number) {
    this.#allowance = allowance;
    this.#allBackAt = new Forgetful(entriesMax);
  }

  wait(key: string, now: number): number {
    const { tries, everyMs } = this.#allowance;
    return Math.max(0, this.#allBackAt.get(key) - now - (tries - 1) * everyMs);
  }

  take(key: string, now: number): void {
    const from = Math.max(this.#allBackAt.get(key), now);
    this.#allBackAt.set(key, from + this.#allowance.everyMs, now);
  }

  giveBack(key: string, now: number): void {
    this.#allBackAt.set(key, this.#allBackAt.get(key) - this.#allowance.everyMs, now);
  }
}

/** Times by key. What lies in the past is as good as absent; of too many, the first made is forgotten. */
class Forgetful {
  readonly #times = new Map<string, number>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(key: string): number {
    return this.#times.get(key) ?? 0;
  }

  set(key: string, time: number, now: number): void {
    this.#times.delete(key);
    if (time <= now) return;
    this.#times.set(key, time);
    // Two looks for each entry that comes: those in the past go sooner than they are made.
    let looks = 2;
    for (const [oldest, until] of this.#times) {
      const isOver = this.#times.size > this.#entriesMax;
      if (until <= now || isOver) this.#times.delete(oldest);
      looks -= 1;
      if (looks === 0) break;
    }
  }
}

/** No account's name is longer; a guessed one may be, and must not cost memory. */
const KEY_LETTERS_MAX = 64;

function pairOf(place: string, account: Folded): string {
  return `${place} ${account.slice(0, KEY_LETTERS_MAX)}`;
}
