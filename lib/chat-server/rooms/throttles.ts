import { formatCount } from "../../protocol/plural.ts";
import { parseDuration } from "../../protocol/time.ts";
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
 * here when they count. What was done lately is only in memory; a restart forgets it.
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

/** Whether a text is a number from 1 to `max` without leading zeros. */
function isIn(text: string, max: number): boolean {
  return /^[1-9]\d{0,5}$/.test(text) && Number(text) <= max;
}

/** Returns how many seconds a user must wait until they may talk again (+W); 0 for none. */
export function slowSecondsLeft({ elapsedMs }: State, room: Room, user: User): number {
  const seconds = room.modes.get("W");
  const spokeMs = room.spokeElapsedMs.get(user);
  if (seconds === undefined || spokeMs === undefined) return 0;
  return Math.max(0, Math.ceil((spokeMs + Number(seconds) * 1000 - elapsedMs) / 1000));
}

/** Notes that a user talks in a room, from which slow mode counts. */
export function noteSpeech({ elapsedMs }: State, room: Room, user: User): void {
  if (room.hasMode("W")) room.spokeElapsedMs.set(user, elapsedMs);
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

/** Whether as many users have joined lately as the join throttle (+j) lets in. */
export function isJoinThrottled({ elapsedMs }: State, room: Room): boolean {
  const throttle = parseThrottle(room);
  if (throttle === null) return false;
  const { joins, seconds } = throttle;
  const recent = room.recentJoinsElapsedMs.filter(
    (joinedMs) => elapsedMs - joinedMs < seconds * 1000,
  );
  return recent.length >= joins;
}

/** Notes that a user has joined a room, for its join throttle. */
export function noteJoin({ elapsedMs }: State, room: Room): void {
  const throttle = parseThrottle(room);
  room.recentJoinsElapsedMs =
    throttle === null ? [] : [...room.recentJoinsElapsedMs, elapsedMs].slice(-throttle.joins);
}

function parseThrottle(room: Room): { readonly joins: number; readonly seconds: number } | null {
  const [joins, seconds] = room.modes.get("j")?.split(":") ?? [];
  return joins === undefined ? null : { joins: Number(joins), seconds: Number(seconds) };
}

/** Returns the sentence for a user who has to wait for slow mode. */
export function slowSentence(seconds: number): string {
  return `That room is in slow mode (+W): wait ${formatCount(seconds, "second")}`;
}
