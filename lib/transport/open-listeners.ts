import { formatCount } from "../protocol/plural.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { ConnectionThrottle } from "./connection-throttle.ts";
import { connectionsWithinFdLimit, fdLimit } from "./fd-limit.ts";
import { type CertificatePair, type Listener, type ListenOptions, listen } from "./listen.ts";
import { ListenError } from "./listen-error.ts";
import { OwedBytes } from "./owed-bytes.ts";
import type { LinkHandlers } from "./socket-link.ts";
import type { Traffic } from "./traffic.ts";
import type { TurnQueue } from "./turn-queue.ts";

/** The ports of a server. */
interface ListenerSettings {
  readonly host: string;
  readonly port: number;
  /** Where to listen for plain text, or `null`. */
  readonly plain: { readonly host: string; readonly port: number } | null;
  /** Where to listen for proxies, or `null`. */
  readonly proxy: { readonly host: string; readonly port: number } | null;
}

/** The limits of a server's connections. */
interface LimitSettings {
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

/** What limits need of the process. */
interface LimitDependencies {
  /** How many processes share the connections; each has the system's limit of open files. Without it, one. */
  readonly processes?: number;
  /** See `FlushScheduler`. Absent if nothing has to be on disk before it is acknowledged. */
  readonly beforeFlush?: () => Promise<unknown> | undefined;
  /** Whether the number of connections from an address is not limited, as the settings are now. */
  isExempt(address: string): boolean;
  /** Called when the links owe too much in all. */
  relieve(): void;
  /** Runs jobs among others. */
  readonly turns: TurnQueue;
  /** Writes a line to the server's log. */
  note(level: "warn" | "error", text: string, cause?: unknown): void;
}

/** Makes what the listeners of a server share. */
export function makeConnectionLimits(
  { maxConnections, maxConnectionsPerAddress, floodControl }: LimitSettings,
  { processes = 1, isExempt, relieve, turns, note, ...flushing }: LimitDependencies,
): ConnectionLimits {
  const perProcess = connectionsWithinFdLimit(fdLimit(), maxConnections);
  const connectionsMax = Math.min(maxConnections, perProcess * processes);
  if (connectionsMax < maxConnections) {
    note(
      "warn",
      `there is room for ${formatCount(connectionsMax, "connection")}, not for ${maxConnections}: the system lets this process open no more files (raise its limit with ulimit -n, or lower --max-connections)`,
    );
  }
  return new ConnectionLimits({
    connectionsMax,
    connectionsPerAddressMax: maxConnectionsPerAddress,
    isExempt,
    owedBytes: new OwedBytes(relieve),
    later: (job) => turns.add(job),
    throttle: floodControl ? new ConnectionThrottle() : null,
    ...flushing,
  });
}

/** The listeners' dependencies. */
interface ListenerDependencies {
  readonly limits: ConnectionLimits;
  readonly handlers: LinkHandlers;
  /** Counts what all listeners read, write and refuse. */
  readonly traffic?: Traffic;
  /** Whether other processes listen on the same ports. */
  readonly isShared?: boolean;
  /** Returns `Link.host` for an address. */
  hostOf(address: string): string;
  /** Whether a proxy may connect from an address, as the settings are now. */
  isProxy(address: string): boolean;
}

/**
 * Opens the ports of a server: the one with TLS, then those for plain text and for proxies if there are any. Opens
 * all or none: then it returns why.
 */
export async function openListeners(
  { host, port, plain, proxy }: ListenerSettings,
  tls: CertificatePair,
  { handlers, isProxy, ...shared }: ListenerDependencies,
): Promise<OpenedListeners | ListenError> {
  const opened: Listener[] = [];
  const open = (own: Pick<ListenOptions, "hostname" | "port" | "tls" | "isProxy">): Listener => {
    const listener = listen({ ...own, ...shared }, handlers);
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
