/** What is shown of one file that is sent or fetched. */
import type { FileTrouble } from "./file-ports.ts";

/**
 * - queued: waits for one of the places for files that run
 * - preparing: the file is read here, for its hash and preview
 * - asking: the server is asked whether it may be sent or fetched
 * - running: its bytes move
 * - waiting: the connection was lost, or the server wants it later; it goes on by itself
 */
export type TransferState =
  | "queued"
  | "preparing"
  | "asking"
  | "running"
  | "waiting"
  | "done"
  | "failed"
  | "cancelled";

/** Why a transfer failed. */
export type TransferProblem =
  /** The server refused it by a FAIL FILE. `detail`: what is full (QUOTA), for how many seconds (RATE_LIMITED), or "". */
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly detail: string;
      readonly text: string;
    }
  /** The server has no files, or its owner has switched them off. */
  | { readonly kind: "not-offered" }
  /** Larger than the server takes: `sizeMax` bytes. */
  | { readonly kind: "too-large"; readonly sizeMax: number }
  /** The caption is longer than a message may be. */
  | { readonly kind: "caption-too-long" }
  /** More files are wanted than wait here. */
  | { readonly kind: "too-many" }
  /** A file on this device can't be read or written. */
  | { readonly kind: "disk"; readonly why: FileTrouble }
  /** What came isn't the file that was announced. */
  | { readonly kind: "wrong-bytes" }
  /** The connection broke again and again, without any byte that moved. */
  | { readonly kind: "lost" };

/** One file that is sent or fetched, as it is now. */
export interface Transfer {
  readonly key: string;
  readonly direction: "send" | "get";
  /** The room or person; "" where a file is fetched by its id alone. */
  readonly target: string;
  /** The file's name, which may be text from others; "" until it is known. */
  readonly name: string;
  /** In bytes; 0 until it is known. */
  readonly size: number;
  readonly state: TransferState;
  /** How many bytes were sent or fetched; while it is prepared, how many were read. */
  readonly bytes: number;
  /** Of the last seconds. */
  readonly bytesPerSecond: number;
  readonly problem: TransferProblem | null;
  /** Where a fetched file lies, once it is done. */
  readonly path: string | null;
  /** The id of the file on the server; null until it is known. */
  readonly fileId: string | null;
  /** The message with which a file was sent; null until it is done, and where the server's answer was lost. */
  readonly msgid: string | null;
}

/** Returns whether nothing more happens to a transfer. */
export function isEnded({ state }: Pick<Transfer, "state">): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}
