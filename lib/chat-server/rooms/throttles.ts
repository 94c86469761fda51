import { formatCount } from "../../protocol/plural.ts";
import { parseDuration } from "../../protocol/time.ts";
import type { RoomEvent } from "../event.ts";
import {
  ACCOUNT_AGE_MS_MAX,
  SLOW_SECONDS_MAX,
  THROTTLE_JOINS_MAX,
  THROTTLE_SECONDS_MAX,
} from "../limits.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import type { Room } from "./room.ts";

/*
 * Room modes that slow people down: slow mode (+W seconds), the join throttle (+j joins:seconds), and the least
 * age of an account to talk (+y) or to join (+Y). Their values are checked here when they are set, and read
 * here when they count. Who talked lately is in memory, and after a restart in the stored messages; who joined lately
 * is only in memory.
 */

/** Returns the sentence for an invalid value of one of these modes, or `null` for a valid one. */
export function throttleProblem(letter: string, value: string): string | null {
  switch (letter) {
    case "W":
      return isIn(value, SLOW_SECONDS_MAX)
        ? null
        : `Give a number of seconds from 1 to ${SLOW_SECONDS_MAX}`;
    case "j": {
      const [joins = "", seconds = "", ...more] = value.split(":");
      const isRight =
        more.length === 0 && isIn(joins, THROTTLE_JOINS_MAX) && isIn(seconds, THROTTLE_SECONDS_MAX);
      return isRight ? null : "Give joins and seconds, such as 5:60 for five joins a minute";
    }
    default: {
      const ageMs = parseDuration(value, MINUTE_MS);
      const isRight = ageMs !== null && ageMs > 0 && ageMs <= ACCOUNT_AGE_MS_MAX;
      return isRight ? null : "Give the age of an account, such as 30m, 2h or 7d, at most 90d";
    }
  }
}

const MINUTE_MS = 60_000;
/** Joins of a room that are noted: more than so many people and their returns within a throttle are a flood. */
const JOINS_NOTED_MAX = 1000;

/** Whether a text is a number from 1 to `max` without leading zeros. */
function isIn(text: string, max: number): boolean {
  return /^[1-9]\d{0,5}$/.test(text) && Number(text) <= max;
}

/** Returns how many seconds a user must wait until they may talk again (+W); 0 for none. */
export function slowSecondsLeft(state: State, room: Room, user: User): number {
  const { elapsedMs } = state;
  const seconds = room.modes.get("W");
  if (seconds === undefined) return 0;
  const spokeMs = room.spokeElapsedMs.get(user.key);
  const silentMs = spokeMs === undefined ? silentSince(state, room, user) : elapsedMs - spokeMs;
  return Math.max(0, Math.ceil((Number(seconds) * 1000 - silentMs) / 1000));
}

/**
 * Returns for how long (ms) a user has said nothing who hasn't talked in slow mode since the start, or since they
 * connected: neither a restart nor a guest's other connection begins a new count. An account's messages from before
 * the start count, and for a guest those of guests who came from the same address and are gone.
 */
function silentSince({ now, users, startedAt }: State, room: Room, user: User): number {
  const { accountId, host } = user.identity;
  const isTheirs = ({ by, time }: RoomEvent): boolean => {
    if (by.accountId !== accountId) return false;
    return accountId === null ? by.host === host && users.find(by) === null : time < startedAt;
  };
  const last = room.recentEvents.findLast(
    (event) => event.kind === "said" && event.verb !== "TAGMSG" && isTheirs(event),
  );
  return last === undefined ? Infinity : Math.max(0, now - last.time);
}

/** Notes that a user talks in a room, from which slow mode counts. */
export function noteSpeech({ elapsedMs, softChanges }: State, room: Room, user: User): void {
  if (!room.hasMode("W")) return;
  const { spokeElapsedMs } = room;
  spokeElapsedMs.delete(user.key);
  spokeElapsedMs.set(user.key, elapsedMs);
  // The oldest come first. Later the mode's value may be raised, but not beyond this.
  for (const [key, spokeMs] of spokeElapsedMs) {
    if (elapsedMs - spokeMs < SLOW_SECONDS_MAX * 1000) break;
    spokeElapsedMs.delete(key);
  }
  softChanges.noteRoom(room);
}

/**
 * Whether a user's account is younger than a mode (`y` or `Y`) asks for. Guests have none, so the mode keeps
 * them out as well. The age is a date's: the time of day counts.
 */
export function isTooNew(state: State, room: Room, user: User, letter: "y" | "Y"): boolean {
  const age = room.modes.get(letter);
  if (age === undefined) return false;
  const account = state.accounts.byId(user.accountId);
  return account === null || state.now - account.createdAt < (parseDuration(age, MINUTE_MS) ?? 0);
}

/**
 * Whether as many others have joined lately as the join throttle (+j) lets in, or the user as often. Others count once
 * each, and guests by their host: who comes and goes without end keeps nobody out but themselves.
 */
export function isJoinThrottled(state: State, room: Room, user: User): boolean {
  const throttle = parseThrottle(room);
  if (throttle === null) return false;
  const recent = recentJoins(state, room, throttle.seconds);
  const who = joinerOf(user);
  const own = recent.filter((join) => join.who === who).length;
  const others = new Set(recent.map((join) => join.who));
  others.delete(who);
  return Math.max(own, others.size) >= throttle.joins;
}

/** Notes that a user has joined a room, for its join throttle. */
export function noteJoin(state: State, room: Room, user: User): void {
  const throttle = parseThrottle(room);
  if (throttle === null) room.recentJoins = [];
  else {
    state.softChanges.noteRoom(room);
    const join = { who: joinerOf(user), elapsedMs: state.elapsedMs };
    room.recentJoins = [...recentJoins(state, room, throttle.seconds), join].slice(
      -JOINS_NOTED_MAX,
    );
  }
}

function recentJoins({ elapsedMs }: State, { recentJoins: joins }: Room, seconds: number) {
  return joins.filter((join) => elapsedMs - join.elapsedMs < seconds * 1000);
}

function joinerOf({ accountId, identity }: User): string {
  return accountId ?? identity.host;
}

function parseThrottle(room: Room): { readonly joins: number; readonly seconds: number } | null {
  const [joins, seconds] = room.modes.get("j")?.split(":") ?? [];
  return joins === undefined ? null : { joins: Number(joins), seconds: Number(seconds) };
}

/** Returns the sentence for a user who has to wait for slow mode. */
export function slowSentence(seconds: number): string {
  return `That room is in slow mode (+W): wait ${formatCount(seconds, "second")}`;
}
