import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import type { ReadWork } from "../../chat-server/server-ports.ts";
import { formatTime } from "../../protocol/time.ts";
import { timeOfId } from "../../protocol/timestamped-id.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { dayOf, headOf } from "./day-file.ts";
import type { HistoryFolder } from "./history-folder.ts";

/** Entries in each of the two generations: some pages for each user who pages, 3 MB. */
const RECENT_MAX = 16_384;
/** The most lines in the indexes of all days together: about 32 MB. */
const INDEX_LINES_MAX = 4_000_000;
const FIRST_LINES = 64;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** From behind the position's digits to the first letter of the msgid. */
const BEFORE_MSGID = ',"time":"2026-11-22T01:02:03.456Z","msgid":"'.length;
const [NEWLINE, QUOTE, COLON, LETTER_M, ZERO, NINE] = [10, 34, 58, 109, 48, 57];

/**
 * Finds the position of a msgid. Msgids begin with their event's time, and are looked up where that time is. Msgids of
 * the first versions and of imported events don't: the newest of these are remembered, and for the rest each day is read
 * once and indexed by eight bytes a line. A whole history is read again only when the requested days have more lines than
 * {@link INDEX_LINES_MAX}.
 *
 * Owns all of these caches, for one room log.
 */
export class MsgidIndex {
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  /** Conversation and day → its index, the least recently used first. */
  readonly #days = new Map<string, DayIndex>();
  /** Lines in all of `#days`. */
  #lineCount = 0;
  #scan: Promise<unknown> = Promise.resolve();

  /** Remembers an event that was appended or read, if its msgid doesn't begin with its time. */
  remember({ conversation, msgid, time, position }: RoomEvent): void {
    if (timeOfId(msgid) !== time) this.#rememberPosition(conversation, msgid, position);
  }

  #rememberPosition(id: ConversationId, msgid: string, position: number): void {
    this.#recent.set(`${id} ${msgid}`, position);
    if (this.#recent.size < RECENT_MAX) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  /**
   * Resolves to the position of a msgid, `null` when the conversation has none. Adds the bytes that it looked at
   * to `read`. Rejects with file-system errors.
   */
  async find(
    folder: HistoryFolder,
    msgid: string,
    read: Pick<ReadWork, "bytes"> = { bytes: 0 },
  ): Promise<number | null> {
    const key = `${folder.id} ${msgid}`;
    const known = this.#recent.get(key) ?? this.#older.get(key);
    if (known !== undefined) return known;
    const positionAtTime = findAtItsTime(folder, msgid);
    if (positionAtTime !== null) return positionAtTime;
    // One scan at a time: strangers' made-up msgids wait for each other, and not for the disk.
    const scan = this.#scan.then(() => this.#search(folder, msgid, read));
    this.#scan = scan.catch(() => {});
    const position = await scan;
    if (position !== null) this.#rememberPosition(folder.id, msgid, position);
    return position;
  }

  async #search(
    folder: HistoryFolder,
    msgid: string,
    read: Pick<ReadWork, "bytes">,
  ): Promise<number | null> {
    const hash = hashOf(msgid);
    const slice = new TimeSlice();
    for (const day of [...folder.days].reverse()) {
      const index = await this.#indexOf(folder, day, slice, read);
      // Looking through a day's hashes is as long as looking at their bytes.
      read.bytes += index.count * Uint32Array.BYTES_PER_ELEMENT;
      for (const position of index.positionsOf(hash)) {
        if (isMsgidAt(folder, day, position, msgid)) return position;
      }
      if (slice.isDue) await slice.rest();
    }
    return null;
  }

  /** Returns a day's index, read on from where it ended. */
  async #indexOf(
    folder: HistoryFolder,
    day: string,
    slice: TimeSlice,
    read: Pick<ReadWork, "bytes">,
  ): Promise<DayIndex> {
    const key = `${folder.id} ${day}`;
    const index = this.#days.get(key) ?? new DayIndex();
    // Only the newest day grows.
    if (index.isComplete && day !== folder.days.at(-1)) {
      this.#days.delete(key);
      this.#days.set(key, index);
      return index;
    }
    const countBefore = index.count;
    const file = folder.openDay(day);
    try {
      const start = file?.find((head) => head.position > index.lastPosition) ?? 0;
      for (const piece of file?.pieces(start) ?? []) {
        read.bytes += piece.bytes.length;
        addLines(index, piece.bytes);
        if (slice.isDue) await slice.rest();
      }
    } finally {
      file?.close();
    }
    index.isComplete = day !== folder.days.at(-1);
    this.#store(key, index, index.count - countBefore);
    return index;
  }

  /** Makes an index the most recently used, and drops the least recently used beyond the limit. */
  #store(key: string, index: DayIndex, addedLines: number): void {
    this.#lineCount += addedLines;
    this.#days.delete(key);
    this.#days.set(key, index);
    for (const [oldKey, old] of this.#days) {
      if (this.#lineCount <= INDEX_LINES_MAX || old === index) break;
      this.#days.delete(oldKey);
      this.#lineCount -= old.count;
    }
  }
}

/** Hash and position of each line of a day. */
class DayIndex {
  isComplete = false;
  count = 0;
  lastPosition = 0;
  #hashes = new Uint32Array(FIRST_LINES);
  #positions = new Uint32Array(FIRST_LINES);

  add(hash: number, position: number): void {
    if (this.count === this.#hashes.length) {
      this.#hashes = doubled(this.#hashes);
      this.#positions = doubled(this.#positions);
    }
    this.#hashes[this.count] = hash;
    this.#positions[this.count] = position;
    this.count += 1;
    this.lastPosition = Math.max(this.lastPosition, position);
  }

  /** Takes half a millisecond in a day of a million lines. */
  *positionsOf(hash: number): Iterable<number> {
    let index = this.#hashes.indexOf(hash);
    while (index >= 0 && index < this.count) {
      yield this.#positions[index] ?? 0;
      index = this.#hashes.indexOf(hash, index + 1);
    }
  }
}

function doubled(old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(old.length * 2);
  larger.set(old);
  return larger;
}

/**
 * Adds whole lines to an index. Reads position and msgid in the bytes themselves where a line begins as we write it:
 * 0.3 µs a line, and 3 µs for one that an editor has turned round.
 */
function addLines(index: DayIndex, bytes: Buffer): void {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    let offset = start + '{"at":'.length;
    let position = 0;
    let digit = bytes[offset] ?? 0;
    while (digit >= ZERO && digit <= NINE) {
      position = position * 10 + digit - ZERO;
      offset += 1;
      digit = bytes[offset] ?? 0;
    }
    const id = offset + BEFORE_MSGID;
    const isOurForm =
      bytes[id - 1] === QUOTE && bytes[id - 2] === COLON && bytes[id - 8] === LETTER_M;
    if (isOurForm && position > 0) {
      let hash = FNV_OFFSET;
      for (let each = id; bytes[each] !== QUOTE && each < end; each += 1) {
        hash = hashStep(hash, bytes[each] ?? 0);
      }
      index.add(hash >>> 0, position);
    } else {
      const head = headOf(bytes.subarray(start, end));
      if (head !== null) index.add(hashOf(head.msgid), head.position);
    }
    start = end + 1;
  }
}

/** Whether the line at a position has this msgid: two msgids may have one hash. */
function isMsgidAt(folder: HistoryFolder, day: string, position: number, msgid: string): boolean {
  const file = folder.openDay(day);
  if (file === null) return false;
  try {
    const line = file.forward(file.find((head) => head.position >= position)).next();
    return line.done !== true && headOf(line.value.bytes)?.msgid === msgid;
  } finally {
    file.close();
  }
}

/** Returns the position of the event at the time with which a msgid begins, or `null` when that is another event. */
function findAtItsTime(folder: HistoryFolder, msgid: string): number | null {
  const time = timeOfId(msgid);
  if (time === null) return null;
  const day = dayOf(time);
  const file = folder.days.includes(day) ? folder.openDay(day) : null;
  if (file === null) return null;
  try {
    const timestamp = formatTime(time);
    const line = file.forward(file.find((head) => head.timestamp >= timestamp)).next();
    const head = line.done === true ? null : headOf(line.value.bytes);
    return head?.msgid === msgid ? head.position : null;
  } finally {
    file.close();
  }
}

/** FNV-1a, 32 bits. */
function hashOf(msgid: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < msgid.length; index += 1) {
    hash = hashStep(hash, msgid.charCodeAt(index));
  }
  return hash >>> 0;
}

function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME);
}
