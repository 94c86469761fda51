import { fold } from "../../protocol/names.ts";
import { EPHEMERAL_MARKERS_MAX } from "../limits.ts";
import type { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";

/*
 * Read markers by name, only in memory (`User.ephemeralMarkers`): for direct messages with guests, and for
 * rooms that were closed when the user left them.
 */

/**
 * Sets a user's marker for a nick or room name; `time` in ms. Of too many, the least recently set is
 * dropped.
 */
export function setEphemeralMarker(user: User, name: string, time: number): void {
  const { ephemeralMarkers } = user;
  // An existing name is deleted first: it evicts nothing, and becomes the most recent.
  ephemeralMarkers.delete(fold(name));
  const [oldest] = ephemeralMarkers.keys();
  if (oldest !== undefined && ephemeralMarkers.size >= EPHEMERAL_MARKERS_MAX)
    ephemeralMarkers.delete(oldest);
  ephemeralMarkers.set(fold(name), time);
}

/** Saves the marker of the last member who leaves a room: they may come back and create it again. */
export function saveRoomMarker(user: User, room: Room): void {
  const time = user.markers.get(room.id);
  if (time !== undefined) setEphemeralMarker(user, room.name, time);
}

/**
 * Restores that marker in a room created again, and stores it unless the user is a guest. All messages of the new
 * room come later than the marker.
 */
export function restoreRoomMarker({ ports }: State, user: User, room: Room): void {
  const marker = user.ephemeralMarkers.get(fold(room.name));
  if (marker === undefined) return;
  // The room before it may have had times of the future.
  const time = Math.min(marker, room.time);
  const { accountId: account } = user;
  const change = { kind: "marked", conversation: room.id, time, at: room.position } as const;
  if (account === null || ports.appendPerson({ ...change, account })) {
    user.markers.set(room.id, time);
  }
}
