import type { Snapshot } from "../chat-server/history/snapshot.ts";
import { replaceFile } from "./atomic.ts";
import { damaged, type Refused, readFormatted, wrongEntry } from "./formatted-file.ts";
import { fieldOf, listOf, numberIn } from "./json-fields.ts";
import { decodeConversation, decodePerson, decodeServerBan } from "./snapshot-record.ts";

/** What rooms.json says. */
export interface ReadSnapshot {
  readonly snapshot: Snapshot;
  /** Number of the last change in the people's journal that it holds: see `PeopleFile.mark`. */
  readonly peopleFolded: number;
}

/**
 * Reads rooms.json; a missing file is a server that has never run. One that is damaged, or was written by a
 * newer version, is refused with its path and what to do, and nothing is touched.
 */
export function readSnapshot(path: string): ReadSnapshot | Refused {
  const read = readFormatted(path, FORMAT);
  if (read === null) {
    return { snapshot: { conversations: [], people: [], bans: [] }, peopleFolded: 0 };
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
  return { snapshot: { conversations, people, bans }, peopleFolded };
}

/**
 * Puts a snapshot in rooms.json's place: whole, or not at all. Works through it a piece at a turn, so it holds
 * nobody up; two calls for one path must not overlap. Rejects with what the disk threw.
 *
 * @example
 * const mark = people.mark();
 * await writeSnapshot(join(data, "rooms.json"), server.snapshot(), mark.folded);
 * await people.fold(mark);
 */
export function writeSnapshot(
  path: string,
  snapshot: Snapshot,
  peopleFolded: number,
): Promise<void> {
  return replaceFile(path, piecesOf(snapshot, peopleFolded));
}

/** One conversation or person a line: readable, and a line's difference between two copies says what changed. */
function* piecesOf(snapshot: Snapshot, peopleFolded: number): Generator<string> {
  yield `{\n"format": ${FORMAT},\n"peopleFolded": ${peopleFolded},\n"conversations": [`;
  yield* linesOf(snapshot.conversations);
  yield '],\n"people": [';
  yield* linesOf(snapshot.people);
  yield '],\n"bans": [';
  yield* linesOf(snapshot.bans);
  yield "]\n}\n";
}

function* linesOf(entries: readonly unknown[]): Generator<string> {
  let piece = "";
  for (const [index, entry] of entries.entries()) {
    piece += `${index === 0 ? "\n" : ",\n"}${JSON.stringify(entry)}`;
    if (piece.length < PIECE_LETTERS) continue;
    yield piece;
    piece = "";
  }
  yield entries.length === 0 ? piece : `${piece}\n`;
}

/** The format that is written; a newer one is refused. */
const FORMAT = 1;
/** A millisecond's work. A room of 10,000 members is a piece by itself: 4 ms. */
const PIECE_LETTERS = 128 << 10;
