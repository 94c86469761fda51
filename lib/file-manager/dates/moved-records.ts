import { isJsonObject, type JsonObject } from "../../protocol/json-decoder.ts";
import { listOf } from "../disk/json-fields.ts";
import { dayOf } from "../history/day-file.ts";
import type { MovedHistory } from "./moved-history.ts";
import type { MovedTimes } from "./moved-times.ts";

/*
 * The dates in users.json and rooms.json. Works on the JSON as it is, so that fields of a later version stay;
 * the files were read and checked before.
 */

/** What rooms.json needs of a conversation whose lines have moved. */
export type MovedConversation = Pick<MovedHistory, "times" | "counts">;

type Times = { of(time: number): number };

/** Moves the dates of users.json: of accounts, devices and invitations. */
export function moveUsers(content: JsonObject, times: MovedTimes): JsonObject {
  return {
    ...content,
    accounts: listOf(content["accounts"]).map((account) => ({
      ...withDates(account, ["createdAt"], times),
      certificates: listOf(account["certificates"]).map((each) =>
        withDates(each, ["addedAt", "seenAt"], times),
      ),
      ...("addresses" in account && {
        addresses: listOf(account["addresses"]).map((each) => withDates(each, ["time"], times)),
      }),
      ...(isJsonObject(account["secondFactor"]) && {
        secondFactor: withDates(account["secondFactor"], ["since", "lastCodeAt"], times),
      }),
      ...(isJsonObject(account["bot"]) && {
        bot: withDates(account["bot"], ["tokenAt"], times),
      }),
      ...(isJsonObject(account["suspension"]) && {
        suspension: withEnd(account["suspension"], "time", "until", times),
      }),
      ...("notices" in account && {
        notices: listOf(account["notices"]).map((each) => withDates(each, ["time"], times)),
      }),
      ...(isJsonObject(account["reset"]) && {
        reset: withEnd(account["reset"], "madeAt", "expiresAt", times),
      }),
    })),
    resting: listOf(content["resting"]).map((name) =>
      withDates(name, ["createdAt", "since"], times),
    ),
    invitations: listOf(content["invitations"]).map((invitation) =>
      withEnd(invitation, "createdAt", "expiresAt", times),
    ),
  };
}

/** Moves the dates of rooms.json: of conversations, members, lists, read markers, bans, reports and files. */
export function moveRooms(
  content: JsonObject,
  times: MovedTimes,
  histories: ReadonlyMap<string, MovedConversation>,
): JsonObject {
  const timesOf = (id: string): Times => histories.get(id)?.times ?? times;
  return {
    ...content,
    conversations: listOf(content["conversations"]).map((entry) =>
      moveConversation(entry, times, histories.get(String(entry["id"]))),
    ),
    people: listOf(content["people"]).map((person) => ({
      ...withDates(person, ["seenAt"], times),
      markers: mapValues(person["markers"], (time, id) =>
        typeof time === "number" ? timesOf(id).of(time) : time,
      ),
      ...(Array.isArray(person["invitations"]) && {
        invitations: listOf(person["invitations"]).map((invitation) =>
          withDates(invitation, ["time"], timesOf(String(invitation["room"]))),
        ),
      }),
    })),
    bans: listOf(content["bans"]).map((ban) => withEnd(ban, "time", "until", times)),
    ...(Array.isArray(content["reports"]) && {
      reports: listOf(content["reports"]).map((report) =>
        withDates(report, ["time", "sentAt"], timesOf(String(report["conversation"]))),
      ),
    }),
    ...(Array.isArray(content["files"]) && {
      files: listOf(content["files"]).map((sent) =>
        withDates(sent, ["time"], timesOf(String(sent["conversation"]))),
      ),
    }),
  };
}

function moveConversation(
  entry: JsonObject,
  all: MovedTimes,
  history: MovedConversation | undefined,
): JsonObject {
  const times: Times = history?.times ?? all;
  const hasMoved = history?.times.hasMoved === true;
  const { days, tallies, withheldAt, room } = entry;
  const counts = hasMoved ? history.counts : new UnwrittenCounts(entry, all);
  const moveState = (state: unknown, account: string): unknown =>
    isJsonObject(state) ? counts.readState(account, state) : state;
  return {
    ...withDates(entry, ["time", "saidAt", "createdAt"], times),
    ...(isJsonObject(days) && { days: counts.days(days as Record<string, number>) }),
    ...(isJsonObject(tallies) && { tallies: mapValues(tallies, moveState) }),
    ...(isJsonObject(withheldAt) && {
      withheldAt: mapValues(withheldAt, (time) => times.of(Number(time))),
    }),
    ...(isJsonObject(room) && { room: moveRoom(room, times, moveState) }),
  };
}

function moveRoom(
  room: JsonObject,
  times: Times,
  moveState: (state: unknown, account: string) => unknown,
): JsonObject {
  const { topic, lists, requests, log, closed } = room;
  return {
    ...room,
    ...(isJsonObject(topic) && { topic: withDates(topic, ["time"], times) }),
    lists: mapValues(lists, (entries) =>
      listOf(entries).map((entry) => withEnd(entry, "time", "until", times)),
    ),
    ...(Array.isArray(requests) && {
      requests: listOf(requests).map((request) => withDates(request, ["time"], times)),
    }),
    ...(Array.isArray(log) && {
      log: listOf(log).map((act) => withEnd(act, "time", "until", times)),
    }),
    ...(isJsonObject(closed) && { closed: withDates(closed, ["time"], times) }),
    members: listOf(room["members"]).map((member) => ({
      ...withDates(member, ["joinedTime"], times),
      ...("tally" in member && { tally: moveState(member["tally"], String(member["account"])) }),
    })),
  };
}

/** Moves the counts of a conversation without files (--no-history): future days' go to its last day. */
class UnwrittenCounts {
  readonly #times: MovedTimes;
  readonly #days: Readonly<Record<string, number>>;
  readonly #lastDay: string;

  constructor(entry: JsonObject, times: MovedTimes) {
    this.#times = times;
    this.#days = isJsonObject(entry["days"]) ? (entry["days"] as Record<string, number>) : {};
    this.#lastDay = dayOf(times.of(Number(entry["time"])));
  }

  days(before: Readonly<Record<string, number>>): Record<string, number> {
    const days: Record<string, number> = {};
    for (const [day, count] of Object.entries(before)) {
      const isFuture = day > this.#lastDay;
      const newDay = isFuture ? this.#lastDay : day;
      days[newDay] = (days[newDay] ?? 0) + count;
    }
    return days;
  }

  readState(_account: string, state: JsonObject): JsonObject {
    const { named } = state;
    const time = Number(state["time"]);
    const day = dayOf(time);
    const before = Object.entries(this.#days).filter(
      ([each]) => each >= this.#lastDay && each < day,
    );
    const read = before.reduce((sum, [, count]) => sum + count, Number(state["read"]));
    return {
      ...state,
      time: this.#times.of(time),
      ...(day > this.#lastDay && { read }),
      ...(isJsonObject(named) && { named: this.days(named as Record<string, number>) }),
    };
  }
}

/** Moves a beginning, and with it by as much the end of what lasts for a time. */
function withEnd(entry: JsonObject, begin: string, end: string, times: Times): JsonObject {
  const moved = withDates(entry, [begin], times);
  const until = entry[end];
  if (typeof until !== "number") return moved;
  return { ...moved, [end]: until - (Number(entry[begin]) - Number(moved[begin])) };
}

function withDates(entry: JsonObject, fields: readonly string[], times: Times): JsonObject {
  const moved: JsonObject = { ...entry };
  for (const field of fields) {
    const time = entry[field];
    if (typeof time === "number") moved[field] = times.of(time);
  }
  return moved;
}

function mapValues(value: unknown, change: (value: unknown, key: string) => unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each, key)]));
}
