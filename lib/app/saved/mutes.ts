/** Rooms that somebody wants quiet stay quiet in the next run, too. */
import type { Folded } from "../../protocol/names.ts";
import { placeOf } from "../app-context.ts";
import type { AppPorts } from "../app-ports.ts";
import type { Reconnector } from "../connection/server-connection.ts";

/** Mutes what was muted before, and keeps every change. What comes back ends it. */
export function saveMutes(
  connection: Reconnector,
  ports: Pick<AppPorts, "saved" | "save">,
): () => void {
  const { session, link } = connection;
  const place = placeOf(link);
  const muted = new Set<string>(ports.saved.muted?.[place]);
  const keep = (): void => ports.save({ muted: { ...ports.saved.muted, [place]: [...muted] } });
  const look = (key: Folded): void => {
    const one = session.state.conversations.get(key);
    if (one === undefined || one.muted === muted.has(one.key)) return;
    if (one.muted) muted.add(one.key);
    else muted.delete(one.key);
    keep();
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
        return look(event.key);
      case "conversation-moved":
        if (muted.delete(event.was)) {
          muted.add(event.key);
          keep();
        }
        return;
      default:
        return;
    }
  });
}
