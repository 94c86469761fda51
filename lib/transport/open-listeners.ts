import type { SessionInput } from "../chat-server/server-ports.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { connectionsWithinFdLimit, fdLimit } from "./fd-limit.ts";
import { makeHostNames } from "./ids.ts";
import { lineConnections } from "./line-connections.ts";
import { type CertificatePair, ListenError, type Listener, listen } from "./listen.ts";
import { makeRejectedConnectionsLog } from "./rejected-connections-log.ts";

/** Where a server listens, and for how many. */
export interface ListenerSettings {
  readonly host: string;
  readonly port: number;
  /** Where plain text is spoken, or `null`. */
  readonly plain: { readonly host: string; readonly port: number } | null;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

/** What a server's doors want of the rest of it. */
export interface ListenerDependencies<Session> {
  readonly inbound: SessionInput<Session>;
  /** See `FlushScheduler`; absent where nothing has to be on the disk before it is acknowledged. */
  readonly beforeFlush?: () => Promise<unknown> | undefined;
  /** A line for the owner's log. */
  note(level: "info" | "warn" | "error", text: string, cause?: unknown): void;
}

/**
 * Opens the doors of a server: with TLS, and where plain text is spoken, too. All of them or none: then the
 * answer is why.
 */
export async function openListeners<Session>(
  { host, port, plain, ...wanted }: ListenerSettings,
  tls: CertificatePair,
  { inbound, note, ...more }: ListenerDependencies<Session>,
): Promise<readonly [Listener, ...Listener[]] | ListenError> {
  const connectionsMax = connectionsWithinFdLimit(fdLimit(), wanted.maxConnections);
  if (connectionsMax < wanted.maxConnections) {
    note(
      "warn",
      `there is room for ${connectionsMax} connections, not for ${wanted.maxConnections}: the system lets this process open no more files (raise its limit with ulimit -n, or lower --max-connections)`,
    );
  }
  const gate = new ConnectionLimits({
    connectionsMax,
    connectionsPerAddressMax: wanted.maxConnectionsPerAddress,
    failed: (error) => note("error", "a flush failed", error),
    ...more,
  });
  const handlers = lineConnections(inbound, makeHostNames(tls.key), {
    refused: makeRejectedConnectionsLog((sentence) => note("info", sentence), Date.now),
    failed: (error) => note("error", "a connection failed", error),
  });
  const open: Listener[] = [];
  try {
    const first = listen({ hostname: host, port, tls, gate }, handlers);
    open.push(first);
    if (plain === null) return [first];
    return [first, listen({ hostname: plain.host, port: plain.port, gate }, handlers)];
  } catch (error) {
    for (const listener of open) await listener.stop();
    if (error instanceof ListenError) return error;
    throw error;
  }
}
