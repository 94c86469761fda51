import type { ChatSession, LogIn } from "../../chat-client/session.ts";
import type { Language } from "../../protocol/language.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Words } from "../i18n/words.ts";
import type { Output } from "./output.ts";
import type { PipePorts, PipeSettings } from "./pipe-ports.ts";
import type { PipeWords } from "./pipe-words.ts";

/** Exit codes of a pipe command. `notLoggedIn` also means not connected. */
export const PIPE_EXIT = { done: 0, failed: 1, usage: 2, notLoggedIn: 3 } as const;

/** The ports, settings and words that all parts of a pipe command share. */
export interface PipeContext {
  readonly ports: PipePorts;
  readonly settings: PipeSettings;
  readonly language: Language;
  readonly words: Words;
  readonly pipeWords: PipeWords;
  readonly output: Output;
}

/** How a pipe command gets in: as an account, or as a guest under this nick. */
export type Entry = LogIn | { readonly kind: "guest"; readonly nick: string };

/** A logged-in connection and the target of the command. */
export interface PipeSession {
  readonly connection: ServerConnection;
  readonly session: ChatSession;
  /** What the log-in used, for logging in again after a loss. */
  readonly credentials: Entry;
  /** The name of the room or person; "" for everywhere. */
  readonly target: string;
}
