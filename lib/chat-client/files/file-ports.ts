/** What transfers need from outside: files of this device, and connections of bytes. */
import type { FileFacts, SharedFile } from "../../protocol/file-facts.ts";

/**
 * Why a file on this device can't be read or written. "changed": it is another one since it was looked at;
 * "wrong-bytes": its hash isn't the one that was announced; "exists": there is a file
 * of that name already; "closed": nobody reads the output any more; "no-plain-file": a pipe or a device; "not-shrunk": a picture that was to lose its place and
 * camera data can't be read here.
 */
export type FileTrouble =
  | "no-folder"
  | "is-folder"
  | "forbidden"
  | "read-only"
  | "full"
  | "too-large"
  | "bad-name"
  | "disk-error"
  | "other"
  | "no-file"
  | "no-plain-file"
  | "empty"
  | "changed"
  | "not-shrunk"
  | "exists"
  | "closed"
  | "wrong-bytes";

/** A file, read whole: what the server is told of it, and its preview. */
export interface PreparedFile {
  readonly facts: FileFacts;
  /** A WebP picture of at most `PREVIEW_BYTES_MAX`; null for none. `facts.preview` is its length. */
  readonly preview: Uint8Array | null;
}

/** What failed on this device. */
export interface FileFailure {
  readonly why: FileTrouble;
}

/** A file to send. Nothing of it is called back after {@link FileSource.close}. */
export interface FileSource {
  /** As it is shown until it is prepared. */
  readonly name: string;
  /** In bytes, as far as it is known before it was read; 0 otherwise. */
  readonly size: number;
  /**
   * Reads all of it. Called once, and before `read`.
   *
   * @param progress hears how many bytes were read
   */
  prepare(
    progress: (bytes: number) => void,
    done: (outcome: PreparedFile | FileFailure) => void,
  ): void;
  /**
   * Reads some bytes from `offset` on; none at the end. They don't change until the next but one call. It is called again
   * only when `done` was.
   */
  read(offset: number, done: (outcome: Uint8Array | FileFailure) => void): void;
  /** Called once, when nothing of it is needed any more. */
  close(): void;
}

/** What a {@link FileSink} calls; nothing after its `close`. */
export interface SinkHandlers {
  /** It is ready, and has so many bytes of the file from an earlier attempt. */
  opened(offset: number): void;
  /** More may be written, after `write` returned `false`. */
  drained(): void;
  failed(why: FileTrouble): void;
}

/** Where the bytes of a fetched file go. */
export interface FileSink {
  /** Called once, before the first byte; again only after `finish` said "wrong-bytes", to begin at the first byte. */
  open(file: SharedFile, handlers: SinkHandlers): void;
  /** Takes bytes, which are valid during this call only. Returns whether it takes more now. */
  write(bytes: Uint8Array): boolean;
  /** All bytes were written: checks them, and gives the file its name. `path` is null where it has none. */
  finish(done: (outcome: { readonly path: string | null } | FileFailure) => void): void;
  /** Called once, when no more comes before the end. `isKept`: what is there can be of use later. */
  close(isKept: boolean): void;
}

/** What a connection of bytes calls; nothing after {@link RawConnection.close}. */
export interface RawHandlers {
  /** It is there, with the same check of the certificate as the chat's connection. */
  opened(): void;
  /** The bytes are valid during this call only. */
  data(bytes: Uint8Array): void;
  /** What was sent has left, and more can be sent. Called after each `send`, once. */
  drained(): void;
  /** It has ended, or could not be opened. `why` is for the trace. */
  closed(why: string): void;
}

/** A connection of bytes to the server of the session. */
export interface RawConnection {
  /** Queues bytes, which must not change until `drained` was called. */
  send(bytes: Uint8Array): void;
  /** Stops reading, or goes on. While it is stopped, the end of the connection goes unnoticed. */
  setReading(isReading: boolean): void;
  /** Ends it at once; what is queued is dropped. */
  close(): void;
}

/** Opens a connection of bytes to the server of the session: same host and port. Nothing is called back before it returns. */
export type OpenRaw = (handlers: RawHandlers) => RawConnection;
