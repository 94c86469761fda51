import { type Decoder, number, object, string } from "../../protocol/json-decoder.ts";
import { type Subject, subjectOf } from "../engine.ts";
import type { GatewayOpening } from "../frames/frame-connection.ts";

/*
 * The messages of connections over the bus. Each is a head of fixed length, and a body. Numbers are little-endian.
 *
 *     u8 version | u8 kind | u48 opener | u32 acceptor | u48 acknowledged | u48 offset | body
 *
 * A connection is named by two numbers: the gateway draws `opener`, the leader counts `acceptor`. What belongs to an
 * earlier connection, or to another leader, has other numbers. Each direction is a stream of bytes with offsets from 0:
 * `acknowledged` is the next offset that the sender of the message awaits, `offset` that of its own next byte.
 *
 * An "open" and a "refused" have this form in every version: by them two versions that can't work together say so.
 */

/** The version of the messages. */
export const BUS_VERSION = 1;
/** How long a message's head is. */
export const BUS_HEAD_BYTES = 24;
const OPENER_START = 2;
const ACCEPTOR_START = 8;
const ACKNOWLEDGED_START = 12;
const OFFSET_START = 18;
const LOW_VALUES = 2 ** 32;

/** What a message is for. */
export type BusMessageKind =
  /** A gateway wants to connect; the body is its {@link GatewayOpening}. Nothing else comes before the answer. */
  | "open"
  | "opened"
  /** The leader doesn't take the gateway; the body says why. */
  | "refused"
  /** The body is a part of the stream. */
  | "data"
  /** Says how far its sender is; also while nothing else is said. */
  | "acknowledge"
  /** The same, and something is missing that the other side has sent already. */
  | "again"
  /** The connection has ended, or there is none with these numbers. */
  | "closed";

/** The numbers of the kinds on the wire. A number is never given to another kind. */
const KINDS: readonly (BusMessageKind | null)[] = [
  ...([null, "open", "opened", "refused", "data", "acknowledge", "again", "closed"] as const),
];

/** The names of a connection. */
export interface BusConnectionNumbers {
  readonly opener: number;
  /** 0 before the leader has answered. */
  readonly acceptor: number;
}

/** A message, as it was received. */
export interface BusMessage extends BusConnectionNumbers {
  /** {@link BUS_VERSION}, but for an "open" and a "refused". */
  readonly version: number;
  readonly kind: BusMessageKind;
  readonly acknowledged: number;
  readonly offset: number;
  readonly body: Uint8Array;
}

/** Returns a message with room for its body. Its offsets are 0 until they are {@link setOffsets set}. */
export function newBusMessage(
  kind: BusMessageKind,
  { opener, acceptor }: BusConnectionNumbers,
  body: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const message = new Uint8Array(BUS_HEAD_BYTES + body.length);
  message[0] = BUS_VERSION;
  message[1] = KINDS.indexOf(kind);
  putNumber(message, OPENER_START, opener, 6);
  putNumber(message, ACCEPTOR_START, acceptor, 4);
  message.set(body, BUS_HEAD_BYTES);
  return message;
}

/** Writes a message's offsets. */
export function setOffsets(message: Uint8Array, acknowledged: number, offset: number): void {
  putNumber(message, ACKNOWLEDGED_START, acknowledged, 6);
  putNumber(message, OFFSET_START, offset, 6);
}

/** Reads a message. `null`: a version or kind that isn't known, or no message. */
export function readBusMessage(message: Uint8Array): BusMessage | null {
  const [version = 0, kindNumber = 0] = message;
  const kind = KINDS[kindNumber] ?? null;
  if (message.length < BUS_HEAD_BYTES || kind === null) return null;
  if (version !== BUS_VERSION && kind !== "open" && kind !== "refused") return null;
  return {
    ...{ version, kind },
    opener: readNumber(message, OPENER_START, 6),
    acceptor: readNumber(message, ACCEPTOR_START, 4),
    acknowledged: readNumber(message, ACKNOWLEDGED_START, 6),
    offset: readNumber(message, OFFSET_START, 6),
    body: message.subarray(BUS_HEAD_BYTES),
  };
}

const decodeOpening: Decoder<GatewayOpening> = object(
  { process: string, node: string, number, certificate: string },
  { run: string },
);

/** Returns the body of an "open". */
export function writeOpening(opening: GatewayOpening): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(opening));
}

/** Reads the body of an "open"; `null` for what isn't one. */
export function readOpening(body: Uint8Array): GatewayOpening | null {
  try {
    return decodeOpening(JSON.parse(new TextDecoder().decode(body))) ?? null;
  } catch {
    return null;
  }
}

/** Returns the subject on which the leader of a term listens to its gateways. */
export function leaderSubject(cluster: string, term: number): Subject {
  return subjectOf("sodam", cluster, "up", String(term));
}

/** Returns the subject on which a gateway listens to its leader, for one connection. */
export function gatewaySubject(cluster: string, opener: number): Subject {
  return subjectOf("sodam", cluster, "down", opener.toString(36));
}

function putNumber(bytes: Uint8Array, start: number, value: number, length: 4 | 6): void {
  const high = Math.floor(value / LOW_VALUES);
  bytes[start] = value;
  bytes[start + 1] = value >>> 8;
  bytes[start + 2] = value >>> 16;
  bytes[start + 3] = value >>> 24;
  if (length === 4) return;
  bytes[start + 4] = high;
  bytes[start + 5] = high >>> 8;
}

function readNumber(bytes: Uint8Array, start: number, length: 4 | 6): number {
  const byteAt = (index: number): number => bytes[start + index] ?? 0;
  const low = (byteAt(0) | (byteAt(1) << 8) | (byteAt(2) << 16) | (byteAt(3) << 24)) >>> 0;
  return length === 4 ? low : low + (byteAt(4) | (byteAt(5) << 8)) * LOW_VALUES;
}
