import type { SharedPorts } from "../cluster/gateway-entries.ts";
import {
  boolean,
  type Decoder,
  nullable,
  number,
  object,
  oneOf,
  string,
} from "../protocol/json-decoder.ts";

/** The variable by which a supervisor tells its children what they are. */
const VARIABLE = "SODAM_PROCESS";

/** The exit code of a node of a cluster that begins again, as a standby. */
export const BEGINS_AGAIN = 76;

/** What a child of a supervisor is. */
export interface ProcessRole {
  readonly kind: "leader" | "gateway";
  /** The path of the socket between leader and gateways. */
  readonly socket: string;
  readonly ports: SharedPorts;
  /** A gateway's own, from 1; 0 for the leader. */
  readonly number: number;
  /** How many gateways accept connections. */
  readonly gateways: number;
  /** Whether this leader is to take the place of one that runs. */
  readonly isCandidate?: boolean;
}

/** A supervisor may be of another version than its children: fields that come later are optional. */
const decodeRole: Decoder<ProcessRole> = object(
  {
    kind: oneOf("leader", "gateway"),
    socket: string,
    ports: object({ tls: number, plain: nullable(number), proxy: nullable(number) }),
    number,
    gateways: number,
  },
  { isCandidate: boolean },
);

/** Returns the environment that makes a child what it is. */
export function roleEnvironment(role: ProcessRole): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(role) };
}

/** Returns what a supervisor made of this process; `null` for one that people started. */
export function processRole(
  environment: Readonly<Record<string, string | undefined>>,
): ProcessRole | null {
  const text = environment[VARIABLE];
  if (text === undefined) return null;
  try {
    return decodeRole(JSON.parse(text)) ?? null;
  } catch {
    return null;
  }
}
