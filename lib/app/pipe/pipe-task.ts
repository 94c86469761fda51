import type { ChatSession, LogIn } from "../../chat-client/session.ts";
import type { Reconnector } from "../connection/server-connection.ts";
import type { Language } from "../i18n/language.ts";
import type { Words } from "../i18n/words.ts";
import type { Output } from "./output.ts";
import type { PipePorts, PipeSettings } from "./pipe-ports.ts";
import type { PipeWords } from "./pipe-words.ts";

/** What a shell is told. */
export const PIPE_EXIT = { done: 0, failed: 1, usage: 2, notIn: 3 } as const;

/** What every part of one command is given. */
export interface PipeContext {
  readonly ports: PipePorts;
  readonly settings: PipeSettings;
  readonly language: Language;
  readonly words: Words;
  readonly pipeWords: PipeWords;
  readonly output: Output;
}

/** Logged in, and, where the target is a room, its member. */
export interface PipeSession {
  readonly connection: Reconnector;
  readonly session: ChatSession;
  /** How it was logged in, for the next time after a loss. */
  readonly credentials: LogIn;
  /** The room or person, as it was given. */
  readonly target: string;
}
