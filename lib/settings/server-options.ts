import type { ServerSettings } from "./server-settings.ts";

/**
 * The settings as the conversation takes them: its times are in milliseconds, and of the server's password
 * it knows the digest alone.
 *
 * @param digest SHA-256, lower-case hexadecimal
 */
export function serverOptions(
  settings: ServerSettings,
  version: string,
  digest: (text: string) => string,
) {
  const { serverPassword, ...rest } = settings;
  return {
    ...rest,
    version,
    passwordDigest: serverPassword === null ? null : digest(serverPassword),
    stsSeconds: settings.stsDays === null ? null : settings.stsDays * 86_400,
    redactWithinMs: settings.redactMinutes * 60_000,
    visitorMs: settings.visitorMinutes * 60_000,
    pingAfterMs: settings.pingSeconds * 1000,
    pingTimeoutMs: settings.pingTimeoutSeconds * 1000,
  };
}
