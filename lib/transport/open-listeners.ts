import type { SessionInput } from "../chat-server/server-ports.ts";
import { formatCount } from "../protocol/plural.ts";
import { elapsed } from "./clock.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { ConnectionThrottle } from "./connection-throttle.ts";
import { connectionsWithinFdLimit, fdLimit } from "./fd-limit.ts";
import { makeCloaks } from "./ids.ts";
import { lineConnections } from "./line-connections.ts";
import {
  type CertificatePair,
  ListenError,
  type Listener,
  type ListenOptions,
  listen,
} from "./listen.ts";
import { OwedBytes } from "./owed-bytes.ts";
import { makeRejectedConnectionsLog } from "./rejected-connections-log.ts";
import type { Traffic } from "./traffic.ts";
import type { TurnQueue } from "./turn-queue.ts";

/** The ports of a server, and the limits of its connections. */
interface ListenerSettings {
  readonly host: string;
  readonly port: number;
  /** Where to listen for plain text, or `null`. */
  readonly plain: { readonly host: string; readonly port: number } | null;
  /** Where to listen for proxies, or `null`. */
  readonly proxy: { readonly host: string; readonly port: number } | null;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Whether new connections are limited, as what is sent on them. */
  readonly floodControl: boolean;
}

/** A server's open ports. */
export interface OpenedListeners {
  readonly tls: Listener;
  readonly plain: Listener | null;
  readonly proxy: Listener | null;
}

/** The listeners' dependencies. */
interface ListenerDependencies<Session> {
  /** Takes what connections send. */
  readonly inbound: SessionInput<Session>;
  /** See `FlushScheduler`. Absent if nothing has to be on disk before it is acknowledged. */
  readonly beforeFlush?: () => Promise<unknown> | undefined;
  /** Counts what all listeners read, write and refuse. */
  readonly traffic?: Traffic;
  /** Whether the number of connections from an address is not limited, as the settings are now. */
  isExempt(address: string): boolean;
  /** Whether a proxy may connect from an address, as the settings are now. */
  isProxy(address: string): boolean;
  /** Runs the lines of all connections in rounds. */
  readonly turns: TurnQueue;
  /** Writes a line to the server's log. */
  note(level: "info" | "warn" | "error", text: string, cause?: unknown): void;
}

/**
 * Opens the ports of a server: the one with TLS, then those for plain text and for proxies if there are any. Opens
 * all or none: then it returns why.
 */
export async function openListeners<Session>(
  { host, port, plain, proxy, ...limited }: ListenerSettings,
  tls: CertificatePair,
  { inbound, turns, note, isExempt, isProxy, traffic, ...flushing }: ListenerDependencies<Session>,
): Promise<OpenedListeners | ListenError> {
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
    isExempt,
    owedBytes: new OwedBytes(() => inbound.relieve()),
    later: (job) => turns.add(job),
    throttle: floodControl ? new ConnectionThrottle() : null,
    failed: (error) => note("error", "a flush failed", error),
    ...flushing,
  });
  const handlers = lineConnections(inbound, turns, {
    ...makeRejectedConnectionsLog((sentence) => note("info", sentence), elapsed),
    failed: (error) => note("error", "a connection failed", error),
  });
  const counted = traffic === undefined ? {} : { traffic };
  const shared = { limits, hostOf: makeCloaks(tls.key), ...counted };
  const opened: Listener[] = [];
  const open = (options: Omit<ListenOptions, "limits" | "hostOf" | "traffic">): Listener => {
    const listener = listen({ ...options, ...shared }, handlers);
    opened.push(listener);
    return listener;
  };
  try {
    return {
      tls: open({ hostname: host, port, tls }),
      plain: plain === null ? null : open({ hostname: plain.host, port: plain.port }),
      proxy: proxy === null ? null : open({ hostname: proxy.host, port: proxy.port, isProxy }),
    };
  } catch (error) {
    for (const listener of opened) await listener.stop();
    if (error instanceof ListenError) return error;
    throw error;
  }
}
