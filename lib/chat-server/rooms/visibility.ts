import type { User } from "../users/user.ts";
import { hasUserMode } from "../users/user-modes.ts";
import { canSeeMember, canSeeRoom } from "./access.ts";
import type { Room } from "./room.ts";

/** Whom and what the questions about people may show. */

/** Whether somebody is connected. An account whose devices are all off still sits in its rooms. */
export function isOnline(user: User): boolean {
  return user.sessions.length > 0;
}

/** Whether a search may come upon this person: strangers see neither the invisible nor the absent. */
export function canFindUser(viewer: User, user: User): boolean {
  if (viewer === user || seesInRoom(viewer, user)) return true;
  return isOnline(user) && !hasUserMode(user, "i");
}

/** Whether somebody in a room is told to this viewer as being there. Strangers don't see the invisible. */
export function canSeeInNames(viewer: User, room: Room, user: User): boolean {
  return canSeeMember(room, viewer, user) && (room.has(viewer) || !hasUserMode(user, "i"));
}

/** Whether this viewer is told of everybody in a room: then nobody needs to be asked about one by one. */
export function canSeeAllMembers(viewer: User, room: Room): boolean {
  return room.has(viewer) && (!room.hasMode("u") || room.hasRank(viewer, "h"));
}

/** Rooms of a person that another may know of. */
export function* visibleRooms(viewer: User, user: User): Iterable<Room> {
  const hidden = viewer !== user && hasUserMode(user, "i");
  for (const room of user.rooms) {
    if (!canSeeMember(room, viewer, user)) continue;
    if (room.has(viewer) || (!hidden && canSeeRoom(room, viewer))) yield room;
  }
}

/** Whether the two share a room in which the viewer sees the other. */
function seesInRoom(viewer: User, user: User): boolean {
  const [few, many] = viewer.rooms.size <= user.rooms.size ? [viewer, user] : [user, viewer];
  for (const room of few.rooms) if (room.has(many) && canSeeMember(room, viewer, user)) return true;
  return false;
}
