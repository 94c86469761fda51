import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { PersonChange, Restored } from "../../chat-server/server-ports.ts";
import type { Snapshot } from "../../chat-server/snapshot/snapshot.ts";
import type { AccountRecords } from "../../member-server/account.ts";
import { formatTime, parseTime } from "../../protocol/time.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { DayFile, dayOf, dayOfFile, headOf } from "../history/day-file.ts";

/*
 * Finds dates in the future, which a server leaves whose clock was ahead. The end of an invitation or a ban
 * is in the future by right, and doesn't count.
 */

/** How far a date may be ahead: clocks set by the network differ by seconds, and so do a burst's lines. */
const DATE_AHEAD_MS_MAX = 5 * 60_000;

/** One of the folders of a data folder that hold conversations. */
export type HistoryRoot = "history" | "gone";

/** A date in the data folder. */
export interface StoredDate {
  /** The file or conversation that has it, by its path in the data folder. */
  readonly place: string;
  /** ms since 1970. */
  readonly time: number;
}

/** The dates of one place that are in the future. */
export interface FutureDates {
  readonly place: string;
  readonly count: number;
  /** The latest of them, in ms since 1970. */
  readonly latest: number;
}

/**
 * Returns the places that have a date more than {@link DATE_AHEAD_MS_MAX} ahead of `now`, in their order.
 * Pages by time don't show such lines, and later lines of the same conversation have to be dated after them.
 */
export function futureDates(dates: Iterable<StoredDate>, now: number): FutureDates[] {
  const places = new Map<string, FutureDates>();
  for (const { place, time } of dates) {
    if (time <= now + DATE_AHEAD_MS_MAX) continue;
    const { count, latest } = places.get(place) ?? { count: 0, latest: 0 };
    places.set(place, { place, count: count + 1, latest: Math.max(latest, time) });
  }
  return [...places.values()];
}

/** Returns the warning of a start about dates in the future: one sentence, or none. */
export function futureDatesReport(
  path: string,
  restored: Restored,
  accounts: AccountRecords,
  now: number,
): string[] {
  const places = futureDates(datesAtStart(restored, accounts, now), now);
  if (places.length === 0) return [];
  const latest = formatTime(Math.max(...places.map((each) => each.latest)));
  const names = places.map(({ place }) => place);
  const where = names.length > 3 ? `${names.slice(0, 3).join(", ")} and others` : names.join(", ");
  return [
    `${path} has dates in the future, up to ${latest}, in ${where}; this machine's clock says ${formatTime(now)}. If the clock is right, stop the server and run "bun server.ts mend-dates", which shows how it would move them.`,
  ];
}

/** Yields the dates of what a start reads: all records, and the newest lines of each conversation. See `datesOfSnapshot`. */
function* datesAtStart(
  restored: Restored,
  accounts: AccountRecords,
  after: number,
): Iterable<StoredDate> {
  const { snapshot, later, people, recent } = restored;
  yield* datesOfAccounts(accounts);
  yield* datesOfSnapshot(snapshot, after);
  yield* datesOfPeople(people);
  for (const events of [later, ...recent.values()]) {
    for (const { conversation, time } of events) {
      if (time > after) yield { place: `history/${conversation}`, time };
    }
  }
}

/** Yields the dates of accounts and invitations. */
export function* datesOfAccounts(records: AccountRecords): Iterable<StoredDate> {
  const place = "users.json";
  for (const account of records.accounts) {
    const { createdAt, certificates, addresses = [], notices = [] } = account;
    const { reset, secondFactor, bot, suspension } = account;
    yield { place, time: createdAt };
    for (const { addedAt, seenAt = addedAt } of certificates) {
      for (const time of [addedAt, seenAt]) yield { place, time };
    }
    for (const { time } of [...addresses, ...notices]) yield { place, time };
    if (reset !== undefined) yield { place, time: reset.madeAt };
    if (secondFactor !== undefined) {
      for (const time of [secondFactor.since, secondFactor.lastCodeAt]) yield { place, time };
    }
    if (suspension !== undefined) yield { place, time: suspension.time };
    if (bot !== undefined) yield { place, time: bot.tokenAt };
  }
  for (const { createdAt } of records.invitations) yield { place, time: createdAt };
  for (const { createdAt, since } of records.resting ?? []) {
    for (const time of [createdAt, since]) yield { place, time };
  }
}

/**
 * Yields the dates of rooms.json.
 *
 * @param after earlier ones may be left out: members and markers are a million in a large folder
 */
export function* datesOfSnapshot(
  snapshot: Snapshot,
  after = Number.NEGATIVE_INFINITY,
): Iterable<StoredDate> {
  const { conversations, people, bans, reports = [] } = snapshot;
  const place = "rooms.json";
  for (const { time, saidAt, createdAt, withheldAt, room } of conversations) {
    for (const date of [time, saidAt, createdAt]) yield { place, time: date };
    for (const date of Object.values(withheldAt ?? {})) yield { place, time: date };
    if (room === null) continue;
    if (room.topic !== null) yield { place, time: room.topic.time };
    const { lists, requests = [], log = [] } = room;
    for (const { time } of [...Object.values(lists).flat(), ...requests, ...log]) {
      yield { place, time };
    }
    if (room.closed) yield { place, time: room.closed.time };
    for (const { joinedTime } of room.members) {
      if (joinedTime > after) yield { place, time: joinedTime };
    }
  }
  for (const { markers, seenAt, invitations = [] } of people) {
    if (seenAt !== undefined) yield { place, time: seenAt };
    for (const { time } of invitations) yield { place, time };
    for (const id in markers) {
      const time = markers[id as ConversationId] ?? 0;
      if (time > after) yield { place, time };
    }
  }
  for (const { time } of bans) yield { place, time };
  for (const { time, sentAt } of reports) {
    for (const date of [time, sentAt]) yield { place, time: date };
  }
}

/** Yields the dates of changes in people.journal. */
export function* datesOfPeople(changes: Iterable<PersonChange>): Iterable<StoredDate> {
  const place = "people.journal";
  for (const change of changes) {
    if (change.kind === "marked" || change.kind === "seen") yield { place, time: change.time };
    if (change.kind === "banned") yield { place, time: change.ban.time };
    if (change.kind === "invited") yield { place, time: change.time };
    if (change.kind === "ranked" && change.entry !== undefined) {
      yield { place, time: change.entry.time };
    }
    if (change.kind !== "reported") continue;
    for (const time of [change.report.time, change.report.sentAt]) yield { place, time };
  }
}

/** Yields the dates of all lines in the files of `now`'s day and later ones. Throws file-system errors. */
export function* datesOfHistory(
  data: string,
  root: HistoryRoot,
  now: number,
): Iterable<StoredDate> {
  for (const id of conversationIdsIn(join(data, root))) {
    const folder = join(data, root, id);
    for (const day of daysIn(folder).filter((name) => name >= dayOf(now))) {
      yield* datesOfDay(join(folder, `${day}.jsonl`), `${root}/${id}`);
    }
  }
}

/** Returns the days of a conversation's folder, oldest first. */
export function daysIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map(dayOfFile)
    .filter((day) => day !== null)
    .sort();
}

function* datesOfDay(path: string, place: string): Iterable<StoredDate> {
  const file = DayFile.open(path);
  if (file === null) return;
  try {
    for (const { bytes } of file.forward(0)) {
      const time = parseTime(headOf(bytes)?.timestamp ?? "");
      if (time !== null) yield { place, time };
    }
  } finally {
    file.close();
  }
}

/** Returns the conversation of a place in the history, or `null` for another file. */
export function conversationOf(place: string): ConversationId | null {
  const [root, id] = place.split("/");
  return (root === "history" || root === "gone") && id !== undefined
    ? (id as ConversationId)
    : null;
}
