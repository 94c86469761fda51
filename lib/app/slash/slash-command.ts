/** The type of slash commands, and the context in which they run. */
import type { ChatLine, ClientConversation } from "../../chat-client/client-state.ts";
import { roomNameOn } from "../../chat-client/server-names.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import type { Language } from "../../protocol/language.ts";
import type { Folded } from "../../protocol/names.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import type { AppPorts } from "../app-ports.ts";
import type { ListedServer } from "../chat-screen/listed-places.ts";
import type { HelpPart } from "../chat-screen/ui-state.ts";
import type { Confirmation } from "../connection/confirm-certificate.ts";
import type { LinkContent } from "../connection/server-connection.ts";
import type { DateFormat } from "../i18n/date-format.ts";
import type { Words } from "../i18n/words.ts";
import type { InputTable } from "../input-table.ts";
import type { ScriptHost } from "../scripts/script-host.ts";
import type { FilesHost } from "./sharing-commands.ts";
import type { SplitHost } from "./split-screen.ts";

/** A page of the menu that a command can open. */
export type MenuPage =
  | "rooms"
  | "servers"
  | "password"
  | "devices"
  | "sessions"
  | "second-factor"
  | "bots"
  | "invitations"
  | "forget";

type ArgumentsWord = keyof Words["slash"]["arguments"];
type HelpWord = keyof Words["slash"]["help"];

/** One row of the table of commands. */
export interface SlashCommand {
  readonly name: string;
  /** Other names, the Korean ones first. */
  readonly aliases: readonly string[];
  /** Keys of the sentences that `/help` shows: how the arguments are written, and what it does. */
  readonly arguments: ArgumentsWord;
  readonly help: HelpWord;
  /** Whether the command needs a connection. Without one it isn't run, and a note says so. */
  readonly needsConnection: boolean;
  /**
   * Runs the command, or calls `context.showUsage()` when the arguments can't be right.
   *
   * @param rest the text after the name, trimmed
   */
  run(context: SlashContext, rest: string): void;
  /**
   * Returns what may stand in place of the last of the words typed behind the name, for Tab. Without it, or with null,
   * Tab completes names, as in a message.
   */
  complete?(host: CompletionHost, words: readonly string[]): readonly string[] | null;
}

/** What commands need to complete their arguments. */
export type CompletionHost = Pick<SlashHost, "words" | "language" | "input" | "session"> & {
  /** All open servers, in the order of the screen. */
  readonly listed: readonly ListedServer[];
  /** Left out where no scripts run. */
  readonly scripts?: ScriptHost | null | undefined;
  readonly ports: Pick<SlashHost["ports"], "configuration" | "localFiles">;
};

/** The context of a command: the chat's interface, and the command's usage. */
export interface SlashContext extends SlashHost {
  /** Shows the command's usage. */
  showUsage(): void;
  /** Returns whether the program or a script has a command of this name. */
  isCommandName(name: string): boolean;
}

/** The chat's interface for commands. */
export interface SlashHost {
  readonly words: Words;
  readonly calendar: DateFormat;
  readonly session: ChatSession;
  readonly ports: Pick<
    AppPorts,
    | "saveExport"
    | "saveLines"
    | "random"
    | "now"
    | "elapsed"
    | "id"
    | "configuration"
    | "localFiles"
  >;
  readonly language: Language;
  /** Aliases, the user's keys, and what scripts add. */
  readonly input: InputTable;
  /** The conversation in which the command was typed. */
  readonly conversation: ClientConversation;
  /** Shows a text to this user alone, in `conversation`. It is sanitized already, and may hold "\n". */
  note(text: string, tone?: "info" | "bad"): void;
  /** Makes a note that changes, for a command that takes a while. It appears with its first text. */
  progressNote(): ProgressNote;
  /** The user's scripts; null where none can run. */
  readonly scripts: ScriptHost | null;
  /** Sends a text to a conversation, or what scripts make of it. */
  sendText(key: Folded, text: string, replyTo: string | null): void;
  /** The files of `conversation`. */
  readonly files: FilesHost;
  /** Says a text in `conversation`, as if it had been typed. */
  say(text: string): void;
  /** Uses the language of client.toml; null: it has none, and the environment's counts. */
  setLanguage(lang: string | null): void;
  /** Shows a conversation by its name, now or as soon as the user is in it. */
  goTo(name: string): void;
  /** Edits a message of the user's in `conversation`. */
  edit(msgid: string, text: string): void;
  /** Makes the next message a reply to this line. */
  composeReply(line: ChatLine): void;
  /** Shows only this line's thread. */
  openThread(line: ChatLine): void;
  /** Opens the search view with this text. null in append mode, where the command prints what it finds. */
  readonly openSearch: ((text: string) => void) | null;
  /** Opens the help with the entries that fit this text. null in append mode, where the list is printed. */
  readonly openHelp: ((query: string, part?: HelpPart) => void) | null;
  /** Selects the newest message; returns false where there is none. null in append mode. */
  readonly selectNewest: (() => boolean) | null;
  /** Takes away the notes in `conversation`. null in append mode, where they are printed. */
  readonly clearNotes: (() => void) | null;
  /** Opens the menu of a person. null in append mode. */
  readonly openPerson: ((nick: string) => void) | null;
  /** The servers that are open, and opening and closing them. null in append mode, which has one. */
  readonly servers: ServersHost | null;
  openMenu(page: MenuPage): void;
  /**
   * Shows text to copy, in whole lines outside of the chat screen; `copied` is the part for the clipboard.
   */
  reveal(text: string, copied: string): void;
  /** Returns the command line that opens a link to this server. */
  linkCommand(content: LinkContent): string;
  /**
   * Accepts the server's changed certificate if `typed` confirms it, and connects again. null: there is none.
   */
  confirmCertificate(typed: string): Confirmation | null;
  /** Reads and writes this server's text in an encoding (null: UTF-8, and what isn't is guessed), also later. */
  setEncoding(encoding: string | null): void;
  /** The language that was chosen for this server's services; null: they are left alone. */
  readonly serviceLanguage: string | null;
  /** Chooses it; `done` gets what came of it, in words. */
  setServiceLanguage(
    language: string | null,
    done: (sentence: string, isDone: boolean) => void,
  ): void;
  /** Connects again at once. */
  reconnect(): void;
  quit(): void;
}

/** The chat's servers, for commands. */
export interface ServersHost {
  readonly listed: readonly ListedServer[];
  /** Connects to a server, or shows one that is open. What has to be asked for that is asked outside of the chat. */
  connect(link: ServerLink): void;
  /** Closes an open server by its id; the next start doesn't connect to it. */
  disconnect(id: string): void;
  /** The screen's two halves. */
  readonly split: SplitHost;
}

/** A note that shows the progress of a command, and in the end its result. */
export interface ProgressNote {
  /** Shows progress; not in append mode. */
  readonly update: (text: string) => void;
  /** Shows the result in place of the progress. */
  readonly finish: (text: string, tone?: "info" | "bad") => void;
}

/**
 * Returns whether a typed line is a command: it begins with one slash, not with two. Spaces before it don't count:
 * ` /msg NickServ …` must not tell a room a password.
 */
export function isCommandLine(line: string): boolean {
  return /^\s*\/(?!\/)/.test(line);
}

/** Splits a command line into the command's name, without its slash, and the rest. */
export function commandAndRest(line: string): [name: string, rest: string] {
  return firstWord(line.trimStart().slice(1));
}

/** Returns the message that a typed line sends: "//" stands for a slash at its start. */
export function messageOfLine(line: string): string {
  return line.startsWith("//") ? line.slice(1) : line;
}

/** Splits off the first word. Both parts are "" when there is none. */
export function firstWord(text: string): [word: string, rest: string] {
  const [, word = "", rest = ""] = /^(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  return [word, rest];
}

/** Returns whether a word is a room's name on this server: "#tea", elsewhere "&local" as well (CHANTYPES). */
export function isRoomWord({ session }: Pick<SlashHost, "session">, word: string): boolean {
  return word !== "" && roomNameOn(session.state, word) === word;
}

/** Returns the words typed behind a command's name without a room in front; null while that room is being typed. */
export function wordsBehindRoom(
  host: Pick<SlashHost, "session">,
  typed: readonly string[],
): readonly string[] | null {
  if (!isRoomWord(host, typed[0] ?? "")) return typed;
  return typed.length === 1 ? null : typed.slice(1);
}

/**
 * Returns the room that a command is about: the first word if it is a room's name, otherwise the room in
 * which it was typed. Returns null, and says so, when that is no room.
 */
export function roomAndRest(
  context: SlashContext,
  text: string,
): { room: string; rest: string } | null {
  const [word, rest] = firstWord(text);
  if (isRoomWord(context, word)) return { room: word, rest };
  if (context.conversation.kind === "room") return { room: context.conversation.name, rest: text };
  context.note(context.words.slash.needsRoom, "bad");
  return null;
}

/** Returns how a command is written ("/join #room [password]"), in Korean by its first Korean name. */
export function formatUsage(command: SlashCommand, words: Words): string {
  const alias = words.languageName === "한국어" ? command.aliases[0] : undefined;
  const isKorean = alias !== undefined && /\p{Script=Hangul}/u.test(alias);
  const name = isKorean ? alias : command.name;
  return `/${name} ${words.slash.arguments[command.arguments]}`.trimEnd();
}
