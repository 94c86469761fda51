import type { ReadWork } from "../../chat-server/server-ports.ts";
import { replaceGrowingFile } from "../disk/growing-copy.ts";
import { syncFolder, temporaryOf } from "../disk/replace-file.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { grepLines } from "../search/grep-lines.ts";
import type { AppendFiles } from "./append-files.ts";
import { type DayFile, headOf } from "./day-file.ts";
import type { HistoryFolder } from "./history-folder.ts";
import { parseRawLine, type RawLine } from "./stored-event.ts";

/** Changes a line in place. Returns `false` when it is as it should be already. */
export type LineChange = (line: RawLine) => boolean;

/**
 * Changes lines of a day, by their position: a copy with the new lines takes the file's place by rename. Events may be
 * appended meanwhile; the descriptor for appending moves to the new file in the turn of the rename. A crash leaves the
 * old file or the new one, and each has everything that was synced.
 *
 * Rewrites of one conversation must not overlap. Resolves to the bytes that were written. Rejects with file-system errors;
 * the day is unchanged then.
 */
export function rewriteDay(
  folder: HistoryFolder,
  day: string,
  files: AppendFiles,
  changes: ReadonlyMap<number, LineChange>,
): Promise<number> {
  return rewrite(folder, day, files, (old) => piecesAt(old, changes));
}

/**
 * {@link rewriteDay} for many lines: calls `change` with each line that contains one of the needles. Lines are read while the file is
 * copied, so that a hundred thousand of them neither fill the memory nor block the thread.
 *
 * @param change is given the line's text as well
 * @param read counts the bytes that were looked through
 */
export function rewriteLines(
  folder: HistoryFolder,
  day: string,
  files: AppendFiles,
  needles: readonly Buffer[],
  change: (raw: RawLine, line: string) => boolean,
  read: ReadWork,
): Promise<number> {
  return rewrite(folder, day, files, (old) => {
    read.bytes += old.bytes;
    return piecesWith(old, needles, change);
  });
}

/** Takes the text out of a line, which keeps its position, author and time. Returns `false` when it was out already. */
export function eraseLine(line: RawLine): boolean {
  if (line["gone"] === true) return false;
  delete line["text"];
  delete line["ownText"];
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

/** In the order of the file; `null` where the reader may rest. */
type Pieces = Iterator<Piece | null, void>;

async function rewrite(
  folder: HistoryFolder,
  day: string,
  files: AppendFiles,
  piecesOf: (old: DayFile) => Pieces,
): Promise<number> {
  const old = folder.openDay(day);
  if (old === null) return 0;
  try {
    const pieces = piecesOf(old);
    const slice = new TimeSlice();
    const first = await nextPiece(pieces, slice);
    return first === null ? 0 : await replaceDay(folder, day, files, old, first, pieces);
  } finally {
    await old.closeLast();
  }
}

async function nextPiece(pieces: Pieces, slice: TimeSlice): Promise<Piece | null> {
  for (;;) {
    const next = pieces.next();
    if (next.done === true) return null;
    if (slice.isDue) await slice.rest();
    if (next.value !== null) return next.value;
  }
}

function* piecesAt(
  old: DayFile,
  changes: ReadonlyMap<number, LineChange>,
): Generator<Piece | null, void> {
  // By their place in the file: an editor may have left positions out of order, and a copy goes forward only.
  const places: { readonly start: number; readonly change: LineChange }[] = [];
  for (const [position, change] of changes) {
    const start = old.find((head) => head.position >= position);
    const line = old.forward(start).next();
    if (line.done === true || headOf(line.value.bytes)?.position !== position) continue;
    places.push({ start, change });
    yield null;
  }
  for (const { start, change } of places.sort((a, b) => a.start - b.start)) {
    const line = old.forward(start).next();
    const raw = line.done === true ? null : parseRawLine(line.value.bytes.toString("utf8"));
    if (line.done === true || raw === null || !change(raw)) continue;
    yield { start, end: line.value.end, bytes: Buffer.from(`${JSON.stringify(raw)}\n`) };
  }
}

function* piecesWith(
  old: DayFile,
  needles: readonly Buffer[],
  change: (raw: RawLine, line: string) => boolean,
): Generator<Piece | null, void> {
  for (const line of grepLines(old, needles)) {
    const text = line?.bytes.toString("utf8") ?? "";
    const raw = line === null ? null : parseRawLine(text);
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
): Promise<number> {
  const path = folder.pathOf(day);
  let written = 0;
  await replaceGrowingFile({
    path,
    temporary: temporaryOf(path),
    source: old,
    disk: files.disk,
    length: () => folder.wholeBytesOf(day, old),
    async change(copy) {
      const slice = new TimeSlice();
      for (
        let piece: Piece | null = first;
        piece !== null;
        piece = await nextPiece(pieces, slice)
      ) {
        while (!copy.stepTo(piece.start)) if (slice.isDue) await slice.rest();
        copy.put(piece.bytes, piece.end);
      }
    },
    adopt(fd, bytes) {
      written = bytes;
      if (folder.tail?.path !== path) return false;
      files.adopt(folder.tail, fd, bytes);
      return true;
    },
  });
  await syncFolder(folder.path);
  return written;
}
