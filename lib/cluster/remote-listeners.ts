import type { ConnectionLimits } from "../transport/connection-limits.ts";
import type { Listener } from "../transport/listen.ts";
import { type LocalConnection, listenLocally } from "../transport/local-socket.ts";
import type { OpenedListeners } from "../transport/open-listeners.ts";
import type { LinkHandlers } from "../transport/socket-link.ts";
import { FrameReader } from "./frame.ts";
import type { LocalRole } from "./local-role.ts";
import { RemoteLinks } from "./remote-links.ts";

/** How long `stop` waits for the gateways to send what they have. */
const STOP_MS = 3000;
const STOP_CHECK_MS = 20;

/** What the leader's side of the gateways needs. */
export interface RemoteListenersOptions {
  readonly host: string;
  readonly limits: ConnectionLimits;
  readonly handlers: LinkHandlers;
  /** Returns `Link.host` for an address. */
  hostOf(address: string): string;
}

/**
 * Listens for the gateways of this machine. Resolves when the first of them is there: then the ports are open. They
 * read the certificate themselves.
 */
export async function openRemoteListeners(
  { socket, ports }: LocalRole,
  { host, limits, handlers, hostOf }: RemoteListenersOptions,
): Promise<OpenedListeners> {
  const gateways = new Map<LocalConnection, { links: RemoteLinks; reader: FrameReader }>();
  const { promise: hasGateway, resolve } = Promise.withResolvers<void>();
  const { places, flushScheduler, owedBytes } = limits;
  const server = listenLocally(socket, {
    open(connection) {
      const context = { handlers, places, flushScheduler, owedBytes, hostOf };
      const links = new RemoteLinks(context, (frame) => connection.write(frame));
      gateways.set(connection, { links, reader: new FrameReader() });
    },
    data(connection, bytes) {
      const gateway = gateways.get(connection);
      try {
        for (const frame of gateway?.reader.push(bytes) ?? []) gateway?.links.receive(frame);
      } catch (error) {
        handlers.failed?.(null, error);
        connection.close();
      }
      resolve();
    },
    close(connection) {
      gateways.get(connection)?.links.ended();
      gateways.delete(connection);
    },
  });
  const countLinks = (): number => {
    let count = 0;
    for (const { links } of gateways.values()) count += links.size;
    return count;
  };
  const stop = async (): Promise<void> => {
    for (let waitedMs = 0; countLinks() > 0 && waitedMs < STOP_MS; waitedMs += STOP_CHECK_MS) {
      await Bun.sleep(STOP_CHECK_MS);
    }
    server.stop();
  };
  await hasGateway;
  const listener = (port: number): Listener => ({
    ...{ port, hostname: host, stop },
    get links() {
      return countLinks();
    },
    swapCertificate: () => null,
  });
  return {
    tls: listener(ports.tls),
    plain: ports.plain === null ? null : listener(ports.plain),
    proxy: ports.proxy === null ? null : listener(ports.proxy),
  };
}
