import { didYouMean } from "../protocol/did-you-mean.ts";
import { ENGLISH, type Sentences } from "./sentences.ts";
import {
  expectedValue,
  readValue,
  type SettingRow,
  type SettingsTable,
  settingRow,
} from "./setting.ts";

/** What was given, by the names of the table, checked; and what was wrong, in sentences. */
export interface Given {
  readonly values: ReadonlyMap<string, unknown>;
  readonly refused: readonly string[];
}

/** Flags, and the words between them. */
export interface Flags extends Given {
  readonly words: readonly string[];
}

/**
 * Reads a command line: `--port 6697`, `--port=6697`, `--guests`, `--guests no`, `--no-guests`,
 * `-n 5`. Words that are no flags, and all after `--`, come back as `words`; of a flag given
 * twice the later counts.
 */
export function readFlags(
  table: SettingsTable,
  argv: readonly string[],
  sentences: Sentences = ENGLISH,
): Flags {
  const values = new Map<string, unknown>();
  const refused: string[] = [];
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] as string;
    if (argument === "--") {
      words.push(...argv.slice(i + 1));
      break;
    }
    if (!argument.startsWith("-") || argument === "-") {
      words.push(argument);
      continue;
    }
    const equals = argument.indexOf("=");
    const flag = equals < 0 ? argument : argument.slice(0, equals);
    const found = findFlag(table, flag);
    if (found === null) {
      refused.push(sentences.unknownFlag(flag, nearFlag(table, flag)));
      // What follows was most likely its value, and no second mistake.
      if (equals < 0 && argv[i + 1]?.startsWith("-") === false) i += 1;
      continue;
    }
    const { name, row, negated } = found;
    const inline = equals < 0 ? undefined : argument.slice(equals + 1);
    if (negated) {
      if (inline === undefined) values.set(name, false);
      else refused.push(sentences.takesNoValue(flag));
      continue;
    }
    const next = argv[i + 1];
    let value: string | true | undefined = inline;
    if (value === undefined && row.type === "yes-no") {
      // A bare `--guests` means yes; `yes` or `no` after it belongs to it.
      value = next !== undefined && "value" in readValue(row, next, sentences) ? next : true;
    } else if (value === undefined && next !== undefined && !next.startsWith("--")) value = next;
    if (value === undefined) {
      refused.push(sentences.needsValue(flag, expectedValue(row, sentences)));
      continue;
    }
    if (inline === undefined && value !== true) i += 1;
    const read = readValue(row, value, sentences);
    if ("value" in read) values.set(name, read.value);
    else {
      const shown = row.secret === true || value === "" ? "" : ` ${value}`;
      refused.push(sentences.mustBe(`${flag}${shown}`, read.wants));
    }
  }
  return { values, refused, words };
}

function findFlag(
  table: SettingsTable,
  flag: string,
): { name: string; row: SettingRow; negated: boolean } | null {
  const named = byName(table, flag.startsWith("--") ? flag.slice(2) : flag);
  if (named !== null) return { ...named, negated: false };
  const positive = flag.startsWith("--no-") ? byName(table, flag.slice(5)) : null;
  return positive?.row.type === "yes-no" ? { ...positive, negated: true } : null;
}

function byName(table: SettingsTable, name: string): { name: string; row: SettingRow } | null {
  const row = settingRow(table, name);
  if (row !== null) return { name, row };
  for (const [of, one] of Object.entries(table)) {
    if (one.alias === name) return { name: of, row: one };
  }
  return null;
}

/** What was most likely meant. Its value isn't looked at: what was meant to stay secret may be in it. */
function nearFlag(table: SettingsTable, flag: string): string | null {
  const names = Object.entries(table).flatMap(([name, row]) =>
    row.type === "yes-no" ? [`--${name}`, `--no-${name}`] : [`--${name}`],
  );
  return didYouMean(flag, names);
}
