import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type {
  ConversationId,
  EventBody,
  RoomEvent,
  UserIdentity,
} from "../../chat-server/event.ts";
import type { MemberRecords, Records } from "../../member-server/member-ports.ts";
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
import { LOG_FORMATS, type LogFormat, type LoggedMessage, readLog } from "./log-formats.ts";

export interface ImportPorts {
  readonly data: string;
  readonly book: (records: MemberRecords) => Records;
  readonly newRoomId: (room: RoomName) => ConversationId;
  /** For an event of that time. */
  readonly newId: (time: number) => string;
  readonly now: () => number;
}

type Result = { readonly said: readonly string[]; readonly ok: boolean };

/**
 * Makes a new room of a log; the server's owner is its founder, and has read it. Whoever spoke there stands
 * there by nick alone: a log proves nobody's account. The room appears whole, by one rename, or not at all.
 */
export async function importLog(
  format: string,
  file: string,
  room: string,
  world: ImportPorts,
): Promise<Result> {
  if (!isLogFormat(format)) return no(`There is no format "${format}": ${LOG_FORMATS.join(", ")}.`);
  const name = parseRoomName(room);
  if (name === null) return no(`"${room}" is no name for a room: # and letters without spaces.`);
  const users = readUserFile(world.data, world.book);
  if ("refused" in users) return no(users.refused);
  const owner = [...users.records.snapshot().accounts].find((account) => account.owner);
  if (owner === undefined) return no("Nobody owns this server yet: sign up first, by its link.");
  const read = readSnapshot(join(world.data, "rooms.json"));
  if ("refused" in read) return no(read.refused);
  if (isTaken(world.data, read.snapshot.conversations, read.unreachable, name)) {
    return no(`There is a room ${name} already. Choose another name.`);
  }
  let lines: string[];
  try {
    lines = readFileSync(file, "utf8").split(/\r?\n/);
  } catch (error) {
    return no(`${file} cannot be read: ${fsErrorText(error)}.`);
  }
  const now = world.now();
  const messages = [...readLog(format, lines, localTime)]
    // A room's time never runs back: one message of the year 9999 would be the time of all that follow.
    .filter(({ time }) => time >= 0 && time <= now)
    .sort((a, b) => a.time - b.time);
  if (messages.length === 0) return no(`Nothing that was said was found in ${file}.`);
  const id = world.newRoomId(name);
  const by = whoIs(nickFromAccount(owner.name), owner.name);
  const events = eventsOf(messages, id, name, by, world.newId);
  try {
    writeHistory(join(world.data, "history"), id, events);
  } catch (error) {
    return no(`The room could not be written: ${fsErrorText(error)}.`);
  }
  const people = openPeopleFile(join(world.data, "people.journal"), read.peopleFolded);
  if (!("refused" in people)) {
    people.file.append({ kind: "marked", account: owner.name, conversation: id, ...allOf(events) });
    await people.file.close();
  }
  const left = lines.filter((line) => line !== "").length - messages.length;
  return {
    said: [`${name} has ${messages.length} messages now; ${left} other lines were left out.`],
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
  const add = (happening: EventBody, by: UserIdentity, time: number): void => {
    const before = events.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    const then = Math.max(time, before + 1);
    const place = { position: events.length + 1, time: then, msgid: newId(then) };
    events.push({ conversation, ...place, by, ...happening });
  };
  const first = messages[0]?.time ?? 0;
  add({ kind: "created", room, pair: null }, owner, first - 2);
  add({ kind: "joined" }, owner, first - 1);
  for (const { time, nick, verb, text } of messages) {
    for (const part of partsOf(cleaned(text))) {
      const said = { kind: "said", verb, text: part, tags: {} } as const;
      add(said, whoIs(loggedNick(nick), null), time);
    }
  }
  return events;
}

/** Where a marker stands that has all of it behind, and what that says of its day: see `ReadState`. */
function allOf(events: readonly RoomEvent[]) {
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
    for (const [day, those] of days) {
      replaceFileSync(join(temporary, `${day}.jsonl`), those.map(formatStoredEvent).join(""));
    }
    renameSync(temporary, join(root, id));
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  syncFolderSync(root);
}

/** Whether a room has the name; also one that was made after the last snapshot. */
function isTaken(
  data: string,
  known: readonly {
    readonly id: ConversationId;
    readonly room: { readonly name: RoomName } | null;
  }[],
  gone: readonly ConversationId[],
  name: RoomName,
): boolean {
  if (known.some(({ room }) => room !== null && fold(room.name) === fold(name))) return true;
  const root = join(data, "history");
  const ids = new Set([...known.map(({ id }) => id), ...gone]);
  return conversationIdsIn(root)
    .filter((id) => !ids.has(id))
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

function whoIs(nick: Nick, account: UserIdentity["account"]): UserIdentity {
  return { nick, user: "import", host: "log", account, realname: "", bot: false };
}

/** As a nick may be on the wire, where what follows a space is read as a command. The cast: it is one now. */
function loggedNick(text: string): Nick {
  const nick = cutUtf8(cleaned(text).replace(NO_NICK, "_"), NICK_BYTES_MAX);
  return (nick === "" ? "_" : nick) as Nick;
}

const NO_NICK = /[\p{C}\p{Z},:*?!@#]/gu;

/**
 * A text as messages of a size that a client may send: a page with one of a megabyte is more than a reader's queue
 * takes. Nothing is lost of it.
 */
function partsOf(text: string): string[] {
  const lines = text.split("\n");
  const groups = Array.from({ length: Math.ceil(lines.length / MULTILINE_LINES_MAX) }, (_, group) =>
    lines.slice(group * MULTILINE_LINES_MAX, (group + 1) * MULTILINE_LINES_MAX).join("\n"),
  );
  return groups.flatMap((group) => splitUtf8(group, MULTILINE_BYTES_MAX));
}

/** As it would have come over the wire. */
function cleaned(text: string): string {
  return text.toWellFormed().normalize("NFC").replace(/\r\n?/g, "\n").replaceAll("\0", " ");
}

function localTime(year: number, month: number, day: number, seconds: number): number {
  return new Date(year, month - 1, day).getTime() + seconds * 1000;
}

function isLogFormat(text: string): text is LogFormat {
  return LOG_FORMATS.some((format) => format === text);
}

function no(sentence: string): Result {
  return { said: [sentence], ok: false };
}
