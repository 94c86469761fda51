import type { Sentences } from "./sentences.ts";

/** One setting: its flag, its line in the settings file and its entry in the help all come from this row. */
export type SettingRow = TextRow | ListRow | YesNoRow | NumberRow | ChoiceRow;

interface CommonFields {
  /** A sentence for the help, with the unit. */
  readonly help: string;
  /** The heading under which it stands in the help. */
  readonly group: string;
  /** Can only be given on the command line, never in a file. */
  readonly flagOnly?: true;
  /** A wrong value is not shown in the error. */
  readonly secret?: true;
  /**
   * A running server applies the new value when the settings are read again (REHASH, SIGHUP), and a running client when it is
   * set by `/set`. Without it, the value counts at the start alone.
   */
  readonly live?: true;
  /** It is about this machine and this process: the nodes of a cluster have their own. All others are the cluster's. */
  readonly local?: true;
  /** Another spelling (`color`), or a letter (`-n`). */
  readonly alias?: string;
}

interface TextRow extends CommonFields {
  readonly type: "text";
  readonly default: string | null;
  /** Stands for the value in the help: `FILE`, `HOST:PORT`. */
  readonly placeholder: string;
  /** The shape of a valid value; `expected` says it in words. */
  readonly pattern?: RegExp;
  readonly expected?: string;
  /** Words that are always valid, which Tab offers. */
  readonly examples?: readonly string[];
}

/** Texts of one shape: `--public-host a,b`, the flag twice, or `public-host = ["a", "b"]` in a file. */
interface ListRow extends CommonFields {
  readonly type: "list";
  readonly default: readonly [];
  readonly placeholder: string;
  readonly pattern: RegExp;
  readonly expected: string;
}

interface YesNoRow extends CommonFields {
  readonly type: "yes-no";
  readonly default: boolean;
}

interface NumberRow extends CommonFields {
  readonly type: "number";
  readonly default: number | null;
  readonly placeholder: string;
  readonly min: number;
  readonly max: number;
  /** A word that may stand in place of the number: `always`. */
  readonly keyword?: string;
}

interface ChoiceRow extends CommonFields {
  readonly type: "choice";
  readonly default: string | null;
  readonly choices: readonly string[];
  /** Other words for the choices: `md` for `markdown`. */
  readonly otherWords?: Readonly<Record<string, string>>;
}

export type SettingsTable = Readonly<Record<string, SettingRow>>;

const YES_NO: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ["yes", true],
  ["true", true],
  ["on", true],
  [false, false],
  ["no", false],
  ["false", false],
  ["off", false],
]);

/** Returns the setting of that name, or `null`. Names that every object has (`constructor`) are none. */
export function settingRow(table: SettingsTable, name: string): SettingRow | null {
  return Object.hasOwn(table, name) ? (table[name] ?? null) : null;
}

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<CamelCase<Rest>>}`
  : Name;

type OrNull<Row extends SettingRow> = null extends Row["default"] ? null : never;

type ValueOf<Row extends SettingRow> = Row extends { type: "yes-no" }
  ? boolean
  : Row extends { type: "choice"; choices: readonly (infer Choice)[] }
    ? Choice | OrNull<Row>
    : Row extends { type: "number" }
      ? number | (Row extends { keyword: infer Keyword } ? Keyword : never) | OrNull<Row>
      : Row extends { type: "list" }
        ? readonly string[]
        : string | OrNull<Row>;

/** The values of a table, by their names in camel case. */
export type ValuesOf<Table extends SettingsTable> = {
  readonly [Name in keyof Table as CamelCase<Name & string>]: ValueOf<Table[Name]>;
};

/**
 * Checks one value: text from a flag, or what TOML made of a line in a file. Returns the value, or in words what
 * it should have been.
 */
export function readValue(
  row: SettingRow,
  input: unknown,
  sentences: Sentences,
): { value: unknown } | { expected: string } {
  const value = accept(row, input);
  return value === undefined ? { expected: expectedValue(row, sentences) } : { value };
}

/**
 * Returns all values of a table by their names in camel case: from the first source that has one, else the
 * default. The sources' values must have come from `readValue`; then the caller may cast the result to
 * `ValuesOf<typeof table>`.
 */
export function tableValues(
  table: SettingsTable,
  sources: readonly ReadonlyMap<string, unknown>[],
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(table)) {
    const source = sources.find((candidate) => candidate.has(name));
    const key = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    values[key] = source === undefined ? row.default : source.get(name);
  }
  return values;
}

/** Describes the valid values of a setting: `a number from 0 to 65535`. */
export function expectedValue(row: SettingRow, { expected }: Sentences): string {
  switch (row.type) {
    case "text":
    case "list":
      return row.expected ?? expected.text;
    case "yes-no":
      return expected.yesNo;
    case "number":
      return expected.number(row.min, row.max, row.keyword);
    case "choice":
      return expected.choice(row.choices);
  }
}

/** Returns a setting's default as a person writes it, or `null` when it has none. */
export function defaultText(row: SettingRow): string | null {
  if (row.default === null || row.type === "list") return null;
  if (row.type === "yes-no") return row.default ? "yes" : "no";
  return String(row.default);
}

function accept(
  row: SettingRow,
  input: unknown,
): string | number | boolean | readonly string[] | undefined {
  switch (row.type) {
    case "text": {
      if (typeof input !== "string" || input === "") return undefined;
      return row.pattern === undefined || row.pattern.test(input) ? input : undefined;
    }
    case "list": {
      const items: unknown[] = (Array.isArray(input) ? input : [input]).flatMap((item) =>
        typeof item === "string" ? item.split(",").map((part) => part.trim()) : [item],
      );
      const texts = items.filter((item) => typeof item === "string" && row.pattern.test(item));
      return items.length > 0 && texts.length === items.length ? (texts as string[]) : undefined;
    }
    case "yes-no":
      return YES_NO.get(input);
    case "number": {
      if (input === row.keyword) return row.keyword;
      if (typeof input !== "number" && typeof input !== "string") return undefined;
      const isNumber = typeof input === "number" || /^\d{1,15}(\.\d{1,6})?$/.test(input);
      const number = Number(input);
      const fits = isNumber && number >= row.min && number <= row.max;
      // Fractions are for the settings that a keyword can replace (fsync); no other takes parts of its unit.
      return fits && (Number.isInteger(number) || row.keyword !== undefined) ? number : undefined;
    }
    case "choice": {
      const full = row.otherWords?.[String(input)] ?? input;
      return row.choices.find((choice) => choice === full);
    }
  }
}
