import { formatFileSize, type SharedFile } from "../../protocol/file-facts.ts";
import { safeFileName } from "../../protocol/safe-file-name.ts";
import { formatLink, parseAddress } from "../../protocol/server-link.ts";
import type { ServerOptions } from "../server-options.ts";

/** What links need to know of a server. */
export type ServerAddress = Pick<ServerOptions, "publicAddress" | "localAddress" | "name">;

/** The port of IRC over TLS, which an address without one means. */
const TLS_PORT = 6697;

/**
 * Returns what a client reads of a file that knows none: `build log — build.txt (1.2 MB) sodam://HOST:PORT/file-…`, whose
 * link `bun client.ts get` fetches. The name is cleaned, since no client cleans it that takes it for a text.
 */
export function fileText(file: SharedFile, caption: string, server: ServerAddress): string {
  const name = `${safeFileName(file.name)} (${formatFileSize(file.size)}) ${fileLink(file, server)}`;
  // Of a replayed message without a caption the text is its time, and a space.
  return caption === "" || caption.endsWith(" ") ? caption + name : `${caption} — ${name}`;
}

/** The owner's address for the server, or the one that the server found; else its name. The port is its own if none is named. */
function fileLink({ id }: SharedFile, server: ServerAddress): string {
  const { publicAddress, localAddress = null, name } = server;
  const { host, port } = parseAddress(publicAddress ?? localAddress ?? name) ?? {
    host: name,
    port: null,
  };
  const parts = { fingerprint: null, invitation: null, room: null };
  const ownPort = parseAddress(localAddress ?? "")?.port ?? TLS_PORT;
  return `${formatLink({ host, port: port ?? ownPort, ...parts })}file-${id}`;
}
