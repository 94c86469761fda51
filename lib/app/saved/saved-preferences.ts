import { parsePreferenceName } from "../../chat-client/preferences/preferences.ts";
import { keepsPreferences } from "../../chat-client/server-names.ts";
import type { Folded } from "../../protocol/names.ts";
import { serverKey } from "../app-context.ts";
import type { AppPorts } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";

/**
 * Restores what the user has set of a server in earlier runs, and saves every change, as far as the server doesn't store
 * it itself. Once a server of ours is there, it gets what only this device has: what was set offline, or by an earlier
 * version. What it has no place for, such as of somebody with whom there was no message yet, it gets again when there
 * is one. A conversation that is renamed keeps it. The returned function stops it.
 */
export function savePreferences(
  connection: ServerConnection,
  ports: Pick<AppPorts, "saved" | "save">,
): () => void {
  const { session, link } = connection;
  const server = serverKey(link);
  const stored = new Map(Object.entries(ports.saved.preferences?.[server] ?? {}));
  // As earlier versions had it.
  for (const key of ports.saved.muted?.[server] ?? []) stored.set(`${key} level`, "nothing");
  const save = (): void => {
    const { [server]: _, ...muted } = ports.saved.muted ?? {};
    const preferences = { ...ports.saved.preferences, [server]: Object.fromEntries(stored) };
    ports.save({ muted, preferences });
  };
  for (const [name, value] of stored) {
    const parsed = parsePreferenceName(name);
    if (parsed !== null) session.preferences.load(parsed.place, parsed.key, value);
  }
  /** Conversations that the server was told of since it is there: one with a guest has never a place. */
  const offered = new Set<string>();
  const offer = (key: Folded): void => {
    if (stored.size === 0 || offered.has(key) || !keepsPreferences(session.state)) return;
    const values = [...stored].filter(([name]) => name.startsWith(`${key} `));
    if (values.length === 0) return;
    offered.add(key);
    handOver(connection, values);
  };
  return connection.listen((event) => {
    switch (event.kind) {
      case "line-added":
        if (event.live && !event.line.own) offer(event.key);
        return;
      case "line-changed":
        if (event.line.own && event.line.status === "sent") offer(event.key);
        return;
      case "preference": {
        const name = `${event.place} ${event.name}`;
        // Drafts have a file of their own.
        const isKept = !event.isStored && event.value !== "" && event.name !== "draft";
        if (isKept ? stored.get(name) === event.value : !stored.has(name)) return;
        if (isKept) stored.set(name, event.value);
        else stored.delete(name);
        return save();
      }
      case "conversation-moved": {
        // The next run doesn't have a conversation that was set aside.
        const isFormer = session.state.conversations.get(event.key)?.former === true;
        const names = [...stored.keys()].filter((name) => name.startsWith(`${event.was} `));
        for (const name of names) {
          const value = stored.get(name) ?? "";
          stored.delete(name);
          if (!isFormer) stored.set(`${event.key}${name.slice(event.was.length)}`, value);
        }
        return names.length > 0 ? save() : undefined;
      }
      case "ready":
        offered.clear();
        if (!keepsPreferences(session.state)) return;
        handOver(connection, [...stored]);
        if (stored.delete("* blocked")) save();
        return;
      default:
        return;
    }
  });
}

/** Gives the server what only this device has. What the server has no place for stays here. */
function handOver(
  { session }: ServerConnection,
  stored: readonly (readonly [name: string, value: string])[],
): void {
  for (const [name, value] of stored) {
    const parsed = parsePreferenceName(name);
    if (parsed === null) continue;
    if (parsed.key !== "blocked") session.preferences.set(parsed.place, parsed.key, value);
    else for (const mask of value.split(" ")) session.preferences.setBlocked(mask, true);
  }
}
