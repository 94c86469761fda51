import { addressBlockOf, widerNetworkOf } from "../protocol/address.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import { type RateLimit, TokenBuckets } from "./rate-limiter.ts";
import type { SoftTable } from "./soft-table.ts";

const DAY_MS = 24 * 3_600_000;

/** The limits of a server. */
export const LOGIN_LIMITS: LoginLimits = {
  address: { attempts: 30, everyMs: 10_000 },
  newcomers: { attempts: 1100, everyMs: 300_000 },
  account: { attempts: 10, everyMs: 60_000 },
  proven: { attempts: 500, everyMs: 60_000 },
  confirm: { attempts: 10, everyMs: 30_000 },
  code: { attempts: 20, everyMs: 3_600_000 },
  entriesMax: 20_000,
};
/** Longer than any account's name; a guessed name must not cost memory. */
const KEY_LETTERS_MAX = 64;

/** Limits on guessing passwords. */
interface LoginLimits {
  /**
   * Per address and kind of password. High enough for an office behind one address to log in again after a
   * restart: successful attempts are refunded.
   */
  readonly address: RateLimit;
  /**
   * Per account, from networks that try it for the first time in a day. One try each, so that strangers who
   * guess from a thousand networks leave the first try of a member's new address free.
   */
  readonly newcomers: RateLimit;
  /**
   * Per account, for all other tries of strangers together. With the newcomers at most 2900 guesses on the first
   * day and 1750 on each later one, which an eight-letter password survives.
   */
  readonly account: RateLimit;
  /**
   * Per account and proof. No stranger's guess counts here, but somebody who shares the proof, such as the
   * address, may guess as well: so there are many at once, and 1940 a day.
   */
  readonly proven: RateLimit;
  /** Of ACCOUNT CONFIRM, per account and address: only somebody who is logged in can guess there. */
  readonly confirm: RateLimit;
  /**
   * Codes of an authenticator app, per account: of all strangers together, and per proof. Three of a million are right at
   * a time, so that 24 a day guess one in a year for fewer than one account in thirty. Whoever tries has the password.
   */
  readonly code: RateLimit;
  /** Entries of each table, about 2 MB. When it is full, the oldest entry is dropped. */
  readonly entriesMax: number;
}

/** What is guessed. Each kind is counted by itself: wrong account passwords don't hinder OPER. */
export type GuessKind =
  | "account"
  | "code"
  | "confirm"
  | "oper"
  | "server-password"
  | "reset"
  | "file";

/** An attempt to guess a password. */
export interface Guess {
  readonly kind: GuessKind;
  /** Whose password: an account's folded name, or an operator's name. "" for the server's. */
  readonly target: string;
  /** Whether there is such a target. Made-up names must not push real ones out of the tables. */
  readonly exists: boolean;
  readonly address: string;
  /**
   * What tells this person from strangers, and was checked already at no cost: a known address, an invitation,
   * an account. `null` for a stranger.
   */
  readonly proof: string | null;
}

/** The buckets of strangers who guess at one target each. */
interface TargetBuckets {
  /** First tries of networks, by target. */
  readonly newcomers: TokenBuckets;
  /** All other tries, by target. */
  readonly others: TokenBuckets;
  /** By target and network: who tried in the last day. */
  readonly firstTries: TokenBuckets;
}

/** The buckets that an attempt was charged to, for its refund. */
interface Charge {
  readonly buckets: TokenBuckets;
  readonly key: string;
}

/** An attempt that may begin, and how to give it back. */
export interface AllowedGuess {
  readonly waitMs: 0;
  /** Gives the attempt back: it succeeded, or was not checked because too many were running. */
  refund(elapsedMs: ElapsedMs): void;
}

/** An attempt that has to wait. */
export interface SlowedGuess {
  readonly waitMs: number;
  /** Whether it waits for what others tried, and nothing was wrong with what came from this address. */
  readonly byOthers?: true;
}

/**
 * Limits guessing without locking anybody out. An attempt is charged when it begins, so that parallel attempts
 * gain nothing, and refunded when it succeeds. Whoever has a proof has a bucket that strangers can't empty.
 *
 * @example
 * const guess = { kind: "account", target: name, exists: true, address, proof } as const;
 * const attempt = throttle.charge(guess, clock.elapsed());
 * if (attempt.waitMs > 0) return { kind: "slow-down", waitMs: attempt.waitMs };
 * // … verify the password …
 * if (ok) attempt.refund(clock.elapsed());
 */
export class LoginThrottle {
  readonly #addresses: TokenBuckets;
  readonly #existing: TargetBuckets;
  readonly #madeUp: TargetBuckets;
  readonly #proven: TokenBuckets;
  readonly #confirmations: TokenBuckets;
  readonly #codes: TokenBuckets;

  constructor(limits: LoginLimits = LOGIN_LIMITS) {
    const buckets = (limit: RateLimit) => new TokenBuckets(limit, limits.entriesMax);
    this.#addresses = buckets(limits.address);
    const targetBuckets = (): TargetBuckets => ({
      newcomers: buckets(limits.newcomers),
      others: buckets(limits.account),
      firstTries: buckets({ attempts: 1, everyMs: DAY_MS }),
    });
    this.#existing = targetBuckets();
    this.#madeUp = targetBuckets();
    this.#proven = buckets(limits.proven);
    this.#confirmations = buckets(limits.confirm);
    this.#codes = buckets(limits.code);
  }

  /** Its tables by name, as they pass to another server. */
  get tables(): Readonly<Record<string, SoftTable>> {
    const ofTargets = (name: string, { newcomers, others, firstTries }: TargetBuckets) => ({
      [`${name}-newcomers`]: newcomers.table,
      [`${name}-others`]: others.table,
      [`${name}-first`]: firstTries.table,
    });
    return {
      addresses: this.#addresses.table,
      ...ofTargets("existing", this.#existing),
      ...ofTargets("made-up", this.#madeUp),
      proven: this.#proven.table,
      confirmations: this.#confirmations.table,
      codes: this.#codes.table,
    };
  }

  /**
   * Charges an attempt, and returns how to refund it. `waitMs` above 0 refuses it: it costs nothing, and may be
   * repeated after that many milliseconds.
   */
  charge(guess: Guess, elapsedMs: ElapsedMs): AllowedGuess | SlowedGuess {
    const charges = this.#chargesOf(guess, elapsedMs);
    const waits = charges.map(({ buckets, key }) => buckets.wait(key, elapsedMs));
    const waitMs = Math.max(...waits);
    // The first one is of whoever guesses alone.
    if (waitMs > 0) return waits[0] === 0 ? { waitMs, byOthers: true } : { waitMs };
    for (const { buckets, key } of charges) buckets.take(key, elapsedMs);
    return {
      waitMs: 0,
      refund: (refundedElapsedMs) => {
        for (const { buckets, key } of charges) buckets.refund(key, refundedElapsedMs);
      },
    };
  }

  #chargesOf({ kind, target, exists, address, proof }: Guess, elapsedMs: ElapsedMs): Charge[] {
    const secret = `${kind} ${target.slice(0, KEY_LETTERS_MAX)}`;
    if (kind === "confirm") {
      const key = `${secret} ${addressBlockOf(address)}`;
      return [{ buckets: this.#confirmations, key }];
    }
    if (kind === "code") return [{ buckets: this.#codes, key: `${secret} ${proof ?? ""}` }];
    if (proof !== null) return [{ buckets: this.#proven, key: `${secret} ${proof}` }];
    const charges = [{ buckets: this.#addresses, key: `${kind} ${addressBlockOf(address)}` }];
    // The server's password is one for all, so a limit for it would lock all newcomers out. A reset code and a file's
    // token are long.
    if (kind === "server-password" || kind === "reset" || kind === "file") return charges;
    const { newcomers, others, firstTries } = exists ? this.#existing : this.#madeUp;
    const network = `${secret} ${widerNetworkOf(address)}`;
    const isNewcomer =
      firstTries.wait(network, elapsedMs) === 0 && newcomers.wait(secret, elapsedMs) === 0;
    if (!isNewcomer) return [...charges, { buckets: others, key: secret }];
    return [...charges, { buckets: firstTries, key: network }, { buckets: newcomers, key: secret }];
  }
}
