import { join } from "node:path";
import type { AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json-decoder.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { formatTime, isClockSet } from "../../protocol/time.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { isChangeUnfinished, StagedChange } from "../disk/staged-change.ts";
import { readTextIfPresent } from "../disk/text-file.ts";
import { formatRecords } from "../disk/versioned-json.ts";
import { failed, type MaintenanceResult, succeeded } from "../maintenance/maintenance-result.ts";
import { readPeopleFile } from "../snapshot/people-file.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";
import {
  conversationOf,
  datesOfAccounts,
  datesOfHistory,
  datesOfPeople,
  datesOfSnapshot,
  futureDates,
  type HistoryRoot,
  type StoredDate,
} from "./future-dates.ts";
import { type MovedSpan, moveHistory } from "./moved-history.ts";
import { type MovedConversation, moveRooms, moveUsers } from "./moved-records.ts";
import { MovedTimes } from "./moved-times.ts";

const ROOTS: readonly HistoryRoot[] = ["history", "gone"];
const JOURNALS = ["users.journal", "people.journal"] as const;

interface MendOptions {
  /** Path of the data folder, which must be locked. */
  readonly data: string;
  /** Makes the store that the user file is read into: `AccountStore.of`. */
  readonly makeStore: (records: AccountRecords) => AccountStore;
  /** The time of day, which must be right. */
  readonly now: number;
  /** Whether to move the dates; otherwise the result only says what would move. */
  readonly mend: boolean;
}

/**
 * Moves dates in the future, which a server leaves whose clock was ahead, into the time before now. Order,
 * msgids and positions stay, and distances as far as there is room. All files change together, or none. With
 * `mend`, both journals must be folded.
 */
export function mendDates(options: MendOptions): MaintenanceResult {
  try {
    return moveDates(options);
  } catch (error) {
    return failed(failureSentence(options, fsErrorText(error)));
  }
}

/** Throws file-system errors. */
function moveDates({ data, makeStore, now, mend }: MendOptions): MaintenanceResult {
  if (!isClockSet(now)) {
    return failed(
      `This machine's clock says ${formatTime(now)}, which can't be right: set it first. Nothing was changed.`,
    );
  }
  const read = readDates(data, makeStore, now);
  if ("refused" in read) return failed(read.refused);
  const { dates, unfolded, accounts } = read;
  const places = futureDates(dates, now);
  if (places.length === 0) return succeeded(`No date in ${data} is in the future.`);
  if (mend && unfolded !== null) {
    return failed(
      `${unfolded} has changes that are not in its .json file yet. Start and stop the server once.`,
    );
  }
  const times = new MovedTimes(
    now,
    dates.map(({ time }) => time),
  );
  const change = mend ? new StagedChange(data) : null;
  const { moved, lines } = moveHistories(data, dates, times, accounts, change);
  for (const { place, count, latest } of places) {
    if (conversationOf(place) !== null) continue;
    const [dates, move] = [formatCount(count, "date"), agree(count, "moves", "move")];
    lines.push(`${place}: ${dates}, up to ${formatTime(latest)}, ${move} with them.`);
  }
  if (change === null) {
    const clock = `This machine's clock says ${formatTime(now)}.`;
    const next = `If that is right, make a backup, and move all of it by "bun server.ts mend-dates --mend".`;
    return { ok: true, lines: [...lines, `Nothing was changed. ${clock} ${next}`] };
  }
  stageRecords(data, change, times, moved);
  change.apply();
  return {
    ok: true,
    lines: [...lines, `All of it was moved: no date in ${data} is in the future.`],
  };
}

/** Without a plan the next start removes what was staged, so nothing has changed. */
function failureSentence({ data, mend }: MendOptions, problem: string): string {
  if (mend && isChangeUnfinished(data)) {
    return `${data} could not be changed to the end: ${problem}. Put that right, then give the same command again: it continues.`;
  }
  return `${data} could not be ${mend ? "changed" : "read"}: ${problem}. Everything is as it was.`;
}

interface ReadDates {
  readonly accounts: AccountStore;
  readonly dates: readonly StoredDate[];
  /** A journal with changes that its .json file doesn't have; `null` for none. */
  readonly unfolded: string | null;
}

/** Reads every date that may be in the future. */
export function readDates(
  data: string,
  makeStore: (records: AccountRecords) => AccountStore,
  now: number,
): ReadDates | { readonly refused: string } {
  const users = readUserFile(data, makeStore);
  if ("refused" in users) return users;
  const rooms = readSnapshot(join(data, "rooms.json"));
  if ("refused" in rooms) return rooms;
  const people = readPeopleFile(join(data, "people.journal"));
  if ("refused" in people) return people;
  const newPeople = people.lines.filter(({ number }) => number > rooms.peopleFolded);
  const dates = [
    ...datesOfAccounts(users.records.snapshot()),
    ...datesOfSnapshot(rooms.snapshot),
    ...datesOfPeople(newPeople.map(({ content }) => content)),
    ...ROOTS.flatMap((root) => [...datesOfHistory(data, root, now)]),
  ];
  const [userJournal, peopleJournal] = JOURNALS;
  const unfolded =
    users.lines.length > 0 ? userJournal : newPeople.length > 0 ? peopleJournal : null;
  return { accounts: users.records, dates, unfolded };
}

/** Plans which lines move, and stages them in `change`. Returns a sentence for each conversation. */
function moveHistories(
  data: string,
  dates: readonly StoredDate[],
  times: MovedTimes,
  accounts: AccountStore,
  change: StagedChange | null,
): { readonly moved: ReadonlyMap<string, MovedConversation>; readonly lines: string[] } {
  const moved = new Map<string, MovedConversation>();
  const lines: string[] = [];
  const places = new Set(dates.flatMap(({ place, time }) => (time > times.now ? [place] : [])));
  for (const place of places) {
    const id = conversationOf(place);
    if (id === null) continue;
    const { files, span, ...conversation } = moveHistory(join(data, place), times, accounts);
    if (span !== null) lines.push(spanSentence(place, span));
    for (const [day, content] of files) {
      const path = `${place}/${day}.jsonl`;
      if (content === null) change?.remove(path);
      else change?.put(path, content);
    }
    // An archived conversation has no entry in rooms.json.
    if (place.startsWith("history/")) moved.set(id, conversation);
  }
  return { moved, lines };
}

function spanSentence(place: string, { count, from, to }: MovedSpan): string {
  const range = ([first, last]: readonly [number, number]): string =>
    `${formatTime(first)} to ${formatTime(last)}`;
  const [lines, move] = [formatCount(count, "line"), agree(count, "moves", "move")];
  return `${place}: ${lines}, ${range(from)}, ${move} to ${range(to)}.`;
}

/** Stages users.json and rooms.json, and empties the journals, whose changes they hold. */
function stageRecords(
  data: string,
  change: StagedChange,
  times: MovedTimes,
  moved: ReadonlyMap<string, MovedConversation>,
): void {
  const users = readJson(join(data, "users.json"));
  if (users !== null) change.put("users.json", formatRecords(moveUsers(users, times)));
  const rooms = readJson(join(data, "rooms.json"));
  if (rooms !== null) change.put("rooms.json", formatRecords(moveRooms(rooms, times, moved)));
  for (const journal of JOURNALS) {
    if (readTextIfPresent(join(data, journal)) !== null) change.put(journal, "");
  }
}

function readJson(path: string): JsonObject | null {
  const text = readTextIfPresent(path);
  const content: unknown = text === null ? null : JSON.parse(text);
  return isJsonObject(content) ? content : null;
}
