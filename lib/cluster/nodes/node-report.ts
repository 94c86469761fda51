import {
  array,
  boolean,
  type Decoder,
  number,
  object,
  oneOf,
  string,
} from "../../protocol/json-decoder.ts";
import { type Subject, subjectOf } from "../engine.ts";
import type { Seal } from "../seal.ts";

/*
 * What each node of a cluster says of itself every second, to all others. It is sealed with the cluster's key: nobody else
 * reads it, and nobody else can make one up.
 */

/** Goes into the seal, so that nothing else of the cluster can be taken for a report. */
const SCOPE = "node reports";
const CONTEXT = "report";

/** A gateway of the cluster, as the leader counts it. */
export interface ReportedGateway {
  /** The node of its machine. */
  readonly node: string;
  readonly number: number;
  readonly links: number;
  /** See `GatewayFacts.isLeaving`. */
  readonly isLeaving: boolean;
}

/** What a node says of itself. */
export interface NodeReport {
  /** Names the process: no other has the same. */
  readonly process: string;
  /** The node's name, as its owner gave it. */
  readonly node: string;
  /** The version of Sodam. */
  readonly version: string;
  readonly role: "leader" | "standby";
  /** Since when it leads, in ms since 1970; 0 for a standby. */
  readonly leadsSince: number;
  /** Sequence up to which it has the log, in its server and its folder. */
  readonly position: number;
  /** Sequence up to which a start of it needs the log no more. */
  readonly saved: number;
  /** Sequence of the last record that took something back of which the log may have the text; 0 for none. */
  readonly takenBack: number;
  /** Names of the settings that differ between its own file and the cluster. */
  readonly differing: readonly string[];
  /** The gateways of all machines, if it leads. */
  readonly gateways: readonly ReportedGateway[];
  /** How many files that people sent it lacks; left out by a version without files. */
  readonly missingFiles?: number;
  /** Whether this is its last report. */
  readonly isLeaving: boolean;
}

/** Nodes may be of different versions: fields that come later are optional. */
const decodeReport: Decoder<NodeReport> = object(
  {
    ...{ process: string, node: string, version: string, role: oneOf("leader", "standby") },
    ...{ leadsSince: number, position: number, saved: number, takenBack: number },
    differing: array(string),
    gateways: array(object({ node: string, number, links: number, isLeaving: boolean })),
    isLeaving: boolean,
  },
  { missingFiles: number },
);

/** Returns a report as it is said. */
export function writeNodeReport(report: NodeReport, seal: Seal): Uint8Array {
  return seal.seal(new TextEncoder().encode(JSON.stringify(report)), SCOPE, CONTEXT);
}

/** Reads a report; fields that aren't known are passed over. `null` for what is none of this cluster. */
export function readNodeReport(bytes: Uint8Array, seal: Seal): NodeReport | null {
  const opened = seal.open(bytes, SCOPE, CONTEXT, seal.keyId);
  if ("unreadable" in opened) return null;
  try {
    return decodeReport(JSON.parse(new TextDecoder().decode(opened.bytes))) ?? null;
  } catch {
    return null;
  }
}

/** Returns the subject on which the nodes of a cluster say who they are. */
export function nodesSubject(cluster: string): Subject {
  return subjectOf("sodam", cluster, "nodes");
}
