import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Subject, subjectOf } from "../engine.ts";
import {
  codeOf,
  NO_REPLICAS,
  NO_STORAGE,
  STREAM_EXISTS,
  STREAM_NOT_FOUND,
  TOO_FEW_SERVERS,
} from "./nats-errors.ts";

/* How NATS is reached, and the stream in which it holds the log. */

const DAY_NS = 86_400e9;
/** NATS sets this aside when the stream is made: where it has less room, it is half of that, and so on. */
const STREAM_BYTES_MAX = 8 * 2 ** 30;
const STREAM_BYTES_MIN = 2 ** 27;
const STREAM_AGE_NS = 7 * DAY_NS;
/** The server's own default, too. An append is asked for again within it. */
const DUPLICATE_WINDOW_NS = 120e9;
const REPLICAS = 3;
/**
 * The stream's description, which ends with the sequence before its first entry. A stream counts from 1: after NATS lost
 * its disk, the log's sequences go on all the same.
 */
const DESCRIPTION = "Sodam's log after ";

/** How to reach NATS. */
export interface NatsOptions {
  /** `nats://host:port` or `tls://host:port`; by `tls` in one of them all are. */
  readonly urls: readonly string[];
  /** The cluster's name: see `isClusterName`. */
  readonly name: string;
  /** The content of a credentials file; `null` for none. */
  readonly credentials?: Uint8Array | null;
  /** Certificates of an authority of one's own, in PEM. */
  readonly authority?: string | null;
  /**
   * The sequence up to which this node's folder holds the log, 0 for a new one: a log that is made now, since NATS lost
   * its disk, goes on behind it.
   */
  readonly position?: number;
  /**
   * Whether the log is made when there is none; by default it is. Not by a node that has yet to get the folder from
   * others: NATS may have lost its disk, and theirs would be ahead of a log that begins anew.
   */
  readonly makesLog?: boolean;
  /** Copies of the log; by default 3 where NATS is a cluster, and else 1. */
  readonly replicas?: number | null;
  /** Called with what goes wrong later, with a sentence for the owner's log. */
  readonly onProblem?: (text: string, cause: unknown) => void;
}

/** The packages, once they are loaded. */
export interface NatsModules {
  readonly transport: typeof import("@nats-io/transport-node");
  readonly jetstream: typeof import("@nats-io/jetstream");
}

/** The stream of a cluster. */
export interface OpenedStream {
  /** The sequence before its first entry. */
  readonly base: number;
  /** How many servers of NATS have the log. */
  readonly copies: number;
}

/**
 * Looks for the cluster's stream, and makes it when there is none. Resolves to a sentence for the owner when it can't be
 * used. Rejects with NATS's errors.
 */
export async function openStream(
  manager: JetStreamManager,
  connection: NatsConnection,
  options: NatsOptions,
  modules: NatsModules,
): Promise<OpenedStream | { readonly refused: string }> {
  const { name, replicas = null, position = 0, makesLog = true } = options;
  const { jetstream } = modules;
  const stream = streamOf(name);
  const subject = logSubjectOf(name);
  const info = await manager.streams.info(stream).catch((error: unknown) => {
    if (codeOf(error) === STREAM_NOT_FOUND) return null;
    throw error;
  });
  if (info !== null) {
    const base = baseOf(info);
    if (info.config.subjects.includes(subject) && base !== null) {
      return { base, copies: info.config.num_replicas };
    }
    return {
      refused: `NATS has a stream ${stream} that is not Sodam's log. Choose another name for the cluster, by --cluster NAME.`,
    };
  }
  if (!makesLog) {
    return {
      refused: `NATS has no log of the cluster ${name}. Start a node first that has the cluster's data.`,
    };
  }
  const isCluster = connection.info?.cluster !== undefined;
  let copies = replicas ?? (isCluster ? REPLICAS : 1);
  for (let bytesMax = STREAM_BYTES_MAX; ; ) {
    try {
      await manager.streams.add({
        name: stream,
        description: `${DESCRIPTION}${position}`,
        subjects: [subject],
        storage: jetstream.StorageType.File,
        retention: jetstream.RetentionPolicy.Limits,
        discard: jetstream.DiscardPolicy.Old,
        max_bytes: bytesMax,
        max_age: STREAM_AGE_NS,
        duplicate_window: DUPLICATE_WINDOW_NS,
        num_replicas: copies,
      });
      return { base: position, copies };
    } catch (error) {
      const code = codeOf(error) ?? 0;
      // Another node has made it at the same time.
      if (code === STREAM_EXISTS) return openStream(manager, connection, options, modules);
      if (code === TOO_FEW_SERVERS) {
        return {
          refused: `NATS hasn't ${copies} servers that run, one for each copy of the log. Wait until they do, or choose another number of copies.`,
        };
      }
      if (replicas === null && code === NO_REPLICAS && copies > 1) copies = 1;
      else if (NO_STORAGE.includes(code) && bytesMax > STREAM_BYTES_MIN) bytesMax /= 2;
      else throw error;
    }
  }
}

/** Returns the name of a cluster's stream. */
export function streamOf(name: string): string {
  return `SODAM-${name}`;
}

/** Returns the sequence before the stream's first entry; `null` when it isn't a log. */
export function baseOf({ config: { description = "" } }: StreamInfo): number | null {
  const position = description.startsWith(DESCRIPTION) ? description.slice(DESCRIPTION.length) : "";
  return /^\d{1,16}$/.test(position) ? Number(position) : null;
}

/** Returns the subject of a cluster's log. */
export function logSubjectOf(name: string): Subject {
  return subjectOf("sodam", name, "log");
}
