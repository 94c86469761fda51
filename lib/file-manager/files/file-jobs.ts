import type { FileAnswers, FileQuery, Upload } from "../../chat-server/files/file-queries.ts";

/*
 * What the main thread and the thread of files tell each other. The bytes of a file lie in memory that both have, in
 * slots: whoever is told of a slot may use it until it tells the other.
 */

/** What one slot takes. */
export const SLOT_BYTES = 128 << 10;
/** How many slots a file has: with these it is never more than that of it in memory. */
export const SLOTS = 8;

/** Returns the slots of a file's memory. */
export function slotsOf(memory: SharedArrayBuffer): readonly Buffer[] {
  return Array.from({ length: SLOTS }, (_, index) =>
    Buffer.from(memory, index * SLOT_BYTES, SLOT_BYTES),
  );
}

/** The queries that the thread of files answers by itself. */
export type DiskFileQuery = Exclude<FileQuery, { kind: "receive-file" | "send-file" }>;

/** From the main thread. `id` is the file's or the question's, and never used again. */
export type FileJob =
  /** The first one: where the files lie, and the keys of those that are whole and wait for their place. */
  | {
      readonly kind: "begin";
      readonly id: 0;
      readonly root: string;
      readonly waiting: readonly string[];
    }
  | {
      readonly kind: "receive";
      readonly id: number;
      readonly memory: SharedArrayBuffer;
      readonly upload: Upload;
    }
  /** A slot has so many bytes, the next of the file. */
  | {
      readonly kind: "write";
      readonly id: number;
      readonly slot: number;
      readonly bytes: number;
    }
  /** All bytes were written. */
  | { readonly kind: "finish"; readonly id: number }
  | {
      readonly kind: "give";
      readonly id: number;
      readonly memory: SharedArrayBuffer;
      readonly path: string;
      readonly offset: number;
    }
  /** A slot may be filled with the next bytes. */
  | { readonly kind: "read"; readonly id: number; readonly slot: number }
  /** No more of the file is wanted. What was received of it is kept. */
  | { readonly kind: "end"; readonly id: number }
  | { readonly kind: "ask"; readonly id: number; readonly query: DiskFileQuery }
  /** Deletes unfinished files that are old at this time (ms since 1970). */
  | { readonly kind: "sweep"; readonly id: number; readonly nowMs: number };

/** From the thread of files. */
export type FileReport =
  /** The file is open: it goes on at an offset. */
  | {
      readonly kind: "receiving";
      readonly id: number;
      readonly key: string;
      readonly offset: number;
    }
  /** What was in a slot is written. */
  | { readonly kind: "written"; readonly id: number }
  | {
      readonly kind: "finished";
      readonly id: number;
      readonly outcome: "stored" | "wrong-hash";
      readonly key: string;
    }
  /** The file is open: so many bytes follow. `null`: there is none. */
  | { readonly kind: "giving"; readonly id: number; readonly bytes: number | null }
  /** The next slot has so many bytes. */
  | { readonly kind: "filled"; readonly id: number; readonly bytes: number }
  | {
      readonly kind: "answered";
      readonly id: number;
      readonly answer: FileAnswers[DiskFileQuery["kind"]];
    }
  /** The file is closed, and its slots aren't used any more. */
  | { readonly kind: "ended"; readonly id: number }
  /** The disk failed, or is full. The file is closed, as after "finished". */
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly why: string;
      readonly isFull: boolean;
    };
