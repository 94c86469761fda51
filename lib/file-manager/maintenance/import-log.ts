import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type {
  ConversationId,
  EventBody,
  RoomEvent,
  UserIdentity,
} from "../../chat-server/event.ts";
import type { AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import {
  fold,
  type Nick,
  nickFromAccount,
  parseRoomName,
  type RoomName,
} from "../../protocol/names.ts";
import { cutUtf8, splitUtf8 } from "../../protocol/utf8.ts";
import {
  MULTILINE_BYTES_MAX,
  MULTILINE_LINES_MAX,
  NICK_BYTES_MAX,
} from "../../protocol/wire/wire-limits.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { replaceFileSync, syncFolderSync } from "../disk/replace-file.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { dayOf, dayOfFile } from "../history/day-file.ts";
import { formatStoredEvent, parseStoredEvent } from "../history/stored-event.ts";
import { openPeopleFile } from "../snapshot/people-file.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";
import { linesOf } from "./doctor-finding.ts";
import {
  IMPORT_FORMATS,
  type ImportFormat,
  type LoggedMessage,
  readLog,
} from "./import-formats.ts";
import { failed, type MaintenanceResult } from "./maintenance-result.ts";

const NOT_IN_NICKS = /[\p{C}\p{Z},:*?!@#]/gu;

/** An import's dependencies: see {@link importLog}. */
interface ImportPorts {
  readonly data: string;
  readonly makeStore: (records: AccountRecords) => AccountStore;
  readonly newRoomId: (room: RoomName) => ConversationId;
  /** Returns an identifier that was never used before, for an event of that time. */
  readonly newId: (time: number) => string;
  readonly now: () => number;
}

/**
 * Creates a room from a log file: the owner's task `import`. The server's owner becomes its
 * founder, and has read it. Other speakers get a nick without an account: a log proves no account.
 * The room appears complete, by one rename, or not at all. Returns sentences for the owner.
 *
 * @param formatName one of {@link IMPORT_FORMATS}
 */
export async function importLog(
  formatName: string,
  file: string,
  room: string,
  ports: ImportPorts,
): Promise<MaintenanceResult> {
  if (!isLogFormat(formatName))
    return failed(`There is no format "${formatName}": ${IMPORT_FORMATS.join(", ")}.`);
  const name = parseRoomName(room);
  if (name === null)
    return failed(`"${room}" can't be a room's name: it needs # and letters without spaces.`);
  const users = readUserFile(ports.data, ports.makeStore);
  if ("refused" in users) return failed(users.refused);
  const owner = [...users.records.snapshot().accounts].find((account) => account.owner);
  if (owner === undefined)
    return failed("Nobody owns this server yet: sign up first, by its link.");
  const loaded = readSnapshot(join(ports.data, "rooms.json"));
  if ("refused" in loaded) return failed(loaded.refused);
  if (isTaken(ports.data, loaded.snapshot.conversations, loaded.unreachable, name)) {
    return failed(`There is a room ${name} already. Choose another name.`);
  }
  let lines: string[];
  try {
    lines = readFileSync(file, "utf8").split(/\r?\n/);
  } catch (error) {
    return failed(`${file} cannot be read: ${fsErrorText(error)}.`);
  }
  const now = ports.now();
  const messages = [...readLog(formatName, lines, localTime)]
    // Times in a room never decrease: one message of the year 9999 would give all later messages
    // its time.
    .filter(({ time }) => time >= 0 && time <= now)
    .sort((a, b) => a.time - b.time);
  if (messages.length === 0) return failed(`No messages were found in ${file}.`);
  const id = ports.newRoomId(name);
  const founder = importedIdentity(nickFromAccount(owner.name), owner.name);
  const events = eventsOf(messages, id, name, founder, ports.newId);
  try {
    writeHistory(join(ports.data, "history"), id, events);
  } catch (error) {
    return failed(`The room could not be written: ${fsErrorText(error)}.`);
  }
  const people = openPeopleFile(join(ports.data, "people.journal"), loaded.peopleFolded);
  if (!("refused" in people)) {
    people.file.append({
      kind: "marked",
      account: owner.name,
      conversation: id,
      ...readMarkerAfter(events),
    });
    await people.file.close();
  }
  const ignored = lines.filter((line) => line !== "").length - messages.length;
  return {
    lines: [`${name} has ${messages.length} messages now; ${ignored} other lines were left out.`],
    ok: true,
  };
}

function eventsOf(
  messages: readonly LoggedMessage[],
  conversation: ConversationId,
  room: RoomName,
  owner: UserIdentity,
  newId: (time: number) => string,
): RoomEvent[] {
  const events: RoomEvent[] = [];
  const add = (body: EventBody, by: UserIdentity, time: number): void => {
    const previousTime = events.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    const eventTime = Math.max(time, previousTime + 1);
    const header = { position: events.length + 1, time: eventTime, msgid: newId(eventTime) };
    events.push({ conversation, ...header, by, ...body });
  };
  const first = messages[0]?.time ?? 0;
  add({ kind: "created", room, pair: null }, owner, first - 2);
  add({ kind: "joined" }, owner, first - 1);
  for (const { time, nick, verb, text } of messages) {
    for (const part of partsOf(normalize(text))) {
      const said = { kind: "said", verb, text: part, tags: {} } as const;
      add(said, importedIdentity(loggedNick(nick), null), time);
    }
  }
  return events;
}

/** Returns a read marker after the last event, with that day's message count: see `ReadState`. */
function readMarkerAfter(events: readonly RoomEvent[]) {
  const time = events.at(-1)?.time ?? 0;
  const read = events.filter((event) => event.kind === "said" && dayOf(event.time) === dayOf(time));
  return { time, at: events.length, read: read.length, named: 0 };
}

function writeHistory(root: string, id: ConversationId, events: readonly RoomEvent[]): void {
  const days = Map.groupBy(events, ({ time }) => dayOf(time));
  const temporary = join(root, `.${id}.new`);
  rmSync(temporary, { recursive: true, force: true });
  try {
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    for (const [day, dayEvents] of days) {
      replaceFileSync(join(temporary, `${day}.jsonl`), dayEvents.map(formatStoredEvent).join(""));
    }
    renameSync(temporary, join(root, id));
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  syncFolderSync(root);
}

/** Whether a room has this name, including rooms that were created after the last snapshot. */
function isTaken(
  data: string,
  conversations: readonly {
    readonly id: ConversationId;
    readonly room: { readonly name: RoomName } | null;
  }[],
  removed: readonly ConversationId[],
  name: RoomName,
): boolean {
  if (conversations.some(({ room }) => room !== null && fold(room.name) === fold(name)))
    return true;
  const root = join(data, "history");
  const knownIds = new Set([...conversations.map(({ id }) => id), ...removed]);
  return conversationIdsIn(root)
    .filter((id) => !knownIds.has(id))
    .some((id) => {
      const [day] = readdirSync(join(root, id))
        .filter((file) => dayOfFile(file) !== null)
        .sort();
      const line = day === undefined ? undefined : linesOf(join(root, id, day))[0];
      const stored = parseStoredEvent(line?.trimEnd() ?? "", id);
      if (stored.kind !== "event" || stored.event.kind !== "created") return false;
      return stored.event.room !== null && fold(stored.event.room) === fold(name);
    });
}

function importedIdentity(nick: Nick, account: UserIdentity["account"]): UserIdentity {
  return { nick, user: "import", host: "log", account, realname: "", bot: false };
}

/**
 * Makes a nick that is valid on the wire, where the text after a space would be read as a command.
 * The cast is safe: the replaced text is a nick.
 */
function loggedNick(text: string): Nick {
  const nick = cutUtf8(normalize(text).replace(NOT_IN_NICKS, "_"), NICK_BYTES_MAX);
  return (nick === "" ? "_" : nick) as Nick;
}

/**
 * Splits a text into messages of the size that clients may send: a history page with a message of a
 * megabyte would exceed a reader's send queue. No text is lost.
 */
function partsOf(text: string): string[] {
  const lines = text.split("\n");
  const groups = Array.from({ length: Math.ceil(lines.length / MULTILINE_LINES_MAX) }, (_, group) =>
    lines.slice(group * MULTILINE_LINES_MAX, (group + 1) * MULTILINE_LINES_MAX).join("\n"),
  );
  return groups.flatMap((group) => splitUtf8(group, MULTILINE_BYTES_MAX));
}

/** Normalizes a text as one that arrives over the wire. */
function normalize(text: string): string {
  return text.toWellFormed().normalize("NFC").replace(/\r\n?/g, "\n").replaceAll("\0", " ");
}

function localTime(year: number, month: number, day: number, seconds: number): number {
  return new Date(year, month - 1, day).getTime() + seconds * 1000;
}

function isLogFormat(text: string): text is ImportFormat {
  return IMPORT_FORMATS.some((format) => format === text);
}
