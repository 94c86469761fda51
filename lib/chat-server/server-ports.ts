import type { AccountAnswers, AccountQuery } from "../member-server/member-ports.ts";
import type { AccountName, Folded } from "../protocol/names.ts";
import type { HistoryPoint } from "../protocol/wire/history-point.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { ConversationId, RoomEvent } from "./event.ts";
import type { ServerOptions } from "./options.ts";
import type { ServerBan, Snapshot } from "./snapshot/snapshot.ts";

/** One connection, as the chat server uses it. lib/transport makes them. */
export interface Link {
  /** The peer's IP address, for limits and logs. Never shown to other people. */
  readonly address: string;
  /** A host name derived from the address, from which the address can't be computed. Others see it, and bans match it. */
  readonly host: string;
  /** Whether it is encrypted by TLS. */
  readonly secure: boolean;
  /** SHA-256 fingerprint of the peer's certificate: 64 hex digits, lower case, no colons. `null` if it showed none. */
  readonly certificate: string | null;
  /** Bytes queued here that the peer has not taken yet. Absent on a link that doesn't count them. */
  readonly backlog?: number;
  /**
   * Queues bytes, which must not change afterwards. They leave at the end of the turn, in one write with the
   * rest. Ignored once the link is closing.
   */
  send(bytes: Uint8Array): void;
  /**
   * Sends what is queued and then `lastWords`, and ends the connection: by force when the peer does not close
   * its end. Nothing is received any more. A second call does nothing.
   */
  close(lastWords?: Uint8Array): void;
}

/** The chat server's inputs from connections. `Session` is opaque to the caller. */
export interface SessionInput<Session> {
  /** Opens a session for a connection that is ready. */
  open(link: Link): Session;
  /** Takes a line from the session, in the order of arrival. */
  receive(session: Session, line: WireLine): void;
  /** The session's peer has taken everything that was queued: lines that waited for that may run. */
  resume(session: Session): void;
  /** The connection has ended. People may read `reason`. */
  close(session: Session, reason: string): void;
}

/** Which part of a conversation's history to read. */
export interface HistoryRequest {
  readonly direction: "latest" | "before" | "after" | "around" | "between";
  readonly from: HistoryPoint;
  /** The other end, for "between", and for "latest" if that stops at a point. */
  readonly to: HistoryPoint | null;
  /** The most events to return. */
  readonly limit: number;
  /** Events before this position are left out: the reader was not a member yet. */
  readonly since: number;
  /** "messages" leaves out joins, modes and the like. */
  readonly kinds: "messages" | "all";
}

/** Which messages to search for: those that meet every condition. */
export interface SearchRequest {
  /** The conversations to search: only ones that the user may read. */
  readonly in: readonly ConversationId[];
  /** Words and phrases. Each must occur in the text, in any case. */
  readonly words: readonly string[];
  /** Nick or account of the author. */
  readonly from: Folded | null;
  /** Time range, ms since 1970. With `after` the oldest matches are returned, without it the newest. */
  readonly after: number | null;
  readonly before: number | null;
  /** The most messages to return. */
  readonly limit: number;
}

/** The messages of one account in a conversation. */
export interface AuthoredRange {
  readonly account: AccountName;
  /** ms since 1970. Older messages belong to an earlier account of that name. 0 for all. */
  readonly since: number;
  /** Position of the last event that counts. */
  readonly upTo: number;
}

/** What an {@link AuthoredRange} holds. */
export interface AuthoredLines {
  /** Messages, reactions and edits. */
  readonly lines: number;
  /** When each message was sent, in order of position. */
  readonly times: readonly number[];
  /** The messages that mention somebody, or may. */
  readonly naming: readonly MentioningMessage[];
}

/** A message that mentions somebody: by the accounts stored with it, or else by its text. */
export interface MentioningMessage {
  readonly time: number;
  readonly named?: readonly AccountName[];
  readonly text?: string;
}

/** Work that takes too long for one turn. Its answer comes back by `Server.answer`. */
export type Query =
  | DiskQuery
  /** Reads the settings again. */
  | { readonly kind: "settings" };

/** The queries that the data folder answers. */
export type DiskQuery =
  | AccountQuery
  | {
      readonly kind: "history";
      readonly conversation: ConversationId;
      readonly request: HistoryRequest;
    }
  | {
      readonly kind: "search";
      readonly request: SearchRequest;
      /** Called now and then while searching: `false` when nobody waits for the answer any more. */
      readonly isWanted: () => boolean;
    }
  | {
      /** Removes a message's text from the files, or replaces it by the edited text. */
      readonly kind: "rewrite";
      readonly event: Extract<RoomEvent, { kind: "edited" | "redacted" | "forgotten" }>;
    }
  | {
      /** Finds every message of an account in a conversation. */
      readonly kind: "said-by";
      readonly conversation: ConversationId;
      readonly who: AuthoredRange;
    }
  | {
      /** Erases an account's messages from conversations that nobody can open any more. */
      readonly kind: "forget-elsewhere";
      readonly who: AuthoredRange;
      readonly except: ReadonlySet<ConversationId>;
    };

/** The answer to each kind of {@link Query}. */
export interface QueryAnswers extends AccountAnswers {
  /** In order of position, oldest first; `null` when the files can't be read. */
  readonly history: { readonly events: readonly RoomEvent[] | null };
  /** Messages, oldest first; `null` when the files can't be searched. Not `complete`: the time limit came first. */
  readonly search: { readonly events: readonly RoomEvent[] | null; readonly complete: boolean };
  readonly rewrite: { readonly done: boolean };
  /** `null` when the files can't be read. */
  readonly "said-by": { readonly said: AuthoredLines | null };
  readonly "forget-elsewhere": { readonly done: boolean; readonly lines: number };
  /** `options` is `null` when the settings are wrong. `said`: why, or which settings need a restart. */
  readonly settings: { readonly options: ServerOptions | null; readonly said: readonly string[] };
}

/** A change to one person, outside of any conversation: stored in the people's journal and folded into the snapshot. */
export type PersonChange =
  | {
      readonly kind: "marked";
      readonly account: AccountName;
      readonly conversation: ConversationId;
      /** Everything up to this time has been read, ms since 1970. */
      readonly time: number;
      /** The conversation's position when it was marked, and the counts of the marker's day: see `MarkerDayCounts`. */
      readonly at?: number;
      readonly read?: number;
      readonly named?: number;
    }
  | { readonly kind: "nick"; readonly account: AccountName; readonly nick: string }
  /** All user modes that they have set on themselves. */
  | { readonly kind: "modes"; readonly account: AccountName; readonly modes: string }
  | {
      readonly kind: "blocked";
      readonly account: AccountName;
      readonly mask: string;
      readonly on: boolean;
    }
  | {
      readonly kind: "metadata";
      /** An account, or a conversation. */
      readonly of: string;
      readonly key: string;
      readonly value: string | null;
    }
  | { readonly kind: "forgotten"; readonly account: AccountName }
  /** The ranks that a room gives an account on joining; "" for none. */
  | {
      readonly kind: "ranked";
      readonly account: AccountName;
      readonly conversation: ConversationId;
      readonly ranks: string;
    }
  /** An operator banned somebody from the server, or lifted the ban. */
  | { readonly kind: "banned"; readonly ban: ServerBan }
  | { readonly kind: "unbanned"; readonly of: ServerBan["of"]; readonly target: string };

/** Everything that the chat server needs from outside. */
export interface ServerPorts {
  readonly clock: { now(): number };
  readonly random: {
    /**
     * Returns a new identifier: 16 or more characters of [a-z0-9], never returned before. With a `time` (ms
     * since 1970) it should begin with that time: the files then find its day at once.
     */
    id(time?: number): string;
    /** Returns the SHA-256 of a text, lower-case hexadecimal. */
    digest(text: string): string;
  };
  /** Stores an event in its conversation's file. Synchronous; returns `false` when it could not be stored. */
  append(event: RoomEvent): boolean;
  /** Stores a change to a person. Synchronous; returns `false` when it could not be stored. */
  appendPerson(change: PersonChange): boolean;
  /** Starts a query. Its answer comes back by `Server.answer(id, answer)` on a later turn. */
  ask(id: number, query: Query): void;
  /** Writes a line to the server's log. */
  note(level: "info" | "warn" | "error", text: string, cause?: unknown): void;
}

/** What was on disk when the server started. */
export interface Restored {
  readonly snapshot: Snapshot;
  /** Events after the snapshot, in order within each conversation. */
  readonly later: readonly RoomEvent[];
  readonly people: readonly PersonChange[];
  /** The newest events of each conversation, oldest first, with edits and redactions applied. */
  readonly recent: ReadonlyMap<ConversationId, readonly RoomEvent[]>;
}
