import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isJoining } from "../transfer/joining-marker.ts";
import { type ClusterKey, readClusterKey } from "./cluster-key.ts";
import { type ClusterState, readClusterState } from "./cluster-state.ts";

/*
 * A node's folder is a data folder with two files more: cluster.key, which its owner copies from one node to the next, and
 * cluster.json, which the node writes.
 */

/** What a data folder is to a cluster. */
export interface NodeFolder {
  /** `null` when it was never a node's. */
  readonly state: ClusterState | null;
  readonly key: ClusterKey | null;
  /** Whether it has accounts: those of a server, or of a node. */
  readonly hasData: boolean;
  /** Whether it is being fetched from a leader, and isn't complete. */
  readonly isJoining: boolean;
}

/** Reads what a folder is to a cluster, and makes it when there is none. Throws file-system errors. */
export function readNodeFolder(folder: string): NodeFolder | { readonly refused: string } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const read = readClusterState(folder);
  if ("refused" in read) return read;
  const owned = readClusterKey(folder);
  if ("refused" in owned) return owned;
  const hasData = existsSync(join(folder, "users.json"));
  return { state: read.state, key: owned.key, hasData, isJoining: isJoining(folder) };
}
