import type { ServerArguments, ServerSettings } from "./server-settings.ts";

/** What holds from the next command on, or the next newcomer. Everything else was used up by starting. */
const LIVE: ReadonlySet<string> = new Set<keyof ServerSettings>([
  "motd",
  "operators",
  "guests",
  "signUp",
  "inviteHours",
  "serverPassword",
  "replayLines",
  "redactMinutes",
  "visitorMinutes",
  "pingSeconds",
  "pingTimeoutSeconds",
]);

/**
 * The settings of a running server after they were read again. `settings` is `null` when they are wrong, and
 * everything stays; `said` is for whoever asked: what is wrong, or what takes a new start.
 */
export function reloadSettings(
  before: ServerSettings,
  read: ServerArguments,
): { readonly settings: ServerSettings | null; readonly said: readonly string[] } {
  if ("refused" in read) return { settings: null, said: read.refused };
  if ("show" in read) return { settings: null, said: [] };
  const after: Record<string, unknown> = { ...before };
  const said: string[] = [];
  for (const [name, value] of Object.entries(read.settings)) {
    if (LIVE.has(name)) after[name] = value;
    else if (JSON.stringify(value) !== JSON.stringify(after[name])) {
      said.push(`${settingName(name)} changes when the server is started again, and not before`);
    }
  }
  // The cast: each value is that of one of two settings, under its own name.
  return { settings: after as unknown as ServerSettings, said };
}

/** "maxConnections" → "max-connections", as it is written. */
function settingName(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
