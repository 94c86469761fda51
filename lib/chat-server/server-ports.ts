import type { AccountAnswers, AccountQuery } from "../member-server/member-ports.ts";
import type { AccountName, Folded } from "../protocol/names.ts";
import type { HistoryPoint } from "../protocol/wire/history-point.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { ConversationId, RoomEvent } from "./event.ts";
import type { ServerOptions } from "./options.ts";
import type { ServerBan, Snapshot } from "./snapshot/snapshot.ts";

/** Where the bytes for one connection go. */
export interface Link {
  /** The peer's address, for limits; never shown to other people. */
  readonly address: string;
  /** A name for the address that can't be turned back into it: what others see and bans hold. */
  readonly host: string;
  readonly secure: boolean;
  /** SHA-256 fingerprint of the client's certificate, lower-case hexadecimal, or `null`. */
  readonly certificate: string | null;
  /** Bytes that have not left yet; a link that doesn't know leaves it out. */
  readonly backlog?: number;
  /** Queues bytes that must not change afterwards; they leave at the end of the turn, in one write. */
  send(bytes: Uint8Array): void;
  /** Sends what is queued, then closes. Nothing comes in any more. */
  close(): void;
}

/** What connections tell the conversation. `ChatSession` is the conversation's own, and opaque to them. */
export interface SessionInput<Session> {
  open(link: Link): Session;
  receive(session: Session, line: WireLine): void;
  /** The session has taken all that was sent to it: what waited for that goes on. */
  resume(session: Session): void;
  close(session: Session, reason: string): void;
}

/** Which part of a conversation's history is asked for. */
export interface HistoryRequest {
  readonly direction: "latest" | "before" | "after" | "around" | "between";
  readonly from: HistoryPoint;
  /** The other end, for "between" (and for "latest", which may stop at a point). */
  readonly to: HistoryPoint | null;
  /** How many at most. */
  readonly limit: number;
  /** Nothing at a smaller position is shown: what was said before one was let in. */
  readonly since: number;
  /** "messages" leaves out joins, modes and the like. */
  readonly kinds: "messages" | "all";
}

/** Which messages are looked for: those that answer to all of it. */
export interface SearchRequest {
  /** Conversations that the asker may read. */
  readonly in: readonly ConversationId[];
  /** Words and phrases, as they were asked for; each is somewhere in the text, whatever its case. */
  readonly words: readonly string[];
  /** Nick or account of whoever said it. */
  readonly from: Folded | null;
  /** First and last moment, ms. With `after` the oldest are found first, without it the newest. */
  readonly after: number | null;
  readonly before: number | null;
  /** How many at most. */
  readonly limit: number;
}

/** What one account said in a conversation. */
export interface AuthoredRange {
  readonly account: AccountName;
  /** ms since 1970: what is older, somebody else of that name said. 0 for all. */
  readonly since: number;
  /** Position of the last event that counts. */
  readonly upTo: number;
}

/** All of it. */
export interface AuthoredLines {
  /** Messages, reactions and edits. */
  readonly lines: number;
  /** When each message was said, in this order. */
  readonly times: readonly number[];
  /** Those messages that name somebody, or may. */
  readonly naming: readonly MentioningMessage[];
}

/** Whom it names is noted with it, or is to be read off its text. */
export interface MentioningMessage {
  readonly time: number;
  readonly named?: readonly AccountName[];
  readonly text?: string;
}

/** What takes too long for a turn. The answer comes back by `Server.answer`. */
export type Query =
  | DiskQuery
  /** Reads the settings again. */
  | { readonly kind: "settings" };

/** What of it the data folder answers. */
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
      /** Asked now and then: whether anybody still waits for the answer. */
      readonly isWanted: () => boolean;
    }
  | {
      /** Takes a message's text out of the files, or puts its last text there. */
      readonly kind: "rewrite";
      readonly event: Extract<RoomEvent, { kind: "edited" | "redacted" | "forgotten" }>;
    }
  | {
      /** Looks for all that an account said in a conversation. */
      readonly kind: "said-by";
      readonly conversation: ConversationId;
      readonly who: AuthoredRange;
    }
  | {
      /** Takes it out of conversations that nobody can reach any more. */
      readonly kind: "forget-elsewhere";
      readonly who: AuthoredRange;
      readonly except: ReadonlySet<ConversationId>;
    };

/** What comes back for each kind of {@link Query}. */
export interface QueryAnswers extends AccountAnswers {
  /** In order of position, oldest first; `null` when it can't be read. */
  readonly history: { readonly events: readonly RoomEvent[] | null };
  /** Messages, oldest first; `null` when it can't be searched. Not `completeRegistration`: there was no time to look at all. */
  readonly search: { readonly events: readonly RoomEvent[] | null; readonly complete: boolean };
  readonly rewrite: { readonly done: boolean };
  /** `null` when the files can't be read. */
  readonly "said-by": { readonly said: AuthoredLines | null };
  readonly "forget-elsewhere": { readonly done: boolean; readonly lines: number };
  /** `null` when they are wrong; in `said` is why, or what only a new start can change. */
  readonly settings: { readonly options: ServerOptions | null; readonly said: readonly string[] };
}

/** What a person did outside of any room: kept in the people's journal, folded into the snapshot. */
export type PersonChange =
  | {
      readonly kind: "marked";
      readonly account: AccountName;
      readonly conversation: ConversationId;
      /** Everything up to this time has been read. */
      readonly time: number;
      /** Position of the conversation when it was marked, and what was read of the marker's day: see `MarkerDayCounts`. */
      readonly at?: number;
      readonly read?: number;
      readonly named?: number;
    }
  | { readonly kind: "nick"; readonly account: AccountName; readonly nick: string }
  /** The letters that they have set on themselves, all of them. */
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
  /** A room keeps ranks for an account, also while it is out of the room; "" for none. */
  | {
      readonly kind: "ranked";
      readonly account: AccountName;
      readonly conversation: ConversationId;
      readonly ranks: string;
    }
  /** An operator keeps somebody out of the server, or lets them in again. */
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

/** The world, as the conversation needs it. */
export interface ServerPorts {
  readonly clock: { now(): number };
  readonly random: {
    /**
     * A new identifier: 16 or more characters of [a-z0-9], never given out before. That of something that
     * happened begins with its `time` where the world can do that: the files find it at once.
     */
    id(time?: number): string;
    /** SHA-256 of a text, lower-case hexadecimal. */
    digest(text: string): string;
  };
  /** Keeps an event in its conversation's file. Answers at once; `false` when it could not be kept. */
  append(event: RoomEvent): boolean;
  /** Keeps what a person did. Answers at once; `false` when it could not be kept. */
  appendPerson(change: PersonChange): boolean;
  /** Starts something slow; its answer comes back by `Server.answer(id, answer)` on a later turn. */
  ask(id: number, query: Query): void;
  /** A line for the owner's log. */
  note(level: "info" | "warn" | "error", text: string, cause?: unknown): void;
}

/** What was on the disk when the server started. */
export interface Restored {
  readonly snapshot: Snapshot;
  /** What happened after the snapshot, in order within each conversation. */
  readonly later: readonly RoomEvent[];
  readonly people: readonly PersonChange[];
  /** The newest events of each conversation, oldest first, edits and redactions carried out. */
  readonly recent: ReadonlyMap<ConversationId, readonly RoomEvent[]>;
}
