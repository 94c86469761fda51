import { type ChatLine, isMessage } from "../../chat-client/client-state.ts";
import type { AppPorts, ExportLine } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { withoutServiceText } from "./service-secrets.ts";

/** Own messages that may be unacknowledged at once; more than anybody types before the first is answered. */
const UNSENT_MAX = 1000;

/**
 * Passes each message of the running session to `write` once; the user's own once the server has accepted
 * them. The returned function stops it.
 */
export function logChat(
  connection: ServerConnection,
  write: NonNullable<AppPorts["log"]>,
): () => void {
  const unsent = new Set<string>();
  return connection.listen((event) => {
    if (event.kind !== "line-added" && event.kind !== "line-changed") return;
    const { line } = event;
    if (!isMessage(line)) return;
    if (event.kind === "line-added" && line.status !== "sent") {
      if (unsent.size < UNSENT_MAX) unsent.add(line.key);
      return;
    }
    if (line.status !== "sent") return;
    const isNew = event.kind === "line-added" ? event.live : unsent.delete(line.key);
    const conversation = connection.session.state.conversations.get(event.key);
    if (isNew && conversation !== undefined) {
      // A server may call itself as a person or a room is called, whose log it doesn't get.
      const name = conversation.kind === "server" ? "" : conversation.name;
      write(connection.link, name, toExportLine(line, name));
    }
  });
}

/**
 * Converts a message to the form that exports and the chat log use, without what was said to a service.
 *
 * @param place the room or the other person
 */
export function toExportLine(line: ChatLine, place: string): ExportLine {
  const { time, nick, kind, text, file, msgid, account, edited, replyTo } = line;
  const record: ExportLine = {
    ...{ time, nick, kind: kind === "notice" || kind === "action" ? kind : "said", text, account },
    ...(file !== null && { file }),
    ...(msgid !== null && { msgid }),
    ...(edited && { edited }),
    ...(replyTo !== null && { replyTo }),
  };
  return withoutServiceText(record, place);
}
