import { join } from "node:path";
import { PieceJoiner } from "../../cluster/pieces.ts";
import { decodeRecord, type ReadRecord, type RecordedChange } from "../../cluster/record.ts";
import { isThere } from "../disk/folder-entries.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { RecordFileReader } from "./record-file.ts";

/** A room event, person change or group of account changes of the log, as it was read. */
export type LoggedChange = RecordedChange<unknown, unknown>;

/** What a log has that the files of its folder may lack. */
export interface LoggedChanges {
  /** In order. Read once, while the folder is opened. May throw file-system errors. */
  readonly changes: Iterable<LoggedChange>;
  /** Sentences for the owner's log, once all was read. */
  readonly reports: readonly string[];
}

/** Returns where the log of a data folder lies that has one. */
export function recordLogPath(folder: string): string {
  return join(folder, "records.journal");
}

/**
 * Reads what the log of a data folder has to store, as a leader that was killed left it, and changes nothing. `null`: there
 * is no log.
 */
export function readLoggedChanges(
  folder: string,
): LoggedChanges | null | { readonly refused: string } {
  const path = recordLogPath(folder);
  try {
    if (!isThere(path)) return null;
    const reports: string[] = [];
    return { changes: changesIn(path, reports), reports };
  } catch (error) {
    return {
      refused: `${path} cannot be read: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
}

/** Yields the records of a log's file. What can't be read is passed over, with a sentence in `reports`. */
export function* recordsIn(path: string, reports: string[]): Generator<ReadRecord> {
  const reader = RecordFileReader.open(path);
  if (reader === null) return;
  const joiner = new PieceJoiner();
  try {
    for (let stored = reader.next(); stored !== null; stored = reader.next()) {
      const bytes = stored.entry === null ? null : joiner.push(stored.entry.bytes);
      if (bytes === null) continue;
      const decoded = decodeRecord(bytes, null);
      if ("record" in decoded) yield decoded.record;
      else reports.push(`${path}: ${decoded.unreadable} It was passed over.`);
    }
  } finally {
    reader.close();
  }
}

function* changesIn(path: string, reports: string[]): Generator<LoggedChange> {
  for (const record of recordsIn(path, reports)) {
    if (record.kind === "turn") yield* record.changes;
  }
}
