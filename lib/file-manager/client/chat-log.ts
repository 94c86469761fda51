import { accessSync, appendFileSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileNameOf, serverFolderName } from "../disk/file-name.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { PRIVATE_FILE } from "../disk/replace-file.ts";
import { type ExportRecord, formatExport } from "../export/export-format.ts";

/** The server of a conversation: its address, since the name that it gives itself may change. */
interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** A bouncer's network, which is a server of its own. */
  readonly network?: string | null;
}

/**
 * Files that one run of the client writes to, one for each day of a room or person: strangers can write under any
 * number of nicks, and a server can date each message as it likes.
 */
const FILES_MAX = 20_000;
/** What one run of the client writes: a server could fill the disk. A busy room takes a megabyte a day. */
const LOG_BYTES_MAX = 1 << 30;
/** As the disk would refuse a file that is too large. */
const TOO_LARGE = Object.assign(new Error("the log is larger than it may be"), { code: "EFBIG" });

/** Appends a record to the log file of that day of a room or person. */
type ChatLog = (server: ServerAddress, conversation: string, line: ExportRecord) => void;

/**
 * Opens the client's chat log, which writes messages as text to
 * `<folder>/<host>_<port>[+<network>]/<room or person>/<yyyy-mm-dd>.txt`, by local days. The folders' names are
 * those of {@link fileNameOf}, so that no two servers, rooms or people share a file. `refused` is a
 * sentence: the folder can't be created or written to. A write that fails later goes to `onFailure`: a
 * full disk must not end a conversation, and the messages are on the server.
 *
 * @param minutesEast the time zone's offset from UTC at a moment, in minutes
 * @param filesMax for tests: how many files one run writes to
 */
export function openChatLog(
  folder: string,
  minutesEast: (ms: number) => number,
  onFailure: (path: string, error: unknown) => void = () => {},
  filesMax = FILES_MAX,
): { readonly log: ChatLog } | { readonly refused: string } {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    return {
      refused: `${folder} can't be written to (${fsErrorText(error)}): choose another folder for --log, or start without --log`,
    };
  }
  const files = new Set<string>();
  let writtenBytes = 0;
  return {
    log(server, conversation, line) {
      const serverFolder = join(folder, serverFolderName(server));
      const conversationFolder = join(serverFolder, fileNameOf(conversation));
      const text = [...formatExport("text", [line], { minutesEast })].join("");
      // The text begins with a heading for the day, which the file's name says already.
      const [day = "", ...rest] = text.split("\n");
      const name = `${/\d{4}-\d{2}-\d{2}/.exec(day)?.[0] ?? "day"}.txt`;
      const file = join(conversationFolder, name);
      writtenBytes += Buffer.byteLength(text);
      const isNew = !files.has(file);
      if ((isNew && files.size >= filesMax) || writtenBytes > LOG_BYTES_MAX) {
        return onFailure(folder, TOO_LARGE);
      }
      if (isNew) files.add(file);
      try {
        mkdirSync(conversationFolder, { recursive: true, mode: 0o700 });
        appendFileSync(file, rest.join("\n"), { mode: PRIVATE_FILE });
      } catch (error) {
        onFailure(folder, error);
      }
    },
  };
}
