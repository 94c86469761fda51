import { createHash, randomBytes } from "node:crypto";
import type { SharedPorts } from "../cluster/frames/gateway-entries.ts";
import {
  array,
  boolean,
  type Decoder,
  jsonOf,
  nullable,
  number,
  object,
  oneOf,
  string,
} from "../protocol/json-decoder.ts";

/** The variable by which a supervisor tells its children what they are. */
const VARIABLE = "SODAM_PROCESS";
const UNREADABLE = `${VARIABLE} can't be read: the supervisor that started this process is of another version, with which this one doesn't work. Restart the whole service.`;
const RUN_NAME_DIGITS = 32;

/** How a gateway reaches its cluster. */
export interface ClusterPlace {
  readonly cluster: string;
  /** The name of this machine's node. */
  readonly node: string;
  readonly nats: readonly string[];
  /** Files: credentials, and certificates of an authority. */
  readonly natsCreds: string | null;
  readonly natsCa: string | null;
  /** The folder of the certificate, which is the same on all machines. */
  readonly certs: string;
  /** Where its gateways listen, which is each machine's own matter. */
  readonly hosts?: GatewayHosts;
}

/** The addresses on which a gateway listens; `null` for none. */
export interface GatewayHosts {
  readonly host: string;
  readonly plainHost: string | null;
  readonly proxyHost: string | null;
}

/** What a child of a supervisor is. */
export interface ProcessRole {
  readonly kind: "leader" | "gateway";
  /** The path of the socket between leader and gateways. */
  readonly socket: string;
  readonly ports: SharedPorts;
  /** A gateway's own, from 1; 0 for the leader. */
  readonly number: number;
  /** 32 random bytes of this run of the service, in hexadecimal digits. They are nowhere on disk. */
  readonly key: string;
  /** How many gateways accept connections. */
  readonly gateways: number;
  /** Whether this leader is to take the place of one that runs. */
  readonly isCandidate?: boolean;
  /** Whether the process before it, which was the same, has ended by its own fault. */
  readonly isAfterFault?: boolean;
  /** Whether this machine has gateways alone, and no node. */
  readonly isAlone?: boolean;
  /** Of a node of a cluster: what its gateways need to reach whoever leads. */
  readonly cluster?: ClusterPlace;
}

/** A supervisor may be of another version than its children: fields that come later are optional. */
const decodeRole: Decoder<Omit<ProcessRole, "key"> & { readonly key?: string }> = object(
  {
    kind: oneOf("leader", "gateway"),
    socket: string,
    ports: object({ tls: number, plain: nullable(number), proxy: nullable(number) }),
    number,
    gateways: number,
  },
  {
    ...{ isCandidate: boolean, isAfterFault: boolean, isAlone: boolean, key: string },
    cluster: object(
      {
        ...{ cluster: string, node: string, nats: array(string) },
        ...{ natsCreds: nullable(string), natsCa: nullable(string), certs: string },
      },
      {
        hosts: object({ host: string, plainHost: nullable(string), proxyHost: nullable(string) }),
      },
    ),
  },
);

/** Returns the `key` of a new run. */
export function newRunKey(): string {
  return randomBytes(32).toString("hex");
}

/** Names a run of the service, for other machines: it doesn't tell the key. */
export function runName({ key }: Pick<ProcessRole, "key">): string {
  return createHash("sha256").update(`run ${key}`).digest("hex").slice(0, RUN_NAME_DIGITS);
}

/**
 * Bun collects garbage each second even where little was allocated. Of a server with 2000 people who say little, that
 * was a tenth of the CPU, so children do it less often. What is allocated causes collections all the same.
 */
const LESS_COLLECTING = { BUN_GC_TIMER_INTERVAL: "30000" };

/** Returns the environment of a child, which makes it what it is. What is set in the supervisor's holds for it, too. */
export function childEnvironment<Value extends string | undefined>(
  inherited: Readonly<Record<string, Value>>,
  role: ProcessRole,
): Record<string, Value | string> {
  return { ...LESS_COLLECTING, ...inherited, [VARIABLE]: JSON.stringify(role) };
}

/**
 * Returns what a supervisor made of this process; `null` for one that people started. A sentence, when the supervisor says
 * what this version doesn't know: a process that took itself for one that people started would be a second service.
 */
export function processRole(
  environment: Readonly<Record<string, string | undefined>>,
): ProcessRole | null | { readonly refused: string } {
  const text = environment[VARIABLE];
  if (text === undefined) return null;
  const role = decodeRole(jsonOf(text));
  return role === undefined ? { refused: UNREADABLE } : { ...role, key: role.key ?? newRunKey() };
}
