import type { Sentences } from "./sentences.ts";

/** One setting: a flag, a line of the settings file and an entry in the help, all from this row. */
export type SettingRow = TextRow | YesNoRow | NumberRow | ChoiceRow;

interface Shared {
  /** A sentence for the help, with its unit. */
  readonly help: string;
  /** The heading it stands under in the help. */
  readonly group: string;
  /** Given on the command line alone, never in a file. */
  readonly flagOnly?: true;
  /** Wrong values aren't shown. */
  readonly secret?: true;
  /** Another spelling (`color`), or a letter (`-n`). */
  readonly alias?: string;
}

interface TextRow extends Shared {
  readonly type: "text";
  readonly default: string | null;
  /** What stands for the value in the help: `FILE`, `HOST:PORT`. */
  readonly as: string;
  /** What a right value looks like; with `wants` to say it in words. */
  readonly pattern?: RegExp;
  readonly wants?: string;
}

interface YesNoRow extends Shared {
  readonly type: "yes-no";
  readonly default: boolean;
}

interface NumberRow extends Shared {
  readonly type: "number";
  readonly default: number | null;
  readonly as: string;
  readonly min: number;
  readonly max: number;
  /** A word that may stand in place of the number. */
  readonly word?: string;
}

interface ChoiceRow extends Shared {
  readonly type: "choice";
  readonly default: string | null;
  readonly of: readonly string[];
  /** Short forms of the choices. */
  readonly short?: Readonly<Record<string, string>>;
}

export type SettingsTable = Readonly<Record<string, SettingRow>>;

/** The setting of that name, or `null`: a name that every object has is none. */
export function settingRow(table: SettingsTable, name: string): SettingRow | null {
  return Object.hasOwn(table, name) ? (table[name] ?? null) : null;
}

type Camel<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Name;

type OrNull<R extends SettingRow> = null extends R["default"] ? null : never;

type ValueOf<R extends SettingRow> = R extends { type: "yes-no" }
  ? boolean
  : R extends { type: "choice"; of: readonly (infer Choice)[] }
    ? Choice | OrNull<R>
    : R extends { type: "number" }
      ? number | (R extends { word: infer Word } ? Word : never) | OrNull<R>
      : string | OrNull<R>;

/** The values of a table, by their names in camel case. */
export type Values<T extends SettingsTable> = {
  readonly [Name in keyof T as Camel<Name & string>]: ValueOf<T[Name]>;
};

/**
 * The value that somebody gave: text from a flag, or what TOML makes of a file. Answers the value,
 * or what it should have been, in words.
 */
export function readValue(
  row: SettingRow,
  given: unknown,
  sentences: Sentences,
): { value: unknown } | { wants: string } {
  const value = accept(row, given);
  return value === undefined ? { wants: expectedValue(row, sentences) } : { value };
}

/**
 * All values of a table by their names in camel case: from the first source that has one, else the
 * default. The sources' values were checked by `readValue`, so the caller may take the result for
 * `Values<typeof table>`.
 */
export function tableValues(
  table: SettingsTable,
  sources: readonly ReadonlyMap<string, unknown>[],
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(table)) {
    const source = sources.find((one) => one.has(name));
    const camel = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    values[camel] = source === undefined ? row.default : source.get(name);
  }
  return values;
}

/** What a right value of this setting is, in words: `a number from 0 to 65535`. */
export function expectedValue(row: SettingRow, { wants }: Sentences): string {
  switch (row.type) {
    case "text":
      return row.wants ?? wants.text;
    case "yes-no":
      return wants.yesNo;
    case "number":
      return wants.number(row.min, row.max, row.word);
    case "choice":
      return wants.choice(row.of);
  }
}

/** How a setting's default is written. */
export function defaultText(row: SettingRow): string | null {
  if (row.default === null) return null;
  if (row.type === "yes-no") return row.default ? "yes" : "no";
  return String(row.default);
}

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

function accept(row: SettingRow, given: unknown): string | number | boolean | undefined {
  switch (row.type) {
    case "text": {
      if (typeof given !== "string" || given === "") return undefined;
      return row.pattern === undefined || row.pattern.test(given) ? given : undefined;
    }
    case "yes-no":
      return YES_NO.get(given);
    case "number": {
      if (given === row.word) return row.word;
      if (typeof given !== "number" && typeof given !== "string") return undefined;
      const isNumber = typeof given === "number" || /^\d{1,15}(\.\d{1,6})?$/.test(given);
      const number = Number(given);
      const fits = isNumber && number >= row.min && number <= row.max;
      // Only where a word may stand in for it is a part of a unit any use.
      return fits && (Number.isInteger(number) || row.word !== undefined) ? number : undefined;
    }
    case "choice": {
      const choice = row.short?.[String(given)] ?? given;
      return row.of.find((one) => one === choice);
    }
  }
}
