/** What a row of the table of commands is, and what it is given. */

import type { ChatLine, ClientConversation } from "../../chat-client/client-state.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import type { AppPorts } from "../app-ports.ts";
import { numberedMessages } from "../chat-screen/message-lines.ts";
import type { DateFormat } from "../i18n/date-format.ts";
import type { Words } from "../i18n/words.ts";

/** Pages of the menu that a command opens. */
export type MenuPage = "rooms" | "password" | "devices" | "invitations" | "forget";

export interface Slash extends SlashPlace {
  /** Says how the command is written. */
  usage(): void;
}

/** Where a command is given, and what it can do there. */
export interface SlashPlace {
  readonly words: Words;
  readonly calendar: DateFormat;
  readonly session: ChatSession;
  readonly ports: Pick<AppPorts, "saveExport" | "saveLines" | "random" | "now" | "id">;
  /** Where it was given. */
  readonly here: ClientConversation;
  /** Tells only the person who gave it, there. The text was cleaned, and may hold "\n". */
  note(text: string, tone?: "info" | "bad"): void;
  /** The same for something that takes a while: one line that changes, and says in the end what came of it. */
  telling(): {
    readonly soFar: (text: string) => void;
    readonly done: (text: string, tone?: "info" | "bad") => void;
  };
  /** Goes to a conversation as soon as it is there. */
  goTo(name: string): void;
  /** The next message answers this line. */
  replyTo(line: ChatLine): void;
  /** Shows only this line's chain of answers; null: the whole room again. */
  openThread(line: ChatLine | null): void;
  /** Looks for it where one can go to what is found; null: there is no screen, so it is said in lines. */
  readonly find: ((text: string) => void) | null;
  menu(page: MenuPage): void;
  /** Shows text that wants to be copied, in whole lines outside of the chat screen. */
  reveal(text: string): void;
  /** The link that lets somebody sign up here by a code. */
  linkWith(code: string): string;
  /** Connects anew, without waiting. */
  reconnect(): void;
  quit(): void;
}

export type ArgumentsWord = keyof Words["slash"]["arguments"];
export type HelpWord = keyof Words["slash"]["help"];

export interface SlashCommand {
  readonly name: string;
  /** Other names, the Korean ones first. */
  readonly aliases: readonly string[];
  readonly arguments: ArgumentsWord;
  readonly help: HelpWord;
  /** Does it, or calls `usage` when the arguments can't be right. `rest` is trimmed. */
  run(slash: Slash, rest: string): void;
}

/** The first word and the rest of it. */
export function firstWord(rest: string): [string, string] {
  const [, word = "", more = ""] = /^(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  return [word, more];
}

/** The room that a command is about: one that is named first, or the one where it was given. */
export function roomAndRest(slash: Slash, rest: string): { room: string; rest: string } | null {
  const [word, more] = firstWord(rest);
  if (word.startsWith("#")) return { room: word, rest: more };
  if (slash.here.kind === "room") return { room: slash.here.name, rest };
  slash.note(slash.words.slash.needsRoom, "bad");
  return null;
}

/** Spoken lines that the server knows, the newest first. */
export function messageLines(here: ClientConversation): ChatLine[] {
  return numberedMessages(here);
}
