import type { SessionInput } from "../chat-server/server-ports.ts";
import { formatCount } from "../protocol/plural.ts";
import { elapsed } from "./clock.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { ConnectionThrottle } from "./connection-throttle.ts";
import { connectionsWithinFdLimit, fdLimit } from "./fd-limit.ts";
import { makeCloaks } from "./ids.ts";
import { lineConnections } from "./line-connections.ts";
import { type CertificatePair, ListenError, type Listener, listen } from "./listen.ts";
import { makeRejectedConnectionsLog } from "./rejected-connections-log.ts";

/** The ports of a server, and the limits of its connections. */
interface ListenerSettings {
  readonly host: string;
  readonly port: number;
  /** Where to listen for plain text, or `null`. */
  readonly plain: { readonly host: string; readonly port: number } | null;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Whether new connections are limited, as what is sent on them. */
  readonly floodControl: boolean;
}

/** The listeners' dependencies. */
interface ListenerDependencies<Session> {
  /** Takes what connections send. */
  readonly inbound: SessionInput<Session>;
  /** See `FlushScheduler`. Absent if nothing has to be on disk before it is acknowledged. */
  readonly beforeFlush?: () => Promise<unknown> | undefined;
  /** Writes a line to the server's log. */
  note(level: "info" | "warn" | "error", text: string, cause?: unknown): void;
}

/**
 * Opens the ports of a server: the one with TLS first, then the one for plain text if there is one. Opens all or
 * none: then it returns why.
 */
export async function openListeners<Session>(
  { host, port, plain, ...limited }: ListenerSettings,
  tls: CertificatePair,
  { inbound, note, ...flushing }: ListenerDependencies<Session>,
): Promise<readonly [Listener, ...Listener[]] | ListenError> {
  const { maxConnections, maxConnectionsPerAddress, floodControl } = limited;
  const connectionsMax = connectionsWithinFdLimit(fdLimit(), maxConnections);
  if (connectionsMax < maxConnections) {
    note(
      "warn",
      `there is room for ${formatCount(connectionsMax, "connection")}, not for ${maxConnections}: the system lets this process open no more files (raise its limit with ulimit -n, or lower --max-connections)`,
    );
  }
  const limits = new ConnectionLimits({
    connectionsMax,
    connectionsPerAddressMax: maxConnectionsPerAddress,
    throttle: floodControl ? new ConnectionThrottle() : null,
    failed: (error) => note("error", "a flush failed", error),
    ...flushing,
  });
  const handlers = lineConnections(inbound, {
    refused: makeRejectedConnectionsLog((sentence) => note("info", sentence), elapsed),
    failed: (error) => note("error", "a connection failed", error),
  });
  const shared = { limits, hostOf: makeCloaks(tls.key) };
  let first: Listener | null = null;
  try {
    first = listen({ hostname: host, port, tls, ...shared }, handlers);
    if (plain === null) return [first];
    return [first, listen({ hostname: plain.host, port: plain.port, ...shared }, handlers)];
  } catch (error) {
    await first?.stop();
    if (error instanceof ListenError) return error;
    throw error;
  }
}
