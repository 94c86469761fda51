import type { App } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { OpenServers } from "../servers/open-servers.ts";
import { ScriptHost } from "./script-host.ts";

/**
 * Starts the user's scripts on all servers that are open, also on those that come later. Call it once, after the first
 * log-in. They load beside the chat, which doesn't wait for them.
 */
export function startScripts(app: App, servers: Pick<OpenServers, "all" | "listen">): void {
  const { scripts: files } = app.ports;
  if (files === undefined) return;
  const host = new ScriptHost(app, files);
  app.scripts = host;
  const connected = new Map<ServerConnection, () => void>();
  const follow = (): void => {
    const open = new Set(servers.all.map(({ connection }) => connection));
    for (const [connection, remove] of connected) {
      if (open.has(connection)) continue;
      remove();
      connected.delete(connection);
    }
    for (const connection of open) {
      if (!connected.has(connection)) connected.set(connection, host.addServer(connection));
    }
  };
  servers.listen(follow);
  follow();
  host.start().catch((error: unknown) => host.report(error));
}
