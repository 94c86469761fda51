import type { AccountId } from "../../protocol/account-id.ts";
import type { Link, Query } from "../server-ports.ts";

/** A file that an account sends, as it was granted. */
export interface Upload {
  readonly account: AccountId;
  readonly sha256: string;
  /** Bytes of the file, and of the preview that follows it; 0 for none. */
  readonly size: number;
  readonly preview: number;
  /** From which byte on it is sent: the bytes before it arrived earlier, and are kept. */
  readonly offset: number;
}

/** The queries about the bytes of files. Paths are below the data folder's `files/`, with `/` between folders. */
export type FileQuery =
  /**
   * Takes the link from its session: answers `FILE READY`, and reads the bytes into an unfinished file until they are
   * all there, checked and safe. The link stays open, and is the session's again.
   */
  | {
      readonly kind: "receive-file";
      readonly link: Link;
      /** The server's name, with which its answer begins. */
      readonly server: string;
      readonly upload: Upload;
    }
  /**
   * Puts what was received where it belongs. A file of this size that is there already stays: it has the same bytes.
   * `previewPath` is `null` for no preview.
   */
  | {
      readonly kind: "place-file";
      readonly key: string;
      readonly path: string;
      readonly previewPath: string | null;
    }
  /** Deletes an unfinished file. */
  | { readonly kind: "drop-file"; readonly key: string }
  /** What has come whole is its sender's to go on with, at its end, as if it had been cut. */
  | { readonly kind: "keep-file"; readonly key: string }
  /** Takes the link from its session: answers `FILE DATA`, and sends the bytes from the offset to the end. */
  | {
      readonly kind: "send-file";
      readonly link: Link;
      /** The server's name, with which its answer begins. */
      readonly server: string;
      /** The file's id, by which another node has it. */
      readonly id: string;
      readonly path: string;
      readonly offset: number;
    }
  /** Asks how much of a file an account has sent before, which broke off. */
  | ({ readonly kind: "unfinished-file" } & Pick<Upload, "account" | "sha256" | "size">)
  /** Deletes files and previews; those that aren't there are passed over. */
  | { readonly kind: "remove-files"; readonly paths: readonly string[] }
  /** Asks how much the disk can still take. */
  | { readonly kind: "file-space" };

/** The answer to each kind of {@link FileQuery}. */
export interface FileAnswers {
  /**
   * `cut`: the connection broke. `slow`: nothing moved for too long. `full`: the disk is, `disk`: it refuses. `off`: the
   * link can't carry files. `key` names what was received, for the queries that follow; "" where nothing is kept.
   */
  readonly "receive-file": {
    readonly outcome: "stored" | "cut" | "slow" | "wrong-hash" | "full" | "disk" | "off";
    readonly key: string;
    /** How many bytes arrived. */
    readonly bytes: number;
  };
  readonly "place-file": { readonly done: boolean };
  readonly "drop-file": { readonly done: boolean };
  readonly "keep-file": { readonly done: boolean };
  /** `missing`: it isn't there, and won't be. `later`: another node has it, or the disk failed. */
  readonly "send-file": {
    readonly outcome: "sent" | "cut" | "slow" | "missing" | "later" | "off";
    readonly bytes: number;
  };
  /** `bytes` is 0 and `key` "" where there is nothing. */
  readonly "unfinished-file": { readonly bytes: number; readonly key: string };
  readonly "remove-files": { readonly done: boolean };
  /** `null` when the system doesn't tell. */
  readonly "file-space": { readonly freeBytes: number | null };
}

const KINDS: ReadonlySet<Query["kind"]> = new Set<FileQuery["kind"]>([
  ...(["receive-file", "place-file", "drop-file", "keep-file", "send-file"] as const),
  ...(["unfinished-file", "remove-files", "file-space"] as const),
]);

/** Returns whether a query is about the bytes of files. */
export function isFileQuery(query: Query): query is FileQuery {
  return KINDS.has(query.kind);
}

/** Answers for a server that has no place for files. */
export function answerWithoutFiles(query: FileQuery): FileAnswers[FileQuery["kind"]] {
  switch (query.kind) {
    case "receive-file":
      return { outcome: "off", key: "", bytes: 0 };
    case "send-file":
      return { outcome: "off", bytes: 0 };
    case "unfinished-file":
      return { bytes: 0, key: "" };
    case "file-space":
      return { freeBytes: null };
    case "place-file":
    case "drop-file":
    case "keep-file":
    case "remove-files":
      return { done: false };
  }
}
