import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { Seal } from "../seal.ts";
import type { BusConnectionNumbers } from "./bus-message.ts";

/*
 * What gateways and leader have, and nobody else who can use NATS: the private key of the server's certificate, which is
 * the same on all machines. The keys of frames are derived from it, so the owner has nothing more to copy.
 *
 * Each connection has keys of its own. Both ends draw a key pair for it (X25519) and forget it afterwards: whoever has
 * listened, and gets hold of the certificate's key one day, reads nothing of what was said before.
 */

const KEY_BYTES = 32;
const SECRETS_MAX = 2;
/** How long a share is. */
export const SHARE_BYTES = 32;
/** What stands before a share in the form in which the system takes it: the name of the curve, in DER. */
const SHARE_HEAD = Buffer.from("302a300506032b656e032100", "hex");

/** One end's part of the keys of a connection. */
export interface KeyShare {
  readonly privateKey: KeyObject;
  /** What the other end gets: {@link SHARE_BYTES}. */
  readonly bytes: Uint8Array;
}

/** The keys of a connection, one for each direction. */
export interface ConnectionKeys {
  readonly toLeader: Uint8Array;
  readonly toGateway: Uint8Array;
}

/** Which connection keys are for. */
export interface ConnectionName extends BusConnectionNumbers {
  readonly term: number;
  readonly gatewayShare: Uint8Array;
  readonly leaderShare: Uint8Array;
}

/** Draws one end's part of the keys of a connection. */
export function drawShare(): KeyShare {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const bytes = publicKey.export({ type: "spki", format: "der" }).subarray(SHARE_HEAD.length);
  return { privateKey, bytes };
}

/** What all gateways and leaders of a cluster share. */
export class FrameSecret {
  /** Seals what is said before a connection has keys of its own. */
  readonly seal: Seal;
  readonly #cluster: string;
  readonly #key: Uint8Array;

  /** Throws for what is no private key in PEM form. */
  constructor(privateKey: string, cluster: string) {
    const der = createPrivateKey(privateKey).export({ type: "pkcs8", format: "der" });
    this.#cluster = cluster;
    this.seal = new Seal(derive(der, `sodam bus ${cluster}`));
    this.#key = derive(der, `sodam connections ${cluster}`);
  }

  /** Returns the keys of a connection, from one's own share and the other end's. `null`: that one is none. */
  connectionKeys(name: ConnectionName, own: KeyShare, others: Uint8Array): ConnectionKeys | null {
    const drawn = agreed(own, others);
    if (drawn === null) return null;
    const { term, opener, acceptor, gatewayShare, leaderShare } = name;
    const shares = createHash("sha256").update(gatewayShare).update(leaderShare).digest("hex");
    const connection = `${this.#cluster} ${term} ${opener} ${acceptor} ${shares}`;
    const secret = Buffer.concat([this.#key, drawn]);
    return {
      toLeader: derive(secret, `to leader ${connection}`),
      toGateway: derive(secret, `to gateway ${connection}`),
    };
  }
}

/** The secrets of the keys that were used last: deriving one takes a tenth of a millisecond. */
export class FrameSecrets {
  readonly #cluster: string;
  readonly #secrets = new Map<string, FrameSecret>();

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  /** The secrets that are remembered. */
  get all(): readonly FrameSecret[] {
    return [...this.#secrets.values()];
  }

  /** Returns the secret of a certificate with its key. Throws for what is no private key. */
  of({ key }: { readonly key: string }): FrameSecret {
    const secret = this.#secrets.get(key) ?? new FrameSecret(key, this.#cluster);
    this.#secrets.delete(key);
    this.#secrets.set(key, secret);
    for (const oldest of this.#secrets.keys()) {
      if (this.#secrets.size > SECRETS_MAX) this.#secrets.delete(oldest);
    }
    return secret;
  }
}

function derive(secret: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), info, KEY_BYTES));
}

function agreed({ privateKey }: KeyShare, others: Uint8Array): Uint8Array | null {
  try {
    const key = Buffer.concat([SHARE_HEAD, others]);
    const publicKey = createPublicKey({ key, format: "der", type: "spki" });
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return null;
  }
}
