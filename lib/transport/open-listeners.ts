import { networkInterfaces } from "node:os";
import type { SessionInput } from "../chat-server/server-ports.ts";
import { ConnectionLimits } from "./connection-limits.ts";
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
  { host, port, plain, maxConnections, maxConnectionsPerAddress }: ListenerSettings,
  tls: CertificatePair,
  { inbound, note, ...flushing }: ListenerDependencies<Session>,
): Promise<readonly [Listener, ...Listener[]] | ListenError> {
  const connectionsMax = connectionsWithinFdLimit(fdLimit(), maxConnections);
  if (connectionsMax < maxConnections) {
    note(
      "warn",
      `there is room for ${connectionsMax} connections, not for ${maxConnections}: the system lets this process open no more files (raise its limit with ulimit -n, or lower --max-connections)`,
    );
  }
  const limits = new ConnectionLimits({
    connectionsMax,
    connectionsPerAddressMax: maxConnectionsPerAddress,
    failed: (error) => note("error", "a flush failed", error),
    ...flushing,
  });
  const handlers = lineConnections(inbound, {
    refused: makeRejectedConnectionsLog((sentence) => note("info", sentence), Date.now),
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

/**
 * Returns the addresses by which other machines reach a server that listens on `host`, the best one first. For a
 * server that listens everywhere these are the machine's IPv4 addresses, which are shorter to type than IPv6, or
 * "localhost".
 */
export function reachableNames(host: string): readonly [string, ...string[]] {
  const addresses = externalAddresses();
  if (host !== "0.0.0.0" && host !== "::") return [host, ...addresses];
  const [first = "localhost", ...rest] = addresses;
  return [first, ...rest];
}

/** Returns the machine's IPv4 addresses that are not loopback. */
function externalAddresses(): string[] {
  return Object.values(listInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
}

/** Some systems don't let a process list them (hardened units, Android). Only links and certificates name them. */
function listInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}
