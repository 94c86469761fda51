import { createHmac, randomFillSync } from "node:crypto";
import { ID_LETTERS, ID_TIME_LETTERS, writeTime } from "../protocol/timestamped-id.ts";

/** A source of random ids, and a digest: what `ServerPorts.random` needs. */
export interface Ids {
  /**
   * Returns 26 characters of [a-z2-7] from a secure source, 130 bits: unique, and impossible to guess. With a `time`
   * (ms since 1970) it begins with that, and 85 random bits follow: see `timeOfId`.
   */
  id(time?: number): string;
  /** Returns the SHA-256 of a text, lower-case hexadecimal. */
  digest(text: string): string;
}

const ID_LENGTH = 26;
/** Random bytes for 256 ids. A system call for them costs 1 µs whatever the amount. */
const POOL_BYTES = ID_LENGTH * 256;

/** Returns a source of ids. All are from the system's secure source, since invitation codes are ids as well. */
export function makeIds(fillRandom: (bytes: Buffer) => void = randomFillSync): Ids {
  const pool = Buffer.alloc(POOL_BYTES);
  // Written as bytes and decoded at once: joining 26 characters one by one took 0.46 µs, this takes 0.16.
  const letters = Buffer.alloc(ID_LENGTH);
  let used = POOL_BYTES;
  return {
    id(time) {
      if (used >= POOL_BYTES) {
        fillRandom(pool);
        used = 0;
      }
      for (let i = time === undefined ? 0 : ID_TIME_LETTERS; i < ID_LENGTH; i += 1) {
        letters[i] = ID_LETTERS[(pool[used + i] as number) & 31] as number;
      }
      if (time !== undefined) writeTime(letters, time);
      used += ID_LENGTH;
      return letters.toString("latin1");
    },
    digest: (text) => new Bun.CryptoHasher("sha256").update(text).digest("hex"),
  };
}

/**
 * Returns a function that cloaks an IP address as a host name ("0123456789ab.guest"), by HMAC with `secret`. It is
 * stable for one secret and does not reveal the address: other people see it, and bans match it.
 */
export function makeCloaks(secret: string): (address: string) => string {
  return (address) => {
    const name = createHmac("sha256", secret).update(address).digest("hex").slice(0, 12);
    return `${name}.guest`;
  };
}
