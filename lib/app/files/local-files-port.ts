/** What the app needs of this device's files to send and open them. */
import type { FolderEntry, PathStyle } from "./typed-path.ts";

/** A file that may be sent. */
export interface LocalFile {
  /** Without folders. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Its absolute path, or the bytes of a picture from the clipboard. */
  readonly content: string | Uint8Array;
}

/** What is at a path. `path`: the absolute one. */
export type LookedAt =
  | { readonly kind: "file"; readonly file: LocalFile }
  | {
      readonly kind: "none" | "folder" | "special" | "forbidden" | "empty";
      readonly path: string;
    };

/** The picture in the clipboard, or why there is none. "no-program": nothing here can read it. */
export type ClipboardPicture =
  | { readonly kind: "picture"; readonly bytes: Uint8Array; readonly extension: string }
  | { readonly kind: "none" | "no-program" | "failed" | "too-large" };

/** This device's files. Paths are as a person types them: relative, or with `~` for the home folder. */
export interface LocalFilesPort {
  readonly style: PathStyle;
  lookAt(path: string): LookedAt;
  /** Returns a folder's entries, "" for the current one, as many as anybody looks through; none where it can't be read. */
  list(folder: string): readonly FolderEntry[];
  /** Never rejects. */
  clipboardPicture(): Promise<ClipboardPicture>;
  /** Resolves to what a file begins with, enough to tell what it is; to nothing where it can't be read. */
  head(path: string): Promise<Uint8Array>;
  /** Opens a file with the program that the system has for it. Resolves to false where there is none; never rejects. */
  open(path: string): Promise<boolean>;
}
