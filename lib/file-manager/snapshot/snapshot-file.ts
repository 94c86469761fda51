import { basename } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type {
  ConversationSource,
  MemberSnapshot,
  Snapshot,
  SnapshotSource,
} from "../../chat-server/snapshot/snapshot.ts";
import { fieldOf, listOf, numberIn } from "../disk/json-fields.ts";
import { replaceFile } from "../disk/replace-file.ts";
import {
  damaged,
  type RefusedFile,
  readVersionedJson,
  wrongEntry,
} from "../disk/versioned-json.ts";
import { decodeConversation, decodePerson, decodeServerBan } from "./snapshot-record.ts";

/** What rooms.json says. */
export interface ReadSnapshot {
  readonly snapshot: Snapshot;
  /** Number of the last change in the people's journal that it holds: see `PeopleFile.mark`. */
  readonly peopleFolded: number;
  /** Conversations whose files were there, and which nobody could reach any more. */
  readonly unreachable: readonly ConversationId[];
}

/**
 * Reads rooms.json; a missing file is a server that has never run. One that is damaged, or was written by a
 * newer version, is refused with its path and what to do, and nothing is touched.
 */
export function readSnapshot(path: string): ReadSnapshot | RefusedFile {
  const read = readVersionedJson(path, FORMAT);
  if (read === null) {
    return {
      snapshot: { conversations: [], people: [], bans: [] },
      peopleFolded: 0,
      unreachable: [],
    };
  }
  if ("refused" in read) return read;
  const { content } = read;
  const peopleFolded = numberIn(content, "peopleFolded");
  if (peopleFolded === null) return damaged(path, 'it has no "peopleFolded"');
  const conversations = listOf(fieldOf(content, "conversations"), decodeConversation);
  if (conversations === null) {
    return damaged(path, wrongEntry(content, "conversations", decodeConversation));
  }
  const people = listOf(fieldOf(content, "people"), decodePerson);
  if (people === null) return damaged(path, wrongEntry(content, "people", decodePerson));
  // Files of before there were bans have none.
  const bans = listOf(fieldOf(content, "bans") ?? [], decodeServerBan);
  if (bans === null) return damaged(path, wrongEntry(content, "bans", decodeServerBan));
  // Nor did they say what is gone. Its folder is moved, so it must be one of ours: a backup may be anybody's.
  const gone = listOf(fieldOf(content, "gone") ?? [], (id) =>
    typeof id === "string" && isFolderName(id) ? (id as ConversationId) : null,
  );
  if (gone === null) return damaged(path, 'its "gone" is no list of names');
  return { snapshot: { conversations, people, bans }, peopleFolded, unreachable: gone };
}

/**
 * Puts a snapshot in rooms.json's place: whole, or not at all. Works through it a piece at a turn, so it holds
 * nobody up; two calls for one path must not overlap. Rejects with what the disk threw.
 *
 * @param there conversations that have files. Answers those of them that the snapshot doesn't have: nobody can
 *   reach them any more, and rooms.json says so
 * @param isWanted asked when all of it is written. Where it may not take the old one's place the answer is `null`
 * @example
 * const mark = people.mark();
 * await writeSnapshot(join(data, "rooms.json"), server.snapshotSource(), mark.folded);
 * await people.fold(mark);
 */
export async function writeSnapshot(
  path: string,
  snapshot: SnapshotSource,
  peopleFolded: number,
  there: Iterable<ConversationId> = [],
  isWanted?: () => Promise<boolean>,
): Promise<ReadonlySet<ConversationId> | null> {
  const gone = new Set(there);
  const pieces = gathered(linesOf(snapshot, peopleFolded, gone));
  return (await replaceFile(path, pieces, isWanted)) ? gone : null;
}

/** One conversation or person a line: readable, and a line's difference between two copies says what changed. */
function* linesOf(
  { conversations, people, bans }: SnapshotSource,
  peopleFolded: number,
  gone: Set<ConversationId>,
): Generator<string> {
  yield `{\n"format": ${FORMAT},\n"peopleFolded": ${peopleFolded},\n"conversations": [`;
  let comma = "\n";
  for (const conversation of conversations) {
    gone.delete(conversation.id);
    yield comma;
    yield* piecesOf(conversation);
    comma = ",\n";
  }
  yield comma === "\n" ? '],\n"people": [' : '\n],\n"people": [';
  yield* entriesOf(people);
  yield '],\n"bans": [';
  yield* entriesOf(bans);
  yield '],\n"gone": [';
  yield* entriesOf(gone);
  yield "]\n}\n";
}

function* entriesOf(entries: Iterable<unknown>): Generator<string> {
  let before = "\n";
  for (const entry of entries) {
    yield `${before}${JSON.stringify(entry)}`;
    before = ",\n";
  }
  if (before !== "\n") yield "\n";
}

/** A conversation as JSON; a room's members, who may be many, some at a time. */
function* piecesOf(conversation: ConversationSource): Generator<string> {
  const { room } = conversation;
  if (room === null) return yield JSON.stringify(conversation);
  const { members, ...rest } = room;
  const text = JSON.stringify({ ...conversation, room: { ...rest, members: [] } });
  yield text.slice(0, -"]}}".length);
  let [group, comma]: [MemberSnapshot[], string] = [[], ""];
  for (const member of members) {
    group.push(member);
    if (group.length < MEMBERS_A_PIECE) continue;
    yield comma + JSON.stringify(group).slice(1, -1);
    [group, comma] = [[], ","];
  }
  if (group.length > 0) yield comma + JSON.stringify(group).slice(1, -1);
  yield "]}}";
}

/** What is written at once: as much as can be made in a short time. */
function* gathered(texts: Iterable<string>): Generator<string> {
  let piece = "";
  let begun = performance.now();
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_LETTERS && performance.now() - begun < PIECE_MS) continue;
    yield piece;
    piece = "";
    begun = performance.now();
  }
  yield piece;
}

/** The format that is written; a newer one is refused. */
const FORMAT = 1;
/** Making the entry of a room of 100,000 members takes 15 ms by itself, and comes on top of it. */
const PIECE_MS = 2;
const PIECE_LETTERS = 128 << 10;
/** Less than a millisecond's work. */
const MEMBERS_A_PIECE = 250;

function isFolderName(id: string): boolean {
  return id !== "" && id === basename(id) && !id.startsWith(".");
}
