/**
 * What the client knows of one server, as readers see it. Only session.ts changes it (through
 * store.ts); a reader keeps no copy: it looks again when an event says that something changed.
 * All text is as it came (NFC, without other clients' formats): whoever draws it makes it harmless first.
 */
import type { Folded } from "../protocol/names.ts";

/** Lines of one conversation kept in memory. About a week of a busy room; a page back costs one request. */
export const LINES_MAX = 2000;

/** Why there is no connection. "asked": the person left; "refused": reconnecting would change nothing. */
export type OfflineReason = "new" | "asked" | "refused" | "lost";

export type Phase =
  | { readonly kind: "offline"; readonly why: OfflineReason; readonly text: string }
  | { readonly kind: "connecting" }
  | { readonly kind: "handshaking" }
  /** `awaitingLogin`: the server waits for log-in or sign-up, and nothing is under way. */
  | { readonly kind: "logging-in"; readonly awaitingLogin: boolean }
  | { readonly kind: "ready" }
  /** The connection was lost; the next attempt begins at `retryAt` (ms). */
  | {
      readonly kind: "waiting";
      readonly retryAt: number;
      readonly attempt: number;
      readonly trouble: WaitTrouble | null;
    };

/** Why the last attempt found no server to talk to: another certificate, or a file of ours. */
export type WaitTrouble = "changed" | "unknown" | "refused-file";

export interface Me {
  readonly nick: string;
  /** null while nobody is logged in. */
  readonly account: string | null;
  readonly away: boolean;
  readonly awayText: string;
  readonly operator: boolean;
}

export interface ClientState {
  /** The server's name for its network; "" until it is told. */
  readonly network: string;
  readonly me: Me;
  readonly phase: Phase;
  /** Round trip of the last PING in ms; null until one came back. */
  readonly latencyMs: number | null;
  /** In a stable order: the server's own first, then as they came to be. */
  readonly conversations: ReadonlyMap<Folded, ClientConversation>;
  /** Names of the capabilities that are in force. */
  readonly caps: ReadonlySet<string>;
  /** Lines typed while offline that leave on the next connection. */
  readonly queued: number;
}

/** The key of the conversation that holds what the server itself says. No nick or room folds to it. */
export const SERVER_KEY = "*" as Folded;

export type ConversationKind = "room" | "direct" | "server";

export interface ClientConversation {
  readonly key: Folded;
  /** For display and for sending: the room's name with '#', or the other person's nick. */
  readonly name: string;
  readonly kind: ConversationKind;
  /** In a room: whether I am a member now. Always true elsewhere. */
  readonly joined: boolean;
  readonly topic: string;
  readonly topicBy: string | null;
  /** What ops pinned at the top; null when nothing is. */
  readonly pinned: string | null;
  readonly modes: string;
  readonly members: ReadonlyMap<Folded, ClientMember>;
  /** Oldest first, each msgid once, at most LINES_MAX unless held (someone reads further up). */
  readonly lines: readonly ChatLine[];
  readonly unread: number;
  readonly mentions: number;
  /** Everything up to this time (ms) was read; null when unknown. */
  readonly readMarker: number | null;
  /** How far the others have read (ms), of those who have it told; without me. */
  readonly readers: ReadonlyMap<Folded, number>;
  /** True when nothing older than the first line exists (or can be asked for). */
  readonly oldestReached: boolean;
  readonly loadingOlder: boolean;
  /** A part further up that somebody has gone to; null while the newest is what one looks at. */
  readonly detached: DetachedWindow | null;
  /** Missed lines are being fetched just now. */
  readonly catchingUp: boolean;
  /** Who is typing now, without me; nick → when to forget it (ms). */
  readonly typing: ReadonlyMap<string, number>;
  readonly muted: boolean;
  readonly draft: string;
  /** In a direct conversation: is the other one here? null when unknown. */
  readonly online: boolean | null;
}

/**
 * Lines around a message that is older than all of `ClientConversation.lines`, with a gap between the two.
 * When both have met, it is a part of those.
 */
export interface DetachedWindow {
  readonly lines: readonly ChatLine[];
  readonly oldestReached: boolean;
  readonly loadingOlder: boolean;
  readonly loadingNewer: boolean;
}

export interface ClientMember {
  readonly nick: string;
  readonly account: string | null;
  /** Prefixes, highest first: "~&@%+" or a part of it; "" for none. */
  readonly ranks: string;
  readonly away: boolean;
  /** ms; null when not away or not known since when. */
  readonly awaySince: number | null;
  readonly bot: boolean;
}

/**
 * What a line tells, and what `text` then is:
 * said, action, notice: what was said · joined: "" · left, quit: the reason · kicked: the reason
 * (`whom` was kicked by `nick`) · topic: the new topic · mode: "+o mina" · nick: the new nick ·
 * renamed: the room's new name · away, back: the reason · info, error: the server's words, with `code`.
 */
export type LineKind =
  | "said"
  | "action"
  | "notice"
  | "joined"
  | "left"
  | "quit"
  | "kicked"
  | "topic"
  | "mode"
  | "nick"
  | "renamed"
  | "info"
  | "error";

/** "unsure": the connection broke before the answer; history will tell, or a person retries. */
export type LineStatus = "sent" | "sending" | "queued" | "unsure" | "failed";

export interface ChatLine {
  /** Never changes while the line lives: a local id, or the msgid for lines that came from the server. */
  readonly key: string;
  readonly msgid: string | null;
  /** ms. A line that is still being sent has this machine's time. */
  readonly time: number;
  readonly kind: LineKind;
  /** Who did it; "" for the server. */
  readonly nick: string;
  readonly account: string | null;
  /** Said or done by me, on whatever device. */
  readonly own: boolean;
  /** May hold "\n" (several lines sent as one). "" once redacted. */
  readonly text: string;
  readonly kickedNick: string | null;
  /** msgid of the line that this one answers. */
  readonly replyTo: string | null;
  /** Reaction → nicks, in the order in which they came. */
  readonly reactions: ReadonlyMap<string, readonly string[]>;
  readonly edited: boolean;
  readonly redacted: boolean;
  /** Names me. */
  readonly mention: boolean;
  readonly status: LineStatus;
  /** For failed: why, in the server's words; else "". */
  readonly problem: string;
  /** For info and error: numeric or standard-reply code ("474", "ACCOUNT_REQUIRED"); else null. */
  readonly code: string | null;
  /** For info and error: all parameters, for an app that has its own words for the code. */
  readonly params: readonly string[];
}
