import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { PRIVATE_FILE, syncFolder, temporaryOf } from "../disk/replace-file.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { grepLines } from "../search/grep-lines.ts";
import type { AppendFiles } from "./append-files.ts";
import { DayCopy } from "./day-copy.ts";
import { type DayFile, headOf } from "./day-file.ts";
import type { HistoryFolder } from "./history-folder.ts";
import { parseRaw, type RawLine } from "./stored-event.ts";

/** Changes a line in place, or answers `false` when it is as it should be already. */
export type LineChange = (line: RawLine) => boolean;

/**
 * Changes some lines of a day: a copy with the new lines takes the file's place by rename. Events may be added
 * all the while; they are copied behind the rest, and the last of them in the same turn as the rename, with
 * which the descriptor for adding moves to the new file. A crash leaves the old file or the new one, and
 * nothing that a sync had called safe is in neither.
 *
 * Rewrites of one conversation must not overlap. Rejects with what the disk threw; the day is as it was then.
 */
export function rewriteDay(
  folder: HistoryFolder,
  day: string,
  files: AppendFiles,
  changes: ReadonlyMap<number, LineChange>,
): Promise<void> {
  return rewrite(folder, day, files, (old) => piecesAt(old, changes));
}

/**
 * The same for many lines: all that hold some bytes are asked about. They are read as they are copied, so that
 * a hundred thousand of them take neither the memory nor the thread.
 *
 * @param change is given the line's text as well
 */
export function rewriteLines(
  folder: HistoryFolder,
  day: string,
  files: AppendFiles,
  mark: Buffer,
  change: (raw: RawLine, line: string) => boolean,
): Promise<void> {
  return rewrite(folder, day, files, (old) => piecesWith(old, mark, change));
}

/** The line keeps its place, who and when; what was said in it goes. */
export function eraseLine(line: RawLine): boolean {
  if (line["gone"] === true) return false;
  delete line["text"];
  delete line["tags"];
  line["gone"] = true;
  return true;
}

/** New bytes for the part of the old file from `start` to `end`. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** In the order of the file; `null` where it may be time to give way. */
type Pieces = Iterator<Piece | null, void>;

async function rewrite(
  folder: HistoryFolder,
  day: string,
  files: AppendFiles,
  piecesOf: (old: DayFile) => Pieces,
): Promise<void> {
  const old = folder.openDay(day);
  if (old === null) return;
  try {
    const pieces = piecesOf(old);
    const pace = new TimeSlice();
    const first = await nextOf(pieces, pace);
    if (first !== null) await replaceDay(folder, day, files, old, first, pieces);
  } finally {
    await old.closeLast();
  }
}

/** The next piece, or `null` when there is none. */
async function nextOf(pieces: Pieces, pace: TimeSlice): Promise<Piece | null> {
  for (;;) {
    const next = pieces.next();
    if (next.done === true) return null;
    if (pace.isDue) await pace.rest();
    if (next.value !== null) return next.value;
  }
}

function* piecesAt(
  old: DayFile,
  changes: ReadonlyMap<number, LineChange>,
): Generator<Piece | null, void> {
  for (const [at, change] of [...changes].sort(([one], [other]) => one - other)) {
    const start = old.find((head) => head.at >= at);
    const line = old.forward(start).next();
    if (line.done === true || headOf(line.value.bytes)?.at !== at) continue;
    const raw = parseRaw(line.value.bytes.toString("utf8"));
    if (raw === null || !change(raw)) continue;
    yield { start, end: line.value.end, bytes: Buffer.from(`${JSON.stringify(raw)}\n`) };
  }
}

function* piecesWith(
  old: DayFile,
  mark: Buffer,
  change: (raw: RawLine, line: string) => boolean,
): Generator<Piece | null, void> {
  for (const line of grepLines(old, mark)) {
    const text = line?.bytes.toString("utf8") ?? "";
    const raw = line === null ? null : parseRaw(text);
    if (line === null || raw === null || !change(raw, text)) yield null;
    else {
      const { start, end } = line;
      yield { start, end, bytes: Buffer.from(`${JSON.stringify(raw)}\n`) };
    }
  }
}

async function replaceDay(
  folder: HistoryFolder,
  day: string,
  files: AppendFiles,
  old: DayFile,
  first: Piece,
  pieces: Pieces,
): Promise<void> {
  const path = folder.pathOf(day);
  const temporary = temporaryOf(path);
  rmSync(temporary, { force: true });
  let fd: number | null = openSync(temporary, "ax", PRIVATE_FILE);
  const copy = new DayCopy(old, fd, files.disk);
  const pace = new TimeSlice();
  try {
    for (let piece: Piece | null = first; piece !== null; piece = await nextOf(pieces, pace)) {
      while (!copy.stepTo(piece.start)) if (pace.isDue) await pace.rest();
      copy.put(piece.bytes, piece.end);
    }
    await copy.follow(() => folder.wholeBytesOf(day, old));
    // From here to the rename nothing can be added.
    copy.finish(folder.wholeBytesOf(day, old));
    renameSync(temporary, path);
    if (folder.tail?.path === path) {
      files.replaced(folder.tail, fd, copy.written);
      fd = null;
    }
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    if (fd !== null) closeSync(fd);
  }
  await syncFolder(folder.path);
}
