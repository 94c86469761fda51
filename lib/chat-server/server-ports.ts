import type { AccountAnswers, AccountQuery } from "../member-server/account-ports.ts";
import type { CertificateValidity } from "../member-server/certificate-validity.ts";
import type { AccountId, Author } from "../protocol/account-id.ts";
import type { Folded } from "../protocol/names.ts";
import type { RoomAuditEntry } from "../protocol/room-fields.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import type { HistoryPoint } from "../protocol/wire/history-point.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { ConversationId, RoomEvent } from "./event.ts";
import type { FileAnswers, FileQuery } from "./files/file-queries.ts";
import type { AuthoredLines, AuthoredRange } from "./history/authored-range.ts";
import type { ProcessAnswer, ProcessQuery, UpgradeAnswer } from "./process-ports.ts";
import type { RawLink, RawReceiver } from "./raw-link.ts";
import type { Report } from "./reports/report-list.ts";
import type { ServerOptions } from "./server-options.ts";
import type { ServerBan, Snapshot } from "./snapshot/snapshot.ts";
import type { PreferenceChange } from "./users/account-preferences.ts";
import type { RoomInvitation } from "./users/room-invitations.ts";

/** Who a connection's peer is: somebody who hasn't logged in yet, a guest, or a member or a member's device. */
export type Standing = "stranger" | "guest" | "member";

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
  /** From when to when that certificate is valid; absent where it isn't known. */
  readonly certificateValidity?: CertificateValidity | null;
  /**
   * How full the server is for connections from this address, from 0 to 1: the share of the places for people who
   * haven't logged in that are taken. Absent on a link that has no limits.
   */
  readonly pressure?: number;
  /** Bytes queued here that the peer has not taken yet. Absent on a link that doesn't count them. */
  readonly backlog?: number;
  /**
   * Bytes that were sent, and of which isn't known yet whether they wait or the peer has taken them. Absent on a link
   * that knows at once.
   */
  readonly bytesUnderWay?: number;
  /** Whether it is a member's connection, or may become one: its work goes before that of strangers and guests. */
  readonly isMembers?: boolean;
  /** Whether connections from its address are not limited: it is exempt, or a proxy's own. */
  readonly isUnlimited?: boolean;
  /** Bytes that arrived here and were not run as lines yet. Set by the reader of lines. */
  inputBytes?: number;
  /** Hears where in the input a line begins that the session is given. Absent on a link that no other server can take up. */
  noteLine?(offset: number): void;
  /** Hears up to where the input was given, or is in no line. `isInLine`: within a line that is too long. */
  noteInput?(offset: number, isInLine: boolean): void;
  /** Stops reading from the peer, or goes on. For a peer that sends faster than its lines can run. */
  setReading?(on: boolean): void;
  /** Queues bytes, which must not change afterwards. They leave at the end of the turn. Ignored once it is closing. */
  send(bytes: Uint8Array): void;
  /**
   * Gives what arrives from now on to `receiver`, as it comes and not as lines. The connection no longer counts among those
   * of its address. `null` when it has ended. What is sent here later leaves behind what is sent raw. Absent on a link that
   * can't carry a file.
   */
  takeRaw?: ((receiver: RawReceiver) => RawLink | null) | undefined;
  /**
   * Says who the peer is, on whom its place on the server depends. A guest is told of again for each message.
   * Returns `false` when guests have all the places that they can have.
   *
   * @param idleMs for how long a guest has said nothing, whom another server had; 0 without it
   */
  setStanding?(standing: Standing, idleMs?: number): boolean;
  /**
   * Sends what is queued and then `lastWords`, and ends the connection: by force when the peer does not close
   * its end. Nothing is received any more. A second call does nothing.
   */
  close(lastWords?: Uint8Array): void;
  /** Drops what is queued and ends the connection at once: its peer doesn't read. */
  drop?(): void;
}

/** The chat server's inputs from connections. `Session` is opaque to the caller. */
export interface SessionInput<Session> {
  /** Opens a session for a connection that is ready. */
  open(link: Link): Session;
  /** Takes a line from the session, in the order of arrival. */
  receive(session: Session, line: WireLine): void;
  /** Returns how many bytes of the session may wait to be cut into lines. Whoever sends more is to be disconnected. */
  inputBytesMax(session: Session): number;
  /** Counts bytes that arrived and were in no line. */
  noise(session: Session, bytes: number): void;
  /** The session's peer has taken everything that was queued: lines that waited for that may run. */
  resume(session: Session): void;
  /** The links owe more than they should in all: closes those that owe the most. */
  relieve(): void;
  /** The connection has ended. `reason` may be shown to other users. */
  close(session: Session, reason: string): void;
}

/** A DNS blocklist that has an address: people from there must log in, or only members can connect. */
export interface DnsListing {
  readonly zone: string;
  readonly action: "login" | "refuse";
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
  /** Leaves out what is withheld from this account, or from every account (`null`); nothing, if it's left out. */
  readonly reader?: AccountId | null;
}

/** Whose messages to search for: those of an account, or those of a nick or name as it stands in them. */
export type SearchAuthor =
  | { readonly kind: "account"; readonly author: Author }
  | { readonly kind: "name"; readonly name: Folded };

/** Which messages to search for: those that fulfil every condition. */
export interface SearchRequest {
  /** The conversations to search: only ones that the user may read. */
  readonly in: readonly ConversationId[];
  /** Words and phrases as they were typed. Each must occur in the text, in any case. */
  readonly words: readonly string[];
  /** The author; `null` for anybody. */
  readonly from: SearchAuthor | null;
  /** Bounds of the time (ms), or `null`. With `after` the oldest messages come first, without it the newest. */
  readonly after: number | null;
  readonly before: number | null;
  /** Conversation → the time (ms) before which its reader may not read it; left out for none. */
  readonly since?: Readonly<Record<string, number>>;
  /** Who alone sees what they wrote to somebody who has blocked them; left out for a guest. */
  readonly reader?: AccountId;
  /** How many messages at most. */
  readonly limit: number;
}

/** A request that takes too long for one turn. The answer comes back by `Server.answer`. */
export type Query =
  | DiskQuery
  | FileQuery
  | ProcessQuery
  /** Lets others run, between two slices of a long answer: see slices.ts. Answered when all who waited had a turn. */
  | { readonly kind: "pause"; readonly isMembers?: boolean };

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
      /** The room's pinned text; `null` for none. */
      readonly pinned: string | null;
    }
  | {
      /** Erases an account's messages in unreachable conversations. */
      readonly kind: "erase-unreachable";
      readonly who: AuthoredRange;
      readonly except: ReadonlySet<ConversationId>;
    }
  /** Reads the newest acts in the audit file. */
  | { readonly kind: "audit"; readonly limit: number }
  /** Adds up the files of each conversation. */
  | { readonly kind: "disk-usage" };

/** What the answer to a query took to read: the asker is charged for it. */
export interface ReadWork {
  /** Events that were parsed. */
  events: number;
  /** Bytes of files that were looked at. */
  bytes: number;
}

/** The answer to each kind of {@link Query}. */
export interface QueryAnswers extends AccountAnswers, FileAnswers {
  /** `null`: no list has the address, or none answered. */
  readonly "dns-listing": { readonly listing: DnsListing | null };
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
  /** `read`: what was copied for it. */
  readonly rewrite: { readonly done: boolean; readonly read?: Readonly<ReadWork> };
  /** `null` when the files can't be read. */
  readonly "authored-lines": {
    readonly lines: AuthoredLines | null;
    readonly read?: Readonly<ReadWork>;
  };
  readonly "erase-unreachable": {
    readonly done: boolean;
    readonly lines: number;
    readonly read?: Readonly<ReadWork>;
  };
  /** Oldest first; `null` when the file can't be read. */
  readonly audit: { readonly entries: readonly ServerAuditEntry[] | null };
  /** Bytes by conversation; `null` when the files can't be listed. */
  readonly "disk-usage": { readonly bytes: ReadonlyMap<ConversationId, number> | null };
  readonly process: ProcessAnswer;
  readonly "log-level": { readonly done: true };
  readonly check: { readonly ok: boolean; readonly messages: readonly string[] };
  readonly upgrade: UpgradeAnswer;
  readonly pause: Readonly<Record<never, never>>;
  /** `options` is `null` when the settings are wrong. `messages`: why, or which settings need a restart. */
  readonly settings: {
    readonly options: ServerOptions | null;
    readonly messages: readonly string[];
  };
}

/** Who did what when: an act of an operator or owner. A line of the audit file. */
export interface ServerAuditEntry {
  /** Never used for another entry, so that writing an entry twice can be avoided. */
  readonly id: string;
  /** In ms since 1970. */
  readonly time: number;
  /** An account's name, a guest's nick, or `console:` and the system's user. */
  readonly by: string;
  /** The account, whatever it is called later; left out for others. */
  readonly byAccount?: AccountId;
  /** See `AuditedAct`. Later versions may know others. */
  readonly act: string;
  /** Whom or what it was done to; "" for nothing. */
  readonly target: string;
  /** The account that it was done to; left out for others, and for what is no account. */
  readonly targetAccount?: AccountId;
  readonly reason: string;
}

/**
 * Something that a user did outside of a conversation's events. Stored in the people's journal, and folded
 * into the snapshot.
 */
export type PersonChange =
  | {
      readonly kind: "marked";
      readonly account: AccountId;
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
  | { readonly kind: "nick"; readonly account: AccountId; readonly nick: string }
  | { readonly kind: "seen"; readonly account: AccountId; readonly time: number }
  /** All user mode letters that the user has set. */
  | { readonly kind: "modes"; readonly account: AccountId; readonly modes: string }
  | {
      readonly kind: "blocked";
      readonly account: AccountId;
      readonly mask: string;
      /** The account that the mask means: see `ListEntry.account`. */
      readonly names?: AccountId | null;
      readonly on: boolean;
    }
  | {
      readonly kind: "metadata";
      /** An account's id or a conversation's. */
      readonly of: string;
      readonly key: string;
      readonly value: string | null;
    }
  | ({ readonly kind: "preference"; readonly account: AccountId } & PreferenceChange)
  /** Somebody invited the account to a room: see `RoomInvitation`. */
  | ({
      readonly kind: "invited";
      readonly account: AccountId;
      readonly room: ConversationId;
    } & RoomInvitation)
  /** The account's invitation to a room was used, withdrawn or declined. */
  | { readonly kind: "uninvited"; readonly account: AccountId; readonly room: ConversationId }
  /** The account was deleted. */
  | { readonly kind: "forgotten"; readonly account: AccountId }
  /** The auto-ranks that a room has for an account; "" for none. */
  | {
      readonly kind: "ranked";
      readonly account: AccountId;
      readonly conversation: ConversationId;
      readonly ranks: string;
      /** How the room's audit log has it; left out by earlier versions. */
      readonly entry?: RoomAuditEntry;
    }
  /** An operator set or lifted a server ban. */
  | { readonly kind: "banned"; readonly ban: ServerBan }
  | { readonly kind: "unbanned"; readonly of: ServerBan["of"]; readonly target: string }
  /** Somebody reported a message, and somebody handled the report. */
  | { readonly kind: "reported"; readonly report: Report }
  | { readonly kind: "report-closed"; readonly id: string }
  /** Carries an act to the audit file, which is its store: no snapshot holds it. */
  | ({ readonly kind: "audited" } & ServerAuditEntry);

/** The server's ports: clock, randomness, storage, slow queries and the log. */
export interface ServerPorts {
  readonly clock: {
    /** Returns the time of day, in ms since 1970. It may be set back or ahead at any moment. */
    now(): number;
    /** Returns a reading for durations. */
    elapsed(): ElapsedMs;
    /** The same in fractions of a millisecond, to measure work. Left out where nothing may depend on the machine. */
    precise?(): number;
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
