import { fold } from "../../protocol/names.ts";
import { EPHEMERAL_MARKERS_MAX } from "../limits.ts";
import type { Room } from "../rooms/room.ts";
import type { User } from "../users/user.ts";

/**
 * How far somebody has read what isn't kept, in memory alone and by name: direct messages with guests, and
 * rooms that are gone since they left.
 */

export function setEphemeralMarker(user: User, name: string, time: number): void {
  const { ephemeralMarkers } = user;
  // A name that is there already takes no other's place, and is the newest again.
  ephemeralMarkers.delete(fold(name));
  // The oldest goes: the other is long gone, too.
  const [oldest] = ephemeralMarkers.keys();
  if (oldest !== undefined && ephemeralMarkers.size >= EPHEMERAL_MARKERS_MAX)
    ephemeralMarkers.delete(oldest);
  ephemeralMarkers.set(fold(name), time);
}

/** The last one leaves a room, and may come back to make it again. */
export function saveRoomMarker(user: User, room: Room): void {
  const time = user.markers.get(room.id);
  if (time !== undefined) setEphemeralMarker(user, room.name, time);
}

/** A room is made anew: all that is said in it comes later than what was read under its name. */
export function restoreRoomMarker(user: User, room: Room): void {
  const time = user.ephemeralMarkers.get(fold(room.name));
  if (time !== undefined) user.markers.set(room.id, time);
}
