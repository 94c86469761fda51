import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unixSocketRoute } from "../../lib/cluster/frames/frame-connection.ts";
import {
  openRemoteListeners,
  type RemoteListeners,
  type RemoteListenersOptions,
} from "../../lib/cluster/leader/remote-listeners.ts";
import { ConnectionLimits } from "../../lib/transport/connection-limits.ts";
import { Traffic } from "../../lib/transport/traffic.ts";

/** What a leader tells its gateways. */
export const LISTEN_SETTINGS: ReturnType<RemoteListenersOptions["settings"]> = {
  ...{ host: "127.0.0.1", plainHost: null, proxyHost: null, exemptNetworks: [] },
  ...{ maxConnections: 9, maxConnectionsPerAddress: 9, floodControl: true, trustedProxies: [] },
};

/** Leaders that wait at real sockets for what a test plays. */
export class ListeningLeaders {
  readonly #folder = mkdtempSync(join(tmpdir(), "sodam-leaders-"));
  readonly #opened: RemoteListeners[] = [];
  #sockets = 0;

  /** Opens one that waits for two gateways, if nothing else is said, with a socket of its own and what it notes. */
  open(options: Partial<RemoteListenersOptions> = {}) {
    this.#sockets += 1;
    const socket = join(this.#folder, `${this.#sockets}.sock`);
    const notes: string[] = [];
    const listeners = openRemoteListeners({
      ...{ gateways: 2, traffic: new Traffic(), limits: new ConnectionLimits() },
      accept: unixSocketRoute(socket).accept,
      ...{ certificate: { cert: "", key: "" }, ports: { tls: 7000, plain: null, proxy: null } },
      handlers: { open() {}, data() {}, close() {} },
      settings: () => LISTEN_SETTINGS,
      hostOf: (address) => address,
      note: (_, text) => void notes.push(text),
      ...options,
    });
    this.#opened.push(listeners);
    return { socket, listeners, notes };
  }

  /** Stops all that are open. Call it after each test. */
  async stop(): Promise<void> {
    for (const listeners of this.#opened.splice(0)) await listeners.tls.stop();
  }

  /** Removes their sockets. Call it after the last test. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
