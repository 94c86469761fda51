import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ConsumedBytes, RecordedPart } from "../../cluster/log/record.ts";
import type { SoftParts } from "../../cluster/log/soft-parts.ts";
import { array, boolean, number, object, string } from "../../protocol/json-decoder.ts";
import { fieldOf, numberIn, textIn } from "../disk/json-fields.ts";
import { replaceFile } from "../disk/replace-file.ts";
import {
  damaged,
  type RefusedFile,
  readVersionedJson,
  wrongEntry,
} from "../disk/versioned-json.ts";

/*
 * cluster.json in the folder of a cluster's node: up to where the folder holds the log, and the soft state. Both may be
 * ahead of that: changes carry positions and numbers, and of a part the last word counts, so they can be followed again.
 */

/** The format that is written; a newer one is refused. */
const FORMAT = 1;
const ENTRIES_PER_PIECE = 200;

/** What a node's folder has of its cluster. */
export interface ClusterState {
  /** The cluster's name. */
  readonly cluster: string;
  /** Sequence up to which the folder holds the log. */
  readonly sequence: number;
  readonly parts: readonly RecordedPart[];
  readonly consumed: readonly ConsumedBytes[];
  /** For how long the service has been up, in ms: what the times of parts count from. */
  readonly upMs: number;
}

const decodePart = (value: unknown): RecordedPart | undefined => {
  const key = textIn(value, "key");
  return key === null ? undefined : { key, value: fieldOf(value, "value") ?? null };
};
const decodeConsumed = object(
  { gateway: string, link: number, offset: number },
  { isInLine: boolean },
);

/** Reads what a folder has. `null`: it is no node's. Refuses a damaged file with a sentence for the owner. */
export function readClusterState(
  folder: string,
): { readonly state: ClusterState | null } | RefusedFile {
  const path = pathIn(folder);
  const read = readVersionedJson(path, FORMAT);
  if (read === null) return { state: null };
  if ("refused" in read) return read;
  const { content } = read;
  const cluster = textIn(content, "cluster");
  const sequence = numberIn(content, "sequence");
  if (cluster === null || sequence === null)
    return damaged(path, "it names no cluster or sequence");
  const upMs = numberIn(content, "upMs") ?? 0;
  const parts = array(decodePart)(fieldOf(content, "parts"));
  if (parts === undefined) return damaged(path, wrongEntry(content, "parts", decodePart));
  const consumed = array(decodeConsumed)(fieldOf(content, "consumed"));
  if (consumed === undefined) {
    return damaged(path, wrongEntry(content, "consumed", decodeConsumed));
  }
  return {
    // The cast: what the decoder lets through is `true` or left out.
    state: { cluster, sequence, parts, consumed: consumed as readonly ConsumedBytes[], upMs },
  };
}

/**
 * Writes what a folder has, a piece a turn. Everything up to `sequence` must be safe in the folder's other files. Rejects
 * with file-system errors.
 *
 * @param soft the soft state, of which each part is written as it is when its turn comes
 */
export async function writeClusterState(
  folder: string,
  { cluster, sequence }: Pick<ClusterState, "cluster" | "sequence">,
  soft: Pick<SoftParts, "entries" | "upMs">,
): Promise<void> {
  await replaceFile(pathIn(folder), piecesOf({ cluster, sequence }, soft));
}

/**
 * Takes note that a server without a cluster uses a folder: what is said from now on is in no log, so that the folder is a
 * current one of its cluster no more. Returns whether it was. Throws file-system errors.
 */
export function leaveCluster(folder: string): boolean {
  if (!existsSync(pathIn(folder))) return false;
  rmSync(pathIn(folder));
  return true;
}

function* piecesOf(head: object, soft: Pick<SoftParts, "entries" | "upMs">): Generator<string> {
  const consumed: string[] = [];
  let lines: string[] = [];
  let separator = "\n";
  yield `${JSON.stringify({ format: FORMAT, ...head }).slice(0, -1)},\n"parts": [`;
  for (const entry of soft.entries()) {
    lines.push(JSON.stringify(entry.part));
    if (entry.consumed !== undefined) consumed.push(JSON.stringify(entry.consumed));
    if (lines.length < ENTRIES_PER_PIECE) continue;
    yield separator + lines.join(",\n");
    [lines, separator] = [[], ",\n"];
  }
  if (lines.length > 0) yield separator + lines.join(",\n");
  yield `\n],\n"consumed": [\n${consumed.join(",\n")}\n],\n"upMs": ${soft.upMs}\n}\n`;
}

function pathIn(folder: string): string {
  return join(folder, "cluster.json");
}
