import { extname, join } from "node:path";
import { fold } from "../../protocol/names.ts";
import { openRoomLog } from "../history/room-log.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";
import { type ExportFormat, exportToFile } from "./export-format.ts";
import { exportHistory } from "./room-export.ts";

const FORMATS: Readonly<Record<string, ExportFormat>> = {
  ".html": "html",
  ".md": "markdown",
  ".txt": "text",
  ".jsonl": "jsonl",
};

/** Writes a room's history to a new file, in the form that its name asks for. The server may run. */
export async function exportRoom(
  room: string,
  file: string,
  data: string,
): Promise<{ readonly said: readonly string[]; readonly ok: boolean }> {
  const format = FORMATS[extname(file)];
  if (format === undefined) {
    return no(`${file} must end in ${Object.keys(FORMATS).join(", ")}.`);
  }
  const read = readSnapshot(join(data, "rooms.json"));
  if ("refused" in read) return no(read.refused);
  const found = read.snapshot.conversations.find(
    (one) => one.room !== null && fold(one.room.name) === fold(room),
  );
  if (found?.room === null || found === undefined) {
    return no(`There is no room ${room}, or it is younger than a minute.`);
  }
  const log = openRoomLog(join(data, "history"), { isReadOnly: true });
  if ("refused" in log) return no(log.refused);
  try {
    const records = exportHistory(log, found.id, "talk");
    const options = { force: false, title: found.room.name };
    const result = await exportToFile(file, format, records, options);
    if ("refused" in result) return no(result.refused);
    return {
      said: [
        `${file} has ${result.records === 1 ? "1 line" : `${result.records} lines`} of ${found.room.name}.`,
      ],
      ok: true,
    };
  } finally {
    await log.close();
  }
}

function no(sentence: string): { readonly said: readonly string[]; readonly ok: boolean } {
  return { said: [sentence], ok: false };
}
