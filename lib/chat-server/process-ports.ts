import type { AdminRow, AdminSentence, AdminTable } from "../protocol/admin/admin-answer.ts";

/** How much a server logs, as its settings call it. */
type ServerLogLevel = "error" | "warn" | "info" | "debug" | "trace";

/** The queries that the process answers. */
export type ProcessQuery =
  /** Reads the settings again. */
  | { readonly kind: "settings" }
  /** Looks an address up in the DNS blocklists of the settings. */
  | { readonly kind: "dns-listing"; readonly address: string }
  /** Reads the settings again, and applies none of them. */
  | { readonly kind: "check" }
  /** Asks about the process and its machine. */
  | { readonly kind: "process" }
  /** Sets how much is logged, until the settings are read again. */
  | { readonly kind: "log-level"; readonly level: ServerLogLevel }
  /** Replaces processes by new ones while people stay connected. Not answered by a process that was replaced. */
  | { readonly kind: "upgrade"; readonly part: UpgradedPart };

/** What an upgrade replaces: the process that leads, or those that hold the connections. */
export type UpgradedPart = "leader" | "gateways";

/** How an upgrade ended. */
export interface UpgradeAnswer {
  /** `busy`: another one is under way. `impossible`: there is one process, which holds the connections itself. */
  readonly outcome: "done" | "failed" | "busy" | "impossible";
  /** How the new process ended; `null` when it took too long, and for other outcomes. */
  readonly how: string | null;
}

/** A process that holds connections of the server. */
export interface GatewayFacts {
  /** Counts from 1, on each machine. */
  readonly number: number;
  /** The name of its machine's node; left out for the server's own machine. */
  readonly node?: string;
  readonly pid: number;
  /** Whether it accepts no connections any more, and ends when those that it has have ended. */
  readonly isLeaving: boolean;
  /** How many connections it has. */
  readonly links: number;
  readonly memoryBytes: number;
  /** As the server's own, see {@link ProcessFacts}. */
  readonly loopDelay: { readonly meanMs: number; readonly maxMs: number };
}

/** The process of a running server, its machine, and the disk of its data folder. */
export interface ProcessFacts {
  readonly pid: number;
  readonly memoryBytes: number;
  /** How late timers ran in the last minute. */
  readonly loopDelay: { readonly meanMs: number; readonly maxMs: number };
  /** Passwords that wait to be hashed or verified. */
  readonly passwordsWaiting: number;
  /** The disk of the data folder; `null` when the system doesn't tell. */
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number } | null;
  /** When `backup` last copied the data folder, in ms since 1970; `null` for never. */
  readonly backupAt: number | null;
  /** Events and changes that could not be stored since the start. */
  readonly appendFailures: number;
  /** Since the start. `refused` has connections that never became sessions, by cause. */
  readonly traffic: {
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly linesOut: number;
    readonly refused: ReadonlyMap<string, number>;
  };
  /** The processes that hold the connections; empty when the server's own process does. */
  readonly gateways: readonly GatewayFacts[];
  readonly logLevel: string;
  /** Where people reach the server; `fingerprint` is `null` where an authority vouches for its certificate. */
  readonly address: {
    readonly host: string;
    readonly port: number;
    readonly fingerprint: string | null;
  };
}

/** How the processes and machines of the service are, as the owner's console shows it. */
export interface ServiceStatus {
  readonly sentences: readonly AdminSentence[];
  readonly facts: AdminRow;
  readonly tables: { readonly [Table in AdminTable]?: readonly AdminRow[] };
}

/** What the process answers when it is asked about itself. */
export interface ProcessAnswer extends ProcessFacts {
  readonly service: ServiceStatus;
}
