import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { FIRST_ORIGIN, fitOf, type LogFit, laterOrigin } from "../cluster/log-origin.ts";
import type { NatsEngine } from "../cluster/nats/nats-engine.ts";
import { Seal } from "../cluster/seal.ts";
import { joinFolder } from "../cluster/transfer/join-folder.ts";
import type { TransferClock } from "../cluster/transfer/transfer-ports.ts";
import { formatTransferProgress } from "../cluster/transfer/transfer-progress.ts";
import { fsErrorSentence } from "../file-manager/disk/fs-errors.ts";
import {
  type ClusterKey,
  makeClusterKey,
  readClusterKey,
} from "../file-manager/record-log/cluster-key.ts";
import { type ClusterState, readClusterState } from "../file-manager/record-log/cluster-state.ts";
import {
  PositionFile,
  type ReachedPosition,
  readReachedPosition,
} from "../file-manager/record-log/position-file.ts";
import { openJoiningFolder } from "../file-manager/transfer/joining-data-folder.ts";
import { isJoining } from "../file-manager/transfer/joining-marker.ts";
import type { Log } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { machineName } from "../transport/local-addresses.ts";
import { connectNode, foundLog } from "./connect-node.ts";

/** A node whose engine is connected, and whose data folder fits the log. */
export interface OpenedNode {
  readonly engine: NatsEngine;
  readonly seal: Seal;
  /** What the folder has of the cluster. */
  readonly state: ClusterState;
}

/** Between two questions what the log has. */
const RETRY_MS = 200;
const AHEAD_TRIES = 10;
const READER_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

/** Time, for a transfer. */
export const transferClock: TransferClock = {
  elapsed: () => performance.now(),
  later(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

interface Refused {
  readonly refused: string;
}

/**
 * Connects a node to its cluster. A data folder without `cluster.key` begins a cluster of its own; one with the key of
 * another node, and nothing else, joins that one's. Resolves to a sentence for the owner when the folder and the log don't
 * belong together.
 */
export async function openNode(settings: ServerSettings, note: Log): Promise<OpenedNode | Refused> {
  try {
    return await open(settings, note);
  } catch (error) {
    const sentence = fsErrorSentence(error);
    if (sentence === null) throw error;
    return { refused: sentence };
  }
}

/** Throws file-system errors. */
async function open(settings: ServerSettings, note: Log): Promise<OpenedNode | Refused> {
  const { data, cluster } = settings;
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const folder = readNodeFolder(settings);
  if ("refused" in folder) return folder;
  const { state, key, hasData } = folder;
  const joins = isJoining(data) || (state === null && key !== null && !hasData);
  for (;;) {
    const connected = await connectNode(settings, { origin: null }, note);
    if ("engine" in connected) {
      const { engine } = connected;
      const seal = key === null ? null : new Seal(key);
      const fit = await fitOfFolder(folder, engine, seal);
      if (joins && seal !== null && fit.kind !== "other-key") {
        return fetchFolder(settings, engine, seal, note);
      }
      if (fit.kind === "follows" && seal !== null) {
        const first = { cluster, parts: [], consumed: [] };
        return { engine, seal, state: { ...(state ?? first), sequence: fit.from } };
      }
      await engine.close();
      if (fit.kind === "follows") return { refused: misfitSentence("no-key", settings) };
      if (fit.kind !== "ahead") return { refused: misfitSentence(fit.kind, settings) };
    } else if (connected.why !== "no-log" || joins) return connected;
    const made = await foundLog(
      settings,
      foundingFolder(folder, settings, "engine" in connected),
      note,
    );
    if (made === null) return { refused: misfitSentence("ahead", settings) };
    if ("refused" in made) return made;
    const { engine } = made;
    const read = readClusterKey(data);
    if ("refused" in read || read.key === null) {
      await engine.close();
      return { refused: misfitSentence("other-key", settings) };
    }
    const seal = new Seal(read.key);
    const { after, keyId } = engine.origin;
    // Another node may have made it.
    if (state === null && keyId === seal.keyId && after === folder.madeAfter) {
      return { engine, seal, state: { cluster, sequence: after, parts: [], consumed: [] } };
    }
    await engine.close();
  }
}

/** What a data folder has of a cluster. */
interface NodeFolder {
  readonly state: ClusterState | null;
  readonly key: ClusterKey | null;
  readonly hasData: boolean;
  readonly reached: ReachedPosition;
  /** Where the log begins that this node has made; `null` if it has made none. */
  madeAfter: number | null;
}

function readNodeFolder({ data, cluster }: ServerSettings): NodeFolder | Refused {
  const read = readClusterState(data);
  if ("refused" in read) return read;
  const { state } = read;
  if (state !== null && state.cluster !== cluster) {
    return {
      refused: `The data folder ${data} is of the cluster ${state.cluster}, not of ${cluster}. Say --cluster ${state.cluster}, or choose another folder by --data.`,
    };
  }
  const found = readClusterKey(data);
  if ("refused" in found) return found;
  const marked = readReachedPosition(data);
  // Without cluster.json, it is of a cluster that the folder has left.
  const sequence = state === null ? 0 : Math.max(state.sequence, marked?.sequence ?? 0);
  const reached = { sequence, led: marked?.led ?? false };
  const hasData = existsSync(join(data, "users.json"));
  return { state, key: found.key, hasData, reached, madeAfter: null };
}

function foundingFolder(
  folder: NodeFolder,
  settings: ServerSettings,
  replacesLog: boolean,
): Parameters<typeof foundLog>[1] {
  const { key, reached } = folder;
  const { sequence, led } = reached;
  return {
    claim: { node: nodeName(settings), reached: sequence, led },
    replacesLog,
    origin() {
      const made = key === null ? makeClusterKey(settings.data) : { key };
      if ("refused" in made) return made;
      const { keyId } = new Seal(made.key);
      const origin =
        key === null ? { ...FIRST_ORIGIN, keyId } : laterOrigin(sequence, keyId, Math.random);
      folder.madeAfter = origin.after;
      return origin;
    },
  };
}

/** Why a folder can't be a node's, or from where it follows the log. */
type NodeFit = LogFit | { readonly kind: "other-key" | "no-key" | "other-data" };

async function fitOfFolder(
  { state, key, hasData, reached }: NodeFolder,
  engine: NatsEngine,
  seal: Seal | null,
): Promise<NodeFit> {
  const { keyId } = engine.origin;
  if (seal !== null && keyId !== null && keyId !== seal.keyId) return { kind: "other-key" };
  if (key === null) return { kind: "no-key" };
  if (state === null) return { kind: hasData ? "other-data" : "behind" };
  const position = { sequence: state.sequence, reached: reached.sequence };
  for (let tries = 1; ; tries += 1) {
    const facts = await engine.facts();
    const fit = facts === null ? null : fitOf(position, engine.origin, facts);
    // A server of NATS that has just become the log's first may not know all of it yet.
    if (fit !== null && (fit.kind !== "ahead" || tries >= AHEAD_TRIES)) return fit;
    await Bun.sleep(RETRY_MS);
  }
}

function misfitSentence(
  kind: Exclude<NodeFit["kind"], "follows">,
  settings: ServerSettings,
): string {
  const { data, cluster } = settings;
  const restore = "bun server.ts restore --from-leader, with the settings of this start";
  switch (kind) {
    case "no-key":
      return `The cluster ${cluster} has begun already. To join it, copy cluster.key from the data folder of one of its nodes into ${data}, and start again.`;
    case "other-key":
      return `${data}/cluster.key is not the key of the cluster ${cluster}. Copy cluster.key from the data folder of one of its nodes, or choose another name by --cluster.`;
    case "other-data":
      return `The data folder ${data} is not of the cluster ${cluster}, which has begun already. To join it, start with a folder that has nothing but its cluster.key; or fetch the folder anew, and lose what it has: ${restore}.`;
    case "behind":
      return `The data folder ${data} is older than the beginning of the cluster's log. Fetch the folder anew: ${restore}.`;
    case "ahead":
      return `The data folder ${data} has what the cluster's log doesn't have: NATS lost it, and another node went on with less. To go on with what is here, stop the other nodes, and start this one first. To give it up, fetch the folder anew: ${restore}.`;
  }
}

/** Returns the name by which a process of a node is known in its cluster: no other has the same. */
export function nodeName({ node }: ServerSettings): string {
  return `${node ?? machineName()}-${randomBytes(4).toString("hex")}`;
}

/**
 * Fetches the data folder from the leader, and says how far it is.
 *
 * @param replaces whether a folder that has data is fetched anew
 */
async function fetchFolder(
  { data, cluster }: ServerSettings,
  engine: NatsEngine,
  seal: Seal,
  note: Log,
  replaces = false,
): Promise<OpenedNode | Refused> {
  const opened = await openJoiningFolder(data, { replaces });
  if ("refused" in opened) return opened;
  const joined = await joinFolder(engine, opened.folder, {
    ...{ cluster, seal, reader: newReaderId(), clock: transferClock },
    onProgress: (progress) => note("info", `joins: ${formatTransferProgress(progress)}`),
    canFollow: async (sequence) => ((await engine.facts())?.first ?? 0) <= sequence + 1,
  });
  await opened.folder.close();
  if ("refused" in joined) return joined;
  const read = readClusterState(data);
  if ("refused" in read) return read;
  const state = read.state ?? { cluster, sequence: joined.sequence, parts: [], consumed: [] };
  markPosition(data, state.sequence);
  note("info", "joins: the data folder is complete");
  return { engine, seal, state };
}

/** What the folder had before is replaced. */
function markPosition(data: string, sequence: number): void {
  const position = new PositionFile(data, () => {});
  position.write({ sequence, led: false });
  position.close();
}

/** Returns 16 letters of a-z and 2-7, by chance. */
function newReaderId(): string {
  return Array.from(randomBytes(16), (byte) => READER_LETTERS[byte % READER_LETTERS.length]).join(
    "",
  );
}
