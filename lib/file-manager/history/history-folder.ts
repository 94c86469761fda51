import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import { formatTime } from "../../protocol/time.ts";
import type { AppendFile } from "./append-files.ts";
import { DayFile, dayOfFile, headOf } from "./day-file.ts";
import { parseRaw } from "./stored-event.ts";

/**
 * One conversation's folder: which days it has, and the file that is being added to. Changed by the room log
 * that opened it, and by nobody else.
 */
export class HistoryFolder {
  readonly id: ConversationId;
  readonly path: string;
  /** Oldest first. */
  readonly days: string[];
  /** Position of the last event, 0 when there is none. */
  lastAt = 0;
  /** There is, or was, somebody who could reach it. What nobody knows anything of stays where it is. */
  isKnown = false;
  /** The newest day's file, once something was added to it or it was looked at. */
  tail: AppendFile | null = null;
  /** Position of the first line of each day that was asked for. */
  readonly #firstAt = new Map<string, number | null>();
  /** The day that was asked for last, nearly always the newest: each message asks for it. */
  #lastPath = { day: "", path: "" };

  /** Somebody else's: nothing is mended. */
  readonly #isReadOnly: boolean;

  private constructor(id: ConversationId, path: string, days: string[], isReadOnly: boolean) {
    this.#isReadOnly = isReadOnly;
    this.id = id;
    this.path = path;
    this.days = days;
  }

  /** Lists the days; a folder that isn't there has none. Throws what the disk throws. */
  static open(id: ConversationId, path: string, isReadOnly = false): HistoryFolder {
    const days: string[] = [];
    for (const name of existsSync(path) ? readdirSync(path) : []) {
      const day = dayOfFile(name);
      if (day !== null) days.push(day);
      // What a crash left of a rewrite that had not taken its place.
      else if (name.endsWith(".jsonl.new") && !isReadOnly)
        rmSync(join(path, name), { force: true });
    }
    return new HistoryFolder(id, path, days.sort(), isReadOnly);
  }

  /** Without its beginning, its end, and a place in rooms.json, nobody knows what a history belongs to. */
  learn({ kind }: RoomEvent): void {
    if (kind === "created" || kind === "dropped") this.isKnown = true;
  }

  /** Makes the folder when there is none; whether there was none. Throws what the disk throws. */
  make(): boolean {
    if (this.days.length > 0) return false;
    return mkdirSync(this.path, { recursive: true, mode: 0o700 }) !== undefined;
  }

  /** A day's file is gone. */
  forget(day: string): void {
    const at = this.days.indexOf(day);
    if (at >= 0) this.days.splice(at, 1);
    this.#firstAt.delete(day);
  }

  pathOf(day: string): string {
    if (day !== this.#lastPath.day) {
      this.#lastPath = { day, path: join(this.path, `${day}.jsonl`) };
    }
    return this.#lastPath.path;
  }

  /** The file that events of this day are added to; a day that isn't there yet is begun. */
  fileOf(day: string): AppendFile {
    const path = this.pathOf(day);
    if (this.tail?.path === path) return this.tail;
    const known = this.days.includes(day);
    const bytes = known ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0;
    if (!known) {
      this.days.push(day);
      this.days.sort();
    }
    return { path, bytes, fd: null, inode: null, isRagged: false };
  }

  /** Length of a day up to which all of it is whole lines. */
  wholeBytesOf(day: string, file: DayFile): number {
    return this.tail?.path === this.pathOf(day) ? this.tail.bytes : file.bytes;
  }

  /**
   * Cuts the torn last line off the newest day. Answers how many bytes it had: 0 when nothing was torn. A
   * whole last line from an editor that leaves off the last "\n" gets it back: half a line never reads as one.
   */
  mendEnd(): number {
    if (this.#isReadOnly) return 0;
    const day = this.days.at(-1);
    const file = day === undefined ? null : this.openDay(day);
    if (day === undefined || file === null) return 0;
    try {
      const last = file.backward(file.bytes).next();
      const whole = last.done === true ? 0 : last.value.end;
      if (whole === file.bytes) return 0;
      const rest = file.read(whole, file.bytes - whole);
      if (parseRaw(rest.toString("utf8")) !== null) {
        appendFileSync(this.pathOf(day), "\n");
        return 0;
      }
      truncateSync(this.pathOf(day), whole);
      return rest.length;
    } finally {
      file.close();
    }
  }

  /** The day that the event at `at` lies in: the last one that begins at or before it; `null` before all. */
  dayOfPosition(at: number): string | null {
    let low = 0;
    let high = this.days.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      let probe = middle;
      let first = this.#firstOf(probe);
      // A day that nobody can read goes with the next one that can be read.
      while (first === null && probe + 1 < high) first = this.#firstOf(++probe);
      if (first !== null && first <= at) low = probe + 1;
      else high = middle;
    }
    return this.days[low - 1] ?? null;
  }

  /** A day's file, or `null` when somebody has taken it away. Must be closed. */
  openDay(day: string): DayFile | null {
    return DayFile.open(this.pathOf(day));
  }

  /** The first event at or behind a time, or `null` when there is none yet. */
  firstSince(time: number): { readonly at: number; readonly isThen: boolean } | null {
    const stamp = formatTime(time);
    const day = stamp.slice(0, 10);
    for (const [index, known] of this.days.entries()) {
      if (known < day) continue;
      if (known > day) {
        const first = this.#firstOf(index);
        if (first !== null) return { at: first, isThen: false };
        continue;
      }
      const file = this.openDay(day);
      if (file === null) continue;
      try {
        const line = file.forward(file.find((head) => head.stamp >= stamp)).next();
        const head = line.done === true ? null : headOf(line.value.bytes);
        if (head !== null) return { at: head.at, isThen: head.stamp === stamp };
      } finally {
        file.close();
      }
    }
    return null;
  }

  /** The line at a position, or `null`. */
  lineAt(at: number): { readonly day: string; readonly bytes: Buffer } | null {
    const day = this.dayOfPosition(at);
    const file = day === null ? null : this.openDay(day);
    if (day === null || file === null) return null;
    try {
      const line = file.forward(file.find((head) => head.at >= at)).next();
      if (line.done === true || headOf(line.value.bytes)?.at !== at) return null;
      return { day, bytes: line.value.bytes };
    } finally {
      file.close();
    }
  }

  #firstOf(index: number): number | null {
    const day = this.days[index];
    if (day === undefined) return null;
    const known = this.#firstAt.get(day);
    if (known !== undefined) return known;
    const file = this.openDay(day);
    const first = file?.first()?.at ?? null;
    file?.close();
    // An empty day may get its first line yet.
    if (first !== null) this.#firstAt.set(day, first);
    return first;
  }
}
