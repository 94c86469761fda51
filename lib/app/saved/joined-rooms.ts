import { isSodam } from "../../chat-client/server-names.ts";
import { serverKey } from "../app-context.ts";
import type { AppPorts } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";

/** Rooms that are joined again at a start; more than any server lets one person be in. */
const ROOMS_MAX = 200;

/** From a change to its saving. */
const SAVE_DELAY_MS = 1000;

/** How long the rooms of the last run may take to be joined, before the menu opens without them. */
const JOIN_MS_MAX = 3000;

/**
 * Joins the rooms of the last run again where the server doesn't remember them itself: a server of ours does, and a
 * bouncer sends its rooms. Resolves when the user is in all of them, or when a server takes too long.
 */
export function joinSavedRooms(
  connection: ServerConnection,
  ports: Pick<AppPorts, "saved" | "after">,
): Promise<void> {
  const { session, link } = connection;
  const missing = new Map<string, string>();
  const isJoined = (room: string): boolean =>
    session.state.conversations.get(session.state.fold(room))?.joined === true;
  for (const room of isSodam(session.state) ? [] : (ports.saved.rooms?.[serverKey(link)] ?? [])) {
    if (!isJoined(room)) missing.set(session.state.fold(room), room);
  }
  if (missing.size === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      stopListening();
      stopTimer();
      resolve();
    };
    const stopTimer = ports.after(JOIN_MS_MAX, end);
    const stopListening = connection.listen((event) => {
      if (event.kind === "disconnected") return end();
      if (event.kind === "refused") missing.delete(session.state.fold(event.params[1] ?? ""));
      for (const [key, room] of missing) if (isJoined(room)) missing.delete(key);
      if (missing.size === 0) end();
    });
    for (const room of missing.values()) session.commands.join(room);
  });
}

/**
 * Saves the rooms that the user is in, where the server doesn't remember them, a moment after they change: a server can
 * put somebody into a thousand. The returned function saves what hasn't been yet, and stops it.
 */
export function saveRooms(
  connection: ServerConnection,
  ports: Pick<AppPorts, "saved" | "save" | "after">,
): () => void {
  const { session, link } = connection;
  if (isSodam(session.state)) return () => {};
  const server = serverKey(link);
  const rooms = new Map<string, string>();
  for (const room of ports.saved.rooms?.[server] ?? []) {
    rooms.set(session.state.fold(room), room);
  }
  let stopTimer: (() => void) | null = null;
  const saveNow = (): void => {
    if (stopTimer === null) return;
    stopTimer();
    stopTimer = null;
    ports.save({ rooms: { ...ports.saved.rooms, [server]: [...rooms.values()] } });
  };
  const save = (): void => {
    stopTimer ??= ports.after(SAVE_DELAY_MS, saveNow);
  };
  const stopListening = connection.listen((event) => {
    switch (event.kind) {
      case "conversation-changed": {
        const conversation = session.state.conversations.get(event.key);
        if (conversation?.kind !== "room" || !conversation.joined || rooms.has(event.key)) return;
        rooms.set(event.key, conversation.name);
        for (const oldest of [...rooms.keys()].slice(0, -ROOMS_MAX)) rooms.delete(oldest);
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
  return () => {
    saveNow();
    stopListening();
  };
}
