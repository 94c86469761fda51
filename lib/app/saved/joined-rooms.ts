import { isSodam } from "../../chat-client/server-names.ts";
import { serverKey } from "../app-context.ts";
import type { AppPorts } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";

/** Rooms that are joined again at a start; more than any server lets one person be in. */
const ROOMS_MAX = 200;

/**
 * Joins the rooms of the last run again where the server doesn't remember them itself, and saves every change. A
 * server of ours does, and a bouncer sends its rooms by itself. Call it when the session is ready. The returned
 * function stops it.
 */
export function saveRooms(
  connection: ServerConnection,
  ports: Pick<AppPorts, "saved" | "save">,
): () => void {
  const { session, link } = connection;
  if (isSodam(session.state)) return () => {};
  const server = serverKey(link);
  const rooms = new Map<string, string>();
  for (const room of ports.saved.rooms?.[server] ?? []) {
    rooms.set(session.state.fold(room), room);
    if (session.state.conversations.get(session.state.fold(room))?.joined !== true) {
      session.join(room);
    }
  }
  const save = (): void => {
    const saved = [...rooms.values()].slice(-ROOMS_MAX);
    ports.save({ rooms: { ...ports.saved.rooms, [server]: saved } });
  };
  return connection.listen((event) => {
    switch (event.kind) {
      case "conversation-changed": {
        const conversation = session.state.conversations.get(event.key);
        if (conversation?.kind !== "room" || !conversation.joined || rooms.has(event.key)) return;
        rooms.set(event.key, conversation.name);
        return save();
      }
      // Left, or kicked: whoever wants to be there again joins by hand.
      case "line-added":
        if (!event.live || !event.line.own || event.line.kind !== "left") return;
        if (rooms.delete(event.key)) save();
        return;
      case "kicked":
        if (rooms.delete(event.key)) save();
        return;
      default:
        return;
    }
  });
}
