import { renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { replaceFile, syncFolder, temporaryOf } from "../disk/replace-file.ts";
import type { AppendFiles } from "./append-files.ts";
import type { HistoryFolder } from "./history-folder.ts";
import { eraseText } from "./stored-event.ts";

const HAS_TEXT = /"kind":"(?:said|edited)"/;

/**
 * Deletes a conversation's days before `firstDay`, as whole files. Of a conversation in which nothing has happened since,
 * the last line stays, without its text: it holds the position. Returns how many files went or were shortened. Rejects
 * with file-system errors; days deleted before stay deleted.
 */
export async function pruneDays(
  folder: HistoryFolder,
  files: AppendFiles,
  firstDay: string,
): Promise<number> {
  const oldDays = folder.days.filter((day) => day < firstDay);
  const newest = folder.days.at(-1);
  let count = 0;
  for (const day of oldDays) {
    const path = folder.pathOf(day);
    if (day === newest) {
      if (await shortenToLastLine(folder, files, day)) count += 1;
      continue;
    }
    // Renamed first: a crash between leaves what the next start removes. Freeing the blocks of a large file takes the
    // disk many milliseconds, and is left to another thread.
    renameSync(path, temporaryOf(path));
    folder.removeDay(day);
    await rm(temporaryOf(path));
    count += 1;
  }
  if (count > 0) await syncFolder(folder.path);
  return count;
}

async function shortenToLastLine(
  folder: HistoryFolder,
  files: AppendFiles,
  day: string,
): Promise<boolean> {
  const file = folder.openDay(day);
  if (file === null) return false;
  const path = folder.pathOf(day);
  try {
    const last = file.backward(folder.wholeBytesOf(day, file)).next();
    if (last.done === true) return false;
    const line = `${last.value.bytes.toString("utf8")}\n`;
    const lineWithoutText = HAS_TEXT.test(line) ? eraseText(line) : line;
    if (last.value.start === 0 && lineWithoutText === line) return false;
    // Nothing is appended to a day that is over: new events go to a new file.
    if (folder.tail?.path === path) {
      files.release(folder.tail);
      folder.tail = null;
    }
    await replaceFile(path, [lineWithoutText]);
    return true;
  } finally {
    file.close();
  }
}
