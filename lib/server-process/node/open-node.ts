import { randomBytes } from "node:crypto";
import { FIRST_ORIGIN, fitOf, type LogFit, laterOrigin } from "../../cluster/log/log-origin.ts";
import type { NatsEngine } from "../../cluster/nats/nats-engine.ts";
import { Seal } from "../../cluster/seal.ts";
import { fsErrorSentence } from "../../file-manager/disk/fs-errors.ts";
import { makeClusterKey, readClusterKey } from "../../file-manager/record-log/cluster-key.ts";
import type { ClusterState } from "../../file-manager/record-log/cluster-state.ts";
import { type NodeFolder, readNodeFolder } from "../../file-manager/record-log/node-folder.ts";
import { markPosition } from "../../file-manager/record-log/position-file.ts";
import type { Log, LogFeed } from "../../settings/log.ts";
import type { ServerSettings } from "../../settings/server-settings.ts";
import { machineName } from "../../transport/local-addresses.ts";
import { connectNode, foundLog } from "./connect-node.ts";
import { fetchFolder, type OldData } from "./fetch-folder.ts";
import { WaitingConsole } from "./waiting-console.ts";

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

interface Refused {
  readonly refused: string;
}

/**
 * Connects a node to its cluster. A data folder without `cluster.key` begins a cluster of its own; one with the key of
 * another node, and nothing else, joins that one's. One that lacks what the log no longer has is fetched anew from the
 * leader. Resolves to a sentence for the owner when the folder and the log don't belong together.
 */
export async function openNode(
  settings: ServerSettings,
  note: Log,
  feed: LogFeed,
): Promise<OpenedNode | Refused> {
  try {
    const node = ownNodeName(settings);
    const console = new WaitingConsole({ folder: settings.data, node, feed, note });
    const opened = await open(settings, console.note).finally(() => console.close());
    if (!("oldData" in opened)) return opened;
    const { oldData, ...joined } = opened;
    return await fetchFolder(settings, { ...joined, names: namesOf(settings) }, oldData, note);
  } catch (error) {
    const sentence = fsErrorSentence(error);
    if (sentence === null) throw error;
    return { refused: sentence };
  }
}

/**
 * Fetches a data folder anew from the leader of its cluster, whatever it has. Resolves when it is complete, or to a sentence
 * for the owner.
 */
export async function refetchFolder(
  settings: ServerSettings,
  note: Log,
): Promise<{ readonly state: ClusterState } | Refused> {
  const keyFile = readClusterKey(settings.data);
  if ("refused" in keyFile) return keyFile;
  if (keyFile.key === null) return { refused: misfitSentence("no-key", settings) };
  const seal = new Seal(keyFile.key);
  const connected = await connectNode(settings, { origin: null }, note);
  if ("refused" in connected) return connected;
  const { engine } = connected;
  const { keyId } = engine.origin;
  const isOther = keyId !== null && keyId !== seal.keyId;
  const fetched = isOther
    ? { refused: misfitSentence("other-key", settings) }
    : await fetchFolder(settings, { engine, seal, names: namesOf(settings) }, "give-up", note);
  await engine.close();
  return fetched;
}

/** A node that has yet to fetch its data folder. */
interface JoiningNode extends Pick<OpenedNode, "engine" | "seal"> {
  readonly oldData: OldData;
}

/** Throws file-system errors. */
async function open(
  settings: ServerSettings,
  note: Log,
): Promise<OpenedNode | JoiningNode | Refused> {
  const { data, cluster } = settings;
  for (;;) {
    const folder = readNodeFolder(data, cluster);
    if ("refused" in folder) return folder;
    const { state, key, joins } = folder;
    const connected = await connectNode(settings, { origin: null }, note);
    const isThere = "engine" in connected;
    let misfit: "ahead" | "parted" | "left" = "ahead";
    if (isThere) {
      const { engine } = connected;
      if (key === null) {
        await engine.close();
        return { refused: misfitSentence("no-key", settings) };
      }
      const seal = new Seal(key);
      const fit = await fitOfFolder(folder, seal, engine);
      if (fit.kind === "behind") {
        const oldData = joins ? "join" : fit.isPart ? "replace" : "set-aside";
        if (oldData !== "join") note("warn", `${data} ${BEHIND[oldData]}`);
        return { engine, seal, oldData };
      }
      if (fit.kind === "follows") {
        const first = { cluster, parts: [], consumed: [], upMs: 0 };
        return { engine, seal, state: { ...(state ?? first), sequence: fit.from } };
      }
      await engine.close();
      const { hasMore, after } = engine.origin;
      if (fit.kind === "left") misfit = "left";
      else if (fit.kind === "ahead" && hasMore && folder.reached.sequence < after)
        misfit = "parted";
      else if (fit.kind !== "ahead") return { refused: misfitSentence(fit.kind, settings) };
    } else if (connected.why !== "no-log" || joins) return connected;
    const made = await foundLog(settings, foundingFolder(folder, settings, isThere), note);
    if (made === null) return { refused: misfitSentence(misfit, settings) };
    if ("refused" in made) return made;
    // This node, or another one, has made it.
    await made.engine.close();
  }
}

function foundingFolder(
  { state, key, reached }: NodeFolder,
  settings: ServerSettings,
  replacesLog: boolean,
): Parameters<typeof foundLog>[1] {
  const { data } = settings;
  const { sequence, led } = reached;
  return {
    claim: { node: nodeName(settings), reached: sequence, led: led || state === null },
    replacesLog,
    origin() {
      const made = key === null ? makeClusterKey(data) : { key };
      if ("refused" in made) return made;
      const { keyId } = new Seal(made.key);
      const hasMore = state === null;
      const had = { previous: sequence, hasMore, keyId };
      const origin = key === null ? { ...FIRST_ORIGIN, keyId } : laterOrigin(had, Math.random);
      // From here on, it has what nobody else has.
      if (hasMore) markPosition(data, { sequence: sequence === 0 ? 0 : origin.after, led: true });
      return origin;
    },
  };
}

const BEHIND = {
  replace:
    "is older than the beginning of the cluster's log: it is fetched anew from the leader, and stays as it is until then",
  "set-aside":
    "was last in its cluster before the log was made anew more than once, and may have what the leader doesn't have: it is fetched anew, and what is in it now is set aside then",
};

/** Why a folder can't be a node's, or from where it follows the log. */
type NodeFit = LogFit | { readonly kind: "other-key" | "other-data" | "left" };

async function fitOfFolder(
  { state, hasData, hasFounded, hasLeft, joins, reached }: NodeFolder,
  { keyId }: Seal,
  engine: NatsEngine,
): Promise<NodeFit> {
  const { origin } = engine;
  if (origin.keyId !== null && origin.keyId !== keyId) return { kind: "other-key" };
  // Whatever is there already of one that is half fetched.
  if (joins) return { kind: "behind", isPart: true };
  for (let tries = 1; ; tries += 1) {
    const facts = await engine.facts();
    if (facts !== null && state === null) {
      const { after } = origin;
      const isFounder = hasFounded || (reached.led && reached.sequence === after);
      if (isFounder && facts.last === after) return { kind: "follows", from: after };
      if (hasLeft) return { kind: "left" };
      return hasData ? { kind: "other-data" } : { kind: "behind", isPart: true };
    }
    if (facts !== null && state !== null) {
      const position = { sequence: state.sequence, reached: reached.sequence };
      const fit = fitOf(position, origin, facts);
      // A server of NATS that has just become the log's first may not know all of it yet.
      if (fit.kind !== "ahead" || tries >= AHEAD_TRIES) return fit;
    }
    await Bun.sleep(RETRY_MS);
  }
}

function misfitSentence(
  kind: Exclude<NodeFit["kind"], "follows" | "behind"> | "no-key" | "parted",
  settings: ServerSettings,
): string {
  const { data, cluster } = settings;
  const restore = "bun server.ts restore --from-leader, with the settings of this start";
  switch (kind) {
    case "no-key":
      return `To join the cluster ${cluster}, which has begun already, copy cluster.key from the data folder of one of its nodes into ${data}, and try again.`;
    case "other-key":
      return `${data}/cluster.key is not the key of the cluster ${cluster}. Copy cluster.key from the data folder of one of its nodes, or choose another name by --cluster.`;
    case "other-data":
      return `The data folder ${data} is not of the cluster ${cluster}, which has begun already. To join it, start with a folder that has nothing but its cluster.key; or fetch the folder anew, and lose what it has: ${restore}.`;
    case "left":
      return `A server without a cluster has used the data folder ${data} since it was of the cluster ${cluster}, in which another node leads now. Fetch the folder anew, and lose what was said there: ${restore}.`;
    case "parted":
      return `The data folder ${data} has what the cluster's log doesn't have: the log was made anew from the folder of a node that had been used without the cluster, and had not got everything before it left. To go on with what is here, stop the other nodes, and start this one first. To give it up, fetch the folder anew: ${restore}.`;
    case "ahead":
      return `The data folder ${data} has what the cluster's log doesn't have: NATS lost it, and another node went on with less. To go on with what is here, stop the other nodes, and start this one first. To give it up, fetch the folder anew: ${restore}.`;
  }
}

/** Returns the name by which a process of a node is known in its cluster: no other has the same. */
export function nodeName(settings: ServerSettings): string {
  return `${ownNodeName(settings)}-${randomBytes(4).toString("hex")}`;
}

/** Returns the names of a process that is a node. */
export function namesOf(settings: ServerSettings): {
  readonly process: string;
  readonly node: string;
} {
  return { process: nodeName(settings), node: ownNodeName(settings) };
}

/** Returns a node's name as its owner gave it; by default that of the machine. */
export function ownNodeName({ node }: ServerSettings): string {
  return node ?? machineName();
}

/** Returns the node's name, as its owner gave it, of one of its processes. */
export function ownersNodeName(name: string): string {
  return name.replace(/-[0-9a-f]{8}$/, "");
}
