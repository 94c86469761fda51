import { fold } from "../../protocol/names.ts";
import { PASSING_MARKERS_MAX } from "../limits.ts";
import type { Room } from "../rooms/room.ts";
import type { User } from "../users/user.ts";

/**
 * How far somebody has read what isn't kept, in memory alone and by name: direct messages with guests, and
 * rooms that are gone since they left.
 */

export function keepPassing(user: User, name: string, time: number): void {
  const { passing } = user;
  // A name that is there already takes no other's place, and is the newest again.
  passing.delete(fold(name));
  // The oldest goes: the other is long gone, too.
  const [oldest] = passing.keys();
  if (oldest !== undefined && passing.size >= PASSING_MARKERS_MAX) passing.delete(oldest);
  passing.set(fold(name), time);
}

/** The last one leaves a room, and may come back to make it again. */
export function leaveMarker(user: User, room: Room): void {
  const time = user.markers.get(room.id);
  if (time !== undefined) keepPassing(user, room.name, time);
}

/** A room is made anew: all that is said in it comes later than what was read under its name. */
export function takeUpMarker(user: User, room: Room): void {
  const time = user.passing.get(fold(room.name));
  if (time !== undefined) user.markers.set(room.id, time);
}
