import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";

/*
 * Seals what leaves a machine of a cluster, so that it says nothing to those who keep NATS or listen to it: records, reports
 * and files with the key in the nodes' data folders, openings of gateways with that of the certificate. AES-256-GCM; what is
 * sealed is a version, the nonce, the tag, and the encrypted bytes.
 */

const KEY_BYTES = 32;
const CIPHER = "aes-256-gcm";
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;
const KEY_ID_LETTERS = 12;

/** Why bytes can't be read, in a sentence. `isNewer`: a newer version wrote them, and nothing is damaged. */
export interface UnreadableBytes {
  readonly unreadable: string;
  readonly isNewer?: true;
}

/** Seals bytes with one key, and opens what was sealed with it. */
export class Seal {
  /** Names the key, and says nothing about it. */
  readonly keyId: string;
  readonly #key: Uint8Array;
  /** The key of the scope that was used last. */
  #scoped = { scope: "", key: new Uint8Array(0) };

  /** @param key 32 random bytes */
  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) throw new Error(`a key has ${KEY_BYTES} bytes`);
    this.#key = key;
    const id = createHash("sha256").update("key id").update(key).digest("hex");
    this.keyId = id.slice(0, KEY_ID_LETTERS);
  }

  /**
   * Returns sealed bytes. `scope` and `context` say what they are, and are needed to open them: sealed bytes that were
   * moved to another place don't open there. Each scope has a key of its own, good for 2^32 seals.
   */
  seal(bytes: Uint8Array, scope: string, context: string): Uint8Array {
    // By chance: a log that lost its disk counts its terms from the beginning.
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keyOf(scope), nonce);
    cipher.setAAD(Buffer.from(context));
    const sealed = cipher.update(bytes);
    cipher.final();
    return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]);
  }

  /** Returns what was sealed, or a sentence. `keyId` is that of the seal that made it. */
  open(
    sealed: Uint8Array,
    scope: string,
    context: string,
    keyId: string,
  ): { readonly bytes: Uint8Array } | UnreadableBytes {
    if (keyId !== this.keyId) {
      return {
        unreadable:
          "The log is sealed with another key than this data folder has: the folder belongs to another cluster. Copy cluster.key from a node of this cluster, or give the cluster another name.",
      };
    }
    const changed = { unreadable: "A sealed record was changed after it was written." };
    const [version = 0] = sealed;
    if (version > VERSION) {
      return {
        unreadable: `A newer version sealed the log (its seal is ${version}, and this version knows ${VERSION}).`,
        isNewer: true,
      };
    }
    if (sealed.length < HEAD_BYTES || version !== VERSION) return changed;
    const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#keyOf(scope), nonce);
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES));
    try {
      const bytes = decipher.update(sealed.subarray(HEAD_BYTES));
      decipher.final();
      return { bytes };
    } catch {
      return changed;
    }
  }

  #keyOf(scope: string): Uint8Array {
    if (this.#scoped.scope !== scope) {
      this.#scoped = { scope, key: createHmac("sha256", this.#key).update(scope).digest() };
    }
    return this.#scoped.key;
  }
}
