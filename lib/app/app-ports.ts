/** What the app needs from outside: sockets, files, the terminal, time and randomness. client.ts implements it. */

import type { RawConnection, RawHandlers } from "../chat-client/files/file-ports.ts";
import type { RecordedLine } from "../chat-client/history/local-pages.ts";
import type { ClientTrace } from "../chat-client/session-interface.ts";
import type { SharedFile } from "../protocol/file-facts.ts";
import type { ServerLink } from "../protocol/server-link.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { OutsideTmux } from "../terminal/pictures/picture-look.ts";
import type { Stdin, Stdout } from "../terminal/restore-on-exit.ts";
import type { PicturePort } from "./chat-screen/pictures/picture-port.ts";
import type { ConfigurationPort } from "./configuration-port.ts";
import type { LocalFilesPort } from "./files/local-files-port.ts";
import type { TransferFiles } from "./files/transfer-files.ts";

/** One open connection to a server, by lines. */
export interface OpenConnection {
  /** SHA-256 of the server's certificate in lower-case hex; null for plain text. */
  readonly fingerprint: string | null;
  /** Whether an authority vouches for the host that was connected to. */
  readonly isAuthorised: boolean;
  /** Whether everybody between here and the server can read what is said: plain text to another machine. */
  readonly isReadable?: boolean;
  /** Sends a whole line, given without CR LF. */
  send(line: string): void;
  /** Sends text in this encoding from now on; null: as UTF-8, as at the beginning. */
  setEncoding?(encoding: string | null): void;
  /** Hands out no line and reads nothing, until it is called with `false`. */
  hold(isHeld: boolean): void;
  /** Sends what is queued, then closes. */
  close(): void;
}

/** What an open connection calls. */
export interface OpenConnectionHandlers {
  line(line: WireLine): void;
  /** Called once when the connection has ended with `why` (may be ""); not after `close()`. */
  closed(why: string): void;
}

/**
 * Why connecting failed. Each is a key of `Words["connection"]`. Once connected: "not-irc": it speaks another protocol;
 * "silent": it says nothing; "closed": it hung up.
 */
export type ConnectProblem =
  | "not-irc"
  | "silent"
  | "refused"
  | "unreachable"
  | "timeout"
  | "no-such-host"
  /** The server took the connection, and said nothing of TLS. */
  | "no-handshake"
  | "not-tls"
  | "closed";

/** What `AppPorts.connect` resolves to. Nothing was sent unless it is "connected". */
export type ConnectOutcome =
  | { readonly kind: "connected"; readonly connection: OpenConnection }
  /** First contact, and no authority vouches for the certificate: ask the user, call remember(), connect again. */
  | { readonly kind: "unknown"; readonly fingerprint: string }
  /**
   * `source`: where the known fingerprint is from. "authority": the memory, and an authority vouched for it.
   * "conflict": the memory, while the link names the certificate that is shown now.
   */
  | {
      readonly kind: "changed";
      readonly known: string;
      readonly fingerprint: string;
      readonly source: "link" | "memory" | "authority" | "conflict";
    }
  | { readonly kind: "failed"; readonly problem: ConnectProblem }
  /** One of the client's own files can't be used; `text` says which one and what to do. */
  | { readonly kind: "refused-file"; readonly text: string };

/** The format of an exported file. */
export type SaveFormat = "text" | "markdown" | "jsonl" | "html";

/** One message or reaction in an export. */
export interface ExportLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly nick: string;
  readonly kind: "said" | "notice" | "action" | "reacted" | "unreacted";
  readonly text: string;
  readonly msgid?: string;
  readonly account: string | null;
  /** The room or the other person; only where an export holds several conversations. */
  readonly where?: string;
  /** The file that was sent with it, of which the text is the caption. */
  readonly file?: SharedFile;
  readonly edited?: boolean;
  /** The msgid of the message that this one replies or reacts to. */
  readonly replyTo?: string;
}

/** Why a file couldn't be written, as far as the user can fix it. Each is a key of `Words["notWritten"]`. */
export type SaveTrouble =
  | "no-folder"
  | "is-folder"
  | "forbidden"
  | "read-only"
  | "full"
  | "too-large"
  | "bad-name"
  | "disk-error"
  | "other";

/** The result of writing a file. `count`: its lines; `exists`: the existing file was not changed. */
export type SaveOutcome =
  | { readonly kind: "saved"; readonly path: string; readonly count: number }
  | { readonly kind: "exists"; readonly path: string }
  /** "endless": the server sent more than a file may hold. */
  | { readonly kind: "failed"; readonly path: string; readonly why: SaveTrouble | "endless" };

/** A language in which the services of a server are to speak. */
export interface ServiceLanguageChoice {
  readonly language: string;
  /** The account by which NickServ has been told; null: it is told at the next log-in. */
  readonly toldBy: string | null;
}

/** What the client saves between two runs. Any of it may be missing. */
export interface SavedState {
  /** The last server, as a link. */
  readonly server?: string;
  /** Addresses of servers that the user has been at, the last one last. */
  readonly servers?: readonly string[];
  /** Addresses of servers that a start connects to as well. */
  readonly startServers?: readonly string[];
  /** Of earlier versions; client.toml has it now. */
  readonly language?: string;
  /** Accounts that this device logs in to by its certificate, by "host:port". */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly bell?: boolean;
  /** Whether others may see how far the user has read. Missing: the user wasn't asked yet. */
  readonly receipts?: boolean;
  /** The same, by "host:port", where the user wants it otherwise than elsewhere. */
  readonly receiptsAt?: Readonly<Record<string, boolean>>;
  /** Servers ("host:port") to which the user wants to connect without TLS. */
  readonly plain?: readonly string[];
  /** How text is read and written, by "host:port"; a server that isn't here: UTF-8, and the rest is guessed. */
  readonly encodings?: Readonly<Record<string, string>>;
  /** In which languages services are to speak, by "host:port"; a server that isn't here: they are left alone. */
  readonly serviceLanguages?: Readonly<Record<string, ServiceLanguageChoice>>;
  /** The network of a bouncer that the user chose, by "host:port". */
  readonly networks?: Readonly<Record<string, string>>;
  /** What servers call themselves or their networks, by "host:port". */
  readonly names?: Readonly<Record<string, string>>;
  /** The last nick of a guest, by "host:port". */
  readonly nicks?: Readonly<Record<string, string>>;
  /** Rooms to join again, by "host:port", where the server doesn't remember them. */
  readonly rooms?: Readonly<Record<string, readonly string[]>>;
  /**
   * What the user has set of a server, by "host:port", as far as the server doesn't store it: see
   * `Preferences.entries`.
   */
  readonly preferences?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Folded names of muted rooms and people, by "host:port"; of earlier versions. */
  readonly muted?: Readonly<Record<string, readonly string[]>>;
  /** Names of scripts that the user switched off. */
  readonly scriptsOff?: readonly string[];
}

/** The user's scripts: files that are loaded as they are, and what they store. */
export interface ScriptFilesPort {
  /** Where the scripts are; it may not exist. */
  readonly folder: string;
  /**
   * Returns them by name. `path`: where the file really is, as traces of errors name it. `problem`: others can write one
   * ("writable"), or own it, and it is never loaded.
   */
  list(): readonly {
    readonly name: string;
    readonly path: string;
    readonly problem: "writable" | "foreign" | null;
  }[];
  /** Loads a script anew. Resolves to what it exports by default; rejects with what it throws. */
  load(name: string): Promise<unknown>;
  /** Returns what was stored for a script, unchecked; null when nothing was. */
  readStore(name: string): unknown;
  writeStore(name: string, content: object): void;
  /** Writes the types of what a script gets into the folder. `why`: null when it was written. */
  writeTypes(text: string): { readonly path: string; readonly why: SaveTrouble | null };
  /**
   * Hands over what scripts let go of: uncaught errors (the answer says whether one was a script's), and what they
   * print. The returned function stops it.
   */
  listen(listeners: {
    readonly fault: (error: unknown) => boolean;
    readonly printed: (text: string) => void;
  }): () => void;
}

/** What this client stores itself, for servers that have no history. Conversations are named by their keys. */
export interface LocalHistoryPort {
  append(server: ServerLink, conversation: string, line: RecordedLine): void;
  /** Returns at most `count` lines before another one (null: the newest), oldest first. */
  page(
    server: ServerLink,
    conversation: string,
    before: { readonly id: string; readonly time: number } | null,
    count: number,
  ): readonly RecordedLine[];
  /** Yields what fits of each day, newest first, also of days without any. `conversation` null: everywhere. */
  search(
    server: ServerLink,
    conversation: string | null,
    fits: (line: RecordedLine) => boolean,
  ): Iterable<{ readonly lines: readonly RecordedLine[]; isIn(conversation: string): boolean }>;
}

/** What came of editing a text in the user's editor program. `program`: its name. */
export type EditOutcome =
  | { readonly kind: "edited"; readonly text: string }
  /** VISUAL and EDITOR are empty, and no usual editor is there. */
  | { readonly kind: "none" }
  | { readonly kind: "missing"; readonly program: string }
  /** It ended with another code than 0, or by a signal. */
  | { readonly kind: "failed"; readonly program: string }
  | { readonly kind: "no-file"; readonly path: string; readonly why: SaveTrouble };

/** Everything that the app needs from its environment. */
export interface AppPorts {
  /** How a person starts this client: "bun client.ts". */
  readonly program: string;
  readonly stdin: Stdin;
  readonly stdout: Stdout;
  /** Prints a sentence and a line end to standard error. */
  printError(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns the time of day, in milliseconds since 1970. */
  now(): number;
  /** Returns a reading for durations. */
  elapsed(): ElapsedMs;
  /** Returns a random number from 0 up to 1. */
  random(): number;
  /** Returns a new unique id of letters and digits. */
  id(): string;
  /** Calls `action` once after `ms` milliseconds. The returned function cancels it. */
  after(ms: number, action: () => void): () => void;
  /** Calls `listener` when the process goes on after it was stopped. The returned function stops that. */
  onContinue?(listener: () => void): () => void;
  /**
   * Connects to a server whose certificate is known, vouched for by an authority, or named by the link's
   * fingerprint. Never rejects for what the network or the server does.
   *
   * @param plain whether the user wants plain text in place of TLS
   */
  connect(
    link: ServerLink,
    handlers: OpenConnectionHandlers,
    plain: boolean,
  ): Promise<ConnectOutcome>;
  /** Opens a connection of bytes to a server, with the same checks as `connect`. Left out: no files are sent or fetched. */
  readonly openRaw?: (link: ServerLink, handlers: RawHandlers, plain: boolean) => RawConnection;
  /** The files of this device that are sent and fetched; there from the first connection on. */
  readonly transferFiles?: TransferFiles | undefined;
  /** Begins the trace of one session; absent when nothing is traced. */
  readonly openTrace?: (link: ServerLink) => ClientTrace;
  /**
   * Trusts this certificate from now on, also by links that still have the fingerprint that it `replaces`.
   * Returns null, or a sentence when it holds for this run alone.
   */
  remember(link: ServerLink, fingerprint: string, replaces: string | null): string | null;
  /**
   * The file that can't be written, so that nothing that is saved below outlasts this run; null when it does.
   */
  readonly unsaved: { readonly path: string; readonly why: SaveTrouble } | null;
  /**
   * Whether connections show a certificate of this device, by which it can log in; `problem`: why it has
   * none.
   */
  device(link: ServerLink): "shown" | "none" | { readonly problem: string };
  readonly saved: SavedState;
  /** Replaces the given fields of `saved`. If the file can't be written, only the next run is affected. */
  save(fields: SavedState): void;
  readonly configuration: ConfigurationPort;
  /** Reads pictures; left out: none are shown. */
  readonly pictures?: PicturePort | undefined;
  /** Opens a text in the user's editor program, which has the terminal until it ends. Never rejects. */
  editText(text: string): Promise<EditOutcome>;
  /**
   * Resolves to what the terminal outside of tmux is and can do, as tmux lists it ("256,RGB,…"); null where there is
   * no tmux. Never rejects.
   */
  askTmux(): Promise<(OutsideTmux & { readonly features: string }) | null>;
  /** Returns the parsed drafts file, unchecked; null when there is none. */
  readDrafts(): unknown;
  writeDrafts(content: object): void;
  /**
   * Calls `listener` once for each of the client's logs that can't be written any more, also for those that
   * failed before. The returned function stops it.
   */
  onWriteFailure?(listener: (failure: { path: string; why: SaveTrouble }) => void): () => void;
  /** Where passwords are stored that the user wants to be stored. */
  readonly passwordsPath: string;
  /** null: the user wants nothing to be stored. */
  readonly history: LocalHistoryPort | null;
  /** SHA-256 of this device's certificate: 64 lower-case hex digits; null where none is shown. */
  deviceFingerprint?(link: ServerLink): string | null;
  /** Removes the messages of a server that are stored on this device. */
  forgetHistory(server: ServerLink): void;
  /** Removes everything that is stored on this device about a server but what `save` and the like have. */
  forgetServer(server: ServerLink): void;
  /** The encoding of servers for which none is saved; null: UTF-8, and the rest is guessed. */
  readonly encoding: string | null;
  /** Returns the parsed file of passwords that the user wanted to be stored, unchecked; null when there is none. */
  readPasswords(): unknown;
  /** Replaces that file, which only its owner can read. */
  writePasswords(content: object): void;
  /** Writes a message to the chat log; null when the user didn't ask for a log. */
  readonly log: ((server: ServerLink, conversation: string, line: ExportLine) => void) | null;
  /** The user's scripts; left out where none run. */
  readonly scripts?: ScriptFilesPort;
  /** Returns the password for the server itself (IRC's PASS); null: none was given, or it isn't for this server. */
  serverPassword(link: ServerLink): string | null;
  readonly localFiles: LocalFilesPort;
  /** Opens an address in the user's browser. Resolves to false where there is none; never rejects. */
  openLink(link: string): Promise<boolean>;
  /** The label of this device in the account's device list: the host name. */
  readonly deviceName: string;
  /**
   * Writes an export into a file, which appears under its name when it is complete. `path` null: the name is made
   * from the room's. `force` overwrites. Rejects only with what `lines` threw. An HTML page has pictures beside it, as far
   * as `fetchPicture` fetches them to the path that it is given.
   */
  saveExport(
    path: string | null,
    room: string,
    format: SaveFormat,
    lines: Iterable<ExportLine> | AsyncIterable<ExportLine>,
    force: boolean,
    fetchPicture?: (file: SharedFile, path: string) => Promise<boolean>,
  ): Promise<SaveOutcome>;
  /** Works like `saveExport`, for lines that are formatted already, each with its "\n". */
  saveLines(path: string, lines: AsyncIterable<string>, force: boolean): Promise<SaveOutcome>;
}
