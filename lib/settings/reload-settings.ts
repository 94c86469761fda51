import type { ReadFile, ServerArguments, ServerSettings } from "./server-settings.ts";
import { SERVER_TABLE } from "./server-table.ts";
import { settingRow } from "./setting.ts";

/**
 * Combines the settings of a running server with those that were read again: rows of the table marked `live`,
 * and the operators and grades, take their new values; everything else stays as it was at the start.
 *
 * `settings` is `null` when the new ones are wrong, and nothing changes. `messages` are sentences for the
 * operator: about invalid settings, or settings that need a restart.
 *
 * @param isLive whether a setting takes its new value
 */
export function reloadSettings(
  before: ServerSettings,
  read: ServerArguments,
  isLive: (name: string) => boolean = isLiveSetting,
): { readonly settings: ServerSettings | null; readonly messages: readonly string[] } {
  if ("refused" in read) return { settings: null, messages: read.refused };
  if ("show" in read) return { settings: null, messages: [] };
  const after: Record<string, unknown> = { ...before };
  const messages: string[] = [];
  for (const [key, value] of Object.entries(read.settings)) {
    const name = settingName(key);
    if (isLive(name)) after[key] = value;
    else if (JSON.stringify(value) !== JSON.stringify(after[key])) {
      messages.push(`${name} changes when the server is started again, and not before`);
    }
  }
  // The cast: each value is that of one of two settings, under its own name.
  return { settings: after as unknown as ServerSettings, messages };
}

/** Whether a running server applies a new value of a setting. */
export function isLiveSetting(name: string): boolean {
  const isTable = name === "operators" || name === "grades";
  return isTable || settingRow(SERVER_TABLE, name)?.live === true;
}

/**
 * Returns how a running server reads its settings file: one that was there before and is gone is an error, and doesn't
 * mean the defaults. An editor may just be replacing it, and the defaults may open a closed server.
 */
export function refuseLostFiles(readFile: ReadFile): ReadFile {
  const seen = new Set<string>();
  return (path) => {
    const read = readFile(path);
    if (typeof read === "string") seen.add(path);
    return read === null && seen.has(path)
      ? { unreadable: "it was there before (an empty file means the defaults)" }
      : read;
  };
}

/** Returns a setting's name as the file and the flags spell it: "maxConnections" → "max-connections". */
export function settingName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
