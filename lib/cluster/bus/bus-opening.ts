import { type Decoder, jsonOf, number, object, string } from "../../protocol/json-decoder.ts";
import type { GatewayOpening } from "../frames/frame-connection.ts";
import {
  BUS_HEAD_BYTES,
  type BusConnectionNumbers,
  type BusMessage,
  newBusMessage,
} from "./bus-message.ts";
import { FrameCipher } from "./frame-cipher.ts";
import { drawShare, type FrameSecret, type KeyShare, SHARE_BYTES } from "./frame-secret.ts";

/*
 * How a connection over the bus gets its keys, and each end a proof that the other one has the certificate's key.
 *
 *     gateway   "open"     its share, a proof, and who it is
 *     leader    "opened"   its share, sealed with the connection's keys
 *     gateway   whatever it says, sealed with them
 *
 * Nothing changes at the leader before the third: an "open" may be one that was said long ago. Who a gateway is can be read
 * by all, also by a leader with another certificate, which can say so to its owner.
 */

const OPENING_SCOPE = "openings";
const REFUSAL_SCOPE = "refusals";
const UNKNOWN_SCOPE = "unknown connections";
const NOTHING = new Uint8Array(0);
const PROOF_BYTES = 29;
/** The certificate in use, the renewed one, and one that was in use before. */
const PROOFS_MAX = 3;
const NAME_LENGTH_MAX = 300;
/** Another character would have a meaning in a log. */
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

const name: Decoder<string> = (value) => {
  const text = string(value);
  return text !== undefined && text.length <= NAME_LENGTH_MAX && NAME.test(text) ? text : undefined;
};

const decodeOpening: Decoder<GatewayOpening> = object(
  { process: name, node: name, number, certificate: name },
  { run: name },
);

/** Reads who a gateway says that it is. Anybody may say so. `null` for what is none. */
function readGateway(text: string): GatewayOpening | null {
  return decodeOpening(jsonOf(text)) ?? null;
}

/** What a gateway says at first: anybody may have made it, until it is {@link isProven proven}. */
export interface ReadOpening {
  readonly opening: GatewayOpening;
  readonly share: Uint8Array;
  readonly proof: Uint8Array;
  readonly text: string;
}

/** Returns an "open" to the leader of a term. */
export function writeOpening(
  opening: GatewayOpening,
  {
    opener,
    term,
    share,
  }: { readonly opener: number; readonly term: number; readonly share: KeyShare },
  { seal }: FrameSecret,
): Uint8Array {
  const text = JSON.stringify(opening);
  const context = openingContext({ opener, term, share: share.bytes, text });
  const proof = seal.seal(NOTHING, OPENING_SCOPE, context);
  const body = Buffer.concat([share.bytes, proof, Buffer.from(text)]);
  return newBusMessage("open", { opener, acceptor: 0 }, body);
}

/** Reads an "open"; `null` for what isn't one. */
export function readOpening({ body }: BusMessage): ReadOpening | null {
  const text = new TextDecoder().decode(body.subarray(SHARE_BYTES + PROOF_BYTES));
  const opening = readGateway(text);
  if (opening === null) return null;
  const share = body.subarray(0, SHARE_BYTES);
  return { opening, share, proof: body.subarray(SHARE_BYTES, SHARE_BYTES + PROOF_BYTES), text };
}

/** Whether a gateway with this secret has said it, to the leader of this term. */
export function isProven(
  { proof, share, text }: ReadOpening,
  opener: number,
  term: number,
  { seal }: FrameSecret,
): boolean {
  const context = openingContext({ opener, term, share, text });
  return "bytes" in seal.open(proof, OPENING_SCOPE, context, seal.keyId);
}

/** The leader's end of a connection that it offers. */
export interface OfferedConnection {
  readonly cipher: FrameCipher;
  readonly share: Uint8Array;
}

/** Returns the leader's end of a connection; `null` when the gateway's share is none. */
export function offerConnection(
  gatewayShare: Uint8Array,
  numbers: BusConnectionNumbers,
  term: number,
  secret: FrameSecret,
): OfferedConnection | null {
  const own = drawShare();
  const name = { ...numbers, term, gatewayShare, leaderShare: own.bytes };
  const keys = secret.connectionKeys(name, own, gatewayShare);
  if (keys === null) return null;
  return { cipher: FrameCipher.ofLeader(numbers, keys), share: own.bytes };
}

/** Returns an "opened". It is lost, and said again, as anything else. */
export function writeOpened({ cipher, share }: OfferedConnection): Uint8Array {
  const sealed = cipher.seal("opened", { acknowledged: 0, offset: 0 }, NOTHING);
  const head = sealed.subarray(0, BUS_HEAD_BYTES);
  return Buffer.concat([head, share, sealed.subarray(BUS_HEAD_BYTES)]);
}

/** Returns the gateway's end of a connection that was "opened"; `null` when no leader has said so. */
export function takeConnection(
  message: BusMessage,
  share: KeyShare,
  term: number,
  secret: FrameSecret,
): FrameCipher | null {
  const { opener, acceptor, body } = message;
  const leaderShare = body.subarray(0, SHARE_BYTES);
  const name = { opener, acceptor, term, gatewayShare: share.bytes, leaderShare };
  const keys = secret.connectionKeys(name, share, leaderShare);
  if (keys === null) return null;
  const cipher = FrameCipher.ofGateway({ opener, acceptor }, keys);
  return cipher.open({ ...message, body: body.subarray(SHARE_BYTES) }) === null ? null : cipher;
}

/** Returns a "refused", which answers one "open". */
export function writeRefusal(
  why: string,
  opener: number,
  term: number,
  { seal }: FrameSecret,
): Uint8Array {
  const context = `${term} ${opener}`;
  const body = seal.seal(new TextEncoder().encode(why), REFUSAL_SCOPE, context);
  return newBusMessage("refused", { opener, acceptor: 0 }, body);
}

/** Returns why a leader refuses a gateway; `null` when no leader has said so. */
export function readRefusal(
  { opener, body }: BusMessage,
  term: number,
  { seal }: FrameSecret,
): string | null {
  const opened = seal.open(body, REFUSAL_SCOPE, `${term} ${opener}`, seal.keyId);
  return "bytes" in opened ? new TextDecoder().decode(opened.bytes) : null;
}

/**
 * Returns an "unknown": the leader of a term has no connection of these numbers, and never will. It has a proof by each of
 * the leader's secrets: the other end may not have the renewed certificate yet, or that one alone.
 */
export function writeUnknown(
  numbers: BusConnectionNumbers,
  term: number,
  secrets: Iterable<FrameSecret>,
): Uint8Array {
  const context = unknownContext(numbers, term);
  const proofs = [...secrets].map(({ seal }) => seal.seal(NOTHING, UNKNOWN_SCOPE, context));
  return newBusMessage("unknown", numbers, Buffer.concat(proofs));
}

/** Whether a leader with this secret has said that it doesn't know a connection. */
export function isUnknown(message: BusMessage, term: number, { seal }: FrameSecret): boolean {
  const context = unknownContext(message, term);
  const { body } = message;
  const end = Math.min(body.length, PROOFS_MAX * PROOF_BYTES);
  for (let start = 0; start < end; start += PROOF_BYTES) {
    const proof = body.subarray(start, start + PROOF_BYTES);
    if ("bytes" in seal.open(proof, UNKNOWN_SCOPE, context, seal.keyId)) return true;
  }
  return false;
}

function openingContext({
  opener,
  term,
  share,
  text,
}: {
  readonly opener: number;
  readonly term: number;
  readonly share: Uint8Array;
  readonly text: string;
}): string {
  return `${term} ${opener} ${Buffer.from(share).toString("hex")} ${text}`;
}

function unknownContext({ opener, acceptor }: BusConnectionNumbers, term: number): string {
  return `${term} ${opener} ${acceptor}`;
}
