import { randomBytes } from "node:crypto";
import type { NatsEngine } from "../../cluster/nats/nats-engine.ts";
import type { Seal } from "../../cluster/seal.ts";
import { joinFolder } from "../../cluster/transfer/join-folder.ts";
import type { TransferClock } from "../../cluster/transfer/transfer-ports.ts";
import {
  formatTransferProgress,
  type TransferProgress,
} from "../../cluster/transfer/transfer-progress.ts";
import {
  type ClusterState,
  readClusterState,
} from "../../file-manager/record-log/cluster-state.ts";
import { markPosition } from "../../file-manager/record-log/position-file.ts";
import { openJoiningFolder } from "../../file-manager/transfer/joining-data-folder.ts";
import type { Log } from "../../settings/log.ts";
import type { ServerSettings } from "../../settings/server-settings.ts";
import { reportStart } from "../report-start.ts";

/** Longer than a takeover: then nobody leads. */
const LEADERLESS_MS = 10_000;
const READER_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * What becomes of the data that a folder has:
 * - `join`: it has none, or is half fetched;
 * - `replace`: it stays until the new data is complete;
 * - `set-aside`: the same, and it is kept then, beside the new data;
 * - `give-up`: its owner gives it up.
 */
export type OldData = "join" | "replace" | "set-aside" | "give-up";

/** What a node that fetches its folder needs of its cluster. */
interface JoinedCluster {
  readonly engine: NatsEngine;
  readonly seal: Seal;
  /** See `namesOf`. */
  readonly names: { readonly process: string; readonly node: string };
}

/** Time, for a transfer. */
export const transferClock: TransferClock = {
  elapsed: () => performance.now(),
  later(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Fetches the data folder from the leader, and says how far it is. Waits as long as nobody leads, and says what the owner can
 * do then. After a kill, the next call goes on.
 */
export async function fetchFolder(
  settings: Pick<ServerSettings, "data" | "cluster">,
  { engine, seal, names }: JoinedCluster,
  oldData: OldData,
  note: Log,
): Promise<
  | { readonly engine: NatsEngine; readonly seal: Seal; readonly state: ClusterState }
  | { readonly refused: string }
> {
  const { data, cluster } = settings;
  const setAside = `set-aside-${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}`;
  const opened = await openJoiningFolder(data, {
    ...{ replaces: oldData !== "join", keepsOld: isKept(oldData) },
    ...(oldData === "set-aside" && { setAside }),
  });
  if ("refused" in opened) return opened;
  const joined = await joinFolder(engine, opened.folder, {
    ...{ cluster, seal, reader: newReaderId(), clock: transferClock },
    onProgress: progressNotes(note, leaderlessText(settings, oldData)),
    canFollow: async (sequence) => {
      // From now on the log isn't cut, for as long as this node may take to start.
      reportStart({ cluster, engine, seal, ...names }, sequence)();
      return ((await engine.facts())?.first ?? 0) <= sequence + 1;
    },
  });
  await opened.folder.close();
  if ("refused" in joined) return joined;
  const read = readClusterState(data);
  if ("refused" in read) return read;
  const state = read.state ?? {
    cluster,
    sequence: joined.sequence,
    parts: [],
    consumed: [],
    upMs: 0,
  };
  markPosition(data, { sequence: state.sequence, led: false });
  let old = "";
  if (oldData === "replace") {
    old = ": the old one, which has what was deleted since, is removed";
  } else if (oldData === "set-aside") {
    old = `: the old one, which also has what was deleted since, is in ${data}/${setAside}. Remove it when nothing in it is missed`;
  }
  note(oldData === "set-aside" ? "warn" : "info", `the data folder is complete${old}`);
  return { engine, seal, state };
}

/** Whether the old data stays until the new data is complete. */
function isKept(oldData: OldData): boolean {
  return oldData === "replace" || oldData === "set-aside";
}

/** Returns a function that says how far a transfer is, whenever that changes, and once that nobody leads. */
function progressNotes(note: Log, leaderless: string): (progress: TransferProgress) => void {
  let lastText = "";
  let heardAtMs = performance.now();
  let isSaid = false;
  return (progress) => {
    const text = formatTransferProgress(progress);
    if (text !== lastText) note("info", text);
    lastText = text;
    if (progress.stage !== "waiting") {
      heardAtMs = performance.now();
      isSaid = false;
    } else if (!isSaid && performance.now() - heardAtMs >= LEADERLESS_MS) {
      note("warn", leaderless);
      isSaid = true;
    }
  };
}

function leaderlessText(
  { data, cluster }: Pick<ServerSettings, "data" | "cluster">,
  oldData: OldData,
): string {
  const start = `No node leads the cluster ${cluster}, from which ${data} could be fetched. Start the node that led last, or any other that has all data.`;
  if (!isKept(oldData)) return start;
  return `${start} If there is none any more, go on with what is in ${data}, which lacks what was said last: start this node once without --nats, stop it, and start it as now.`;
}

/** Returns 16 letters of a-z and 2-7, by chance. */
export function newReaderId(): string {
  return Array.from(randomBytes(16), (byte) => READER_LETTERS[byte % READER_LETTERS.length]).join(
    "",
  );
}
