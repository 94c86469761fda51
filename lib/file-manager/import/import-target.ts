import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import { fold, type RoomName, skeleton } from "../../protocol/names.ts";
import { parseTime } from "../../protocol/time.ts";
import { replaceFileSync, syncFolderSync } from "../disk/replace-file.ts";
import { DayFile, dayOf, headOf } from "../history/day-file.ts";
import { HistoryFolder } from "../history/history-folder.ts";
import { openRoomLog } from "../history/room-log.ts";
import { formatStoredEvent } from "../history/stored-event.ts";
import { storedRooms } from "../history/stored-rooms.ts";
import type { ReadSnapshot } from "../snapshot/snapshot-file.ts";
import { contentKey, type RoomEnd } from "./import-events.ts";

/**
 * The room that an import is for: where it ends, or `null` for a new one, and a room that a new one would
 * look like.
 */
interface FoundRoom {
  readonly end: RoomEnd | null;
  readonly lookalike: RoomName | null;
}

/**
 * Finds the room of a name, as it was when the server stopped, and reads where it ends. Refuses one whose lines are
 * out of order: nobody can tell where it ends. Throws file-system errors.
 */
export function findRoom(
  data: string,
  stored: ReadSnapshot,
  name: RoomName,
): FoundRoom | { readonly refused: string } {
  const root = join(data, "history");
  if (!existsSync(root)) return { end: null, lookalike: null };
  const log = openRoomLog(root, { isReadOnly: true });
  if ("refused" in log) throw new Error(log.refused);
  const rooms = [...storedRooms(log, stored)];
  const match = rooms.find(([, room]) => fold(room) === fold(name));
  if (match === undefined) {
    const look = skeleton(name);
    const lookalike = rooms.find(([, room]) => skeleton(room) === look)?.[1] ?? null;
    return { end: null, lookalike };
  }
  const [conversation] = match;
  // Retention may have deleted the newest days, which the snapshot still counts.
  const entry = stored.snapshot.conversations.find(({ id }) => id === conversation);
  const end = endOf(root, conversation, { position: entry?.at ?? 0, time: entry?.time ?? 0 });
  return "refused" in end ? end : { end, lookalike: null };
}

/**
 * Writes the history of a new room: complete, by one rename, or not at all. Throws file-system
 * errors.
 */
export function writeNewRoom(data: string, id: ConversationId, events: Iterable<RoomEvent>): void {
  const root = join(data, "history");
  const temporary = join(root, `.${id}.new`);
  rmSync(temporary, { recursive: true, force: true });
  try {
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    for (const { day, lines } of linesByDay(events)) {
      replaceFileSync(join(temporary, `${day}.jsonl`), lines.join(""));
    }
    renameSync(temporary, join(root, id));
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  syncFolderSync(root);
}

/**
 * Appends events to the history of a room. Resolves to how many are stored and safe, and to the
 * reason why not all are: a second import adds the rest.
 */
export async function appendToRoom(
  data: string,
  { snapshot, unreachable }: ReadSnapshot,
  events: readonly RoomEvent[],
): Promise<{ readonly stored: number; readonly problem: string | null }> {
  let problem: string | null = null;
  const onProblem = (text: string): void => {
    problem ??= text;
  };
  const log = openRoomLog(join(data, "history"), { onProblem });
  if ("refused" in log) return { stored: 0, problem: log.refused };
  log.load(snapshot, unreachable);
  let stored = 0;
  for (const event of events) {
    if (!log.append(event)) break;
    stored += 1;
  }
  await log.close();
  return { stored, problem };
}

function* linesByDay(
  events: Iterable<RoomEvent>,
): Generator<{ readonly day: string; readonly lines: readonly string[] }> {
  let day = "";
  let lines: string[] = [];
  for (const event of events) {
    const eventDay = dayOf(event.time);
    if (eventDay !== day) {
      if (lines.length > 0) yield { day, lines };
      [day, lines] = [eventDay, []];
    }
    lines.push(formatStoredEvent(event));
  }
  if (lines.length > 0) yield { day, lines };
}

function endOf(
  root: string,
  id: ConversationId,
  known: Pick<RoomEnd, "position" | "time">,
): RoomEnd | { readonly refused: string } {
  const folder = HistoryFolder.open(id, join(root, id), true);
  const msgids = new Map<string, string>();
  let { position, time } = known;
  let before = 0;
  for (const day of folder.days) {
    const file = DayFile.open(folder.pathOf(day));
    if (file === null) continue;
    try {
      for (const line of file.forward(0)) {
        const head = headOf(line.bytes);
        if (head === null) continue;
        if (head.position <= before) {
          return {
            refused: `${folder.pathOf(day)} has lines out of order. The task doctor says which, and mends them.`,
          };
        }
        before = head.position;
        msgids.set(contentKey(head.msgid), head.msgid);
        position = Math.max(position, head.position);
        time = Math.max(time, parseTime(head.timestamp) ?? 0);
      }
    } finally {
      file.close();
    }
  }
  return { conversation: id, position, time, msgids };
}
