import { accessSync, appendFileSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { PRIVATE_FILE } from "../disk/replace-file.ts";
import { type ExportRecord, formatExport } from "../export/export-format.ts";

/** Adds a line to a room's file of its day. */
export type ChatLog = (room: string, line: ExportRecord) => void;

/**
 * What is said while somebody is here, as text: `<folder>/<room>/<yyyy-mm-dd>.txt`, by local days. Refused in
 * a sentence when the folder can't be written to; later failures are passed over, for a full disk must not
 * end a conversation, and what was said is on the server.
 *
 * @param minutesEast of UTC, at a moment
 */
export function openChatLog(
  folder: string,
  minutesEast: (ms: number) => number,
): { readonly log: ChatLog } | { readonly refused: string } {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch {
    return {
      refused: `${folder} can't be written to: choose another folder for --log, or leave it away`,
    };
  }
  return {
    log(room, line) {
      // Nothing in a room's name may lead out of the folder.
      const place = join(folder, room.replace(/[^\p{L}\p{M}\p{N}#_-]/gu, "_"));
      const text = [...formatExport("text", [line], { minutesEast })].join("");
      // It begins with its day, which the file's name says.
      const [day = "", ...rest] = text.split("\n");
      const name = `${/\d{4}-\d{2}-\d{2}/.exec(day)?.[0] ?? "day"}.txt`;
      try {
        mkdirSync(place, { recursive: true, mode: 0o700 });
        appendFileSync(join(place, name), rest.join("\n"), { mode: PRIVATE_FILE });
      } catch {
        // See above.
      }
    },
  };
}
