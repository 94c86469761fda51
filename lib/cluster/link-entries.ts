import type { Link, Standing } from "../chat-server/server-ports.ts";
import {
  boolean,
  type Decoder,
  nullable,
  number,
  object,
  string,
} from "../protocol/json-decoder.ts";
import type { FrameEntry, FrameWriter } from "./frame.ts";

/*
 * What frames say of links: a gateway has the sockets, the leader a `RemoteLink` for each. A link's number is the
 * gateway's, and is never used again by it. Entries of unknown kinds are passed over, as is one that can't be read.
 */

/** A connection that is ready at a gateway, as the leader hears of it. */
export interface OpenedLink extends Pick<Link, "address" | "secure" | "certificate"> {
  readonly link: number;
  readonly validity: NonNullable<Link["certificateValidity"]> | null;
}

/** What a gateway tells the leader. */
export type UpEntry =
  | ({ readonly kind: "open" } & OpenedLink)
  | { readonly kind: "data"; readonly link: number; readonly bytes: Uint8Array }
  /** The connection has ended; `why` is a few plain words. */
  | { readonly kind: "ended"; readonly link: number; readonly why: string }
  /** What was queued for the peer has left. */
  | { readonly kind: "drained"; readonly link: number }
  /** The peer reads too slowly, and is cut off. */
  | { readonly kind: "overflow"; readonly link: number }
  /** So many bytes wait for the peer now. */
  | { readonly kind: "backlog"; readonly link: number; readonly bytes: number };

/** What the leader tells a gateway. */
export type DownEntry =
  | { readonly kind: "send"; readonly links: Uint32Array; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly link: number; readonly lastWords: Uint8Array }
  | { readonly kind: "drop"; readonly link: number }
  | { readonly kind: "reading"; readonly link: number; readonly on: boolean }
  | { readonly kind: "standing"; readonly link: number; readonly standing: Standing };

/** The numbers of the kinds on the wire. A number is never given to another kind. */
const UP = { open: 1, data: 2, ended: 3, drained: 4, overflow: 5, backlog: 6 } as const;
const DOWN = { send: 1, close: 2, drop: 3, reading: 4, standing: 5 } as const;
const STANDINGS: readonly Standing[] = ["stranger", "guest", "member"];

const NUMBER_BYTES = 4;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const NOTHING = new Uint8Array(0);

const decodeOpened: Decoder<OpenedLink> = object({
  link: number,
  address: string,
  secure: boolean,
  certificate: nullable(string),
  validity: nullable(object({ from: number, until: number })),
});

/** Adds an entry to a gateway's frame. */
export function writeUp(frame: FrameWriter, entry: UpEntry): void {
  switch (entry.kind) {
    case "open": {
      const { kind: _, ...opened } = entry;
      return frame.add(UP.open, ENCODER.encode(JSON.stringify(opened)));
    }
    case "data":
      return frame.add(UP.data, numbers(entry.link), entry.bytes);
    case "ended":
      return frame.add(UP.ended, numbers(entry.link), ENCODER.encode(entry.why));
    case "drained":
    case "overflow":
      return frame.add(UP[entry.kind], numbers(entry.link));
    case "backlog":
      return frame.add(UP.backlog, numbers(entry.link, entry.bytes));
  }
}

/** Reads an entry of a gateway. `null`: a kind that isn't known here, or what can't be read. */
export function readUp({ kind, payload }: FrameEntry): UpEntry | null {
  if (kind === UP.open) {
    const opened = decodeOpened(parseJson(payload));
    return opened === undefined ? null : { kind: "open", ...opened };
  }
  if (payload.length < NUMBER_BYTES) return null;
  const link = numberAt(payload, 0);
  const rest = payload.subarray(NUMBER_BYTES);
  switch (kind) {
    case UP.data:
      return { kind: "data", link, bytes: rest };
    case UP.ended:
      return { kind: "ended", link, why: DECODER.decode(rest) };
    case UP.drained:
      return { kind: "drained", link };
    case UP.overflow:
      return { kind: "overflow", link };
    case UP.backlog:
      return rest.length < NUMBER_BYTES
        ? null
        : { kind: "backlog", link, bytes: numberAt(rest, 0) };
    default:
      return null;
  }
}

/** Adds an entry to the leader's frame. */
export function writeDown(frame: FrameWriter, entry: DownEntry): void {
  switch (entry.kind) {
    case "send":
      return writeSend(frame, entry.links, entry.bytes);
    case "close":
      return frame.add(DOWN.close, numbers(entry.link), entry.lastWords);
    case "drop":
      return frame.add(DOWN.drop, numbers(entry.link));
    case "reading":
      return frame.add(DOWN.reading, numbers(entry.link, entry.on ? 1 : 0));
    case "standing":
      return frame.add(DOWN.standing, numbers(entry.link, STANDINGS.indexOf(entry.standing)));
  }
}

/** The commonest entry: the same bytes for any number of links. */
function writeSend(frame: FrameWriter, links: Uint32Array, bytes: Uint8Array): void {
  frame.add(DOWN.send, numbers(links.length), bytesOf(links), bytes);
}

/** Reads an entry of the leader. `null`: a kind that isn't known here, or what can't be read. */
export function readDown({ kind, payload }: FrameEntry): DownEntry | null {
  if (payload.length < NUMBER_BYTES) return null;
  const link = numberAt(payload, 0);
  const rest = payload.subarray(NUMBER_BYTES);
  switch (kind) {
    case DOWN.send: {
      const idBytes = link * NUMBER_BYTES;
      if (idBytes > rest.length) return null;
      // A copy, since a Uint32Array must begin at a multiple of four.
      const links = new Uint32Array(rest.slice(0, idBytes).buffer);
      return { kind: "send", links, bytes: rest.subarray(idBytes) };
    }
    case DOWN.close:
      return { kind: "close", link, lastWords: rest.length === 0 ? NOTHING : rest };
    case DOWN.drop:
      return { kind: "drop", link };
    case DOWN.reading:
      return rest.length < NUMBER_BYTES
        ? null
        : { kind: "reading", link, on: numberAt(rest, 0) === 1 };
    case DOWN.standing: {
      const standing = rest.length < NUMBER_BYTES ? undefined : STANDINGS[numberAt(rest, 0)];
      return standing === undefined ? null : { kind: "standing", link, standing };
    }
    default:
      return null;
  }
}

/** Every machine that Bun runs on is little-endian, as the frames are. */
function numbers(...values: readonly number[]): Uint8Array {
  return bytesOf(new Uint32Array(values));
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function numberAt(bytes: Uint8Array, start: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + start, NUMBER_BYTES).getUint32(0, true);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(DECODER.decode(bytes));
  } catch {
    return undefined;
  }
}
