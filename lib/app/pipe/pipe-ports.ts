import type { ServerLink } from "../../protocol/server-link.ts";
import type { AppPorts, ExportLine, SaveFormat, SaveTrouble } from "../app-ports.ts";
import type { Words } from "../i18n/words.ts";
import type { Prompts } from "../menu/prompts.ts";

/** A pipe command (`send '#ops'`, `tail '#ops'`, `on '#ops'`, `export '#ops'`, `my-data`) as the command line gave it. */
export type PipeCommand =
  | {
      readonly kind: "send";
      readonly room: string;
      /** null: the lines of standard input. */
      readonly text: string | null;
      /** Whether each message that was sent is printed, as `tail --json` prints it. */
      readonly json: boolean;
      /** The message that this replies to, changes or deletes. */
      readonly to: { readonly act: "reply" | "edit" | "delete"; readonly msgid: string } | null;
      /** The file that is sent, with the text as its caption; "-" for standard input, null for none. */
      readonly file: string | null;
      /** Another name for the file; null for its own. */
      readonly name: string | null;
    }
  | {
      readonly kind: "get";
      readonly room: "";
      /** A link to a file, `file-ID` or its id. */
      readonly file: string;
      /** A file, or "-" for standard output; null for a file of its own name in this folder. */
      readonly output: string | null;
      readonly force: boolean;
    }
  | {
      readonly kind: "tail";
      readonly room: string;
      readonly json: boolean;
      /** How many earlier messages are printed first; not with `followFrom`. */
      readonly lines: number;
      /** A day or a time in UTC, or a msgid: everything from then on, or behind it, is printed. */
      readonly followFrom: string | null;
    }
  | {
      readonly kind: "on";
      /** A room; the nick of a person, for direct messages; "" for everybody's. */
      readonly room: string;
      /** A regular expression; null for every message. */
      readonly match: string | null;
      /** The only person whose messages count; null for everybody's. */
      readonly from: string | null;
      /** Whether only moderators' messages count, and those of higher ranks. */
      readonly ops: boolean;
      /** Whether the command gets what the groups stand for as arguments. */
      readonly arguments: boolean;
      /** Seconds. */
      readonly timeout: number;
      /** Bytes. */
      readonly maxOutput: number;
      /** The program and its arguments; never empty. */
      readonly command: readonly string[];
    }
  | {
      readonly kind: "export";
      /** "" for everywhere; only with a search. */
      readonly room: string;
      /** Words to search for; null for every message. */
      readonly search: string | null;
      /** Nick or account of the author. */
      readonly by: string | null;
      readonly format: SaveFormat;
      readonly from: string | null;
      readonly to: string | null;
      /** A file; null for standard output. */
      readonly output: string | null;
      readonly force: boolean;
    }
  | {
      readonly kind: "my-data";
      readonly room: "";
      readonly output: string | null;
      readonly force: boolean;
    };

/** The pipe command that runs a command for each message. */
export type OnCommand = Extract<PipeCommand, { kind: "on" }>;

/** The settings of a pipe command, from the command line and client.toml. */
export interface PipeSettings {
  /** The server to connect to; null for the last one. */
  readonly server: ServerLink | null;
  readonly account: string | null;
  readonly passwordFile: string | null;
  /** The name under which the command enters without an account; null to log in. */
  readonly guest: string | null;
  readonly lang: string | null;
  readonly colour: boolean;
}

/** A command of the user's to run, without a shell. */
export interface CommandRun {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Variables in addition to the client's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its standard input. */
  readonly input: string;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  /** Receives each line that it writes to standard error. */
  readonly onErrorLine: (line: string) => void;
}

/** How a command ended. "ended" has code null where a signal ended it. */
export type CommandOutcome =
  | { readonly kind: "ended"; readonly code: number | null; readonly output: string }
  | { readonly kind: "too-slow"; readonly output: string }
  /** It wrote more than it may; `output` is the beginning. */
  | { readonly kind: "too-long"; readonly output: string }
  | { readonly kind: "stopped" }
  | { readonly kind: "not-started" };

/** A command that runs. */
export interface RunningCommand {
  /** Resolves when it has ended, and nothing that it started is left. Never rejects. */
  readonly outcome: Promise<CommandOutcome>;
  /** Ends it, and all that it started. */
  stop(): void;
}

/** What a pipe command needs from outside, beyond the app's own ports. */
export interface PipePorts extends AppPorts {
  /** Returns the content of a text file; null when it can't be read. */
  readText(path: string): string | null;
  /** Asks whoever is at the terminal, on standard error; null where nobody is, as in a script. */
  readonly prompts: ((words: Words) => Promise<Prompts>) | null;
  /** Whether standard error is a terminal; progress is shown only there. */
  readonly isStderrTerminal: boolean;
  /** Writes to standard error as it is, without a line end. */
  writeStderr(text: string): void;
  /** Returns why a write to standard output failed; "closed" when its reader or its terminal is gone. */
  outputTrouble(error: unknown): SaveTrouble | "closed";
  /** Whether there is a program of this name, or at this path, that may be run. */
  isProgram(name: string): boolean;
  /** Starts a command. */
  startCommand(run: CommandRun): RunningCommand;
  /** Calls `action` on SIGINT, SIGTERM and SIGHUP (unless that is ignored), which then don't end the process. */
  onInterrupt(action: () => void): void;
  /** Yields the pieces of a file of this format. `title` heads formats that have a heading. */
  format(format: SaveFormat, lines: Iterable<ExportLine>, title?: string): Iterable<string>;
}
