import { basename } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type {
  ConversationSource,
  MemberSnapshot,
  Snapshot,
  SnapshotSource,
} from "../../chat-server/snapshot/snapshot.ts";
import { array, type Decoder } from "../../protocol/json-decoder.ts";
import { fieldOf, numberIn } from "../disk/json-fields.ts";
import { replaceFile } from "../disk/replace-file.ts";
import {
  damaged,
  type RefusedFile,
  readVersionedJson,
  wrongEntry,
} from "../disk/versioned-json.ts";
import {
  decodeConversation,
  decodePerson,
  decodeReport,
  decodeSentFile,
  decodeServerBan,
} from "./snapshot-record.ts";

/** The format that is written; a newer one is refused. */
export const SNAPSHOT_FORMAT = 2;
/** Making the entry of a room of 100,000 members takes 15 ms, in addition to this. */
const PIECE_MS = 2;
const PIECE_CHARS = 128 << 10;
/** Less than a millisecond's work. */
const MEMBERS_PER_PIECE = 250;

/** The content of rooms.json. */
export interface ReadSnapshot {
  readonly snapshot: Snapshot;
  /** Number of the last change in people.journal that it holds: see `PeopleFile.mark`. */
  readonly peopleFolded: number;
  /** Conversations that had files, but no members any more. */
  readonly unreachable: readonly ConversationId[];
}

const decodeFolderName: Decoder<ConversationId> = (value) =>
  typeof value === "string" && isFolderName(value) ? (value as ConversationId) : undefined;

/**
 * Reads rooms.json. A missing file gives an empty snapshot: the server has never run. Returns a {@link RefusedFile}, with
 * a sentence for the owner, when the file is unreadable, damaged, or of a newer format. Changes nothing.
 */
export function readSnapshot(path: string): ReadSnapshot | RefusedFile {
  const read = readVersionedJson(path, SNAPSHOT_FORMAT);
  if (read === null) {
    const snapshot = { conversations: [], people: [], bans: [], reports: [], files: [] };
    return { snapshot, peopleFolded: 0, unreachable: [] };
  }
  if ("refused" in read) return read;
  const { content } = read;
  const peopleFolded = numberIn(content, "peopleFolded");
  if (peopleFolded === null) return damaged(path, 'it has no "peopleFolded"');
  const conversations = array(decodeConversation)(fieldOf(content, "conversations"));
  if (conversations === undefined) {
    return damaged(path, wrongEntry(content, "conversations", decodeConversation));
  }
  const people = array(decodePerson)(fieldOf(content, "people"));
  if (people === undefined) return damaged(path, wrongEntry(content, "people", decodePerson));
  // Files from before there were bans have none.
  const bans = array(decodeServerBan)(fieldOf(content, "bans") ?? []);
  if (bans === undefined) return damaged(path, wrongEntry(content, "bans", decodeServerBan));
  // Nor reports.
  const reports = array(decodeReport)(fieldOf(content, "reports") ?? []);
  if (reports === undefined) return damaged(path, wrongEntry(content, "reports", decodeReport));
  // Early files don't have this list either. These folders are moved, so each must be one of ours: a backup may have been
  // made by anybody.
  const unreachable = array(decodeFolderName)(fieldOf(content, "gone") ?? []);
  if (unreachable === undefined) return damaged(path, 'its "gone" is no list of names');
  // Versions that know no files leave them out. Whoever needs them reads them in the histories.
  const listed = fieldOf(content, "files");
  const files = listed === undefined ? undefined : array(decodeSentFile)(listed);
  if (listed !== undefined && files === undefined) {
    return damaged(path, wrongEntry(content, "files", decodeSentFile));
  }
  const snapshot = { conversations, people, bans, reports, ...(files && { files }) };
  return { snapshot, peopleFolded, unreachable };
}

/**
 * Replaces rooms.json by a snapshot: whole, or not at all. Writes a piece per turn, so that it doesn't block the thread.
 * Two calls for one path must not overlap. Rejects with file-system errors.
 *
 * @param withFiles conversations that have files. Resolves to those of them that the snapshot doesn't have: they
 *   are unreachable, and rooms.json lists them
 * @param isWanted asked when all of it is written. Resolves to `null` when it may not take the old file's place
 * @example
 * const mark = people.mark();
 * await writeSnapshot(join(data, "rooms.json"), server.snapshotSource(), mark.number);
 * await people.fold(mark);
 */
export async function writeSnapshot(
  path: string,
  snapshot: SnapshotSource,
  peopleFolded: number,
  withFiles: Iterable<ConversationId> = [],
  isWanted?: () => Promise<boolean>,
): Promise<ReadonlySet<ConversationId> | null> {
  const unreachable = new Set(withFiles);
  const pieces = joinPieces(piecesOf(snapshot, peopleFolded, unreachable));
  return (await replaceFile(path, pieces, isWanted)) ? unreachable : null;
}

/** Yields one conversation or person a line: readable, and a diff of two copies says what changed. */
function* piecesOf(
  { conversations, people, bans, reports = [], files = [] }: SnapshotSource,
  peopleFolded: number,
  unreachable: Set<ConversationId>,
): Generator<string> {
  yield `{\n"format": ${SNAPSHOT_FORMAT},\n"peopleFolded": ${peopleFolded},\n"conversations": [`;
  let separator = "\n";
  for (const conversation of conversations) {
    unreachable.delete(conversation.id);
    yield separator;
    yield* conversationPieces(conversation);
    separator = ",\n";
  }
  yield separator === "\n" ? '],\n"people": [' : '\n],\n"people": [';
  yield* entriesOf(people);
  yield '],\n"bans": [';
  yield* entriesOf(bans);
  yield '],\n"reports": [';
  yield* entriesOf(reports);
  yield '],\n"files": [';
  yield* entriesOf(files);
  yield '],\n"gone": [';
  yield* entriesOf(unreachable);
  yield "]\n}\n";
}

function* entriesOf(entries: Iterable<unknown>): Generator<string> {
  let separator = "\n";
  for (const entry of entries) {
    yield `${separator}${JSON.stringify(entry)}`;
    separator = ",\n";
  }
  if (separator !== "\n") yield "\n";
}

/** Yields a conversation as JSON; a room's members, who may be many, some at a time. */
function* conversationPieces(conversation: ConversationSource): Generator<string> {
  const { room } = conversation;
  if (room === null) return yield JSON.stringify(conversation);
  const { members, ...rest } = room;
  const text = JSON.stringify({ ...conversation, room: { ...rest, members: [] } });
  yield text.slice(0, -"]}}".length);
  let [group, separator]: [MemberSnapshot[], string] = [[], ""];
  for (const member of members) {
    group.push(member);
    if (group.length < MEMBERS_PER_PIECE) continue;
    yield separator + JSON.stringify(group).slice(1, -1);
    [group, separator] = [[], ","];
  }
  if (group.length > 0) yield separator + JSON.stringify(group).slice(1, -1);
  yield "]}}";
}

/** Joins small pieces to larger ones, each of which is written at once: as much as can be made in a short time. */
function* joinPieces(texts: Iterable<string>): Generator<string> {
  let piece = "";
  let startedAtMs = performance.now();
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARS && performance.now() - startedAtMs < PIECE_MS) continue;
    yield piece;
    piece = "";
    startedAtMs = performance.now();
  }
  yield piece;
}

function isFolderName(id: string): boolean {
  return id !== "" && id === basename(id) && !id.startsWith(".");
}
