import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isJoining } from "../transfer/joining-marker.ts";
import { type ClusterKey, readClusterKey } from "./cluster-key.ts";
import { type ClusterState, readClusterState } from "./cluster-state.ts";
import { type ReachedPosition, readReachedPosition } from "./position-file.ts";

/*
 * A node's folder is a data folder with three files more: cluster.key, which its owner copies from one node to the next,
 * and cluster.json and cluster.position, which the node writes.
 */

/** What a data folder has of a cluster. */
export interface NodeFolder {
  /** `null`: it is no node's, or left its cluster. */
  readonly state: ClusterState | null;
  readonly key: ClusterKey | null;
  readonly hasData: boolean;
  /** Whether all of it is to be fetched from the leader, or was until the process ended. */
  readonly joins: boolean;
  /** Whether a new cluster was to begin with it. */
  readonly hasFounded: boolean;
  /** Whether a server without a cluster has used it since. */
  readonly hasLeft: boolean;
  readonly reached: ReachedPosition;
}

/**
 * Reads what a data folder has of a cluster, and makes the folder when there is none. Returns a sentence for the owner for
 * a damaged file, or a folder of another cluster. Throws file-system errors.
 */
export function readNodeFolder(
  folder: string,
  cluster: string,
): NodeFolder | { readonly refused: string } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const read = readClusterState(folder);
  if ("refused" in read) return read;
  const { state } = read;
  if (state !== null && state.cluster !== cluster) {
    return {
      refused: `The data folder ${folder} is of the cluster ${state.cluster}, not of ${cluster}. Say --cluster ${state.cluster}, or choose another folder by --data.`,
    };
  }
  const keyFile = readClusterKey(folder);
  if ("refused" in keyFile) return keyFile;
  const { key } = keyFile;
  const marked = readReachedPosition(folder);
  const sequence = Math.max(state?.sequence ?? 0, marked?.sequence ?? 0);
  const hasData = existsSync(join(folder, "users.json"));
  const hasFounded = marked?.sequence === 0 && marked.led;
  const hasLeft = state === null && key !== null && hasData && marked !== null;
  const isEmpty = state === null && key !== null && !hasData && !hasFounded;
  const joins = isJoining(folder) || isEmpty;
  return {
    state,
    key,
    hasData,
    hasFounded,
    hasLeft,
    joins,
    reached: { sequence, led: marked?.led ?? false },
  };
}
