/*
 * What a transfer of files between nodes needs of its surroundings: the leader's files, the joiner's files, and time.
 * file-manager/transfer/ has the files.
 */

/** A content, named by its hash. */
export interface FileContent {
  /** SHA-256, as 64 hexadecimal digits. */
  readonly hash: string;
  readonly size: number;
}

/** A file of a data folder. `path` is within the folder, with "/" between the names. */
export interface ListedFile extends FileContent {
  readonly path: string;
  readonly mode: number;
}

/** How far the making of a listing is. */
export interface ListingProgress {
  readonly files: number;
  readonly bytes: number;
}

/** The files of a data folder at a moment, or later: those that are only appended to may have got more. */
export interface FolderListing {
  readonly files: readonly ListedFile[];
  /** The log's sequence, as it was when the files of state were opened: all of it is in the files. */
  readonly sequence: number;
  /** Resolves to bytes of one of the files; `null` when that isn't as listed any more. Never rejects. */
  read(hash: string, offset: number, length: number): Promise<Uint8Array | null>;
  close(): void;
}

/** A leader's data folder. */
export interface SentFolder {
  /**
   * Lists the folder without holding the thread for long. The files of state are opened, and `sequence` is asked, in one
   * turn, so that they fit together. Never rejects: `failed` is a sentence.
   *
   * @param wrong hashes that proved not to be those of their files: nothing that is remembered of them is used
   */
  list(
    sequence: () => number,
    wrong: readonly string[],
    onProgress: (progress: ListingProgress) => void,
  ): Promise<FolderListing | { readonly failed: string }>;
}

/**
 * A file that arrives. Its bytes lie at a temporary name, and survive the process. Calls don't overlap. All reject with an
 * error whose message is a sentence for the owner.
 */
export interface PartialFile {
  /** How much is there already. */
  readonly bytes: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Puts the file in its place if it has the right hash. Otherwise drops what is there, and resolves to `false`. */
  complete(): Promise<boolean>;
  /** Closes the file, and leaves what is there for another time. */
  close(): Promise<void>;
}

/**
 * A data folder that is being fetched. No server starts on it until {@link finish} has resolved. Calls reject with an error
 * whose message is a sentence for the owner.
 */
export interface JoiningFolder {
  /** Whether a data folder has files of this name. */
  isFileName(path: string): boolean;
  /** Returns a sentence when so many more bytes don't fit on the disk; `null` when they do, or when it isn't known. */
  spaceProblem(bytes: number): string | null;
  /** Whether the file is in its place, with this content. */
  has(file: ListedFile): Promise<boolean>;
  /** Opens a file for what is missing of it: perhaps nothing, when the same content lies at another place. */
  open(file: ListedFile): Promise<PartialFile>;
  /** Removes what isn't listed, makes everything survive a loss of power, and lets servers start on the folder. */
  finish(files: readonly ListedFile[]): Promise<void>;
}

/** Time, for a transfer. */
export interface TransferClock {
  /** Monotonic, in ms. */
  elapsed(): number;
  /** Calls once, `ms` later. Returns a function that cancels it. */
  later(ms: number, run: () => void): () => void;
}
