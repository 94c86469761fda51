import type { AdminField, AdminSentences, AdminTable } from "../protocol/admin/admin-answer.ts";
import type { AdminCommandName } from "../protocol/admin/admin-commands.ts";
import type { Language } from "../protocol/language.ts";
import { ENGLISH_ADMIN } from "./admin-words-en.ts";
import { KOREAN_ADMIN } from "./admin-words-ko.ts";

/** What the owner's console says in one language. */
export interface AdminWords {
  readonly sentences: AdminSentences;
  /** Titles of columns and facts. */
  readonly fields: Readonly<Record<AdminField, string>>;
  /** Titles of the lists below facts. */
  readonly tables: Readonly<Record<AdminTable, string>>;
  /** Values of some fields that are names of ours, such as ways to log in; others are shown as they are. */
  readonly values: Readonly<{ [Field in AdminField]?: Readonly<Record<string, string>> }>;
  /** One line about each command. */
  readonly help: Readonly<Record<AdminCommandName, string>>;
  /** The first lines of the help. */
  readonly usage: (program: string) => readonly string[];
  /** The lines about what all commands take. */
  readonly options: readonly string[];
  readonly yes: string;
  readonly no: string;
  readonly never: string;
  readonly nothing: string;
  /** Units of a duration: days, hours, minutes, seconds. */
  readonly units: readonly [string, string, string, string];
  readonly unknownOption: (flag: string) => string;
  readonly needsValue: (flag: string) => string;
  readonly notRunning: (data: string) => string;
  /** A process has the folder, and has opened no console. */
  readonly notAnswering: (data: string, pid: number) => string;
  readonly notPermitted: (data: string) => string;
  readonly tooLong: string;
  /** After a server has ended that was to be replaced. */
  readonly notReplaced: (seconds: number) => string;
  readonly noAnswer: string;
  readonly otherVersion: string;
}

/** Returns the words of a language. */
export function adminWords(language: Language): AdminWords {
  return language === "ko" ? KOREAN_ADMIN : ENGLISH_ADMIN;
}
