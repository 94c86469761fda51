import { createHmac, randomFillSync } from "node:crypto";
import { ID_LETTERS, ID_TIME_LETTERS, writeTime } from "../protocol/timestamped-id.ts";

/** Where ids come from. */
export interface Ids {
  /**
   * 26 letters of [a-z2-7], 130 bits: nobody meets one twice, and nobody guesses one. With a `time` (ms) it begins
   * with that, and 85 bits of chance follow: see `timeOfId`.
   */
  id(time?: number): string;
  /** SHA-256 of a text, lower-case hexadecimal. */
  digest(text: string): string;
}

const ID_LENGTH = 26;
/** Asking the system costs 1 µs whatever the amount; this is enough for 256 ids. */
const POOL_BYTES = ID_LENGTH * 256;

/** Ids also serve as invitations' codes, so that all of them come from the system's secure source. */
export function makeIds(fillRandom: (bytes: Buffer) => void = randomFillSync): Ids {
  const pool = Buffer.alloc(POOL_BYTES);
  // Bytes that become a string once: putting 26 letters together one by one took 0.46 µs, this takes 0.16.
  const letters = Buffer.alloc(ID_LENGTH);
  let used = POOL_BYTES;
  return {
    id(time) {
      if (used >= POOL_BYTES) {
        fillRandom(pool);
        used = 0;
      }
      for (let n = time === undefined ? 0 : ID_TIME_LETTERS; n < ID_LENGTH; n += 1) {
        letters[n] = ID_LETTERS[(pool[used + n] as number) & 31] as number;
      }
      if (time !== undefined) writeTime(letters, time);
      used += ID_LENGTH;
      return letters.toString("latin1");
    },
    digest: (text) => new Bun.CryptoHasher("sha256").update(text).digest("hex"),
  };
}

/**
 * Gives each address a name that holds as long as `secret` does and can't be turned back: what others see
 * of a guest, and what bans hold.
 */
export function makeHostNames(secret: string): (address: string) => string {
  return (address) => {
    const name = createHmac("sha256", secret).update(address).digest("hex").slice(0, 12);
    return `${name}.guest`;
  };
}
