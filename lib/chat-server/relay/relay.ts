import { capMask } from "../../protocol/wire/caps.ts";
import type { RoomEvent } from "../event.ts";
import type { Session } from "../sessions/session.ts";
import type { User } from "../users/user.ts";
import { dialectMask, type EncodedLine, encodeEvent, toBytes } from "./encode-event.ts";
import type { Reply } from "./reply.ts";

/**
 * Tells an event to everybody who is there: written once for each dialect, the same bytes for all who speak
 * it. The asker's own session gets its copy in the answer to its command, where the label belongs.
 *
 * @param users who hears it, each once
 * @param target see {@link encodeEvent}
 */
export function relayEvent(
  event: RoomEvent,
  users: Iterable<User>,
  target: string,
  asker: Reply | null,
): void {
  const mask = dialectMask(event.kind);
  const tell = broadcast((dialect) => encodeEvent(event, target, dialect), mask);
  for (const user of users) {
    for (const session of user.sessions) {
      if (session !== asker?.session) tell(session);
      else if (event.kind !== "said" || session.has("echo-message")) {
        for (const line of encodeEvent(event, target, session.dialect)) asker.add(line);
      }
    }
  }
}

const NO_BYTES = new Uint8Array(0);

/** What stands in the tags of everything that a person does. */
export const USER_EVENT_TAGS = capMask(
  "server-time",
  "account-tag",
  "message-tags",
  "draft/oper-tag",
);

/** Gives a function that sends to one session, writing each dialect once. */
export function broadcast(
  encode: (dialect: number) => readonly EncodedLine[],
  mask: number,
): (session: Session) => void {
  // Nearly always there are one to three dialects in a room, and the last one comes again.
  const dialects: number[] = [];
  const buffers: Uint8Array[] = [];
  let last = -1;
  let bytes: Uint8Array = NO_BYTES;
  return (session) => {
    const dialect = session.dialect & mask;
    if (dialect !== last) {
      let i = dialects.indexOf(dialect);
      if (i === -1) {
        i = dialects.push(dialect) - 1;
        buffers.push(toBytes(encode(dialect)));
      }
      last = dialect;
      bytes = buffers[i] ?? NO_BYTES;
    }
    if (bytes.length > 0) session.link.send(bytes);
  };
}
