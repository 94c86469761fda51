import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import { formatTime } from "../../protocol/time.ts";
import { timeOfId } from "../../protocol/timestamped-id.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { dayOf, headOf } from "./day-file.ts";
import type { HistoryFolder } from "./history-folder.ts";

/**
 * From msgid to position. Ours begin with their event's time, and are where that time is. The first versions'
 * don't, nor do those of events that were brought from elsewhere: of these the newest are remembered, and for
 * the rest each day is read once and kept as eight bytes a line. A whole history is read again only when more
 * days are asked about than {@link INDEX_LINES_MAX} holds.
 */
export class MsgidIndex {
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  /** The longest unused first. */
  readonly #days = new Map<string, DayIndex>();
  #lines = 0;
  #scan: Promise<unknown> = Promise.resolve();

  /** An event that was added, or read for somebody. */
  remember({ conversation, msgid, time, position }: RoomEvent): void {
    if (timeOfId(msgid) !== time) this.#note(conversation, msgid, position);
  }

  #note(conversation: ConversationId, msgid: string, at: number): void {
    this.#recent.set(`${conversation} ${msgid}`, at);
    if (this.#recent.size < REMEMBERED_MAX) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  /** The position of a msgid, `null` when the conversation has none. Rejects with what the disk threw. */
  async find(folder: HistoryFolder, msgid: string): Promise<number | null> {
    const key = `${folder.id} ${msgid}`;
    const known = this.#recent.get(key) ?? this.#older.get(key);
    if (known !== undefined) return known;
    const dated = atItsTime(folder, msgid);
    if (dated !== null) return dated;
    // One search at a time: strangers' made-up identifiers wait for each other, and not for the disk.
    const found = this.#scan.then(() => this.#search(folder, msgid));
    this.#scan = found.catch(() => {});
    const at = await found;
    if (at !== null) this.#note(folder.id, msgid, at);
    return at;
  }

  async #search(folder: HistoryFolder, msgid: string): Promise<number | null> {
    const hash = hashOf(msgid);
    const pace = new TimeSlice();
    for (const day of [...folder.days].reverse()) {
      const index = await this.#indexOf(folder, day, pace);
      for (const at of index.positionsOf(hash)) {
        if (isAt(folder, day, at, msgid)) return at;
      }
      if (pace.isDue) await pace.rest();
    }
    return null;
  }

  /** A day's index, read on from where it ended. */
  async #indexOf(folder: HistoryFolder, day: string, pace: TimeSlice): Promise<DayIndex> {
    const key = `${folder.id} ${day}`;
    const index = this.#days.get(key) ?? new DayIndex();
    // No other day but the newest ever grows.
    if (index.isComplete && day !== folder.days.at(-1)) {
      this.#days.delete(key);
      this.#days.set(key, index);
      return index;
    }
    const before = index.length;
    const file = folder.openDay(day);
    try {
      const start = file?.find((head) => head.at > index.lastAt) ?? 0;
      for (const piece of file?.pieces(start) ?? []) {
        addLines(index, piece.bytes);
        if (pace.isDue) await pace.rest();
      }
    } finally {
      file?.close();
    }
    index.isComplete = day !== folder.days.at(-1);
    this.#keep(key, index, index.length - before);
    return index;
  }

  #keep(key: string, index: DayIndex, added: number): void {
    this.#lines += added;
    this.#days.delete(key);
    this.#days.set(key, index);
    for (const [longest, old] of this.#days) {
      if (this.#lines <= INDEX_LINES_MAX || old === index) break;
      this.#days.delete(longest);
      this.#lines -= old.length;
    }
  }
}

/** Hash and position of each line of a day. */
class DayIndex {
  isComplete = false;
  length = 0;
  lastAt = 0;
  #hashes = new Uint32Array(FIRST_LINES);
  #positions = new Uint32Array(FIRST_LINES);

  add(hash: number, at: number): void {
    if (this.length === this.#hashes.length) {
      this.#hashes = grown(this.#hashes);
      this.#positions = grown(this.#positions);
    }
    this.#hashes[this.length] = hash;
    this.#positions[this.length] = at;
    this.length += 1;
    this.lastAt = Math.max(this.lastAt, at);
  }

  /** Half a millisecond in a day of a million. */
  *positionsOf(hash: number): Iterable<number> {
    let found = this.#hashes.indexOf(hash);
    while (found >= 0 && found < this.length) {
      yield this.#positions[found] ?? 0;
      found = this.#hashes.indexOf(hash, found + 1);
    }
  }
}

function grown(old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(old.length * 2);
  larger.set(old);
  return larger;
}

/**
 * Reads position and msgid off whole lines, in the bytes themselves where the lines begin as we write them:
 * 0.3 µs a line, and 3 µs for one that somebody's editor has turned round.
 */
function addLines(index: DayIndex, bytes: Buffer): void {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    let from = start + '{"at":'.length;
    let at = 0;
    for (let digit = bytes[from] ?? 0; digit >= ZERO && digit <= NINE; digit = bytes[++from] ?? 0) {
      at = at * 10 + digit - ZERO;
    }
    const id = from + BEFORE_MSGID;
    if (
      bytes[id - 1] === QUOTE &&
      bytes[id - 2] === COLON &&
      bytes[id - 8] === LETTER_M &&
      at > 0
    ) {
      let hash = HASH_START;
      for (let each = id; bytes[each] !== QUOTE && each < end; each += 1) {
        hash = hashStep(hash, bytes[each] ?? 0);
      }
      index.add(hash >>> 0, at);
    } else {
      const head = headOf(bytes.subarray(start, end));
      if (head !== null) index.add(hashOf(head.msgid), head.at);
    }
    start = end + 1;
  }
}

/** Two identifiers may have one hash: the line itself decides. */
function isAt(folder: HistoryFolder, day: string, at: number, msgid: string): boolean {
  const file = folder.openDay(day);
  if (file === null) return false;
  try {
    const line = file.forward(file.find((head) => head.at >= at)).next();
    return line.done !== true && headOf(line.value.bytes)?.msgid === msgid;
  } finally {
    file.close();
  }
}

/** The position of the event at the time with which its identifier begins; `null`: there is no such event there. */
function atItsTime(folder: HistoryFolder, msgid: string): number | null {
  const time = timeOfId(msgid);
  if (time === null) return null;
  const day = dayOf(time);
  const file = folder.days.includes(day) ? folder.openDay(day) : null;
  if (file === null) return null;
  try {
    const stamp = formatTime(time);
    const line = file.forward(file.find((head) => head.stamp >= stamp)).next();
    const head = line.done === true ? null : headOf(line.value.bytes);
    return head?.msgid === msgid ? head.at : null;
  } finally {
    file.close();
  }
}

function hashOf(msgid: string): number {
  let hash = HASH_START;
  for (let at = 0; at < msgid.length; at += 1) hash = hashStep(hash, msgid.charCodeAt(at));
  return hash >>> 0;
}

/** FNV-1a, 32 bits. */
function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

const HASH_START = 0x811c9dc5;
/** From behind the position's digits to the first letter of the msgid. */
const BEFORE_MSGID = ',"time":"2026-11-22T01:02:03.456Z","msgid":"'.length;
const [NEWLINE, QUOTE, COLON, LETTER_M, ZERO, NINE] = [10, 34, 58, 109, 48, 57];
/** Of each of two generations. Some pages for everybody who pages: 3 MB. */
const REMEMBERED_MAX = 16_384;
/** Lines in the indexes of all days together: 32 MB at the most. */
const INDEX_LINES_MAX = 4_000_000;
const FIRST_LINES = 64;
