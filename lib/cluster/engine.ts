/*
 * The port behind which a log of records and a bus for frames lie. One machine has a file in the data folder
 * (file-manager/record-log/), several have NATS JetStream (nats/), the simulation has tests/memory-engine.ts.
 * tests/cluster/engine-contract.ts holds all of them to what is said here.
 */

/** An entry of the log, as it was appended. */
export interface LogEntry {
  /** Counts up from 1. Those of entries that were cut or erased are missing. */
  readonly sequence: number;
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** What is to be appended, if nobody else has appended anything meanwhile. */
export interface AppendRequest {
  /**
   * Names the entry. An append whose answer was lost is asked for again under its id, and is in the log once. An id is
   * remembered for two minutes, or until the next entry.
   */
  readonly id: string;
  /** At most {@link RecordLog.entryBytesMax} bytes. */
  readonly bytes: Uint8Array;
  /** The sequence of the log's last entry, as far as the writer knows; 0 for an empty log. This is the fence. */
  readonly after: number;
}

/** How an append ended. */
export type AppendOutcome =
  | { readonly kind: "appended"; readonly sequence: number }
  /** The log's last entry is another one: somebody else has appended. Nothing was. */
  | { readonly kind: "fenced" }
  /**
   * The log takes no more (a full disk, an entry that is too long). Nothing was appended. `why` is a sentence. `isGone`:
   * there is no log any more.
   */
  | { readonly kind: "refused"; readonly why: string; readonly isGone?: true };

/** What a log holds. */
export interface LogFacts {
  /** Sequence of the first entry that is there; `last + 1` when none is. */
  readonly first: number;
  /** Sequence of the newest entry that was ever appended; 0 for none. */
  readonly last: number;
  /** Length in bytes, as far as the engine knows it. */
  readonly bytes: number;
}

/** Who reads along. */
export interface LogFollower {
  /** Takes the next entry. Entries come in order, each once. Those that were erased are left out. */
  entry(entry: LogEntry): void;
  /** The follower has everything up to the log's end, `last`. Called once at first, and perhaps again later. */
  atEnd?(last: number): void;
  /**
   * The entries that come next were cut, or the log ends before the follower's position: the folder is too old for this
   * log, or of another one. Nothing more is called.
   */
  lost?(facts: LogFacts): void;
}

/** A log with one writer at a time, and any number of readers. */
export interface RecordLog {
  /** The longest entry, in bytes. Longer records are cut into pieces: see pieces.ts. */
  readonly entryBytesMax: number;
  /**
   * Appends an entry, and calls `done` with the outcome: before it returns where the log is a local file, or later. One
   * append at a time. An engine asks again for an answer that was lost, for as long as it takes; after
   * {@link close} `done` isn't called any more, and the entry may be in the log or not.
   *
   * @example
   * log.append({ id: "7-12", bytes, after: 841 }, (outcome) => {
   *   if (outcome.kind === "appended") sendFrames();
   * });
   */
  append(request: AppendRequest, done: (outcome: AppendOutcome) => void): void;
  /**
   * Makes sure that entries of so many bytes in all will be taken, as far as it can be known beforehand. `false`: the
   * log has no room, and what would need it must be refused.
   */
  hasRoom(bytes: number): boolean;
  /** Hands over all entries after a sequence, and then those that are appended. Returns a function that ends it. */
  follow(after: number, follower: LogFollower): () => void;
  /** Resolves to what the log holds; `null` when it can't be reached. Never rejects. */
  facts(): Promise<LogFacts | null>;
  /**
   * Removes everything up to and including a sequence. An engine may leave the bytes on its disk until the room is used
   * again: {@link erase} first what must be gone. Resolves to `false` when a reader needs it, or when it failed;
   * all of it is there then, or some of it, and the next call tries again. Never rejects.
   */
  cut(upTo: number): Promise<boolean>;
  /**
   * Overwrites single entries where they are stored: their text was redacted. Followers pass them over. Call it when
   * every follower has them. An entry that isn't there is erased already. Resolves to `false` when some of it failed.
   * Never rejects.
   */
  erase(sequences: readonly number[]): Promise<boolean>;
  /** Ends all following and appending. What is under way may still get into the log. */
  close(): Promise<void>;
}

/** Takes frames from and to gateways on other machines. Nothing is kept: who isn't there hears nothing. */
export interface FrameBus {
  /** The longest message, in bytes. */
  readonly messageBytesMax: number;
  /** Whether the bus can be reached now. */
  readonly isConnected: boolean;
  /**
   * Sends a message to whoever listens. Messages of one publisher on one subject arrive in order. The bytes must stay as
   * they are until the end of the turn. `false`: there is no connection, and the message is gone.
   */
  publish(subject: Subject, bytes: Uint8Array): boolean;
  /** Listens. The bytes are the listener's own. Returns a function that ends it. */
  subscribe(subject: Subject, listener: (bytes: Uint8Array) => void): () => void;
  /**
   * Calls with `false` when the connection is lost, and with `true` when it is there again: what was published meanwhile
   * is lost. Returns a function that ends it.
   */
  onConnection(listener: (isConnected: boolean) => void): () => void;
}

declare const subject: unique symbol;

/** Where a message goes: words of [A-Za-z0-9_-] with dots between them. */
export type Subject = string & { readonly [subject]: true };

const WORD = /^[A-Za-z0-9_-]{1,64}$/;
const CLUSTER_NAME = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Returns the subject of some words, such as a gateway's id. Throws when one could mean something to the engine: a
 * space, a dot or a wildcard.
 */
export function subjectOf(...words: readonly [string, ...string[]]): Subject {
  const wrong = words.find((word) => !WORD.test(word));
  if (wrong !== undefined) throw new Error(`${JSON.stringify(wrong)} can't stand in a subject`);
  // The cast: every word has just been checked.
  return words.join(".") as Subject;
}

/** Whether a cluster can have this name: streams, subjects and files are called after it. */
export function isClusterName(text: string): boolean {
  return CLUSTER_NAME.test(text);
}
