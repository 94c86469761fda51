import { PieceJoiner } from "../../cluster/log/pieces.ts";
import { decodeRecord, type ReadRecord, type RecordedChange } from "../../cluster/log/record.ts";
import type { UnreadableBytes } from "../../cluster/seal.ts";
import { UnreadableRecord } from "../../protocol/unreadable-record.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { RecordFileReader, recordLogPath } from "./record-file.ts";
import { type ReadRecords, RecordIndex } from "./record-index.ts";

/** A room event, person change or group of account changes of the log, as it was read. */
export type LoggedChange = RecordedChange<unknown, unknown>;

/** What a log has that the files of its folder may lack. */
export interface LoggedChanges {
  /** In order. Read once, while the folder is opened. May throw file-system errors, and `UnreadableRecord`. */
  readonly changes: Iterable<LoggedChange>;
  /** Sentences for the owner's log, once all was read. */
  readonly reports: readonly string[];
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
    const reports: string[] = [];
    const reader = LoggedChangesReader.open(path, reports);
    return reader && { changes: toItsEnd(reader), reports };
  } catch (error) {
    return {
      refused: `${path} cannot be read: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
}

/** Yields the records of a log's file. What can't be read is passed over, with a sentence in `reports`. */
export function* recordsIn(path: string, reports: string[]): Generator<ReadRecord> {
  const reader = LoggedChangesReader.open(path, reports);
  if (reader === null) return;
  try {
    yield* reader.records();
  } finally {
    reader.close();
  }
}

function* toItsEnd(reader: LoggedChangesReader): Generator<LoggedChange> {
  try {
    yield* reader.changes();
  } finally {
    reader.close();
  }
}

/** Reads what a log has to store, on and on while another process appends to it. */
export class LoggedChangesReader {
  readonly #reader: RecordFileReader;
  readonly #path: string;
  readonly #joiner = new PieceJoiner();
  readonly #reports: string[] | null;
  readonly #index = new RecordIndex();

  private constructor(path: string, reader: RecordFileReader, reports: string[] | null) {
    this.#path = path;
    this.#reader = reader;
    this.#reports = reports;
  }

  /**
   * Opens the log at a path; `null` when there is none. Throws file-system errors.
   *
   * @param reports gets a sentence about each record that is damaged, and is passed over. Without it, and for one that a
   *   newer version wrote, {@link UnreadableRecord} is thrown: whoever follows a leader must not lack what it has
   */
  static open(path: string, reports: string[] | null = null): LoggedChangesReader | null {
    const reader = RecordFileReader.open(path);
    return reader === null ? null : new LoggedChangesReader(path, reader, reports);
  }

  /** Yields what came since the last call. Throws file-system errors, and {@link UnreadableRecord}. */
  *records(): Generator<ReadRecord> {
    for (let stored = this.#reader.next(); stored !== null; stored = this.#reader.next()) {
      this.#index.take(stored);
      const bytes = stored.entry === null ? null : this.#joiner.push(stored.entry.bytes);
      if (bytes === null) continue;
      const decoded = decodeRecord(bytes, null);
      if ("record" in decoded) yield decoded.record;
      else if (this.#reports === null || decoded.isNewer) throw this.#unreadable(decoded);
      else this.#reports.push(`${this.#path}: ${decoded.unreadable} It was passed over.`);
    }
  }

  /** The same, of what is to be stored. */
  *changes(): Generator<LoggedChange> {
    for (const record of this.records()) if (record.kind === "turn") yield* record.changes;
  }

  #unreadable({ unreadable, isNewer }: UnreadableBytes): UnreadableRecord {
    return new UnreadableRecord(`${this.#path}: ${unreadable}`, isNewer);
  }

  /** What was read so far: see `LocalLogOptions.read`. */
  get read(): ReadRecords {
    return { inode: this.#reader.inode, index: this.#index };
  }

  /** Whether the log's writer has put another file in this one's place. */
  get isReplaced(): boolean {
    return this.#reader.isReplaced;
  }

  close(): void {
    this.#reader.close();
  }
}
