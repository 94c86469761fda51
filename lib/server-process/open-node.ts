import { randomBytes } from "node:crypto";
import type { LogFacts } from "../cluster/engine.ts";
import { connectNats, type NatsEngine } from "../cluster/nats/nats-engine.ts";
import { Seal } from "../cluster/seal.ts";
import { joinFolder } from "../cluster/transfer/join-folder.ts";
import type { TransferClock } from "../cluster/transfer/transfer-ports.ts";
import { formatTransferProgress } from "../cluster/transfer/transfer-progress.ts";
import { fsErrorSentence } from "../file-manager/disk/fs-errors.ts";
import { makeClusterKey } from "../file-manager/record-log/cluster-key.ts";
import { type ClusterState, readClusterState } from "../file-manager/record-log/cluster-state.ts";
import { type NodeFolder, readNodeFolder } from "../file-manager/record-log/node-folder.ts";
import { openJoiningFolder } from "../file-manager/transfer/joining-data-folder.ts";
import type { Log } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { machineName } from "../transport/local-addresses.ts";
import { natsOptions } from "./nats-options.ts";

/** A node whose engine is connected, and whose data folder fits the log. */
export interface OpenedNode {
  readonly engine: NatsEngine;
  readonly seal: Seal;
  /** What the folder has of the cluster. */
  readonly state: ClusterState;
}

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
  const folder = readNodeFolder(data);
  if ("refused" in folder) return folder;
  const { state, key, hasData } = folder;
  if (state !== null && state.cluster !== cluster) {
    return {
      refused: `The data folder ${data} is of the cluster ${state.cluster}, not of ${cluster}. Say --cluster ${state.cluster}, or choose another folder by --data.`,
    };
  }
  const joins = folder.isJoining || (state === null && key !== null && !hasData);
  const options = natsOptions(settings, (text, cause) => note("error", text, cause));
  if ("refused" in options) return options;
  const connected = await connectNats({
    ...{ ...options, position: state?.sequence ?? 0, makesLog: !joins },
  });
  if ("refused" in connected) return connected;
  const { engine } = connected;
  const facts = await engine.facts();
  const refused = facts === null || joins ? null : misfit(settings, folder, facts);
  if (refused !== null) {
    await engine.close();
    return { refused };
  }
  const made = key === null ? makeClusterKey(data) : { key };
  if ("refused" in made) return made;
  const seal = new Seal(made.key);
  if (joins) return fetchFolder(settings, engine, seal, note);
  const first = { cluster, sequence: 0, parts: [], consumed: [] };
  return { engine, seal, state: state ?? first };
}

/** Returns why a folder and a log don't belong together; `null` if they may. */
function misfit(
  { data, cluster }: ServerSettings,
  { state, key, hasData }: NodeFolder,
  { first, last }: LogFacts,
): string | null {
  if (state !== null) {
    if (state.sequence + 1 >= first && state.sequence <= last) return null;
    return `The data folder ${data} is older than the beginning of the cluster's log. Fetch the folder anew: bun server.ts restore --from-leader, with the settings of this start.`;
  }
  if (last === 0) return null;
  if (key === null) {
    return `The cluster ${cluster} has begun already. To join it, copy cluster.key from the data folder of one of its nodes into ${data}, and start again.`;
  }
  return hasData
    ? `The data folder ${data} is not of the cluster ${cluster}, which has begun already. To join it, start with a folder that has nothing but its cluster.key.`
    : null;
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
  note("info", "joins: the data folder is complete");
  return { engine, seal, state };
}

/** Returns 16 letters of a-z and 2-7, by chance. */
function newReaderId(): string {
  return Array.from(randomBytes(16), (byte) => READER_LETTERS[byte % READER_LETTERS.length]).join(
    "",
  );
}
