/** The client's settings as the user sees and changes them while the program runs. */
import type { Language } from "../protocol/language.ts";
import type { SaveTrouble } from "./app-ports.ts";

/** One setting of client.toml, in the user's language. Values are as a person writes them; null is no value. */
export interface SettingEntry {
  readonly name: string;
  readonly group: string;
  readonly help: string;
  /** What values are valid: "yes or no". */
  readonly expected: string;
  /** The values to choose from; none for free text. */
  readonly choices: readonly string[];
  /** The value in force. */
  readonly value: string | null;
  readonly source: "flag" | "file" | "default";
  readonly default: string | null;
  /** Whether a new value counts at once; else from the next start on. */
  readonly isLive: boolean;
  /** What counts from the next start on, where that is another value. */
  readonly next: { readonly value: string | null } | null;
}

/** Why client.toml wasn't changed; "unclear": it is written in a way that only its author can change. */
export type ConfigurationTrouble = SaveTrouble | "unclear";

/** The result of `/set`. */
type SettingOutcome =
  | { readonly kind: "changed"; readonly setting: SettingEntry }
  | { readonly kind: "unknown"; readonly nearest: string | null }
  | { readonly kind: "invalid"; readonly expected: string }
  // The next start couldn't use the path. "empty": nothing can be read there.
  | { readonly kind: "unusable"; readonly why: SaveTrouble | "empty" }
  | { readonly kind: "failed"; readonly why: ConfigurationTrouble };

/** The settings as the user sees and changes them: client.toml, and what is in force. */
export interface ConfigurationPort {
  /** The path of client.toml. */
  readonly path: string;
  /** Its `[bind]` and `[alias]` tables, as they are written. */
  readonly sections: Readonly<Record<"bind" | "alias", Readonly<Record<string, string>>>>;
  list(language: Language): readonly SettingEntry[];
  /** Returns a setting by its name or its other spelling, or null. */
  find(name: string, language: Language): SettingEntry | null;
  /** Sets a value as it was typed, here and in client.toml; null goes back to the default. */
  change(name: string, typed: string | null, language: Language): SettingOutcome;
  /** Writes one row of `[bind]` or `[alias]`; null removes it. Returns why that failed, or null. */
  changeRow(
    section: "bind" | "alias",
    name: string,
    value: string | null,
  ): ConfigurationTrouble | null;
}
