import type { RoomEvent } from "../event.ts";
import type { Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { User } from "../users/user.ts";
import { dialectMask, type EncodedLine, encodeEvent, TAG_CAPS, toBytes } from "./encode-event.ts";
import type { ServerAddress } from "./file-link-text.ts";
import type { Reply } from "./reply.ts";

/** The dialect mask of a line whose only variable part is {@link tagsOf}: a line about a user. */
export const USER_EVENT_TAGS = TAG_CAPS;

const NO_BYTES = new Uint8Array(0);

/**
 * Relays a room event to all sessions that may see it.
 *
 * @param room the room of the event, `null` for direct messages. Sessions to which it is still unannounced are left out
 * @param users the recipients, each once
 * @param target see {@link encodeEvent}
 * @param asker the reply to the command that caused the event: its session gets its copy there. A message is
 *   copied to its sender's session only for `echo-message`.
 */
export function relayEvent(
  event: RoomEvent,
  room: Room | null,
  users: Iterable<User>,
  target: string,
  asker: Reply | null,
  server: ServerAddress,
): void {
  const send = broadcast(
    (dialect) => encodeEvent(event, target, dialect, server),
    dialectMask(event.kind),
    asker,
    event.kind !== "said" || asker?.session.has("echo-message") === true,
  );
  for (const user of users) {
    for (const session of user.sessions) {
      const { unannouncedRooms } = session;
      if (unannouncedRooms === null || room === null || !unannouncedRooms.has(room)) send(session);
    }
  }
}

/**
 * Returns a function that sends the same lines to one session after the other. Each dialect is encoded once, and
 * its sessions share the bytes. The session of `asker` gets its copy in that reply, where its label belongs. The
 * caller passes each session once.
 *
 *     const send = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
 *     for (const session of user.sessions) send(session);
 *
 * @param encode returns the lines for a dialect; none for a dialect that doesn't receive it
 * @param mask the capabilities (see {@link capMask}) that `encode` looks at
 * @param asker the reply to the command that caused it, or `null`
 * @param copiesToAsker `false` sends the session of `asker` nothing
 */
export function broadcast(
  encode: (dialect: number) => readonly EncodedLine[],
  mask: number,
  asker: Reply | null = null,
  copiesToAsker = true,
): (session: Session) => void {
  const askingSession = asker?.session;
  // A room rarely has more than three dialects, and successive sessions often have the same one.
  const dialects: number[] = [];
  const buffers: Uint8Array[] = [];
  let lastDialect = -1;
  let bytes: Uint8Array = NO_BYTES;
  return (session) => {
    // Finding a member, and then their session.
    session.work.rows += 2;
    if (session === askingSession) {
      if (copiesToAsker) for (const line of encode(session.dialect)) asker?.add(line);
      return;
    }
    const dialect = session.dialect & mask;
    if (dialect !== lastDialect) {
      let index = dialects.indexOf(dialect);
      if (index === -1) {
        index = dialects.push(dialect) - 1;
        const encoded = toBytes(encode(dialect));
        session.work.encodings += 1;
        session.work.bytes += encoded.length;
        buffers.push(encoded);
      }
      lastDialect = dialect;
      bytes = buffers[index] ?? NO_BYTES;
    }
    if (bytes.length > 0) session.send(bytes);
  };
}
