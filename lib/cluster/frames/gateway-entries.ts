import {
  array,
  boolean,
  type Decoder,
  nullable,
  number,
  object,
  oneOf,
  string,
} from "../../protocol/json-decoder.ts";
import type { CertificatePair } from "../../transport/listen.ts";
import type { ListenProblem } from "../../transport/listen-error.ts";
import type { FrameEntry, FrameWriter } from "./frame.ts";

/*
 * What frames say of a gateway as a whole, beside what they say of its links (link-entries.ts). Each is JSON; fields that
 * are not known are passed over, as are entries of other kinds.
 */

/** The ports that gateways share. The supervisor has made sure that they were free. */
export interface SharedPorts {
  readonly tls: number;
  readonly plain: number | null;
  readonly proxy: number | null;
}

/**
 * What the leader tells a gateway when it connects, and whenever something of it has changed. A gateway of another machine
 * has its own addresses and certificate.
 */
export interface GatewaySettings {
  readonly host: string;
  /** The addresses to listen on for plain text and for proxies. */
  readonly plainHost: string | null;
  readonly proxyHost: string | null;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly floodControl: boolean;
  readonly exemptNetworks: readonly string[];
  readonly trustedProxies: readonly string[];
  /** What new connections are shown. The leader has tried it. `null`: its key goes to no other machine. */
  readonly certificate: CertificatePair | null;
  /** The name of the node that leads, in a cluster. */
  readonly leader?: string;
}

/** What the leader tells a gateway. */
export type GatewayOrder =
  | { readonly kind: "settings"; readonly settings: GatewaySettings }
  /** All that was for its links has been said: the gateway ends. */
  | { readonly kind: "stop" }
  /** Others accept connections in its place: it closes its ports, and ends when its links have ended. */
  | { readonly kind: "retire" };

/** Why a gateway could not open a port. */
export interface PortProblem {
  readonly kind: ListenProblem;
  readonly hostname: string;
  readonly port: number;
  readonly cause: string;
}

/** What a gateway counted since its last report; `loopDelay` is that of the last minute. */
export interface GatewayStats {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly linesOut: number;
  readonly memoryBytes: number;
  readonly loopDelay: { readonly meanMs: number; readonly maxMs: number };
}

/** What a gateway tells the leader of itself. */
export type GatewayReport =
  /** It has opened its ports, or couldn't. `number` is the supervisor's, from 1. */
  | {
      readonly kind: "listening";
      readonly number: number;
      readonly pid: number;
      readonly problem: PortProblem | null;
      /** Whether it accepts no connections any more: see `retire`. */
      readonly isLeaving?: boolean;
      /** Whether it knows of links that carry files: see raw-entries.ts. */
      readonly carriesFiles?: boolean;
      /** Fingerprint of a certificate of its own, once that was renewed. */
      readonly certificate?: string;
    }
  | { readonly kind: "stats"; readonly stats: GatewayStats }
  /** A connection never became a link, or one was cut off: see `LinkHandlers`. */
  | {
      readonly kind: "refused" | "broken";
      readonly address: string;
      readonly why: string;
    }
  /** A line for the server's log. */
  | { readonly kind: "log"; readonly level: "warn" | "error"; readonly text: string };

/** The numbers of the kinds on the wire, which are apart from those of the links. */
const UP = { listening: 64, stats: 65, refused: 66, broken: 67, log: 68 } as const;
const DOWN = { settings: 64, stop: 65, retire: 66 } as const;

const decodeSettings: Decoder<GatewaySettings> = object(
  {
    host: string,
    plainHost: nullable(string),
    proxyHost: nullable(string),
    maxConnections: number,
    maxConnectionsPerAddress: number,
    floodControl: boolean,
    exemptNetworks: array(string),
    trustedProxies: array(string),
    certificate: nullable(object({ cert: string, key: string })),
  },
  { leader: string },
);

const decodeListening = object(
  {
    number,
    pid: number,
    problem: nullable(
      object({
        kind: oneOf("in-use", "not-allowed", "no-such-address", "bad-certificate", "other"),
        hostname: string,
        port: number,
        cause: string,
      }),
    ),
  },
  { isLeaving: boolean, carriesFiles: boolean, certificate: string },
);
const decodeStats: Decoder<GatewayStats> = object({
  bytesIn: number,
  bytesOut: number,
  linesOut: number,
  memoryBytes: number,
  loopDelay: object({ meanMs: number, maxMs: number }),
});
const decodeRefused = object({ address: string, why: string });
const decodeLog = object({ level: oneOf("warn", "error"), text: string });

/** Adds what the leader tells a gateway to a frame. */
export function writeOrder(frame: FrameWriter, order: GatewayOrder): void {
  frame.addJson(DOWN[order.kind], order.kind === "settings" ? order.settings : {});
}

/** Reads what the leader tells a gateway. `null`: a kind that isn't one of these, or what can't be read. */
export function readOrder(entry: FrameEntry): GatewayOrder | null {
  if (entry.kind === DOWN.stop) return { kind: "stop" };
  if (entry.kind === DOWN.retire) return { kind: "retire" };
  if (entry.kind !== DOWN.settings) return null;
  const settings = decodeSettings(entry.json());
  return settings === undefined ? null : { kind: "settings", settings };
}

/** Adds what a gateway tells of itself to a frame. */
export function writeReport(frame: FrameWriter, report: GatewayReport): void {
  const { kind, ...fields } = report;
  frame.addJson(UP[kind], "stats" in fields ? fields.stats : fields);
}

/** Reads what a gateway tells of itself. `null`: a kind that isn't one of these, or what can't be read. */
export function readReport(entry: FrameEntry): GatewayReport | null {
  switch (entry.kind) {
    case UP.listening:
      return withKind("listening", decodeListening(entry.json()));
    case UP.stats: {
      const stats = decodeStats(entry.json());
      return stats === undefined ? null : { kind: "stats", stats };
    }
    case UP.refused:
      return withKind("refused", decodeRefused(entry.json()));
    case UP.broken:
      return withKind("broken", decodeRefused(entry.json()));
    case UP.log:
      return withKind("log", decodeLog(entry.json()));
    default:
      return null;
  }
}

function withKind<Kind extends string, Fields extends object>(
  kind: Kind,
  fields: Fields | undefined,
): ({ kind: Kind } & Fields) | null {
  return fields === undefined ? null : { kind, ...fields };
}
