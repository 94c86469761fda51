/**
 * The interface between the app and the session with one server: the session's options, the doors to its parts, and
 * their answers. A new command is a method of the part that it belongs to, and nothing here.
 */
import type { ElapsedMs } from "../protocol/time.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { Message } from "../protocol/wire/message.ts";
import type { ClientEvent, LogInProblem } from "./client-event.ts";
import type { ChatLine, ClientConversation, ClientState, WaitTrouble } from "./client-state.ts";
import type { OpenRaw } from "./files/file-ports.ts";
import type { TransferQueue } from "./files/transfer-queue.ts";
import type { History } from "./history/history.ts";
import type { ReadStored } from "./history/local-pages.ts";
import type { PreferenceCommands } from "./send/preference-commands.ts";
import type { UserCommands } from "./send/user-commands.ts";

/** How to log in. */
export type LogIn =
  | { readonly kind: "password"; readonly account: string; readonly password: string }
  /** The connection's client certificate (SASL EXTERNAL). */
  | { readonly kind: "certificate"; readonly account: string };

/** What NickServ said about a language in which services are to speak. */
export interface LanguageAnswer {
  /**
   * "accepted" and "refused": `text` is what NickServ said. "unknown": services don't speak it, and `text` lists what
   * they speak. "no-nickserv": there is none that the server vouches for, and nothing was sent.
   */
  readonly kind: "accepted" | "refused" | "unknown" | "no-nickserv" | "silent" | "lost";
  /** As services call it. */
  readonly language: string;
  readonly text: string;
}

/** The options of a session. */
export interface SessionOptions {
  /** The nick wanted without a log-in, or where it is not the account's name. */
  readonly nick?: string;
  /** The nick of a guest until one is chosen, for example that of the last time. Default: "guest". */
  readonly guestNick?: string;
  readonly realname?: string;
  /** null: connect without a log-in. */
  readonly logIn: LogIn | null;
  /** Don't finish registration without an account until endNegotiation() or continueAsGuest(). */
  readonly wait?: boolean;
  readonly invitation?: string | null;
  /** Returns the password for the server itself (PASS), or null. Called at the begin of each connection. */
  readonly serverPassword?: () => string | null;
  /** The id of a bouncer's network that the connection is to lead to (soju.im/bouncer-networks). */
  readonly network?: string;
  /** Share read receipts with other users, and receive theirs. Default: false. */
  readonly receipts?: boolean;
  /** Capabilities to request where offered. Default: WANTED_CAPS. */
  readonly caps?: readonly string[];
  /** Rooms to join once ready, besides those that the server remembers. */
  readonly rooms?: readonly string[];
  /** Lines of history in one page. Default: 50. */
  readonly pageSize?: number;
  /** Fetch missed lines, and the latest page of each conversation, automatically. Default: true. */
  readonly catchUp?: boolean;
}

/** The session's ports, implemented by the app. */
export interface SessionPorts {
  /** Sends one line, without CR LF. */
  send(line: string): void;
  /** Returns the time of day, in ms since 1970. */
  now(): number;
  /** Returns a reading for durations. */
  elapsed(): ElapsedMs;
  /** Returns a new id, unique in this session: letters and digits, at most 32. */
  id(): string;
  /** Receives each event, after the state has changed. */
  emit(event: ClientEvent): void;
  /** Reads what this client has stored itself; servers without a history get it. Left out: nothing is stored. */
  readonly readStored?: ReadStored;
  /** Returns whether a live message counts as a mention although it has no name of the user's in it. */
  readonly isHighlighted?: (conversation: ClientConversation, line: ChatLine) => boolean;
  /** Returns which part of the memory limits for all of a client's sessions is this one's. Left out: 1, all. */
  readonly memoryShare?: () => number;
  /** Opens a connection for the bytes of a file. Left out: no files are sent or fetched. */
  readonly openRaw?: OpenRaw;
  /**
   * Receives each line read ("in") and sent ("out"), with secrets masked, and the connection's start
   * ("open") and end ("end", with the reason). Without it nothing is traced.
   */
  readonly trace?: ClientTrace;
}

/** Receives one line without CR LF; "" for "open". */
export type ClientTrace = (direction: "in" | "out" | "open" | "end", line: string) => void;

/** The answer to a request. "lost": none came in time, or the connection broke. */
export type Answer =
  | { readonly kind: "answered"; readonly messages: readonly Message[] }
  | {
      readonly kind: "failed";
      /** A standard reply's code, or the numeric ("433"). */
      readonly code: string;
      readonly text: string;
      readonly messages: readonly Message[];
    }
  | { readonly kind: "lost" };

/** How to recognize the answer to a request where the server has no labels. */
export interface AskOptions {
  /** Whether a message ends the answer. Default: the first that belongs to it does. */
  readonly isLast?: (message: Message) => boolean;
  /** Whether a message belongs to the answer. Default: it has, or names, the request's verb. */
  readonly isAnswer?: (message: Message) => boolean;
}

/** The options of a message. */
export interface SayOptions {
  /** msgid of the message that this one replies to. */
  readonly replyTo?: string;
}

/** An answer that refuses a request, or was lost. */
export type NoAnswer = Exclude<Answer, { kind: "answered" }>;

/** Receives the rooms of a LIST; null if it failed, and `failure` says why. */
export type OnRoomsListed = (rooms: readonly ListedRoom[] | null, failure: NoAnswer | null) => void;

/** A room as LIST describes it. */
export interface ListedRoom {
  readonly name: string;
  readonly members: number;
  readonly topic: string;
}

/** The session as the app uses it, implemented by ClientSession: the connection, and the doors to its parts. */
export interface ChatSession {
  readonly state: ClientState;
  /** Call it when the app begins to connect. */
  connecting(): void;
  /** Call it when TCP and TLS are up: starts registration. `isReadable`: strangers on the way can read it. */
  opened(isReadable?: boolean): void;
  /** Handles one line from the server. */
  receive(line: WireLine): void;
  /**
   * Call it when the connection ended; `text` says how, for the trace. Emits "disconnected".
   */
  closed(text: string): void;
  /**
   * Call it when the app will connect again at `retryElapsedMs`. `trouble`: why the last attempt
   * failed.
   */
  waiting(retryElapsedMs: number, attempt: number, trouble?: WaitTrouble | null): void;
  /** Call it about once a second: sends pings, ends typing, times out requests. */
  tick(): void;

  /** Logs in now if the server waits for it, or else on the next connection. null: that one asks the user again. */
  logIn(logIn: LogIn | null): void;
  /** Lets NickServ add this connection's certificate to the account; `done` gets null on success. */
  addCertificate(done: (problem: LogInProblem | null) => void): void;
  /**
   * Tells NickServ in which language services are to speak; `done` gets its answer. `isNews`: a line in the server's
   * own conversation says it as well.
   */
  setServiceLanguage(
    language: string,
    isNews: boolean,
    done: (answer: LanguageAnswer) => void,
  ): void;
  /** Sends a code that allows a sign-up. Only before registration ends. */
  sendInvitation(code: string): void;
  /** Ends registration (CAP END), after a sign-up. */
  endNegotiation(): void;
  /** Ends registration without an account, under this nick or, if it is taken, a similar one. */
  continueAsGuest(nick: string): void;
  /** Leads the next connections to this network of a bouncer. */
  bindNetwork(id: string): void;
  /** Whether the server has read receipts. */
  readonly receiptsOffered: boolean;
  /** Turns read receipts on or off: others see how far I have read, and I see how far they have. */
  setReceipts(on: boolean): void;
  /** Sends QUIT. The connection then counts as left, and isn't retried. */
  quit(reason?: string): void;

  /** What the user does here: `session.commands.say("#tea", "hello")`. */
  readonly commands: UserCommands;
  /** Pages through what was said earlier. */
  readonly history: Pick<History, "loadOlder" | "loadNewer" | "jumpTo" | "endJump" | "loadBackTo">;
  /** Sets what the user wants of this server: blocked people, words, levels, places and shared drafts. */
  readonly preferences: Pick<PreferenceCommands, "set" | "load" | "setBlocked">;
  /** Sends and fetches files. */
  readonly files: Pick<
    TransferQueue,
    "sizeMax" | "captionBytesMax" | "list" | "send" | "get" | "cancel" | "listIn"
  >;
  /** Sends any command, and calls `done` once with the answer, which adds no lines. */
  ask(
    verb: string,
    params: readonly string[],
    done: (answer: Answer) => void,
    options?: AskOptions,
  ): void;
  /** Reads text that isn't UTF-8 in this encoding; null: in the one that it looks like. */
  setEncoding(encoding: string | null): void;
}
