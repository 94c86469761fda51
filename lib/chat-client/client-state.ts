/**
 * The client's state of one server, as readers see it. Only the session changes it (through
 * client-store.ts). A reader keeps no copy: it reads again when an event says that something changed.
 * All text is in NFC and without formatting codes, but not sanitized: sanitize it before drawing it.
 */
import type { FoldName } from "../protocol/case-mapping.ts";
import type { SharedFile } from "../protocol/file-facts.ts";
import type { Folded } from "../protocol/names.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import type { Isupport } from "../protocol/wire/isupport.ts";
import type {
  FoldReason,
  NotificationLevel,
  Preferences,
  Sender,
} from "./preferences/preferences.ts";

/**
 * The key of the conversation that holds the server's own messages. No nick or room folds to it.
 */
export const SERVER_KEY = "*" as Folded;

/**
 * Why there is no connection. "new": there was none yet; "asked": the user quit; "refused": the
 * server refused us, and reconnecting would change nothing; "lost": it broke.
 */
export type OfflineReason = "new" | "asked" | "refused" | "lost";

/** How far the connection has come. */
export type Phase =
  /** `text` is the server's or the system's reason, or "". */
  | { readonly kind: "offline"; readonly why: OfflineReason; readonly text: string }
  | { readonly kind: "connecting" }
  | { readonly kind: "handshaking" }
  /** `awaitingLogin`: the server waits for a log-in or a sign-up, and none is under way. */
  | { readonly kind: "logging-in"; readonly awaitingLogin: boolean }
  | { readonly kind: "ready" }
  /** The connection was lost; the next attempt begins at `retryElapsedMs`. */
  | {
      readonly kind: "waiting";
      readonly retryElapsedMs: number;
      readonly attempt: number;
      readonly trouble: WaitTrouble | null;
    };

/**
 * Why the last attempt to connect failed, if not because of the network: the server has another
 * certificate, one that the user hasn't trusted yet, or the list of known servers couldn't be read.
 */
export type WaitTrouble = "changed" | "unknown" | "refused-file";

/** This client's own user. */
export interface Me {
  readonly nick: string;
  /** null while not logged in. */
  readonly account: string | null;
  readonly away: boolean;
  readonly awayText: string;
  readonly operator: boolean;
}

/** The state of one session with one server. */
export interface ClientState {
  /** The server's name for its network; "" until it is known. */
  readonly network: string;
  /** HOST or HOST:PORT by which others reach the server, as its owner set it; "" if not. */
  readonly publicAddress: string;
  readonly me: Me;
  readonly phase: Phase;
  /** Whether everybody between here and the server can read this connection: it has no TLS. */
  readonly isReadable: boolean;
  /** Round trip of the last PING in ms; null before the first PONG. */
  readonly latencyMs: number | null;
  /** When the oldest line was sent that the server hasn't answered, as of the last tick; null for none. */
  readonly unansweredElapsedMs: ElapsedMs | null;
  /**
   * Whether the connection may be gone: the machine or this program slept, and nothing has come from the server since.
   */
  readonly isChecking: boolean;
  /** In a stable order: the server's own first, then in the order of opening. */
  readonly conversations: ReadonlyMap<Folded, ClientConversation>;
  /** The server's limits and ways (RPL_ISUPPORT); empty before its welcome. */
  readonly isupport: Pick<
    Isupport,
    "get" | "has" | "limit" | "prefixes" | "roomModes" | "relaysTag"
  >;
  /** Folds a name as this server compares names: the keys of conversations and members. */
  readonly fold: FoldName;
  /** Names of the enabled capabilities. */
  readonly caps: ReadonlySet<string>;
  /** What the user has set of this server: words, blocked people, and conversations that aren't open as well. */
  readonly preferences: Omit<Preferences, "set" | "setBlocked" | "move">;
  /** Number of lines typed while offline, which are sent on the next connection. */
  readonly queued: number;
}

export type ConversationKind = "room" | "direct" | "server";

/** A room, two people's direct messages, or the server's own messages. */
export interface ClientConversation {
  readonly key: Folded;
  /**
   * For display and for sending: the room's name with '#', or the other person's nick. Of the server's own
   * conversation the name of the network, or of the server; "" until one is known.
   */
  readonly name: string;
  readonly kind: ConversationKind;
  /** Whether I am a member of the room now. Always true elsewhere. */
  readonly joined: boolean;
  readonly topic: string;
  readonly topicBy: string | null;
  /** The text that is pinned at the top; null for none. */
  readonly pinned: string | null;
  /** Letters of the room's modes, without parameters. */
  readonly modes: string;
  /** Whether the server has told all of the modes: it does when it is asked, once the room is on screen. */
  readonly areModesKnown: boolean;
  readonly members: ReadonlyMap<Folded, ClientMember>;
  /** Oldest first, each msgid once; at most LINES_MAX, unless held (see `ChatSession.hold`). */
  readonly lines: readonly ChatLine[];
  readonly unread: number;
  readonly mentions: number;
  /** Everything up to this time (ms) was read; null when unknown. */
  readonly readMarker: number | null;
  /** How far other members have read (ms), of those who share it; without me. */
  readonly readers: ReadonlyMap<Folded, number>;
  /** Whether nothing older than the first line exists, or can be requested. */
  readonly oldestReached: boolean;
  /** Why earlier lines are missing; null when none are known to be. */
  readonly historyGap: HistoryGap | null;
  readonly loadingOlder: boolean;
  /** Lines around a message that the user has jumped to; null while the newest are shown. */
  readonly detached: DetachedWindow | null;
  /** Whether missed lines are being fetched. */
  readonly catchingUp: boolean;
  /** Other users who are typing: nick → when that ends (ms). */
  readonly typing: ReadonlyMap<string, number>;
  /** What it notifies of; null if the user has not chosen: mentions in a room, everything of a person. */
  readonly level: NotificationLevel | null;
  /** Whether it notifies of nothing, and stays in the background. */
  readonly muted: boolean;
  /** Its place in the list; null where the user has not moved it. */
  readonly order: number | null;
  /** Whether the other person of a direct conversation is online; null when unknown. */
  readonly online: boolean | null;
  /**
   * Whether the other person has gone, and somebody else has the nick: the conversation is only for reading.
   */
  readonly former: boolean;
}

/**
 * Why earlier lines are missing. "not-kept": the server has no history; "refused": it doesn't show it; "lost": no
 * answer came, and another request may have one.
 */
export type HistoryGap = "not-kept" | "refused" | "lost";

/**
 * Lines around a message that is older than all of `ClientConversation.lines`, with a gap between
 * the two. It is merged into those when they meet.
 */
export interface DetachedWindow {
  readonly lines: readonly ChatLine[];
  readonly oldestReached: boolean;
  readonly historyGap: HistoryGap | null;
  readonly loadingOlder: boolean;
  readonly loadingNewer: boolean;
}

/** A user in a room. */
export interface ClientMember {
  readonly nick: string;
  /** null when not logged in, or not known. */
  readonly account: string | null;
  /** Prefixes, highest first: "~&@%+" or a part of it; "" for none. */
  readonly ranks: string;
  readonly away: boolean;
  /** When the user went away; null when not away, or not known since when. */
  readonly awaySinceElapsedMs: ElapsedMs | null;
  readonly bot: boolean;
}

/**
 * The kind of a line, and the content of its `text`:
 * said, action, notice: the message · joined: "" · left, quit: the reason · kicked: the reason
 * (`nick` kicked `kickedNick`) · topic: the new topic · mode: "+o mina" · nick: the new nick ·
 * renamed: the room's new name · info, error: the server's text, with `code`.
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

/** "unsure": the connection broke before the answer; history decides, or the user retries. */
export type LineStatus = "sent" | "sending" | "queued" | "unsure" | "failed";

/** Nicks by the reaction that they gave a message. */
export type Reactions = ReadonlyMap<string, readonly string[]>;

/** One line of a conversation: a message, or something that happened. */
export interface ChatLine {
  /** Never changes while the line exists: the msgid, or a local id for lines typed here. */
  readonly key: string;
  readonly msgid: string | null;
  /** ms. A line that is still being sent has this machine's time. */
  readonly time: number;
  readonly kind: LineKind;
  /** Whose message or act it is; "" for the server. */
  readonly nick: string;
  readonly account: string | null;
  /** The id of that account, which stays when it is renamed; null where the server doesn't tell it. */
  readonly accountId: string | null;
  /** Whether I sent it, from any device. */
  readonly own: boolean;
  /** Whether a bot sent it: https://ircv3.net/specs/extensions/bot-mode */
  readonly bot: boolean;
  /** May contain "\n" (several lines sent as one). "" once redacted. */
  readonly text: string;
  /** The sign of the rank for whose members, and those above them, a message is alone (STATUSMSG); null: for all. */
  readonly toRank: string | null;
  /** The nick of a kicked user; null for any other kind. */
  readonly kickedNick: string | null;
  /** msgid of the line that this one replies to. */
  readonly replyTo: string | null;
  /** The file that was sent with it, of which the text is the caption; null: none. */
  readonly file: SharedFile | null;
  /** Reaction → nicks, in the order in which they came, without people whom the user has blocked. */
  readonly reactions: Reactions;
  /** The reactions of blocked people: they are shown again when the block is lifted. */
  readonly hiddenReactions: Reactions;
  /** The folded nicks of those who reacted, of whom more than the nick is known. */
  readonly reactors: ReadonlyMap<string, Sender>;
  readonly edited: boolean;
  /** When it was last edited (ms); null when it wasn't, or the server doesn't tell. */
  readonly editedAt: number | null;
  readonly redacted: boolean;
  /** The nick of who deleted it; null when it wasn't, or the server doesn't tell. */
  readonly redactedBy: string | null;
  /** Whether it mentions me: my nick, one of my words, or a call of an op to all. */
  readonly mention: boolean;
  /**
   * Why it is folded away: the user has blocked its author, or wants to be spared a word in it. null: it isn't. Joins and
   * leaves of blocked people have it as well.
   */
  readonly folded: FoldReason | null;
  readonly status: LineStatus;
  /** Why it failed, in the server's words; "" otherwise. */
  readonly problem: string;
  /**
   * Of info, error and failed lines: numeric or standard-reply code ("474", "ACCOUNT_REQUIRED"). Of mode
   * lines see OWN_MODES.
   */
  readonly code: string | null;
  /** Of info and error: all parameters, for an app that has its own words for the code. */
  readonly params: readonly string[];
}

/** Returns whether a line is a message of a user; every other one tells of an event, or is the server's or the app's. */
export function isMessage({ kind }: Pick<ChatLine, "kind">): boolean {
  return kind === "said" || kind === "action" || kind === "notice";
}

/** Returns whether a line raises the unread count: a message of another user that isn't folded away. */
export function countsAsUnread(line: ChatLine): boolean {
  return isMessage(line) && !line.own && !line.redacted && line.folded === null;
}
