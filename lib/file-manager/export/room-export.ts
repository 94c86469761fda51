import { extname, join } from "node:path";
import type { ConversationId, RoomEventOf, StoredFile } from "../../chat-server/event.ts";
import { didYouMean } from "../../protocol/did-you-mean.ts";
import { fold, type RoomName } from "../../protocol/names.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { openRoomLog, type RoomLog } from "../history/room-log.ts";
import { storedRooms } from "../history/stored-rooms.ts";
import { failed, type MaintenanceResult, succeeded } from "../maintenance/maintenance-result.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";
import { EXPORT_EXTENSIONS, exportToFile } from "./export-file.ts";
import type { ExportFormat, ExportKind, ExportRecord } from "./export-format.ts";
import { ExportPictures } from "./export-pictures.ts";

/** CTCP ACTION ("/me waves"); a \x01 follows the text. */
const ACTION = "\x01ACTION ";
const REACTIONS = ["+draft/react", "+react", "+draft/unreact", "+unreact"];
const FORMATS: ReadonlyMap<string, ExportFormat> = new Map(
  (["html", "markdown", "text", "jsonl"] as const).map((format) => [
    `.${EXPORT_EXTENSIONS[format]}`,
    format,
  ]),
);

/**
 * Writes a room's messages and reactions to a new file, in the format of its extension: the owner's task
 * `export`. The server may be running. Returns sentences for the owner.
 */
export async function exportRoom(
  room: string,
  file: string,
  data: string,
): Promise<MaintenanceResult> {
  const format = FORMATS.get(extname(file));
  if (format === undefined) return failed(`${file} must end in ${[...FORMATS.keys()].join(", ")}.`);
  const loaded = readSnapshot(join(data, "rooms.json"));
  if ("refused" in loaded) return failed(loaded.refused);
  let problem: string | null = null;
  const onProblem = (text: string): void => {
    problem = text;
  };
  const log = openRoomLog(join(data, "history"), { isReadOnly: true, onProblem });
  if ("refused" in log) return failed(log.refused);
  try {
    const rooms = storedRooms(log, loaded);
    const match = [...rooms].find(([, name]) => isNamed(name, room));
    if (match === undefined) return failed(unknownRoom(room, [...rooms.values()]));
    const [conversation, name] = match;
    let misplaced = 0;
    const pictures = format === "html" ? new ExportPictures(join(data, "files"), file) : null;
    const records = exportHistory(
      log,
      conversation,
      () => {
        misplaced += 1;
      },
      pictures,
    );
    const result = await exportToFile(file, format, records, { force: false, title: name });
    if ("refused" in result) return failed(result.refused);
    const beside = pictures === null || pictures.count === 0 ? "" : pictures.sentence;
    const summary = `${file} has ${formatCount(result.records, "line")} of ${name}.${beside}`;
    if (misplaced === 0) return succeeded(summary);
    return succeeded(
      `${summary} They stand as in the data folder, where ${formatCount(misplaced, "line")} ${agree(misplaced, "is", "are")} out of order: the task doctor says where.`,
    );
  } catch (error) {
    if (problem === null) throw error;
    return failed(problem);
  } finally {
    await log.close();
  }
}

/** Whether somebody means this room; a shell takes "#" for a comment, so it may be missing. */
function isNamed(name: RoomName, text: string): boolean {
  return fold(name) === fold(text) || fold(name) === fold(`#${text}`);
}

function unknownRoom(text: string, names: readonly RoomName[]): string {
  const nearest = didYouMean(text, names);
  return `There is no room ${text}.${nearest === null ? "" : ` Did you mean ${nearest}?`}`;
}

/**
 * Reads a conversation's messages and reactions as export records, as they stand in the files. Throws when they
 * can't be read.
 *
 * @param onDisorder called for each line that isn't behind the one before it, as no server writes it
 * @param pictures puts the pictures beside the export; `null` to leave them where they are
 * @example await exportToFile("tea.txt", "text", exportHistory(log, id), { force: false });
 */
export async function* exportHistory(
  log: Pick<RoomLog, "events">,
  conversation: ConversationId,
  onDisorder: () => void = () => {},
  pictures: ExportPictures | null = null,
): AsyncGenerator<ExportRecord, void> {
  let position = 0;
  for await (const event of log.events(conversation)) {
    if (event.position <= position) onDisorder();
    position = event.position;
    if (event.kind !== "said" || isOtherTagMessage(event)) continue;
    yield exportRecord(event, pictures);
  }
}

/** Whether it is a stored TAGMSG that is no reaction. */
function isOtherTagMessage(event: RoomEventOf<"said">): boolean {
  return event.verb === "TAGMSG" && !REACTIONS.some((tag) => Object.hasOwn(event.tags, tag));
}

function exportRecord(event: RoomEventOf<"said">, pictures: ExportPictures | null): ExportRecord {
  const [kind, text] = kindAndText(event);
  const { nick, account, accountId } = event.by;
  const replyTo = event.tags["+reply"] ?? event.tags["+draft/reply"];
  return {
    ...{ time: event.time, nick, kind, text, msgid: event.msgid, account, accountId },
    ...(replyTo !== undefined && { replyTo }),
    ...(event.editedAt !== undefined && { edited: true }),
    ...(event.file !== undefined && fileFields(event.file, pictures)),
  };
}

function fileFields(
  { path, ...file }: StoredFile,
  pictures: ExportPictures | null,
): Pick<ExportRecord, "file" | "picture"> {
  const picture = pictures?.copy({ path, ...file }) ?? null;
  return { file, ...(picture !== null && { picture }) };
}

function kindAndText({ verb, text, tags }: RoomEventOf<"said">): readonly [ExportKind, string] {
  if (verb === "TAGMSG") {
    const added = tags["+draft/react"] ?? tags["+react"];
    if (added !== undefined) return ["reacted", added];
    return ["unreacted", tags["+draft/unreact"] ?? tags["+unreact"] ?? ""];
  }
  if (verb === "NOTICE") return ["notice", text];
  if (!text.startsWith(ACTION)) return ["said", text];
  return ["action", text.slice(ACTION.length, text.endsWith("\x01") ? -1 : undefined)];
}
