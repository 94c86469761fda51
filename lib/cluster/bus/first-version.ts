import type { GatewayOpening } from "../frames/frame-connection.ts";
import { readGateway } from "./bus-opening.ts";

/*
 * The first version's messages were not sealed, and their heads were shorter:
 *
 *     u8 version | u8 kind | u48 opener | u32 acceptor | u48 acknowledged | u48 offset | body
 *
 * A gateway of that version tells its owner what a refusal in this form says.
 */

const VERSION = 1;
const HEAD_BYTES = 24;
const OPEN = 1;
const REFUSED = 3;
const OPENER_START = 2;
const OPENER_BYTES = 6;
const WHY = "is of an older version than the leader, and doesn't seal what it says. Start it anew";

/** A gateway of the first version, which wants to connect. Anybody may have made it up. */
export interface FirstVersionOpening {
  readonly opener: number;
  readonly opening: GatewayOpening;
  /** What is to be told of the gateway, behind its name. */
  readonly misfit: string;
  /** The answer to it. */
  readonly refusal: Uint8Array;
}

/** Reads an "open" of the first version; `null` for anything else. */
export function readFirstVersion(bytes: Uint8Array): FirstVersionOpening | null {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (message.length < HEAD_BYTES || message[0] !== VERSION || message[1] !== OPEN) return null;
  const opening = readGateway(message.toString("utf8", HEAD_BYTES));
  if (opening === null) return null;
  const head = Buffer.alloc(HEAD_BYTES);
  message.copy(head, 0, 0, OPENER_START + OPENER_BYTES);
  head[1] = REFUSED;
  return {
    opener: message.readUIntLE(OPENER_START, OPENER_BYTES),
    ...{ opening, misfit: WHY, refusal: Buffer.concat([head, Buffer.from(`This gateway ${WHY}`)]) },
  };
}
