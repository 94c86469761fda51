/** What the app needs of the world. client.ts joins it to sockets, files and the process. */

import type { ClientTrace } from "../chat-client/session-interface.ts";
import type { ServerLink } from "../protocol/server-link.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { Stdin, Stdout } from "../terminal/tty.ts";

/** A connection to a server, lines in and lines out. */
export interface ServerConnection {
  /** The server's certificate; null for plain text. */
  readonly fingerprint: string | null;
  /** A whole line without CR LF. */
  send(line: string): void;
  /** Sends what is queued, and ends. */
  close(): void;
}

export interface ServerConnectionHandlers {
  line(line: WireLine): void;
  /** It is gone; not called after `close()`. */
  closed(why: string): void;
}

export type ConnectProblem =
  | "refused"
  | "unreachable"
  | "timeout"
  | "no-such-host"
  | "not-tls"
  | "closed"
  | "not-loopback";

export type ConnectOutcome =
  | { readonly kind: "connected"; readonly wire: ServerConnection }
  /** Never seen before, and vouched for by nobody: ask, remember(), connect again. */
  | { readonly kind: "unknown"; readonly fingerprint: string }
  /** `file`: where what was known is kept; null when the link itself named another. */
  | {
      readonly kind: "changed";
      readonly known: string;
      readonly fingerprint: string;
      readonly file: string | null;
    }
  | { readonly kind: "failed"; readonly problem: ConnectProblem }
  /** One of our own files can't be used; the sentence says which, and what to do. */
  | { readonly kind: "refused-file"; readonly text: string };

export type SaveFormat = "text" | "markdown" | "jsonl" | "html";

/** One line of an export, as it was said. */
export interface ExportLine {
  /** ms */
  readonly time: number;
  readonly nick: string;
  readonly kind: "said" | "notice" | "action" | "reacted" | "unreacted";
  readonly text: string;
  readonly msgid?: string;
  readonly account: string | null;
  /** In which room, or with whom, where the lines are of several. */
  readonly where?: string;
  readonly edited?: boolean;
  /** The msgid of what it answers, or reacts to. */
  readonly replyTo?: string;
}

/** What stands in the way of a file, as far as a person can put it right. */
export type SaveTrouble = "no-folder" | "is-folder" | "forbidden" | "full" | "other";

export type SaveOutcome =
  | { readonly kind: "saved"; readonly path: string; readonly count: number }
  | { readonly kind: "exists"; readonly path: string }
  | { readonly kind: "failed"; readonly path: string; readonly why: SaveTrouble };

/** What is kept between two runs. Everything may be missing. */
export interface SavedState {
  /** The last server, as a link. */
  readonly server?: string;
  readonly language?: string;
  /** Accounts that this device logs in to by its certificate, by "host:port". */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly bell?: boolean;
  /** Whether others may see how far one has read. Missing: wasn't asked yet. */
  readonly receipts?: boolean;
  /** Folded names of rooms and people that are quiet, by "host:port". */
  readonly muted?: Readonly<Record<string, readonly string[]>>;
}

export interface AppPorts {
  readonly stdin: Stdin;
  readonly stdout: Stdout;
  /** A sentence to standard error. */
  complain(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** ms since 1970. */
  now(): number;
  /** 0 to 1. */
  random(): number;
  /** A new id: letters and digits. */
  id(): string;
  /** Calls `action` once after so many ms; what comes back takes it back. */
  after(ms: number, action: () => void): () => void;
  /** Connects to a server that is known, vouched for by an authority, or named by the link's fingerprint. */
  connect(link: ServerLink, handlers: ServerConnectionHandlers): Promise<ConnectOutcome>;
  /** Begins the trace of one session; absent when nothing is traced. */
  readonly openTrace?: (link: ServerLink) => ClientTrace;
  /** Trusts this server from now on. Answers a sentence when it couldn't be kept. */
  remember(link: ServerLink, fingerprint: string): string | null;
  readonly saved: SavedState;
  /** Keeps more between two runs; what can't be written is only missing next time. */
  save(more: SavedState): void;
  /** The file of drafts as it was read; null when there is none. */
  readDrafts(): unknown;
  writeDrafts(content: object): void;
  /** Where the person wants everything that is said written down as well; else null. */
  readonly log: ((room: string, line: ExportLine) => void) | null;
  /** What this server asks everybody for, besides their own; null: nothing was given, or not for this one. */
  serverPassword(link: ServerLink): string | null;
  /** The name that this device goes by: its host's. */
  readonly deviceName: string;
  /**
   * Writes what was said into a file, which appears when it is complete. `path` null: a name made of the
   * room's. Rejects only with what `lines` threw.
   */
  saveExport(
    path: string | null,
    room: string,
    format: SaveFormat,
    lines: Iterable<ExportLine> | AsyncIterable<ExportLine>,
    force: boolean,
  ): Promise<SaveOutcome>;
  /** The same for lines that are made already. */
  saveLines(path: string, lines: AsyncIterable<string>, force: boolean): Promise<SaveOutcome>;
}

export interface AppSettings {
  /** The server as it was given, or null. */
  readonly server: ServerLink | null;
  readonly account: string | null;
  readonly lang: string | null;
  readonly append: boolean;
  readonly mouse: boolean;
  readonly colour: boolean;
  /** Enter after Hangul waits for a late syllable. */
  readonly holdSubmit: boolean;
}
