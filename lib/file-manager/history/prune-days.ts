import { renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { replaceFile, syncFolder, temporaryOf } from "../disk/replace-file.ts";
import type { AppendFiles } from "./append-files.ts";
import type { HistoryFolder } from "./history-folder.ts";
import { eraseText } from "./stored-event.ts";

/**
 * Deletes a conversation's days before `firstDay`, whole files at a time. Of a conversation in which nothing
 * has happened since, the last line stays, without its text: it holds the position. Answers how many files
 * went. Rejects with what the disk threw; what has gone by then is gone.
 */
export async function pruneDays(
  folder: HistoryFolder,
  files: AppendFiles,
  firstDay: string,
): Promise<number> {
  const old = folder.days.filter((day) => day < firstDay);
  const newest = folder.days.at(-1);
  let count = 0;
  for (const day of old) {
    const path = folder.pathOf(day);
    if (day === newest) {
      if (await keepLastLine(folder, files, day)) count += 1;
      continue;
    }
    // Away under its name first: a crash between leaves what the next start removes. Giving back the room of
    // a large file takes the disk many milliseconds, and is left to another thread.
    renameSync(path, temporaryOf(path));
    folder.forget(day);
    await rm(temporaryOf(path));
    count += 1;
  }
  if (count > 0) await syncFolder(folder.path);
  return count;
}

async function keepLastLine(
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
    const isTalk = /"kind":"(?:said|edited)"/.test(line);
    const kept = isTalk ? eraseText(line) : line;
    if (last.value.start === 0 && kept === line) return false;
    // Nothing is added to a day that is over: what comes goes to a new one.
    if (folder.tail?.path === path) {
      files.release(folder.tail);
      folder.tail = null;
    }
    await replaceFile(path, [kept]);
    return true;
  } finally {
    file.close();
  }
}
