import { type Subject, subjectOf } from "../engine.ts";

/*
 * The messages of connections over the bus. Each is a head of fixed length, and a body. Numbers are little-endian.
 *
 *     u8 version | u8 kind | u48 opener | u32 acceptor | u48 number | u48 acknowledged | u48 offset | body
 *
 * A connection is named by two numbers: the gateway draws `opener`, the leader counts `acceptor`. What belongs to an
 * earlier connection, or to another leader, has other numbers. `number` counts the messages of one end. Each direction is a
 * stream of bytes with offsets from 0: `acknowledged` is the next offset that the sender of the message awaits, `offset`
 * that of its own next byte.
 *
 * All of it is sealed: "open", "refused" and "unknown" with what all gateways and leaders share (bus-opening.ts), the rest
 * with the keys of the connection (frame-cipher.ts). An "open" and a "refused" have this form in every version: by them two
 * versions that can't work together say so.
 */

/** The version of the messages. */
export const BUS_VERSION = 1;
/** How long a message's head is. */
export const BUS_HEAD_BYTES = 30;
const OPENER_START = 2;
const ACCEPTOR_START = 8;
const NUMBER_START = 12;
const NUMBER_BYTES = 6;
const ACKNOWLEDGED_START = 18;
const OFFSET_START = 24;
const NONCE_BYTES = 12;
const LOW_VALUES = 2 ** 32;

/** What a message is for. */
export type BusMessageKind =
  /** A gateway wants to connect, and says who it is. Nothing else comes before the answer. */
  | "open"
  /** Whoever opens a connection may have it, once it has said something with the connection's keys. */
  | "opened"
  /** The leader doesn't take the gateway; the body says why. */
  | "refused"
  /** The body is a part of the stream. */
  | "data"
  /** Says how far its sender is; also while nothing else is said. */
  | "acknowledge"
  /** The same, and something is missing that the other side has sent already. */
  | "again"
  /** The connection has ended. */
  | "closed"
  /** The leader has no connection with these numbers, any more. */
  | "unknown";

/** The numbers of the kinds on the wire. A number is never given to another kind, in no version. */
const KINDS: readonly (BusMessageKind | null)[] = [
  ...([null, "open", "opened", "refused", "data", "acknowledge", "again"] as const),
  ...(["closed", "unknown"] as const),
];

/** The names of a connection. */
export interface BusConnectionNumbers {
  readonly opener: number;
  /** 0 before the leader has answered. */
  readonly acceptor: number;
}

/** The head of a message. */
export interface BusMessageHead extends BusConnectionNumbers {
  readonly kind: BusMessageKind;
  /** 0 for what isn't sealed with the keys of the connection. */
  readonly number: number;
  readonly acknowledged: number;
  readonly offset: number;
}

/** A message, as it was received. */
export interface BusMessage extends BusMessageHead {
  /** {@link BUS_VERSION}, but for an "open" and a "refused". */
  readonly version: number;
  /** The head's own bytes. */
  readonly head: Uint8Array;
  /** As it was sealed. */
  readonly body: Uint8Array;
}

/** Returns a message that isn't sealed with the keys of its connection. */
export function newBusMessage(
  kind: BusMessageKind,
  { opener, acceptor }: BusConnectionNumbers,
  body: Uint8Array,
): Uint8Array {
  const message = new Uint8Array(BUS_HEAD_BYTES + body.length);
  writeHead(message, { kind, opener, acceptor, number: 0, acknowledged: 0, offset: 0 });
  message.set(body, BUS_HEAD_BYTES);
  return message;
}

/** Writes a head to the beginning of a message. */
export function writeHead(message: Uint8Array, head: BusMessageHead): void {
  message[0] = BUS_VERSION;
  message[1] = KINDS.indexOf(head.kind);
  putNumber(message, OPENER_START, head.opener, 6);
  putNumber(message, ACCEPTOR_START, head.acceptor, 4);
  putNumber(message, NUMBER_START, head.number, 6);
  putNumber(message, ACKNOWLEDGED_START, head.acknowledged, 6);
  putNumber(message, OFFSET_START, head.offset, 6);
}

/** Reads a message, which may be anybody's. `null`: a version or kind that isn't known, or no message. */
export function readBusMessage(message: Uint8Array): BusMessage | null {
  const [version = 0, kindNumber = 0] = message;
  const kind = KINDS[kindNumber] ?? null;
  if (message.length < BUS_HEAD_BYTES || kind === null) return null;
  if (version !== BUS_VERSION && kind !== "open" && kind !== "refused") return null;
  return {
    ...{ version, kind },
    opener: readNumber(message, OPENER_START, 6),
    acceptor: readNumber(message, ACCEPTOR_START, 4),
    number: readNumber(message, NUMBER_START, 6),
    acknowledged: readNumber(message, ACKNOWLEDGED_START, 6),
    offset: readNumber(message, OFFSET_START, 6),
    head: message.subarray(0, BUS_HEAD_BYTES),
    body: message.subarray(BUS_HEAD_BYTES),
  };
}

/** Returns the nonce of a message: its number. */
export function nonceOf(message: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  nonce.set(message.subarray(NUMBER_START, NUMBER_START + NUMBER_BYTES));
  return nonce;
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
