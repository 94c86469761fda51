import { type ClientState, SERVER_KEY } from "../chat-client/state.ts";
import { fold } from "../protocol/names.ts";

/** A room into which somebody was invited, and by whom. */
export interface WaitingRoom {
  readonly room: string;
  readonly by: string;
}

/** Rooms that one was invited to and hasn't gone into, the newest invitation first. */
export function waitingRooms({ conversations }: ClientState): WaitingRoom[] {
  const invitations = (conversations.get(SERVER_KEY)?.lines ?? []).filter(
    (line) => line.code === "INVITED",
  );
  const rooms = new Map<string, WaitingRoom>();
  for (const { params } of invitations.toReversed()) {
    const [by = "", room = ""] = params;
    const key = fold(room);
    if (room === "" || rooms.has(key) || conversations.get(key)?.joined === true) continue;
    rooms.set(key, { room, by });
  }
  return [...rooms.values()];
}
