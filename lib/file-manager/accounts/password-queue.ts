import { availableParallelism } from "node:os";
import type { PasswordPlace } from "../../member-server/account-ports.ts";
import { mapPassword, opaqueString, type PasswordForm } from "../../protocol/opaque-string.ts";
import { PASSWORD_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import { PoolPriority } from "./pool-priority.ts";
import { WaitingPasswords } from "./waiting-passwords.ts";

/** The cost of hashing one password: memory in KiB, and rounds over it. */
export interface HashCost {
  readonly memoryCost: number;
  readonly timeCost: number;
}

/**
 * The least that OWASP asks of argon2id. 28–38 ms on the smallest machine we know, so a team of 200 that comes back after
 * a restart is in within 7 s on one core; 64 MiB would take 25 s of it, and 64 MiB at once for each core.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const NORMAL_COST: HashCost = { memoryCost: 19_456, timeCost: 2 };
/** Only for tests: the lowest cost of argon2. */
export const TEST_COST: HashCost = { memoryCost: 8, timeCost: 1 };

/** Seven seconds of one core. Further requests are refused, and the user may try again. */
const PASSWORDS_WAITING_MAX = 200;
const BYTES_PER_UNIT_MAX = 3;
const PHC = /^\$argon2(id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;

const STRANGER: PasswordPlace = { priority: "stranger" };

export interface PasswordOptions {
  readonly cost?: HashCost;
  /** How many passwords are worked on at a time. */
  readonly atOnceMax?: number;
  /** How many may wait behind those. */
  readonly waitingMax?: number;
}

/**
 * Hashes and verifies passwords, a few at a time: members' first, and each group in its order. The threads that do it also serve
 * asynchronous file calls, so one core is left to those.
 *
 * @example
 * const passwords = new PasswordQueue();
 * const hash = await passwords.hash("따뜻한 보리차"); // null: busy
 * const isRight = await passwords.verify("따뜻한 보리차", hash, "opaque"); // null: busy
 */
export class PasswordQueue {
  readonly #cost: HashCost;
  readonly #atOnceMax: number;
  /** Stands in for a missing hash, and takes as long to verify. */
  readonly #dummyHash: string;
  readonly #waiting: WaitingPasswords;
  readonly #pool = new PoolPriority();
  #runningCount = 0;

  constructor(options: PasswordOptions = {}) {
    this.#cost = options.cost ?? NORMAL_COST;
    this.#atOnceMax = options.atOnceMax ?? Math.max(1, coreCount() - 1);
    this.#waiting = new WaitingPasswords(options.waitingMax ?? PASSWORDS_WAITING_MAX);
    this.#dummyHash = dummyHash(this.#cost);
  }

  /** How many passwords wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves to the argon2id hash of the password's OpaqueString, in PHC form; `null` when too many wait, or
   * it can't be a password.
   *
   * @param place for whom it is; see `WaitingPasswords`
   */
  async hash(password: string, place: PasswordPlace = STRANGER): Promise<string | null> {
    const mapped = prepare(password);
    const text = mapped === null ? null : opaqueString(mapped);
    if (text === null) return null;
    const { memoryCost, timeCost } = this.#cost;
    return this.#inTurn(
      () => Bun.password.hash(text, { algorithm: "argon2id", memoryCost, timeCost }),
      place,
    );
  }

  /**
   * Resolves to whether the password matches the hash. Without a hash that can be read, or with a password
   * that can't be the right one, an equally long check is made and the answer is no: times tell nothing. `null`
   * when too many wait.
   *
   * @param form of the text that the hash was made of; left out for the earlier form
   */
  async verify(
    password: string,
    hash: string | null,
    form?: PasswordForm,
    place: PasswordPlace = STRANGER,
  ): Promise<boolean | null> {
    const text = prepare(password);
    if (text === null) return false;
    // Without an account there is no form: the text is looked at all the same.
    const isOpaque = opaqueString(text) !== null;
    const isPossible = isOpaque || form !== "opaque";
    const isComparable = hash !== null && PHC.test(hash) && isPossible;
    const isMatch = await this.#inTurn(
      () => Bun.password.verify(text, isComparable ? hash : this.#dummyHash),
      place,
    );
    return isMatch === null ? null : isMatch && isComparable;
  }

  async #inTurn<T>(work: () => Promise<T>, place: PasswordPlace): Promise<T | null> {
    if (this.#runningCount >= this.#atOnceMax) {
      // A finished task passes its slot to the next one.
      if (!(await this.#waiting.wait(place))) return null;
    } else {
      this.#runningCount += 1;
    }
    try {
      return await work();
    } finally {
      // Now the thread that did it is there.
      this.#pool.lower();
      if (!this.#waiting.startNext()) this.#runningCount -= 1;
    }
  }
}

/** Returns a password's mapped text, the OpaqueString if it has one; `null` if it is empty or too long. */
function prepare(password: string): string | null {
  // Normalizing a text costs time, so one that can't come to few enough bytes is refused first.
  if (password.length > PASSWORD_BYTES_MAX * BYTES_PER_UNIT_MAX) return null;
  const text = mapPassword(password);
  return text === "" || Buffer.byteLength(text) > PASSWORD_BYTES_MAX ? null : text;
}

/** Returns a hash that no password has, and that takes as long to verify as any. */
function dummyHash({ memoryCost, timeCost }: HashCost): string {
  const salt = "A".repeat(43);
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=1$${salt}$${salt}`;
}

function coreCount(): number {
  try {
    return availableParallelism();
  } catch {
    return 1;
  }
}
