import type { ConversationId } from "../../chat-server/event.ts";
import type { RoomName } from "../../protocol/names.ts";
import type { ReadSnapshot } from "../snapshot/snapshot-file.ts";
import type { RoomLog } from "./room-log.ts";

/**
 * Returns the rooms that the next start finds: those of the snapshot, changed by the events after it, which a
 * server that runs has not folded yet, and those that an import made. Loads the log.
 */
export function storedRooms(
  log: RoomLog,
  { snapshot, unreachable }: ReadSnapshot,
): ReadonlyMap<ConversationId, RoomName> {
  const { later } = log.load(snapshot, unreachable);
  const rooms = new Map<ConversationId, { name: RoomName; members: Set<string> }>();
  for (const { id, room } of snapshot.conversations) {
    if (room === null) continue;
    const members = new Set<string>(room.members.map(({ account }) => account));
    rooms.set(id, { name: room.name, members });
  }
  for (const event of later) {
    if (event.kind === "created" && event.room !== null) {
      rooms.set(event.conversation, { name: event.room, members: new Set() });
    }
    const room = rooms.get(event.conversation);
    if (room === undefined) continue;
    if (event.kind === "renamed") room.name = event.name;
    if (event.kind === "dropped") rooms.delete(event.conversation);
    if (event.kind === "joined" && event.by.accountId !== null)
      room.members.add(event.by.accountId);
    if (event.kind === "left") room.members.delete(event.by.accountId ?? "");
    if (event.kind === "kicked") room.members.delete(event.whom.accountId ?? "");
  }
  // A room without members is gone, and its name is free.
  return new Map(
    [...rooms].filter(([, { members }]) => members.size > 0).map(([id, { name }]) => [id, name]),
  );
}
