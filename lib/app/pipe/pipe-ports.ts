/** What the client without a screen needs of the world, beyond the app's own ports. */
import type { ServerLink } from "../../protocol/server-link.ts";
import type { AppPorts, ExportLine, SaveFormat } from "../app-ports.ts";

/** `send '#ops'`, `tail '#ops'`, `export '#ops'`: as the arguments were read. */
export type PipeCommand =
  | { readonly kind: "send"; readonly room: string; readonly text: string | null }
  | { readonly kind: "tail"; readonly room: string; readonly json: boolean; readonly lines: number }
  | {
      readonly kind: "export";
      /** "" for everywhere, where something is searched. */
      readonly room: string;
      /** What is looked for; null: everything that was said. */
      readonly search: string | null;
      /** Who said it. */
      readonly by: string | null;
      readonly format: SaveFormat;
      readonly from: string | null;
      readonly to: string | null;
      readonly output: string | null;
      readonly force: boolean;
    }
  | {
      readonly kind: "my-data";
      readonly room: "";
      readonly output: string | null;
      readonly force: boolean;
    };

export interface PipeSettings {
  /** The server as it was given, or null: the last one. */
  readonly server: ServerLink | null;
  readonly account: string | null;
  readonly passwordFile: string | null;
  readonly lang: string | null;
  readonly colour: boolean;
}

export interface PipePorts extends AppPorts {
  /** A small text file, or null when it can't be read. */
  readText(path: string): string | null;
  /** Whether somebody watches standard error: only then is progress shown there. */
  readonly watched: boolean;
  /** To standard error as it is, without a line's end. */
  whisper(text: string): void;
  /** Calls `action` when the person has had enough (SIGINT, SIGTERM), in place of being killed. */
  onInterrupt(action: () => void): void;
  /** Records as the lines of a file of this format; a page has a title. */
  format(format: SaveFormat, lines: Iterable<ExportLine>, title?: string): Iterable<string>;
}
