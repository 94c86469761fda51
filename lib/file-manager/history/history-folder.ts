import { appendFileSync, mkdirSync, statSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import { formatTime } from "../../protocol/time.ts";
import { namesIn } from "../disk/folder-entries.ts";
import { removeLeftover } from "../disk/replace-file.ts";
import type { AppendFile, AppendFiles } from "./append-files.ts";
import { DayFile, dayOfFile, headOf } from "./day-file.ts";
import { parseRawLine } from "./stored-event.ts";

/**
 * One conversation's folder: which days it has, and the file that is being appended to. Only the room log that opened it
 * changes it.
 */
export class HistoryFolder {
  readonly id: ConversationId;
  readonly path: string;
  /** Oldest first, as "2026-11-22". */
  readonly days: string[];
  /** Position of the last event, 0 when there is none. */
  lastPosition = 0;
  /** Whether the server knows, or knew, whose history it is. A history that it knows nothing of stays where it is. */
  isKnown = false;
  /** The newest day's file, once something was appended to it. */
  tail: AppendFile | null = null;
  /** Day → position of its first line, as far as it was looked up. */
  readonly #firstPositions = new Map<string, number | null>();
  /** The day that was asked for last, nearly always the newest: each message asks for it. */
  #lastPath = { day: "", path: "" };
  /** Another process may own the folder: nothing is mended. */
  readonly #isReadOnly: boolean;

  private constructor(id: ConversationId, path: string, days: string[], isReadOnly: boolean) {
    this.#isReadOnly = isReadOnly;
    this.id = id;
    this.path = path;
    this.days = days;
  }

  /** Lists the days; a missing folder has none. Throws file-system errors. */
  static open(id: ConversationId, path: string, isReadOnly = false): HistoryFolder {
    const days: string[] = [];
    for (const name of namesIn(path)) {
      const day = dayOfFile(name);
      if (day !== null) days.push(day);
      // A rewrite that a crash interrupted before it took its place.
      else if (name.endsWith(".jsonl.new") && !isReadOnly) removeLeftover(join(path, name));
    }
    return new HistoryFolder(id, path, days.sort(), isReadOnly);
  }

  /** Records an event that shows whose history this is: its beginning or its end. */
  observe({ kind }: RoomEvent): void {
    if (kind === "created" || kind === "dropped") this.isKnown = true;
  }

  /** Makes the folder when there is none. Returns whether there was none. Throws file-system errors. */
  create(): boolean {
    if (this.days.length > 0) return false;
    return mkdirSync(this.path, { recursive: true, mode: 0o700 }) !== undefined;
  }

  /** Takes a day off the list, whose file has been removed. */
  removeDay(day: string): void {
    const index = this.days.indexOf(day);
    if (index >= 0) this.days.splice(index, 1);
    this.#firstPositions.delete(day);
  }

  /** Returns the path of a day's file. */
  pathOf(day: string): string {
    if (day !== this.#lastPath.day) {
      this.#lastPath = { day, path: join(this.path, `${day}.jsonl`) };
    }
    return this.#lastPath.path;
  }

  /** Returns the file that events of this day are appended to; a new day is put on the list. */
  appendFileOf(day: string): AppendFile {
    const path = this.pathOf(day);
    if (this.tail?.path === path) return this.tail;
    const isListed = this.days.includes(day);
    const bytes = isListed ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0;
    if (!isListed) {
      this.days.push(day);
      this.days.sort();
    }
    return { path, bytes, fd: null, inode: null, countsNames: true, isRagged: false };
  }

  /**
   * Appends a line to a day's file. Returns `null`, or the file-system error; the file has its old length then. Throws when
   * the folder can't be made.
   */
  append(day: string, line: Uint8Array, files: AppendFiles): { readonly failed: unknown } | null {
    if (this.create()) files.syncNames(dirname(this.path));
    const file = this.appendFileOf(day);
    if (file !== this.tail) {
      if (this.tail !== null) files.release(this.tail);
      this.tail = file;
    }
    return files.append(file, line);
  }

  /** Returns the length of a day up to which all of it is whole lines. */
  wholeBytesOf(day: string, file: DayFile): number {
    return this.tail?.path === this.pathOf(day) ? this.tail.bytes : file.bytes;
  }

  /**
   * Cuts the torn last line off a day, by default the newest. Returns how many bytes it had: 0 when nothing was torn. A
   * whole last line whose "\n" an editor left off gets it back: half a line never reads as a whole one.
   */
  mendEnd(day = this.days.at(-1)): number {
    if (this.#isReadOnly) return 0;
    const file = day === undefined ? null : this.openDay(day);
    if (day === undefined || file === null) return 0;
    try {
      const last = file.backward(file.bytes).next();
      const wholeBytes = last.done === true ? 0 : last.value.end;
      if (wholeBytes === file.bytes) return 0;
      const rest = file.read(wholeBytes, file.bytes - wholeBytes);
      if (parseRawLine(rest.toString("utf8")) !== null) {
        appendFileSync(this.pathOf(day), "\n");
        return 0;
      }
      truncateSync(this.pathOf(day), wholeBytes);
      return rest.length;
    } finally {
      file.close();
    }
  }

  /** Returns the day of the event at a position: the last one that begins at or before it; `null` before all. */
  dayOfPosition(position: number): string | null {
    let low = 0;
    let high = this.days.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      let probe = middle;
      let first = this.#firstPositionOf(probe);
      // A day that can't be read goes with the next one that can.
      while (first === null && probe + 1 < high) first = this.#firstPositionOf(++probe);
      if (first !== null && first <= position) low = probe + 1;
      else high = middle;
    }
    return this.days[low - 1] ?? null;
  }

  /** Opens a day's file; `null` when it was removed. Must be closed. */
  openDay(day: string): DayFile | null {
    return DayFile.open(this.pathOf(day));
  }

  /** Returns the position of the first event at or behind a time, and whether it is at it; `null` when there is none. */
  firstSince(timeMs: number): { readonly position: number; readonly isAtThatTime: boolean } | null {
    const timestamp = formatTime(timeMs);
    const day = timestamp.slice(0, 10);
    for (const [index, candidate] of this.days.entries()) {
      if (candidate < day) continue;
      if (candidate > day) {
        const position = this.#firstPositionOf(index);
        if (position !== null) return { position, isAtThatTime: false };
        continue;
      }
      const file = this.openDay(day);
      if (file === null) continue;
      try {
        const start = file.find((head) => head.timestamp >= timestamp);
        const line = file.forward(start).next();
        const head = line.done === true ? null : headOf(line.value.bytes);
        if (head === null) continue;
        return { position: head.position, isAtThatTime: head.timestamp === timestamp };
      } finally {
        file.close();
      }
    }
    return null;
  }

  /** Returns the line at a position and its day, or `null`. */
  lineAt(position: number): { readonly day: string; readonly bytes: Buffer } | null {
    const day = this.dayOfPosition(position);
    const file = day === null ? null : this.openDay(day);
    if (day === null || file === null) return null;
    try {
      const line = file.forward(file.find((head) => head.position >= position)).next();
      if (line.done === true || headOf(line.value.bytes)?.position !== position) return null;
      return { day, bytes: line.value.bytes };
    } finally {
      file.close();
    }
  }

  #firstPositionOf(index: number): number | null {
    const day = this.days[index];
    if (day === undefined) return null;
    const known = this.#firstPositions.get(day);
    if (known !== undefined) return known;
    const file = this.openDay(day);
    const first = file?.first()?.position ?? null;
    file?.close();
    // An empty day may still get its first line.
    if (first !== null) this.#firstPositions.set(day, first);
    return first;
  }
}
