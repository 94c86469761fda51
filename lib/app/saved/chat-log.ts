/** What is said while one is here, handed on for a file: each line once. */
import type { ChatLine } from "../../chat-client/client-state.ts";
import type { ExportLine } from "../app-ports.ts";
import { isMessageLine } from "../chat-screen/message-lines.ts";
import type { Reconnector } from "../connection/server-connection.ts";

/** Own lines that are still on their way; more than anybody types before the first is answered. */
const WAITING_MAX = 1000;

/** Hands every spoken line to `write`, one's own when the server has taken it. What comes back ends it. */
export function logChat(
  connection: Reconnector,
  write: (room: string, line: ExportLine) => void,
): () => void {
  const waiting = new Set<string>();
  return connection.listen((event) => {
    if (event.kind !== "line-added" && event.kind !== "line-changed") return;
    const { line } = event;
    if (!isMessageLine(line)) return;
    if (event.kind === "line-added" && line.status !== "sent") {
      if (waiting.size < WAITING_MAX) waiting.add(line.key);
      return;
    }
    if (line.status !== "sent") return;
    const isNew = event.kind === "line-added" ? event.live : waiting.delete(line.key);
    const room = connection.session.state.conversations.get(event.key);
    if (isNew && room !== undefined) write(room.name, exported(line));
  });
}

/** A spoken line as exports have it. */
export function exported(line: ChatLine): ExportLine {
  const { time, nick, kind, text, msgid, account, edited, replyTo } = line;
  return {
    ...{ time, nick, kind: kind === "notice" || kind === "action" ? kind : "said", text, account },
    ...(msgid !== null && { msgid }),
    ...(edited && { edited }),
    ...(replyTo !== null && { replyTo }),
  };
}
