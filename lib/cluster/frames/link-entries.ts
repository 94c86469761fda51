import type { Link, Standing } from "../../chat-server/server-ports.ts";
import {
  boolean,
  type Decoder,
  jsonOf,
  nullable,
  number,
  object,
  string,
} from "../../protocol/json-decoder.ts";
import { type FrameEntry, type FrameWriter, NUMBER_BYTES } from "./frame.ts";

/*
 * What frames say of links: a gateway has the sockets, the leader a `RemoteLink` for each. A link's number is the
 * gateway's, and is never used again by it. Entries of unknown kinds are passed over, as is one that can't be read.
 */

/** A connection that is ready at a gateway, as the leader hears of it. */
export interface OpenedLink extends Pick<Link, "address" | "secure" | "certificate"> {
  readonly link: number;
  readonly validity: NonNullable<Link["certificateValidity"]> | null;
  /** See {@link Link.isUnlimited}: the leader counts it with no others, as the gateway does. */
  readonly isUnlimited?: boolean;
  /**
   * The offset of the first byte that follows, if another leader has consumed some: see takeover-entries.ts. Left out
   * for 0.
   */
  readonly since?: number;
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
  | { readonly kind: "backlog"; readonly link: number; readonly bytes: number }
  /** The same, as the leader asked: what it had sent before has been offered to the peer. */
  | { readonly kind: "answer"; readonly link: number; readonly bytes: number };

/** What the leader tells a gateway, besides bytes for links: see {@link SendWriter}. */
export type DownEntry =
  | { readonly kind: "close"; readonly link: number; readonly lastWords: Uint8Array }
  | { readonly kind: "drop"; readonly link: number }
  /** Asks how much of what was sent so far waits for the peer. */
  | { readonly kind: "ask"; readonly link: number }
  | { readonly kind: "reading"; readonly link: number; readonly on: boolean }
  | { readonly kind: "standing"; readonly link: number; readonly standing: Standing };

/** The numbers of the kinds on the wire. A number is never given to another kind. */
const UP = { open: 1, data: 2, ended: 3, drained: 4, overflow: 5, backlog: 6, answer: 7 } as const;
const DOWN = {
  send: 1,
  close: 2,
  drop: 3,
  reading: 4,
  standing: 5,
  "send-again": 6,
  ask: 7,
} as const;
const STANDINGS: readonly Standing[] = ["stranger", "guest", "member"];

/** A message has one to three dialects, and its readers' dialects alternate. */
const CHUNKS_REMEMBERED = 4;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

const decodeOpened: Decoder<OpenedLink> = object(
  {
    link: number,
    address: string,
    secure: boolean,
    certificate: nullable(string),
    validity: nullable(object({ from: number, until: number })),
  },
  { isUnlimited: boolean, since: number },
);

/** Adds an entry to a gateway's frame. */
export function writeUp(frame: FrameWriter, entry: UpEntry): void {
  switch (entry.kind) {
    case "open": {
      const { kind: _, ...opened } = entry;
      return frame.add(UP.open, ENCODER.encode(JSON.stringify(opened)));
    }
    case "data":
      return addOf(frame, UP.data, entry.link, entry.bytes);
    case "ended":
      return addOf(frame, UP.ended, entry.link, ENCODER.encode(entry.why));
    case "drained":
    case "overflow":
      return addOf(frame, UP[entry.kind], entry.link);
    case "backlog":
    case "answer":
      return addOf(frame, UP[entry.kind], entry.link, entry.bytes);
  }
}

/** Reads an entry of a gateway. `null`: a kind that isn't known here, or what can't be read. */
export function readUp(entry: FrameEntry): UpEntry | null {
  if (entry.kind === UP.open) {
    const opened = decodeOpened(jsonOf(DECODER.decode(entry.payload)));
    return opened === undefined ? null : { kind: "open", ...opened };
  }
  if (entry.length < NUMBER_BYTES) return null;
  const link = entry.number(0);
  switch (entry.kind) {
    case UP.data:
      return { kind: "data", link, bytes: entry.bytes(NUMBER_BYTES) };
    case UP.ended:
      return { kind: "ended", link, why: DECODER.decode(entry.bytes(NUMBER_BYTES)) };
    case UP.drained:
      return { kind: "drained", link };
    case UP.overflow:
      return { kind: "overflow", link };
    case UP.backlog:
    case UP.answer: {
      const kind = entry.kind === UP.answer ? "answer" : "backlog";
      return entry.length < 2 * NUMBER_BYTES
        ? null
        : { kind, link, bytes: entry.number(NUMBER_BYTES) };
    }
    default:
      return null;
  }
}

/** Adds an entry to the leader's frame. */
export function writeDown(frame: FrameWriter, entry: DownEntry): void {
  switch (entry.kind) {
    case "close":
      return addOf(frame, DOWN.close, entry.link, entry.lastWords);
    case "drop":
    case "ask":
      return addOf(frame, DOWN[entry.kind], entry.link);
    case "reading":
      return addOf(frame, DOWN.reading, entry.link, entry.on ? 1 : 0);
    case "standing":
      return addOf(frame, DOWN.standing, entry.link, STANDINGS.indexOf(entry.standing));
  }
}

/** Reads an entry of the leader. `null`: a kind that isn't one of these, or what can't be read. */
export function readDown(entry: FrameEntry): DownEntry | null {
  if (entry.length < NUMBER_BYTES) return null;
  const link = entry.number(0);
  const hasNumber = entry.length >= 2 * NUMBER_BYTES;
  switch (entry.kind) {
    case DOWN.close:
      return { kind: "close", link, lastWords: entry.bytes(NUMBER_BYTES) };
    case DOWN.drop:
      return { kind: "drop", link };
    case DOWN.ask:
      return { kind: "ask", link };
    case DOWN.reading:
      return hasNumber ? { kind: "reading", link, on: entry.number(NUMBER_BYTES) === 1 } : null;
    case DOWN.standing: {
      const standing = hasNumber ? STANDINGS[entry.number(NUMBER_BYTES)] : undefined;
      return standing === undefined ? null : { kind: "standing", link, standing };
    }
    default:
      return null;
  }
}

/**
 * Writes bytes for links into a frame: the same bytes for many of them once.
 *
 *     send: how many bytes | bytes | the links' numbers
 *     send-again: which bytes, as an index into those of the frame's `send` entries | the links' numbers
 *
 * Only the last entry of the frame may be a `SendWriter`'s: {@link end} it before another is added.
 */
export class SendWriter {
  readonly #frame: FrameWriter;
  /** The bytes of the entry that is being written; `null` if there is none. */
  #current: Uint8Array | null = null;
  /** The last ones of the frame, and the index of the first of them. */
  #chunks: Uint8Array[] = [];
  #firstIndex = 0;

  constructor(frame: FrameWriter) {
    this.#frame = frame;
  }

  /** Adds bytes for a link. They must not change before the frame is taken. */
  send(link: number, bytes: Uint8Array): void {
    if (bytes !== this.#current) this.#begin(bytes);
    this.#frame.number(link);
  }

  /** Ends the entry that is being written, if there is one. */
  end(): void {
    if (this.#current === null) return;
    this.#current = null;
    this.#frame.end();
  }

  /** Ends the entry that is being written. The next one is in another frame. */
  endFrame(): void {
    this.end();
    this.#chunks = [];
    this.#firstIndex = 0;
  }

  #begin(bytes: Uint8Array): void {
    this.end();
    this.#current = bytes;
    const index = this.#chunks.indexOf(bytes);
    if (index >= 0) {
      this.#frame.begin(DOWN["send-again"]);
      this.#frame.number(this.#firstIndex + index);
      return;
    }
    this.#chunks.push(bytes);
    if (this.#chunks.length > CHUNKS_REMEMBERED) {
      this.#chunks.shift();
      this.#firstIndex += 1;
    }
    this.#frame.begin(DOWN.send);
    this.#frame.number(bytes.length);
    this.#frame.bytes(bytes);
  }
}

/** Reads what a {@link SendWriter} wrote. One reader reads all entries of a frame, in their order. */
export class SendReader {
  /** `null` for those that couldn't be read. */
  #chunks: (Uint8Array | null)[] = [];

  /** Begins to read another frame. */
  beginFrame(): void {
    this.#chunks = [];
  }

  /**
   * Calls `send` for each link of an entry, with bytes that stay valid and are shared. Returns `false` for an entry that
   * isn't of these kinds, or can't be read.
   */
  read(entry: FrameEntry, send: (link: number, bytes: Uint8Array) => void): boolean {
    const { kind, length } = entry;
    const isAgain = kind === DOWN["send-again"];
    if ((kind !== DOWN.send && !isAgain) || length < NUMBER_BYTES) return false;
    const first = entry.number(0);
    const linksStart = NUMBER_BYTES + (isAgain ? 0 : first);
    if (linksStart > length) {
      // Its number counts all the same: a later `send-again` must not mean other bytes, which are somebody else's.
      if (!isAgain) this.#chunks.push(null);
      return false;
    }
    const bytes = isAgain ? this.#chunks[first] : entry.copy(NUMBER_BYTES, first);
    if (bytes === undefined || bytes === null) return false;
    if (!isAgain) this.#chunks.push(bytes);
    for (let offset = linksStart; offset + NUMBER_BYTES <= length; offset += NUMBER_BYTES) {
      send(entry.number(offset), bytes);
    }
    return true;
  }
}

/** Adds an entry about a link, with a number or bytes. */
function addOf(frame: FrameWriter, kind: number, link: number, rest?: number | Uint8Array): void {
  frame.begin(kind);
  frame.number(link);
  if (typeof rest === "number") frame.number(rest);
  else if (rest !== undefined) frame.bytes(rest);
  frame.end();
}
