import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import type { Account, AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import { didYouMean } from "../../protocol/did-you-mean.ts";
import {
  nickFromAccount,
  parseExistingRoomName,
  parseRoomName,
  type RoomName,
} from "../../protocol/names.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { dayOf } from "../history/day-file.ts";
import { failed, type MaintenanceResult } from "../maintenance/maintenance-result.ts";
import { openPeopleFile } from "../snapshot/people-file.ts";
import { type ReadSnapshot, readSnapshot } from "../snapshot/snapshot-file.ts";
import { type ImportPlan, importedIdentity, planImport, type RoomEnd } from "./import-events.ts";
import { type ImportSummary, messageLines, readingLines } from "./import-report.ts";
import { appendToRoom, findRoom, writeNewRoom } from "./import-target.ts";
import { parseEncoding } from "./input/decode-log.ts";
import { type OpenedLogFile, readLogFiles } from "./input/log-files.ts";
import type { LogFormat } from "./log-format.ts";
import { formatNamed, LOG_FORMATS } from "./log-formats.ts";
import { type FiledMessage, readLog } from "./read-log.ts";
import { makeLocalTime, parseTimeZone } from "./timestamps/time-zone.ts";

/** Enough to recognize a format by, behind whatever stands first in a log. */
const START_LETTERS = 4096;

/** What to import, and how: see lib/settings/server-task.ts. */
export interface ImportRequest {
  /** One of {@link LOG_FORMATS}. */
  readonly format: string;
  /** A file, a folder or a zip. */
  readonly file: string;
  readonly room: string;
  /** "" to guess. */
  readonly encoding: string;
  /** "" for the machine's. */
  readonly timezone: string;
  /** The channel of a log of many; "" for the one with the room's name. */
  readonly channel: string;
  /** Only reports what would come in. */
  readonly dryRun: boolean;
}

/** An import's dependencies: see {@link importLog}. */
interface ImportPorts {
  readonly data: string;
  readonly makeStore: (records: AccountRecords) => AccountStore;
  readonly newRoomId: (room: RoomName) => ConversationId;
  /** Returns an identifier that was never used before, for an event of that time. */
  readonly newId: (time: number) => string;
  readonly now: () => number;
}

/** Where the messages go. `end` is `null` for a new room. */
interface Target {
  readonly name: RoomName;
  readonly end: RoomEnd | null;
  readonly owner: Pick<Account, "id" | "name">;
  readonly stored: ReadSnapshot;
}

/**
 * Brings a log of another program into a room: the owner's task `import`. A new room appears
 * complete or not at all; the server's owner becomes its founder, and has read it. A room that
 * exists gets the messages that it doesn't have and that are no older than its newest event.
 * Speakers get nicks without accounts: a log proves no account. Returns sentences for the owner;
 * fails, and writes nothing, when less than half of the log was understood.
 */
export async function importLog(
  request: ImportRequest,
  ports: ImportPorts,
): Promise<MaintenanceResult> {
  const format = formatNamed(request.format);
  if (format === null) return failed(unknownFormat(request.format));
  if (request.channel !== "" && format.reads.kind === "file") {
    return failed(`A log of ${format.program} has no channels: leave out --channel.`);
  }
  const timeZone = parseTimeZone(request.timezone);
  if (typeof timeZone !== "string") return failed(timeZone.refused);
  const encoding = parseEncoding(request.encoding);
  if (encoding !== null && typeof encoding !== "string") return failed(encoding.refused);
  const target = findTarget(request.room, ports);
  if ("refused" in target) return failed(target.refused);
  const log = readLogFiles(request.file, format.accepts, encoding);
  if ("refused" in log) return failed(log.refused);
  const problem = filesProblem(format, request.file, log.files);
  if (problem !== null) return failed(problem);
  const channel = request.channel === "" ? target.name.replace(/^#+/, "") : request.channel;
  const reading = readLog(format, log.files, channel, () => makeLocalTime(timeZone));
  if ("refused" in reading) return failed(reading.refused);
  const now = ports.now();
  const summary: ImportSummary = {
    ...{ format, timeZone, reading, files: log.files.length, passedOver: log.passedOver },
    isGuessed: encoding === null,
    isOwnZone: request.timezone === "",
    tooEarly: reading.messages.filter(({ time }) => time < 0).length,
    future: reading.messages.filter(({ time }) => time > now).length,
  };
  const lines = readingLines(summary);
  if (reading.messages.length === 0 || reading.messages.length < reading.unreadable.length) {
    return { ok: false, lines: [...lines, notUnderstood(summary, request.file, log.files)] };
  }
  // One message of the year 9999 would give all later messages its time.
  const messages = reading.messages.filter(({ time }) => time >= 0 && time <= now);
  if (messages.length === 0) {
    return { ok: false, lines: [...lines, "Nothing was imported: all messages are left out."] };
  }
  const added = await addMessages(target, messages, request.dryRun, timeZone, ports);
  return { ok: added.ok, lines: [...lines, ...added.lines] };
}

/** Adds to the room what it doesn't have, or only says what that is. */
async function addMessages(
  target: Target,
  messages: readonly FiledMessage[],
  dryRun: boolean,
  timeZone: string,
  ports: ImportPorts,
): Promise<MaintenanceResult> {
  const { name } = target;
  const isNew = target.end === null;
  const end = target.end ?? startOfRoom(messages[0]?.time ?? 0, name, ports);
  const plan = planImport(messages, end);
  // Storing the events completes the plan.
  const failure = await addEvents(target, end, plan, dryRun, ports);
  const lines = planLines(plan, isNew ? null : name);
  if (plan.added.length === 0) {
    return {
      ok: plan.older === 0,
      lines: [...lines, `Nothing was added to ${name}: 0 new messages.`],
    };
  }
  lines.push(...messageLines(plan.added, timeZone));
  const brought = formatCount(plan.added.length, isNew ? "message" : "new message");
  if (dryRun) {
    const would = isNew ? `would be a new room with ${brought}` : `would get ${brought}`;
    return { ok: true, lines: [...lines, `${name} ${would}. Nothing was changed.`] };
  }
  if (failure !== null) return { ok: false, lines: [...lines, failure] };
  const done = isNew ? `is a new room with ${brought}` : `has ${brought}`;
  return { ok: true, lines: [...lines, `${name} ${done}.`] };
}

/** Returns why not all events are stored, or `null`. */
async function addEvents(
  target: Target,
  end: RoomEnd,
  { events }: ImportPlan,
  dryRun: boolean,
  ports: ImportPorts,
): Promise<string | null> {
  if (target.end === null && !dryRun) return createRoom(target, end, events, ports);
  const all = [...events];
  return dryRun || all.length === 0 ? null : growRoom(target, all, ports);
}

function findTarget(room: string, ports: ImportPorts): Target | { readonly refused: string } {
  const name = parseExistingRoomName(room);
  const notAName = `"${room}" can't be a room's name: it needs # and letters without spaces, of one script.`;
  if (name === null) return { refused: notAName };
  const users = readUserFile(ports.data, ports.makeStore);
  if ("refused" in users) return users;
  const owner = [...users.records.snapshot().accounts].find((account) => account.owner);
  if (owner === undefined) {
    return { refused: "Nobody owns this server yet: sign up first, by its link." };
  }
  const stored = readSnapshot(join(ports.data, "rooms.json"));
  if ("refused" in stored) return stored;
  try {
    const target = findRoom(ports.data, stored, name);
    if ("refused" in target) return target;
    const { end, lookalike } = target;
    // A room that exists may have a name from before a rule.
    if (end === null && parseRoomName(room) === null) return { refused: notAName };
    if (lookalike !== null) {
      const sentence = `${name} looks like ${lookalike}, which exists. Name that one, or choose another name.`;
      return { refused: sentence };
    }
    return { name, owner, stored, end };
  } catch (error) {
    return { refused: `The history in ${ports.data} cannot be read: ${fsErrorText(error)}.` };
  }
}

/**
 * The end of a room that has nothing yet: its beginning takes two events before the first message.
 */
function startOfRoom(firstTime: number, name: RoomName, ports: ImportPorts): RoomEnd {
  const conversation = ports.newRoomId(name);
  return { conversation, position: 2, time: firstTime - 1, msgids: new Map() };
}

/** Returns why the room could not be made, or `null`. */
async function createRoom(
  { name, owner, stored }: Target,
  { conversation, time }: RoomEnd,
  events: Iterable<RoomEvent>,
  { data, newId }: ImportPorts,
): Promise<string | null> {
  const { id, name: account } = owner;
  const by = importedIdentity(nickFromAccount(account), { account, accountId: id });
  const header = { conversation, by };
  const beginning: readonly RoomEvent[] = [
    {
      ...header,
      position: 1,
      time: time - 1,
      msgid: newId(time - 1),
      kind: "created",
      room: name,
      pair: null,
    },
    { ...header, position: 2, time, msgid: newId(time), kind: "joined" },
  ];
  const marker = { time: 0, at: 0, read: 0, named: 0 };
  try {
    writeNewRoom(data, conversation, followed(marker, beginning, events));
  } catch (error) {
    return `The room could not be written: ${fsErrorText(error)}.`;
  }
  const people = openPeopleFile(join(data, "people.journal"), stored.peopleFolded);
  if ("refused" in people) return null;
  people.file.append({ kind: "marked", account: id, conversation, ...marker });
  await people.file.close();
  return null;
}

async function growRoom(
  { name, stored }: Target,
  events: readonly RoomEvent[],
  { data }: ImportPorts,
): Promise<string | null> {
  const appended = await appendToRoom(data, stored, events);
  if (appended.stored === events.length && appended.problem === null) return null;
  const reason = appended.problem ?? "The disk refused it.";
  return `${reason} ${name} got ${appended.stored} of ${events.length} messages: import again for the rest.`;
}

/** Yields all events, and moves a read marker behind each, with that day's message count: see `ReadState`. */
function* followed(
  marker: { time: number; at: number; read: number },
  ...parts: readonly Iterable<RoomEvent>[]
): Generator<RoomEvent> {
  for (const events of parts) {
    for (const event of events) {
      if (dayOf(event.time) !== dayOf(marker.time)) marker.read = 0;
      if (event.kind === "said" && event.verb !== "TAGMSG") marker.read += 1;
      marker.time = event.time;
      marker.at = event.position;
      yield event;
    }
  }
}

/** @param room `null` for a new one, where only the log's own files can have a message twice */
function planLines({ duplicates, older }: ImportPlan, room: RoomName | null): string[] {
  const lines: string[] = [];
  if (duplicates > 0 && room === null) {
    lines.push(
      `${formatCount(duplicates, "message")} of one file ${agree(duplicates, "is", "are")} in another, too.`,
    );
  } else if (duplicates > 0) {
    lines.push(
      `${formatCount(duplicates, "message")} ${agree(duplicates, "is", "are")} in ${room} already.`,
    );
  }
  if (older > 0) {
    lines.push(
      `${formatCount(older, "message")} ${agree(older, "is", "are")} older than the newest event of ${room} (coming and going count), and left out: a room only grows at its end. To have them, import the whole log into a new room, several logs in the order of their age.`,
    );
  }
  return lines;
}

function unknownFormat(name: string): string {
  const names = LOG_FORMATS.map((format) => format.name);
  const nearest = didYouMean(name.toLowerCase(), names);
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  return `There is no format "${name}".${hint} There are ${names.join(", ")}.`;
}

/** Returns why these files can't go into one room together, or `null`. */
function filesProblem(
  format: LogFormat,
  path: string,
  files: readonly OpenedLogFile[],
): string | null {
  if (files.length === 0) return `There is no log of ${format.program} in ${path}.`;
  if (format.reads.kind === "folder") return null;
  const rooms = [...new Set(files.map(({ name }) => roomPartOf(name, format)))];
  if (rooms.length < 2) return null;
  const names = rooms.slice(0, 5).join(", ");
  return `${path} has logs of several rooms (${names}): import them one by one.`;
}

/**
 * Returns what stays of a file's name in all days, months, years and rotated parts of a room's log.
 */
function roomPartOf(name: string, { partNumber }: LogFormat): string {
  return name
    .replace(partNumber ?? "", "")
    .replace(
      /[-._ ]?(?<!\d)(?:19|20)\d\d(?:[-._/]?\d\d){1,2}(?!\d)|(?<=^|\/)(?:19|20)\d\d(?=\/)/g,
      "",
    )
    .replace(/\.\d{1,3}$/, "")
    .replace(/\/+/g, "/")
    .replace(/^\//, "");
}

function notUnderstood(
  { format, reading }: ImportSummary,
  path: string,
  files: readonly OpenedLogFile[],
): string {
  const start = files[0]?.text().slice(0, START_LETTERS) ?? "";
  const likely = LOG_FORMATS.find((other) => other.recognizes(start));
  const why =
    reading.messages.length === 0
      ? `No messages were found in ${path}`
      : "Less than half of the log was understood";
  const hint =
    likely === undefined || likely === format
      ? ""
      : ` This looks like a log of ${likely.program}: "import ${likely.name}".`;
  return `${why}, so nothing was imported.${hint}`;
}
