import { didYouMean } from "../protocol/did-you-mean.ts";
import type { Given } from "./flags.ts";
import { ENGLISH, type Sentences } from "./sentences.ts";
import { readValue, type SettingsTable, settingRow } from "./setting.ts";

export interface FileSettings extends Given {
  /** `[[name]]` tables that the caller asked for by name, as TOML gave them. */
  readonly tables: ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;
}

/**
 * Reads a settings file (TOML): `port = 6697`, `guests = true`, `sign-up = "open"`. `path` is only
 * for the sentences; `tableNames` are the `[[name]]` tables that may appear.
 */
export function readSettingsFile(
  table: SettingsTable,
  path: string,
  text: string,
  tableNames: readonly string[],
  sentences: Sentences = ENGLISH,
): FileSettings {
  const values = new Map<string, unknown>();
  const tables = new Map<string, readonly Readonly<Record<string, unknown>>[]>();
  const refused: string[] = [];
  const parsed = parseToml(text);
  if (typeof parsed === "string") return { values, tables, refused: [`${path}: ${parsed}`] };
  for (const [name, given] of Object.entries(parsed)) {
    const row = settingRow(table, name);
    if (tableNames.includes(name)) {
      if (isTables(given)) tables.set(name, given);
      else refused.push(sentences.tables(path, name));
    } else if (row === null) {
      const names = [...Object.keys(table), ...tableNames];
      refused.push(sentences.unknownInFile(path, name, didYouMean(name, names)));
    } else if (row.flagOnly === true) {
      refused.push(sentences.flagAlone(path, name));
    } else {
      const read = readValue(row, given, sentences);
      if ("value" in read) values.set(name, read.value);
      else {
        const shown = row.secret === true ? "" : ` = ${JSON.stringify(given)}`;
        refused.push(sentences.mustBe(`${path}: ${name}${shown}`, read.wants));
      }
    }
  }
  return { values, tables, refused };
}

/** The file's tree, or what the parser said is wrong with it. */
function parseToml(text: string): Record<string, unknown> | string {
  try {
    return Bun.TOML.parse(text) as Record<string, unknown>;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isTables(given: unknown): given is Record<string, unknown>[] {
  return (
    Array.isArray(given) &&
    given.every((one) => typeof one === "object" && one !== null && !Array.isArray(one))
  );
}
