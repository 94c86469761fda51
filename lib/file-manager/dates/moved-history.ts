import { join } from "node:path";
import type { AccountStore } from "../../member-server/account-store.ts";
import { type AccountId, legacyAccountId } from "../../protocol/account-id.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json-decoder.ts";
import { formatTime, parseTime } from "../../protocol/time.ts";
import { dayOf } from "../history/day-file.ts";
import { parseRawLine } from "../history/stored-event.ts";
import { linesOf } from "../maintenance/doctor-finding.ts";
import { daysIn } from "./future-dates.ts";
import { MovedCounts, type MovedMessage } from "./moved-counts.ts";
import { MovedLineTimes, type MovedTimes } from "./moved-times.ts";

/** Only the line of an edited message has these fields. */
const EDIT_TIMES = ["editedAt", "ownEditedAt"] as const;
const EDITED_AT = /"(?:editedAt|ownEditedAt)":/;

/** How the files of one conversation change. */
export interface MovedHistory {
  readonly times: MovedLineTimes;
  readonly counts: MovedCounts;
  /** The lines that move; `null` for none. */
  readonly span: MovedSpan | null;
  /** The files that change, with their whole new content; `null` removes one. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
}

/** Lines that move: how many, and the times of the first and the last one. */
export interface MovedSpan {
  readonly count: number;
  readonly from: readonly [first: number, last: number];
  readonly to: readonly [first: number, last: number];
}

interface Line {
  /** The line with its "\n", one character for each byte, so that invalid UTF-8 stays as it is. */
  readonly bytes: string;
  /** `null` for a damaged line, which stays with the one before it. */
  readonly raw: JsonObject | null;
  readonly time: number;
  readonly newTime: number;
}

/**
 * Plans how a conversation's lines move: positions and msgids stay, and a line whose day changes goes to the
 * file of that day. Reads the days from today on and the one before them, and in older ones only the messages
 * that were edited. Throws file-system errors.
 *
 * @param accounts finds who is meant by the lines that are older than ids of accounts
 */
export function moveHistory(
  folder: string,
  all: MovedTimes,
  accounts: Pick<AccountStore, "resolve">,
): MovedHistory {
  const times = new MovedLineTimes(all);
  const days = daysIn(folder);
  const fromToday = days.filter((day) => day >= dayOf(all.now));
  // Lines that move back may land on the day before, behind its last line.
  const split = Math.max(0, days.length - fromToday.length - 1);
  const [settled, read] = [days.slice(0, split), days.slice(split)];
  const linesByDay = new Map(read.map((day) => [day, linesIn(folder, day, times)]));
  const lines = [...linesByDay.values()].flat();
  const moved = lines.filter(({ time, newTime }) => newTime !== time);
  const counts = new MovedCounts(
    lines.flatMap((line) => messageOf(line, accounts)),
    times,
  );
  const [first, last] = [moved[0], moved.at(-1)];
  if (first === undefined || last === undefined) {
    return { times, counts, span: null, files: new Map() };
  }
  const span = {
    count: moved.length,
    from: [first.time, last.time],
    to: [first.newTime, last.newTime],
  } as const;
  const files = new Map<string, Uint8Array | null>();
  for (const day of settled) {
    const content = editedDay(join(folder, `${day}.jsonl`), times);
    if (content !== null) files.set(day, Buffer.from(content, "latin1"));
  }
  const contents = contentsByDay(linesByDay, times, counts);
  for (const day of new Set([...read, ...contents.keys()])) {
    const content = contents.get(day) ?? null;
    const before = linesByDay.get(day)?.map(({ bytes }) => bytes);
    if (content === (before?.join("") ?? null)) continue;
    files.set(day, content === null ? null : Buffer.from(content, "latin1"));
  }
  return { times, counts, span, files };
}

function linesIn(folder: string, day: string, times: MovedLineTimes): Line[] {
  return linesOf(join(folder, `${day}.jsonl`), "latin1").map((line) => {
    const bytes = line.endsWith("\n") ? line : `${line}\n`;
    const raw = parseRawLine(Buffer.from(bytes, "latin1").toString("utf8"));
    const time = parseTime(String(raw?.["time"]));
    if (raw === null || time === null) return { bytes, raw: null, time: 0, newTime: 0 };
    return { bytes, raw, time, newTime: times.add(time) };
  });
}

/** Formats a line, one character for each byte. */
function bytesOf(raw: JsonObject): string {
  return Buffer.from(`${JSON.stringify(raw)}\n`).toString("latin1");
}

/** Returns the new content of each day, one character for each byte. */
function contentsByDay(
  linesByDay: ReadonlyMap<string, readonly Line[]>,
  times: MovedLineTimes,
  counts: MovedCounts,
): Map<string, string> {
  const contents = new Map<string, string[]>();
  for (const [fileDay, lines] of linesByDay) {
    let day = fileDay;
    for (const line of lines) {
      if (line.raw !== null && line.newTime !== line.time) day = dayOf(line.newTime);
      const ofDay = contents.get(day);
      const bytes = line.raw === null ? line.bytes : movedBytes(line, line.raw, times, counts);
      if (ofDay === undefined) contents.set(day, [bytes]);
      else ofDay.push(bytes);
    }
  }
  return new Map([...contents].map(([day, lines]) => [day, lines.join("")]));
}

/** Returns a line with its new times; a line without any keeps its bytes. */
function movedBytes(
  { bytes, newTime }: Line,
  raw: JsonObject,
  times: MovedLineTimes,
  counts: MovedCounts,
): string {
  const changed: JsonObject = { ...raw, time: formatTime(newTime) };
  for (const field of [...EDIT_TIMES, "since"]) {
    if (field in raw) changed[field] = movedIso(raw[field], times);
  }
  const of = raw["of"];
  if (isJsonObject(of)) changed["of"] = movedOf(of, authorsIn(raw), times, counts);
  return JSON.stringify(raw) === JSON.stringify(changed) ? bytes : bytesOf(changed);
}

/** Moves what an edit, a redaction or an erasure says of the messages that it changes. */
function movedOf(
  of: JsonObject,
  authors: readonly unknown[],
  times: MovedLineTimes,
  counts: MovedCounts,
): JsonObject {
  const changed: JsonObject = { ...of };
  if ("time" in of) changed["time"] = movedIso(of["time"], times);
  const { days, people } = of;
  if (isJsonObject(days)) changed["days"] = counts.erased(authors, days as Record<string, number>);
  if (Array.isArray(people)) {
    changed["people"] = people.map((person) =>
      isJsonObject(person) && isJsonObject(person["named"])
        ? { ...person, named: counts.erased(authors, person["named"] as Record<string, number>) }
        : person,
    );
  }
  return changed;
}

/** Returns the new content of a day whose lines stay, if one was edited in the future; else `null`. */
function editedDay(path: string, times: MovedLineTimes): string | null {
  let isChanged = false;
  const lines = linesOf(path, "latin1").map((bytes) => {
    const isEdited = EDITED_AT.test(bytes);
    const raw = isEdited ? parseRawLine(Buffer.from(bytes, "latin1").toString("utf8")) : null;
    if (raw === null) return bytes;
    const moved = { ...raw };
    for (const field of EDIT_TIMES) if (field in raw) moved[field] = movedIso(raw[field], times);
    if (EDIT_TIMES.every((field) => moved[field] === raw[field])) return bytes;
    isChanged = true;
    return bytesOf(moved);
  });
  return isChanged ? lines.join("") : null;
}

function movedIso(value: unknown, times: MovedLineTimes): unknown {
  const time = typeof value === "string" ? parseTime(value) : null;
  const moved = time === null ? null : times.of(time);
  return moved === null || moved === time ? value : formatTime(moved);
}

function messageOf(
  { raw, time, newTime }: Line,
  accounts: Pick<AccountStore, "resolve">,
): MovedMessage[] {
  if (raw === null || raw["kind"] !== "said" || raw["verb"] === "TAGMSG") return [];
  const { by, mentions, mentionsNow, named } = raw;
  // Lines that are older than ids have names.
  const legacy = (name: unknown): AccountId[] =>
    typeof name === "string" ? [accounts.resolve(legacyAccountId(name), time)] : [];
  const author = isJsonObject(by) ? (by["id"] ?? legacy(by["account"])[0]) : undefined;
  const original = Array.isArray(mentions) ? mentions : [];
  const namedThen = Array.isArray(named) ? named.flatMap(legacy) : original;
  const accountsNamed = Array.isArray(mentionsNow) ? mentionsNow : namedThen;
  const isUncounted = raw["gone"] === true || raw["withheld"] === true;
  return [{ time, newTime, author, named: accountsNamed, isErased: isUncounted }];
}

/** Returns the accounts, by id and by legacy id, whose messages an erasure has removed. */
function authorsIn({ id, legacy, account }: JsonObject): readonly unknown[] {
  return id === undefined ? [legacyAccountId(String(account))] : [id, legacy];
}
