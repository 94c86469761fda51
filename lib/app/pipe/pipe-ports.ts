import type { ServerLink } from "../../protocol/server-link.ts";
import type { AppPorts, ExportLine, SaveFormat, SaveTrouble } from "../app-ports.ts";

/** A pipe command (`send '#ops'`, `tail '#ops'`, `export '#ops'`, `my-data`) as the command line gave it. */
export type PipeCommand =
  /** `text` null: the lines of standard input. */
  | { readonly kind: "send"; readonly room: string; readonly text: string | null }
  | { readonly kind: "tail"; readonly room: string; readonly json: boolean; readonly lines: number }
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

/** The settings of a pipe command, from the command line and client.toml. */
export interface PipeSettings {
  /** The server to connect to; null for the last one. */
  readonly server: ServerLink | null;
  readonly account: string | null;
  readonly passwordFile: string | null;
  readonly lang: string | null;
  readonly colour: boolean;
}

/** What a pipe command needs from outside, beyond the app's own ports. */
export interface PipePorts extends AppPorts {
  /** Returns the content of a text file; null when it can't be read. */
  readText(path: string): string | null;
  /** Whether standard error is a terminal; progress is shown only there. */
  readonly isStderrTerminal: boolean;
  /** Writes to standard error as it is, without a line end. */
  writeStderr(text: string): void;
  /** Returns why a write to standard output failed; "closed" when its reader or its terminal is gone. */
  outputTrouble(error: unknown): SaveTrouble | "closed";
  /** Calls `action` on SIGINT and SIGTERM, which then don't end the process. */
  onInterrupt(action: () => void): void;
  /** Yields the pieces of a file of this format. `title` heads formats that have a heading. */
  format(format: SaveFormat, lines: Iterable<ExportLine>, title?: string): Iterable<string>;
}
