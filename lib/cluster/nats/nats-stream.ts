import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Subject, subjectOf } from "../engine.ts";
import { FIRST_ORIGIN, formatOrigin, type LogOrigin, parseOrigin } from "../log/log-origin.ts";
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
   * How the log begins that is made when there is none: a stream counts from 1, and the log's sequences go on all the
   * same. `null`: none is made. NATS may have lost its disk: then not every node may make the log.
   */
  readonly origin?: LogOrigin | null;
  /** Whether a log that is there is removed first. */
  readonly replacesLog?: boolean;
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
  readonly origin: LogOrigin;
  /** How many servers of NATS have the log. */
  readonly copies: number;
}

/**
 * Why NATS can't be used, in a sentence for the owner:
 * - `no-log`: there is no log, and none was to be made;
 * - `later`: it can't be used now, as when some of its servers don't run yet;
 * - `wrong`: the owner has to do something first.
 */
export interface NatsRefusal {
  readonly refused: string;
  readonly why: "no-log" | "later" | "wrong";
}

/**
 * Looks for the cluster's stream, and makes it when there is none. Resolves to a refusal when it can't be used. Rejects
 * with NATS's errors.
 */
export async function openStream(
  manager: JetStreamManager,
  connection: NatsConnection,
  options: NatsOptions,
  modules: NatsModules,
): Promise<OpenedStream | NatsRefusal> {
  const { name, replicas = null, origin = FIRST_ORIGIN, replacesLog = false } = options;
  const { jetstream } = modules;
  const stream = streamOf(name);
  const subject = logSubjectOf(name);
  const info = await manager.streams.info(stream).catch((error: unknown) => {
    if (codeOf(error) === STREAM_NOT_FOUND) return null;
    throw error;
  });
  if (info !== null && !replacesLog) {
    const begun = originIn(info);
    if (info.config.subjects.includes(subject) && begun !== null) {
      return { origin: begun, copies: info.config.num_replicas };
    }
    return {
      why: "wrong",
      refused: `NATS has a stream ${stream} that is not Sodam's log. Choose another name for the cluster, by --cluster NAME.`,
    };
  }
  if (origin === null) {
    return {
      why: "no-log",
      refused: `NATS has no log of the cluster ${name}. Start a node first that has the cluster's data.`,
    };
  }
  if (info !== null) await manager.streams.delete(stream);
  const isCluster = connection.info?.cluster !== undefined;
  let copies = replicas ?? (isCluster ? REPLICAS : 1);
  for (let bytesMax = STREAM_BYTES_MAX; ; ) {
    try {
      await manager.streams.add({
        name: stream,
        description: formatOrigin(origin),
        subjects: [subject],
        storage: jetstream.StorageType.File,
        retention: jetstream.RetentionPolicy.Limits,
        discard: jetstream.DiscardPolicy.Old,
        max_bytes: bytesMax,
        max_age: STREAM_AGE_NS,
        duplicate_window: DUPLICATE_WINDOW_NS,
        num_replicas: copies,
      });
      return { origin, copies };
    } catch (error) {
      const code = codeOf(error) ?? 0;
      // Another node has made it at the same time.
      if (code === STREAM_EXISTS) {
        return openStream(manager, connection, { ...options, replacesLog: false }, modules);
      }
      if (code === TOO_FEW_SERVERS) {
        return {
          why: "later",
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

/** Returns how a stream's log began; `null` when it isn't a log. */
export function originIn({ config: { description = "" } }: StreamInfo): LogOrigin | null {
  return parseOrigin(description);
}

/** Returns the subject of a cluster's log. */
export function logSubjectOf(name: string): Subject {
  return subjectOf("sodam", name, "log");
}
