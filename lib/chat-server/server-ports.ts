import type { AccountAnswers, AccountQuery } from "../member-server/account-ports.ts";
import type { AccountName, Folded } from "../protocol/names.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import type { HistoryPoint } from "../protocol/wire/history-point.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { ConversationId, RoomEvent } from "./event.ts";
import type { ServerOptions } from "./server-options.ts";
import type { ServerBan, Snapshot } from "./snapshot/snapshot.ts";
import type { RoomInvitation } from "./users/room-invitations.ts";

/** One connection, as the chat server uses it. lib/transport makes them. */
export interface Link {
  /** The peer's IP address, for limits and logs. Never shown to other users. */
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
  /** The connection has ended. `reason` may be shown to other users. */
  close(session: Session, reason: string): void;
}

/** Which page of a conversation's history to read. */
export interface HistoryRequest {
  readonly direction: "latest" | "before" | "after" | "around" | "between";
  readonly from: HistoryPoint;
  /** The other end of "between"; for "latest" the point at which to stop, or `null`. */
  readonly to: HistoryPoint | null;
  /** How many events at most. */
  readonly limit: number;
  /** Events at a smaller position are left out. 0 for none. */
  readonly since: number;
  /** "messages" leaves out everything that is no message: joins, modes and the like. */
  readonly kinds: "messages" | "all";
}

/** Which messages to search for: those that fulfil every condition. */
export interface SearchRequest {
  /** The conversations to search: only ones that the user may read. */
  readonly in: readonly ConversationId[];
  /** Words and phrases as they were typed. Each must occur in the text, in any case. */
  readonly words: readonly string[];
  /** Nick or account of the author; `null` for anybody. */
  readonly from: Folded | null;
  /**
   * Bounds of the time (ms), or `null`. With `after` the oldest messages come first, without it the newest.
   */
  readonly after: number | null;
  readonly before: number | null;
  /** How many messages at most. */
  readonly limit: number;
}

/** A range of one account's messages in a conversation. */
export interface AuthoredRange {
  readonly account: AccountName;
  /** ms since 1970. Older events are another account's that had the same name. 0 for all. */
  readonly since: number;
  /** Position of the last event that counts. */
  readonly upTo: number;
}

/** The messages found in an {@link AuthoredRange}. */
export interface AuthoredLines {
  /** Number of messages, reactions and edits. */
  readonly lines: number;
  /** The time of each message, ascending. */
  readonly times: readonly number[];
  /** The messages that mention a user, or may. */
  readonly naming: readonly MentioningMessage[];
}

/** A message with the accounts that it mentions (`named`), or with the `text` to search for mentions. */
export interface MentioningMessage {
  readonly time: number;
  readonly named?: readonly AccountName[];
  readonly text?: string;
}

/** A request that takes too long for one turn. The answer comes back by `Server.answer`. */
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
      /** Called during the search: whether the answer is still wanted. */
      readonly isWanted: () => boolean;
    }
  | {
      /** Rewrites the files after an event: removes the texts, or replaces them by the edited one. */
      readonly kind: "rewrite";
      readonly event: Extract<RoomEvent, { kind: "edited" | "redacted" | "forgotten" }>;
    }
  | {
      /** Reads all messages of an account in a conversation. */
      readonly kind: "authored-lines";
      readonly conversation: ConversationId;
      readonly who: AuthoredRange;
    }
  | {
      /** Erases an account's messages in unreachable conversations. */
      readonly kind: "erase-unreachable";
      readonly who: AuthoredRange;
      readonly except: ReadonlySet<ConversationId>;
    };

/** What the answer to a query took to read: the asker is charged for it. */
export interface ReadWork {
  /** Events that were parsed. */
  events: number;
  /** Bytes of files that were looked at. */
  bytes: number;
}

/** The answer to each kind of {@link Query}. */
export interface QueryAnswers extends AccountAnswers {
  /** Oldest first; `null` when the files can't be read. `read` is left out where nothing but them was read. */
  readonly history: {
    readonly events: readonly RoomEvent[] | null;
    readonly read?: Readonly<ReadWork>;
  };
  /**
   * Messages, oldest first; `null` when the files can't be searched. Not `complete`: the time ran out.
   * `searchMs`: how long the search ran in its thread.
   */
  readonly search: {
    readonly events: readonly RoomEvent[] | null;
    readonly complete: boolean;
    readonly searchMs?: number;
  };
  readonly rewrite: { readonly done: boolean };
  /** `null` when the files can't be read. */
  readonly "authored-lines": { readonly lines: AuthoredLines | null };
  readonly "erase-unreachable": { readonly done: boolean; readonly lines: number };
  /** `options` is `null` when the settings are wrong. `messages`: why, or which settings need a restart. */
  readonly settings: {
    readonly options: ServerOptions | null;
    readonly messages: readonly string[];
  };
}

/**
 * Something that a user did outside of a conversation's events. Stored in the people's journal, and folded
 * into the snapshot.
 */
export type PersonChange =
  | {
      readonly kind: "marked";
      readonly account: AccountName;
      readonly conversation: ConversationId;
      /** The read marker: everything up to this time (ms) has been read. */
      readonly time: number;
      /**
       * The conversation's position when it was marked, and the `MarkerDayCounts`. Early versions left them
       * out. The counts are also left out when the marker's day could not be counted.
       */
      readonly at?: number;
      readonly read?: number;
      readonly named?: number;
    }
  | { readonly kind: "nick"; readonly account: AccountName; readonly nick: string }
  /** All user mode letters that the user has set. */
  | { readonly kind: "modes"; readonly account: AccountName; readonly modes: string }
  | {
      readonly kind: "blocked";
      readonly account: AccountName;
      readonly mask: string;
      readonly on: boolean;
    }
  | {
      readonly kind: "metadata";
      /** An account name or a conversation id. */
      readonly of: string;
      readonly key: string;
      readonly value: string | null;
    }
  /** Somebody invited the account to a room: see `RoomInvitation`. */
  | ({
      readonly kind: "invited";
      readonly account: AccountName;
      readonly room: ConversationId;
    } & RoomInvitation)
  /** The account's invitation to a room was used, withdrawn or declined. */
  | { readonly kind: "uninvited"; readonly account: AccountName; readonly room: ConversationId }
  /** The account was deleted. */
  | { readonly kind: "forgotten"; readonly account: AccountName }
  /** The auto-ranks that a room has for an account; "" for none. */
  | {
      readonly kind: "ranked";
      readonly account: AccountName;
      readonly conversation: ConversationId;
      readonly ranks: string;
    }
  /** An operator set or lifted a server ban. */
  | { readonly kind: "banned"; readonly ban: ServerBan }
  | { readonly kind: "unbanned"; readonly of: ServerBan["of"]; readonly target: string };

/**
 * Takes one thing that happened on a connection, with secrets masked: a line read ("in") or written ("out"), or
 * the connection's beginning ("open": TLS or plain text) or end ("end": the reason).
 *
 * @param session the session's number, never used again while the server runs
 */
export type TracePort = (
  session: number,
  direction: "in" | "out" | "open" | "end",
  line: string,
) => void;

/** The server's ports: clock, randomness, storage, slow queries and the log. */
export interface ServerPorts {
  readonly clock: {
    /** Returns the time of day, in ms since 1970. It may be set back or ahead at any moment. */
    now(): number;
    /** Returns a reading for durations. */
    elapsed(): ElapsedMs;
  };
  readonly random: {
    /**
     * Returns a new identifier of 16 or more characters of [a-z0-9] that was never returned before. For an
     * event it should begin with the event's `time` (ms), so that the files find the event without a search.
     */
    id(time?: number): string;
    /** Returns the SHA-256 of a text in lower-case hexadecimal. */
    digest(text: string): string;
  };
  /** Stores an event in its conversation's file, before it returns. `false`: it could not be stored. */
  append(event: RoomEvent): boolean;
  /** Stores a person change, before it returns. `false`: it could not be stored. */
  appendPerson(change: PersonChange): boolean;
  /** Starts a query. Its answer comes back by `Server.answer(id, answer)` on a later turn. */
  ask(id: number, query: Query): void;
  /** Writes a line to the server's log. */
  note(level: "info" | "warn" | "error", text: string, cause?: unknown): void;
}

/** The stored state at the server's start. */
export interface Restored {
  readonly snapshot: Snapshot;
  /** The events after the snapshot, in order within each conversation. */
  readonly later: readonly RoomEvent[];
  /** The person changes after the snapshot, oldest first. */
  readonly people: readonly PersonChange[];
  /** The newest events of each conversation, oldest first, with edits and redactions applied. */
  readonly recent: ReadonlyMap<ConversationId, readonly RoomEvent[]>;
}
