import type { Query, QueryAnswers } from "../server-ports.ts";

/**
 * What each kind of work costs, in microseconds of the server's CPU: the unit of all budgets (budgets.ts).
 * Measured by tests/bench/charges.ts on two shared cores of 2026; another machine is quicker or slower in all
 * of them alike. What the kernel and TLS take is counted as it is under load, when writes are gathered.
 */
export const MICROSECONDS = {
  /** Reading a line: parsing it, the checks that all commands share, and its handler's fixed part. */
  commands: 3,
  /** Each byte of a received line. */
  commandBytes: 0.012,
  /** A line of an answer: formatting and queueing it. */
  lines: 1.2,
  /** Each byte of an answer, or of a line that is encoded for others. */
  bytes: 0.009,
  /** A line encoded for one dialect of an event's audience. */
  encodings: 6,
  /** Shared bytes queued for one reader. */
  sends: 0.1,
  /** Each of these bytes: copied and encrypted for each reader. Of a message of 8 KB to a hundred over TLS it took 0.8 ns. */
  sentBytes: 0.0006,
  /** An event or a person's change that is written to disk. */
  stores: 14,
  /** An event read from a file and parsed, shown or not. */
  events: 2,
  /** Each byte of a history file that was looked at for an answer. */
  readBytes: 0.004,
  /** Each byte of a history file that was looked through or copied, since lines of it were to change. */
  copiedBytes: 0.001,
  /** A millisecond for which a search ran in its own thread. */
  searchMs: 1000,
  /** A room, user, member or list entry that was looked at for an answer, or to find who hears of something. */
  rows: 0.025,
  /** A name of a list that was given, folded and looked up. */
  names: 0.6,
  /** A text that was matched against a mask. */
  masks: 0.11,
  /** A letter of a text that was compared with a word filter. */
  comparedLetters: 0.012,
  /** A question that left through a port, whose answer continues the command on a later turn. */
  queries: 30,
  /** A microsecond that was measured, and is much more than all the other kinds explain. See `Budgets`. */
  unexplained: 1,
} as const;

type Work = keyof typeof MICROSECONDS;
const KINDS = Object.keys(MICROSECONDS) as readonly Work[];

/**
 * Counts the work of one server, by kind; the numbers only grow. Each part that works adds what it did, and
 * `Budgets` charges the difference to whoever caused it.
 */
export class WorkMeter implements Record<Work, number> {
  commands = 0;
  commandBytes = 0;
  lines = 0;
  bytes = 0;
  encodings = 0;
  sends = 0;
  sentBytes = 0;
  stores = 0;
  events = 0;
  readBytes = 0;
  copiedBytes = 0;
  searchMs = 0;
  rows = 0;
  names = 0;
  masks = 0;
  comparedLetters = 0;
  queries = 0;
  unexplained = 0;
  /** What was sent or stored: costs nothing, and tells whether a command has done something yet. */
  effects = 0;

  /** Returns the sum of all work in microseconds. */
  get microseconds(): number {
    return (
      this.commands * MICROSECONDS.commands +
      this.commandBytes * MICROSECONDS.commandBytes +
      this.lines * MICROSECONDS.lines +
      this.bytes * MICROSECONDS.bytes +
      this.encodings * MICROSECONDS.encodings +
      this.sends * MICROSECONDS.sends +
      this.sentBytes * MICROSECONDS.sentBytes +
      this.stores * MICROSECONDS.stores +
      this.events * MICROSECONDS.events +
      this.readBytes * MICROSECONDS.readBytes +
      this.copiedBytes * MICROSECONDS.copiedBytes +
      this.searchMs * MICROSECONDS.searchMs +
      this.rows * MICROSECONDS.rows +
      this.names * MICROSECONDS.names +
      this.masks * MICROSECONDS.masks +
      this.comparedLetters * MICROSECONDS.comparedLetters +
      this.queries * MICROSECONDS.queries +
      this.unexplained * MICROSECONDS.unexplained
    );
  }

  /** Returns the counts by kind. */
  counts(): Record<Work, number> {
    return Object.fromEntries(KINDS.map((kind) => [kind, this[kind]])) as Record<Work, number>;
  }

  /** Adds what the answer to a query took to read. */
  addAnswer(query: Query, answer: QueryAnswers[Query["kind"]]): void {
    this.queries += 1;
    switch (query.kind) {
      case "history": {
        const { events, read } = answer as QueryAnswers["history"];
        this.events += read?.events ?? events?.length ?? 0;
        this.readBytes += read?.bytes ?? 0;
        return;
      }
      case "search": {
        const { events, searchMs = 0 } = answer as QueryAnswers["search"];
        this.events += events?.length ?? 0;
        this.searchMs += searchMs;
        return;
      }
      case "authored-lines": {
        const { lines, read } = answer as QueryAnswers["authored-lines"];
        this.events += lines?.lines ?? 0;
        this.copiedBytes += read?.bytes ?? 0;
        return;
      }
      case "erase-unreachable":
      case "rewrite": {
        const { read } = answer as QueryAnswers["rewrite" | "erase-unreachable"];
        this.copiedBytes += read?.bytes ?? 0;
        return;
      }
      // Hashing runs in a queue of its own.
      case "hash-password":
      case "verify-password":
      case "save-accounts":
      case "settings":
    }
  }
}
