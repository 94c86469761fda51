import type { Link, SessionInput } from "../chat-server/server-ports.ts";
import { FROM_CLIENT, LineReader } from "../protocol/wire/lines.ts";
import type { RejectedConnectionsLog } from "./rejected-connections-log.ts";
import type { LinkHandlers } from "./socket-link.ts";

/** The events of connections that the server logs. */
interface ConnectionLog extends RejectedConnectionsLog {
  /** Handling a connection threw. */
  failed(error: unknown): void;
}

/** The state of one link: its session, and the bytes of its unfinished line. */
interface LineConnection<Session> {
  readonly session: Session;
  readonly reader: LineReader;
}

/** Returns link handlers for the chat server: each link becomes a session, and its bytes become lines. */
export function lineConnections<Session>(
  inbound: SessionInput<Session>,
  log: ConnectionLog,
): LinkHandlers {
  const connections = new Map<Link, LineConnection<Session>>();
  return {
    open(link) {
      const session = inbound.open(link);
      connections.set(link, { session, reader: new LineReader(FROM_CLIENT) });
    },
    data(link, bytes) {
      const connection = connections.get(link);
      if (connection === undefined) return;
      const { session, reader } = connection;
      for (const line of reader.push(bytes)) inbound.receive(session, line);
    },
    close(link, why) {
      const connection = connections.get(link);
      connections.delete(link);
      if (connection !== undefined) inbound.close(connection.session, why);
    },
    evict(link, reason) {
      const connection = connections.get(link);
      if (connection !== undefined) inbound.close(connection.session, reason);
    },
    overflow(link) {
      const connection = connections.get(link);
      if (connection !== undefined) inbound.close(connection.session, "Reading too slowly");
    },
    drained(link) {
      const connection = connections.get(link);
      if (connection !== undefined) inbound.resume(connection.session);
    },
    refused: log.refused,
    broken: log.broken,
    failed: (_, error) => log.failed(error),
  };
}
