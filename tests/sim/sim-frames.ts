import { type Subject, subjectOf } from "../../lib/cluster/engine.ts";
import type { ReadRecord } from "../../lib/cluster/log/record.ts";
import type { MemoryConnection, MemoryEngine, World } from "../memory-engine.ts";
import type { Prng } from "../prng.ts";
import type { Mutation } from "./cluster-mutations.ts";

/* What the nodes and gateways of the simulation say to each other. */

export interface SimContext {
  readonly world: World;
  readonly engine: MemoryEngine;
  readonly prng: Prng;
  readonly mutation: Mutation | null;
}

/** From a gateway: where it is, and what isn't consumed, from an offset on. */
export interface UpFrame {
  readonly gateway: string;
  /** The record that it heard last. */
  readonly heard: number;
  readonly offset: number;
  readonly said: readonly string[];
}

/** From a leader: a record, and the one before it. A frame without a record says that there is a leader. */
export interface DownFrame {
  readonly term: number;
  readonly sequence: number;
  readonly previous: number;
  readonly said: readonly string[];
  /** Up to where what the gateways said is consumed. */
  readonly consumed: Readonly<Record<string, number>>;
}

export const UP = subjectOf("up");
export const DOWN = subjectOf("down");

/** Publishes a value. Long ones are sent whole: only the log's entries have a limit here. */
export function send(connection: MemoryConnection, subject: Subject, value: object): void {
  connection.publishWhole(subject, Buffer.from(JSON.stringify(value)));
}

export function parse<T>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes).toString()) as T;
}

/** A record of the log, whole, with the sequence of its last piece. */
export interface LoggedRecord {
  readonly sequence: number;
  readonly record: ReadRecord;
}

/** Returns what people said in a record. */
export function messagesOf(record: ReadRecord): string[] {
  if (record.kind !== "turn") return [];
  return record.changes.flatMap((change) =>
    change.kind === "event" ? [(JSON.parse(change.stored) as { text: string }).text] : [],
  );
}
