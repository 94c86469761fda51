import { availableParallelism } from "node:os";
import { PASSWORD_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";

/** What one guess costs: memory in KiB, and rounds over it. */
export interface HashCost {
  readonly memoryCost: number;
  readonly timeCost: number;
}

/**
 * The least that OWASP asks of argon2id. 28–38 ms on the smallest machine we know, so a team of 200 that
 * comes back after a restart is in within 7 s on one core; 64 MiB would take 25 s of it, and 64 MiB at once
 * for each core. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
export const NORMAL_COST: HashCost = { memoryCost: 19_456, timeCost: 2 };
/** For tests alone: as cheap as argon2 can be. */
export const TEST_COST: HashCost = { memoryCost: 8, timeCost: 1 };

/** Seven seconds of one core. Who would wait longer is told to come again. */
const PASSWORDS_WAITING_MAX = 200;

export interface PasswordOptions {
  readonly cost?: HashCost;
  /** How many are worked on at a time. */
  readonly atOnceMax?: number;
  readonly waitingMax?: number;
}

/**
 * Hashes and verifies passwords, a few at a time and the rest in their order. The threads on which that
 * happens also serve asynchronous file calls, so one core is left to them.
 *
 * @example
 * const passwords = new PasswordQueue();
 * const hash = await passwords.hash("따뜻한 보리차"); // null: busy
 * const ok = await passwords.verify("따뜻한 보리차", hash); // null: busy
 */
export class PasswordQueue {
  readonly #cost: HashCost;
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #nobody: string;
  readonly #waiting: (() => void)[] = [];
  #working = 0;

  constructor(options: PasswordOptions = {}) {
    this.#cost = options.cost ?? NORMAL_COST;
    this.#atOnce = options.atOnceMax ?? Math.max(1, availableParallelism() - 1);
    this.#waitingMax = options.waitingMax ?? PASSWORDS_WAITING_MAX;
    this.#nobody = hashOfNobody(this.#cost);
  }

  /** The password's argon2id hash in PHC form; `null`: too much is going on, or it is no password at all. */
  async hash(password: string): Promise<string | null> {
    const text = prepare(password);
    if (text === null) return null;
    return this.#inTurn(() => Bun.password.hash(text, { algorithm: "argon2id", ...this.#cost }));
  }

  /**
   * Whether the password is the hash's. With no hash, or with one that can't be read, the same work is done
   * and the answer is no. `null`: too much is going on.
   */
  async verify(password: string, hash: string | null): Promise<boolean | null> {
    const text = prepare(password);
    if (text === null) return false;
    const isSomebody = hash !== null && PHC.test(hash);
    const right = await this.#inTurn(() =>
      Bun.password.verify(text, isSomebody ? hash : this.#nobody),
    );
    return right === null ? null : right && isSomebody;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#working >= this.#atOnce) {
      if (this.#waiting.length >= this.#waitingMax) return null;
      // Whoever ends hands over its place.
      await new Promise<void>((start) => this.#waiting.push(start));
    } else {
      this.#working += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#working -= 1;
      else next();
    }
  }
}

const PHC = /^\$argon2(id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;
const SPACES = /\p{Zs}/gu;

/**
 * One text for what a person sees as one password: NFC, and every kind of space is a plain one, as RFC 8265
 * (OpaqueString) says. `null`: no password could be that.
 */
function prepare(password: string): string | null {
  // Three bytes are the most that a letter of JavaScript comes to, and normalising costs time too.
  if (password.length > PASSWORD_BYTES_MAX * 3) return null;
  const text = password.replaceAll(SPACES, " ").normalize("NFC");
  return text === "" || Buffer.byteLength(text) > PASSWORD_BYTES_MAX ? null : text;
}

/** A hash that no password has, and that takes as long to verify as anybody's. */
function hashOfNobody({ memoryCost, timeCost }: HashCost): string {
  const salt = "A".repeat(43);
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=1$${salt}$${salt}`;
}
