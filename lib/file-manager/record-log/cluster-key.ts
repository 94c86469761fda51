import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Seal } from "../../cluster/seal.ts";
import { fsErrorText, isMissing } from "../disk/fs-errors.ts";
import { PRIVATE_FILE, replaceFileSync } from "../disk/replace-file.ts";

/*
 * cluster.key: 64 hexadecimal digits, in the data folder of each node of a cluster, by which they seal what they hand to
 * others. Whoever has it and NATS's disk can read what was said.
 */

const KEY_BYTES = 32;
const HEX = new RegExp(`^[0-9a-f]{${2 * KEY_BYTES}}\\n?$`);

/** The bytes of a key, for `new Seal(key)`. */
export type ClusterKey = ConstructorParameters<typeof Seal>[0];

/**
 * Reads the key of a data folder. `null` when there is none; a sentence for the owner when it can't be read. A file that
 * others could read is made private.
 */
export function readClusterKey(
  folder: string,
): { readonly key: ClusterKey | null } | { readonly refused: string } {
  const path = join(folder, "cluster.key");
  try {
    const text = readFileSync(path, "utf8");
    if (!HEX.test(text)) {
      return {
        refused: `${path} is damaged: it should be ${2 * KEY_BYTES} hexadecimal digits. Copy it from another node of the cluster; nothing was changed.`,
      };
    }
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, PRIVATE_FILE);
    return { key: Buffer.from(text.trim(), "hex") };
  } catch (error) {
    if (isMissing(error)) return { key: null };
    return {
      refused: `${path} cannot be read: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
}

/**
 * Makes the key of a cluster's first node, with a file that only its owner may read. Returns a sentence for the owner
 * after a file-system error. Never call it for a node that joins: it gets the cluster's key from another node.
 */
export function makeClusterKey(
  folder: string,
): { readonly key: ClusterKey } | { readonly refused: string } {
  const path = join(folder, "cluster.key");
  const key = randomBytes(KEY_BYTES);
  try {
    replaceFileSync(path, `${key.toString("hex")}\n`);
    return { key };
  } catch (error) {
    return {
      refused: `${path} cannot be written: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
}
