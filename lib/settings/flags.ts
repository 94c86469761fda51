import { didYouMean } from "../protocol/did-you-mean.ts";
import { ENGLISH, type Sentences } from "./sentences.ts";
import {
  expectedValue,
  readValue,
  type SettingRow,
  type SettingsTable,
  settingRow,
} from "./setting.ts";

/** The settings of one source: checked values by the table's names, and sentences about invalid ones. */
export interface SettingsInput {
  readonly values: ReadonlyMap<string, unknown>;
  readonly refused: readonly string[];
}

/** A command line: its flags, and the words between them. */
export interface Flags extends SettingsInput {
  readonly words: readonly string[];
  /** How many of the words, at the end, stood behind `--`. */
  readonly wordsBehindDashes: number;
}

/**
 * Reads a command line: `--port 6697`, `--port=6697`, `--guests`, `--guests no`, `--no-guests`, `-n 5`. Words
 * that are not flags, and everything after `--`, come back as `words`. The last of repeated flags counts;
 * those of a list are added up.
 *
 * @param commands words that are commands, and no flag's yes or no
 */
export function readFlags(
  table: SettingsTable,
  argv: readonly string[],
  sentences: Sentences = ENGLISH,
  commands: readonly string[] = [],
): Flags {
  const values = new Map<string, unknown>();
  const refused: string[] = [];
  const words: string[] = [];
  let wordsBehindDashes = 0;
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] as string;
    if (argument === "--") {
      const behind = argv.slice(i + 1);
      words.push(...behind);
      wordsBehindDashes = behind.length;
      break;
    }
    if (!argument.startsWith("-") || argument === "-") {
      words.push(argument);
      continue;
    }
    const equals = argument.indexOf("=");
    const flag = equals < 0 ? argument : argument.slice(0, equals);
    const setting = findFlag(table, flag);
    if (setting === null) {
      refused.push(sentences.unknownFlag(flag, nearestFlag(table, flag)));
      // The next word was most likely its value, and not a second mistake.
      if (equals < 0 && argv[i + 1]?.startsWith("-") === false) i += 1;
      continue;
    }
    const { name, row, negated } = setting;
    const inline = equals < 0 ? undefined : argument.slice(equals + 1);
    if (negated) {
      if (inline === undefined) values.set(name, false);
      else refused.push(sentences.takesNoValue(flag));
      continue;
    }
    const next = argv[i + 1];
    let value: string | true | undefined = inline;
    if (value === undefined && row.type === "yes-no") {
      // A bare `--guests` means yes; `yes` or `no` after it belongs to it, but `on` may be a command.
      const isValue = next !== undefined && "value" in readValue(row, next, sentences);
      value = isValue && !commands.includes(next) ? next : true;
    } else if (value === undefined && next !== undefined && !next.startsWith("--")) value = next;
    if (value === undefined) {
      refused.push(sentences.needsValue(flag, expectedValue(row, sentences)));
      continue;
    }
    if (inline === undefined && value !== true) i += 1;
    const read = readValue(row, value, sentences);
    if ("value" in read) values.set(name, withEarlier(row, values.get(name), read.value));
    else {
      const shown = row.secret === true || value === "" ? "" : ` ${value}`;
      refused.push(sentences.mustBe(`${flag}${shown}`, read.expected));
    }
  }
  return { values, refused, words, wordsBehindDashes };
}

function withEarlier(row: SettingRow, earlier: unknown, value: unknown): unknown {
  const isList = row.type === "list" && Array.isArray(earlier) && Array.isArray(value);
  return isList ? [...earlier, ...value] : value;
}

function findFlag(
  table: SettingsTable,
  flag: string,
): { name: string; row: SettingRow; negated: boolean } | null {
  const setting = findSetting(table, flag.startsWith("--") ? flag.slice(2) : flag);
  if (setting !== null) return { ...setting, negated: false };
  const positive = flag.startsWith("--no-") ? findSetting(table, flag.slice(5)) : null;
  return positive?.row.type === "yes-no" ? { ...positive, negated: true } : null;
}

function findSetting(
  table: SettingsTable,
  nameOrAlias: string,
): { name: string; row: SettingRow } | null {
  const named = settingRow(table, nameOrAlias);
  if (named !== null) return { name: nameOrAlias, row: named };
  for (const [name, row] of Object.entries(table)) {
    if (row.alias === nameOrAlias) return { name, row };
  }
  return null;
}

/** Returns the flag that was most likely meant. Ignores the value, which may be a secret. */
function nearestFlag(table: SettingsTable, flag: string): string | null {
  const names = Object.entries(table).flatMap(([name, row]) =>
    row.type === "yes-no" ? [`--${name}`, `--no-${name}`] : [`--${name}`],
  );
  return didYouMean(flag, names);
}
