import type { Folded } from "../../protocol/names.ts";
import { serverKey } from "../app-context.ts";
import type { AppPorts } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";

/**
 * Restores the muted conversations of earlier runs and saves every change. A conversation that is renamed stays
 * muted. The returned function stops it.
 */
export function saveMutes(
  connection: ServerConnection,
  ports: Pick<AppPorts, "saved" | "save">,
): () => void {
  const { session, link } = connection;
  const server = serverKey(link);
  const muted = new Set<string>(ports.saved.muted?.[server]);
  const save = (): void => ports.save({ muted: { ...ports.saved.muted, [server]: [...muted] } });
  const update = (key: Folded): void => {
    const conversation = session.state.conversations.get(key);
    if (conversation === undefined || conversation.former) return;
    if (conversation.muted === muted.has(key)) return;
    if (conversation.muted) muted.add(key);
    else muted.delete(key);
    save();
  };
  for (const { key } of session.state.conversations.values()) {
    if (muted.has(key)) session.setMuted(key, true);
  }
  return connection.listen((event) => {
    switch (event.kind) {
      case "conversation-added":
        if (muted.has(event.key)) session.setMuted(event.key, true);
        return;
      case "conversation-changed":
        return update(event.key);
      case "conversation-moved":
        if (muted.delete(event.was)) {
          // The next run doesn't have a conversation that was set aside.
          if (session.state.conversations.get(event.key)?.former !== true) muted.add(event.key);
          save();
        }
        return;
      default:
        return;
    }
  });
}
