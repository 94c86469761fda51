import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeLog } from "../../lib/file-manager/import/input/decode-log.ts";
import type { OpenedLogFile } from "../../lib/file-manager/import/input/log-files.ts";
import { formatNamed } from "../../lib/file-manager/import/log-formats.ts";
import { readLog } from "../../lib/file-manager/import/read-log.ts";
import { makeLocalTime } from "../../lib/file-manager/import/timestamps/time-zone.ts";

/** The content of a log, for comparing: "2026-11-22T10:02:03.000Z PRIVMSG mina: hello". */
export interface ReadingText {
  readonly messages: readonly string[];
  /** Numbers of the lines that weren't understood. */
  readonly unreadable: readonly number[];
  readonly skipped: number;
}

/** The account that imports. */
export const OWNER = {
  id: "mina00000001",
  name: "mina",
  hash: "h",
  createdAt: 1,
  owner: true,
  email: null,
  certificates: [],
};

/** Writes the user file of a data folder that has an owner. */
export function writeOwner(folder: string): void {
  const users = { format: 2, folded: 0, accounts: [OWNER], invitations: [], resting: [] };
  writeFileSync(join(folder, "users.json"), JSON.stringify(users), { mode: 0o600 });
}

/** Reads a log of one file. `lines` may be its bytes. */
export function readAs(
  formatName: string,
  lines: readonly string[] | Uint8Array,
  options: { readonly name?: string; readonly timeZone?: string } = {},
): ReadingText {
  const format = formatNamed(formatName);
  if (format === null) throw new Error(`no format ${formatName}`);
  const bytes = lines instanceof Uint8Array ? lines : Buffer.from(lines.join("\n"));
  const decoded = decodeLog(bytes, null);
  const name = options.name ?? "tea.log";
  const file: OpenedLogFile = { name, bytes, decoded: () => decoded, text: () => decoded.text };
  const reading = readLog(format, [file], "tea", () => makeLocalTime(options.timeZone ?? "UTC"));
  if ("refused" in reading) throw new Error(reading.refused);
  return {
    messages: reading.messages.map(
      ({ time, verb, nick, text }) => `${new Date(time).toISOString()} ${verb} ${nick}: ${text}`,
    ),
    unreadable: reading.unreadable.map(({ line }) => line),
    skipped: reading.skipped,
  };
}
