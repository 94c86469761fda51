/** The client's settings while it runs, which `/set`, `/bind` and `/alias` change. */
import { didYouMean } from "../protocol/did-you-mean.ts";
import {
  CLIENT_SECTIONS,
  type ClientSettings,
  type SettingsLanguage,
  sentencesIn,
} from "./client-settings.ts";
import { CLIENT_TABLE } from "./client-table.ts";
import { clientTableIn } from "./client-table-ko.ts";
import { readFlags } from "./flags.ts";
import {
  defaultText,
  expectedValue,
  readValue,
  type SettingRow,
  settingRow,
  tableValues,
} from "./setting.ts";
import { readSettingsFile } from "./settings-file.ts";
import { editToml, type TomlValue } from "./toml-edit.ts";

/** client.toml. `Trouble`: why it couldn't be written. */
interface ConfigurationFile<Trouble extends string> {
  readonly path: string;
  /** Returns its text; "" when there is none. */
  read(): string | { readonly unreadable: Trouble };
  /** Replaces it whole. Returns why that failed, or null. */
  write(text: string): Trouble | null;
  /** Returns why the next start couldn't use a path as this setting's value; "empty": nothing can be read there. */
  pathProblem(name: string, path: string): Trouble | "empty" | null;
  /** Returns the names of the themes beside it. */
  themes(): readonly string[];
}

/** One setting of client.toml, in the user's language. Values are written as a person writes them. */
interface SettingState {
  readonly name: string;
  readonly group: string;
  readonly help: string;
  /** What values are valid: "yes or no". */
  readonly expected: string;
  /** The values to choose from; none for free text. */
  readonly choices: readonly string[];
  /** The value in force; null: none. */
  readonly value: string | null;
  readonly source: "flag" | "file" | "default";
  readonly default: string | null;
  /** Whether a new value counts at once; else from the next start on. */
  readonly isLive: boolean;
  /** What counts from the next start on, where that is another value; null for none. */
  readonly next: { readonly value: string | null } | null;
}

type ChangeOutcome<Trouble> =
  /** `setting`: as it is now. */
  | { readonly kind: "changed"; readonly setting: SettingState }
  | { readonly kind: "unknown"; readonly nearest: string | null }
  | { readonly kind: "invalid"; readonly expected: string }
  /** The next start couldn't use the path. */
  | { readonly kind: "unusable"; readonly why: Trouble | "empty" }
  | { readonly kind: "failed"; readonly why: EditTrouble<Trouble> };

/** Why client.toml wasn't changed; "unclear": it would have to be changed by hand. */
type EditTrouble<Trouble> = Trouble | "unclear";

type Section = (typeof CLIENT_SECTIONS)[number];
type Values = ReadonlyMap<string, unknown>;
type SectionTable = Readonly<Record<string, string>>;

/** Owns the values in force and client.toml, and tells where each value comes from. */
export class ClientConfiguration<Trouble extends string> {
  readonly #file: ConfigurationFile<Trouble>;
  readonly #flags: Values;
  /** The file at the start. */
  readonly #started: Values;
  /** The file as it was last read or written here. */
  #now: Values;
  /** What was set since the start, where that counts at once; undefined: back to the default. */
  readonly #set = new Map<string, unknown>();
  #sections: Readonly<Record<Section, SectionTable>>;
  /** What `values` has returned, until a value changes. */
  #values: Readonly<Record<string, unknown>> | null = null;

  constructor(argv: readonly string[], settings: ClientSettings, file: ConfigurationFile<Trouble>) {
    const { bind, alias } = settings;
    this.#file = file;
    this.#flags = readFlags(CLIENT_TABLE, argv).values;
    this.#started = this.#readValues();
    this.#now = this.#started;
    this.#sections = { bind, alias };
  }

  get path(): string {
    return this.#file.path;
  }

  /** The `[bind]` and `[alias]` tables now. */
  get sections(): Readonly<Record<Section, SectionTable>> {
    return this.#sections;
  }

  /** The values in force, by their names in camel case. The screen asks for them at each event. */
  get values(): Readonly<Record<string, unknown>> {
    this.#values ??= this.#readInForce();
    return this.#values;
  }

  #readInForce(): Readonly<Record<string, unknown>> {
    const { set, unset } = this.#changes();
    const started = new Map([...this.#started].filter(([name]) => !unset.has(name)));
    const flags = new Map([...this.#flags].filter(([name]) => !unset.has(name)));
    return tableValues(CLIENT_TABLE, [set, flags, started]);
  }

  /** Returns every setting that client.toml can have, in the order of the table. */
  list(language: SettingsLanguage): SettingState[] {
    return Object.keys(CLIENT_TABLE).flatMap((name) => this.find(name, language) ?? []);
  }

  /** Returns one setting by its name or its other spelling, or null. */
  find(name: string, language: SettingsLanguage): SettingState | null {
    const canonical = canonicalName(name);
    const row = settingRow(clientTableIn(language), canonical);
    if (row === null || row.flagOnly === true) return null;
    const isSet = this.#set.has(canonical);
    const isFlag = !isSet && this.#flags.has(canonical);
    const inForce = isSet
      ? this.#set.get(canonical)
      : isFlag
        ? this.#flags.get(canonical)
        : this.#started.get(canonical);
    const isFile = isSet ? inForce !== undefined : this.#started.has(canonical);
    const value = textOf(inForce) ?? defaultText(row);
    const nextValue = textOf(this.#flags.get(canonical) ?? this.#now.get(canonical));
    const next = nextValue ?? defaultText(row);
    return {
      ...{ name: canonical, group: row.group, help: row.help, value },
      expected: expectedValue(row, sentencesIn(language)),
      choices: [...choicesOf(row), ...(canonical === "theme" ? this.#file.themes() : [])],
      source: isFlag ? "flag" : isFile ? "file" : "default",
      default: defaultText(row),
      isLive: row.live === true,
      next: next === value ? null : { value: next },
    };
  }

  /** Sets a value as it was typed (null: back to the default), here and in client.toml. */
  change(name: string, typed: string | null, language: SettingsLanguage): ChangeOutcome<Trouble> {
    const before = this.find(name, language);
    if (before === null) {
      const names = this.list(language).map((setting) => setting.name);
      return { kind: "unknown", nearest: didYouMean(name, names) };
    }
    const row = settingRow(clientTableIn(language), before.name) as SettingRow;
    const read =
      typed === null ? { value: undefined } : readValue(row, typed, sentencesIn(language));
    if (!("value" in read)) return { kind: "invalid", expected: read.expected };
    // Checked by the row: a text, a number, yes or no, or a list of texts.
    const value = (read.value ?? null) as TomlValue | null;
    const problem = typeof value === "string" ? this.#file.pathProblem(before.name, value) : null;
    if (problem !== null) return { kind: "unusable", why: problem };
    const why = this.#edit([before.name], value);
    if (why !== null) return { kind: "failed", why };
    if (row.live === true) {
      this.#set.set(before.name, read.value);
      this.#values = null;
    }
    const setting = this.find(before.name, language);
    return { kind: "changed", setting: setting ?? before };
  }

  /** Writes a row of `[bind]` or `[alias]`, or removes it (null). Returns why that failed, or null. */
  changeRow(section: Section, name: string, value: string | null): EditTrouble<Trouble> | null {
    const why = this.#edit([section, name], value);
    if (why !== null) return why;
    const { [name]: _, ...others } = this.#sections[section];
    const rows = value === null ? others : { ...others, [name]: value };
    this.#sections = { ...this.#sections, [section]: rows };
    return null;
  }

  #edit(
    path: readonly [string] | readonly [string, string],
    value: TomlValue | null,
  ): EditTrouble<Trouble> | null {
    // The file may have been edited by hand since.
    const text = this.#file.read();
    if (typeof text === "object") return text.unreadable;
    const edited = editToml(text, path, value);
    if (edited === null) return "unclear";
    const why = edited === text ? null : this.#file.write(edited);
    if (why === null) this.#now = this.#readValues();
    return why;
  }

  #readValues(): Values {
    const text = this.#file.read();
    if (typeof text === "object") return new Map();
    const { path } = this.#file;
    return readSettingsFile(CLIENT_TABLE, path, text, [], sentencesIn("en"), CLIENT_SECTIONS)
      .values;
  }

  #changes(): { readonly set: Values; readonly unset: ReadonlySet<string> } {
    const set = new Map([...this.#set].filter(([, value]) => value !== undefined));
    return { set, unset: new Set(this.#set.keys()) };
  }
}

/** Returns the table's name of a setting: "colour" for "color". */
function canonicalName(typed: string): string {
  const name = typed.toLowerCase().replace(/^--/, "");
  const rows: [string, SettingRow][] = Object.entries(CLIENT_TABLE);
  return rows.find(([, { alias }]) => alias === name)?.[0] ?? name;
}

function choicesOf(row: SettingRow): readonly string[] {
  if (row.type === "choice") return row.choices;
  if (row.type === "text") return row.examples ?? [];
  return row.type === "yes-no" ? ["yes", "no"] : [];
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}
