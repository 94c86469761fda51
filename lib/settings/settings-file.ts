import { didYouMean } from "../protocol/did-you-mean.ts";
import type { SettingsInput } from "./flags.ts";
import { ENGLISH, type Sentences } from "./sentences.ts";
import { readValue, type SettingsTable, settingRow } from "./setting.ts";

/** A settings file: its values, its `[[name]]` tables, and its `[name]` tables. */
export interface FileSettings extends SettingsInput {
  /** The `[[name]]` tables that the caller named, as TOML gave them. */
  readonly tables: ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;
  /** The `[name]` tables of texts that the caller named. */
  readonly sections: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/**
 * Reads a settings file (TOML): `port = 6697`, `guests = true`, `sign-up = "open"`.
 *
 * @param path stands in the sentences; no file is opened
 * @param tableNames the `[[name]]` tables that may appear
 * @param sectionNames the `[name]` tables that may appear; each of their values is a text
 */
export function readSettingsFile(
  table: SettingsTable,
  path: string,
  text: string,
  tableNames: readonly string[],
  sentences: Sentences = ENGLISH,
  sectionNames: readonly string[] = [],
): FileSettings {
  const sections = new Map<string, Readonly<Record<string, string>>>();
  const values = new Map<string, unknown>();
  const tables = new Map<string, readonly Readonly<Record<string, unknown>>[]>();
  const refused: string[] = [];
  const parsed = parseToml(text);
  if (typeof parsed === "string") {
    return { values, tables, sections, refused: [`${path}: ${parsed}`] };
  }
  for (const [name, input] of Object.entries(parsed)) {
    const row = settingRow(table, name);
    if (tableNames.includes(name)) {
      if (isTableList(input)) tables.set(name, input);
      else refused.push(sentences.tables(path, name));
    } else if (sectionNames.includes(name)) {
      if (isTextTable(input)) sections.set(name, input);
      else refused.push(sentences.section(path, name));
    } else if (row === null) {
      const names = [...Object.keys(table), ...tableNames, ...sectionNames];
      refused.push(sentences.unknownInFile(path, name, didYouMean(name, names)));
    } else if (row.flagOnly === true) {
      refused.push(sentences.flagOnly(path, name));
    } else {
      const read = readValue(row, input, sentences);
      if ("value" in read) values.set(name, read.value);
      else {
        const shown = row.secret === true ? "" : ` = ${JSON.stringify(input)}`;
        refused.push(sentences.mustBe(`${path}: ${name}${shown}`, read.expected));
      }
    }
  }
  return { values, tables, sections, refused };
}

/** Returns the parsed file, or the parser's message. */
function parseToml(text: string): Record<string, unknown> | string {
  try {
    return Bun.TOML.parse(text) as Record<string, unknown>;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isTableList(input: unknown): input is Record<string, unknown>[] {
  return (
    Array.isArray(input) &&
    input.every((item) => typeof item === "object" && item !== null && !Array.isArray(item))
  );
}

function isTextTable(input: unknown): input is Record<string, string> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return false;
  return Object.values(input).every((value) => typeof value === "string");
}
