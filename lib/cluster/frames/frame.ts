/*
 * What a gateway and the leader say to each other: frames, one a turn and direction. A frame is its length and a version,
 * then entries, each with its kind and length, so that a reader passes over the kinds that it doesn't know. Numbers are
 * little-endian.
 *
 *     u32 length of what follows | u8 version | entries
 *     entry: u8 kind | u32 length of the payload | payload
 */

/** The version of the frames. One that is newer is read as far as its entries are known. */
const FRAME_VERSION = 1;
/** The longest frame, in bytes: longer ones mean that this is no gateway. */
const FRAME_BYTES_MAX = 64 << 20;

const LENGTH_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + 1;
const ENTRY_HEAD_BYTES = 5;
/** The length of the numbers in payloads. */
export const NUMBER_BYTES = 4;
const FIRST_BYTES = 4096;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** One entry of a frame. What it gives is valid until the next call of the reader. */
export class FrameEntry {
  readonly kind: number;
  /** How long the payload is. */
  readonly length: number;
  readonly #frame: Uint8Array;
  readonly #start: number;

  /** @param start where the payload is in the frame's bytes */
  constructor(kind: number, frame: Uint8Array, start: number, length: number) {
    this.kind = kind;
    this.length = length;
    this.#frame = frame;
    this.#start = start;
  }

  get payload(): Uint8Array {
    return this.bytes(0);
  }

  /** Returns the payload from `offset` on. */
  bytes(offset: number): Uint8Array {
    return this.#frame.subarray(this.#start + offset, this.#start + this.length);
  }

  /** Returns `count` bytes of the payload from `offset` on, which stay valid. */
  copy(offset: number, count: number): Uint8Array {
    return this.#frame.slice(this.#start + offset, this.#start + offset + count);
  }

  /** Returns an entry of the same content that stays valid. */
  kept(): FrameEntry {
    return new FrameEntry(this.kind, this.payload.slice(), 0, this.length);
  }

  /** Returns the number at `offset` of the payload. */
  number(offset: number): number {
    return numberAt(this.#frame, this.#start + offset);
  }

  /** Returns the payload as a JSON value; `undefined` when it is none. */
  json(): unknown {
    try {
      return JSON.parse(DECODER.decode(this.payload));
    } catch {
      return undefined;
    }
  }
}

/**
 * Collects the entries of one frame. An entry is {@link add}ed whole, or written in place: many have numbers only, or a
 * few that aren't known yet when the entry begins.
 */
export class FrameWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = HEAD_BYTES;
  /** Where the payload of the entry begins that is being written. */
  #payloadStart = 0;

  /** Whether it has no entries. */
  get isEmpty(): boolean {
    return this.#length === HEAD_BYTES;
  }

  /** How long the frame is so far, in bytes. */
  get length(): number {
    return this.#length;
  }

  /** Adds an entry. Its payload are the parts one after the other. */
  add(kind: number, ...parts: readonly Uint8Array[]): void {
    this.begin(kind);
    for (const part of parts) this.bytes(part);
    this.end();
  }

  /** Adds an entry whose payload is a JSON value. */
  addJson(kind: number, value: unknown): void {
    this.add(kind, ENCODER.encode(JSON.stringify(value)));
  }

  /** Begins an entry. What follows is its payload, until {@link end}. */
  begin(kind: number): void {
    this.#reserve(ENTRY_HEAD_BYTES);
    this.#bytes[this.#length] = kind;
    this.#length += ENTRY_HEAD_BYTES;
    this.#payloadStart = this.#length;
  }

  /** Writes a number below 2^32. */
  number(value: number): void {
    this.#reserve(NUMBER_BYTES);
    putNumber(this.#bytes, this.#length, value);
    this.#length += NUMBER_BYTES;
  }

  /** Writes bytes. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Ends the entry that was begun. */
  end(): void {
    putNumber(this.#bytes, this.#payloadStart - LENGTH_BYTES, this.#length - this.#payloadStart);
  }

  /** Returns the frame, and begins the next one in the same buffer: the bytes are valid until its first entry. */
  take(): Uint8Array {
    putNumber(this.#bytes, 0, this.#length - LENGTH_BYTES);
    this.#bytes[LENGTH_BYTES] = FRAME_VERSION;
    const frame = this.#bytes.subarray(0, this.#length);
    this.#length = HEAD_BYTES;
    return frame;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Thrown for bytes that are no frame: the other side is broken, or no gateway. */
export class FrameError extends Error {}

/** Cuts a stream of bytes, which may be split anywhere, into frames, and these into entries. */
export class FrameReader {
  /** What was received of a frame that is not complete lies between `#start` and `#end`. */
  #buffer = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /**
   * Returns the frames that the bytes complete, each as its entries: parts of the bytes, or of the reader's own buffer.
   * Throws a {@link FrameError}.
   */
  push(received: Uint8Array): FrameEntry[][] {
    // A Buffer's slice() is no copy, and payloads are to be what their type says.
    const bytes = new Uint8Array(received.buffer, received.byteOffset, received.byteLength);
    if (this.#start === this.#end) {
      const { frames, used } = framesOf(bytes);
      this.#start = 0;
      this.#end = 0;
      this.#append(bytes.subarray(used));
      return frames;
    }
    this.#append(bytes);
    const { frames, used } = framesOf(this.#buffer.subarray(this.#start, this.#end));
    this.#start += used;
    return frames;
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const length = this.#end - this.#start;
    if (length + bytes.length > this.#buffer.length) {
      // At least twice as long: a large frame in many pieces would be copied for each of them.
      const larger = new Uint8Array(Math.max(length + bytes.length, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = larger;
    } else if (this.#start > 0) this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#buffer.set(bytes, length);
    this.#start = 0;
    this.#end = length + bytes.length;
  }
}

/** Returns the whole frames at the beginning of the bytes, and how many bytes they take. */
function framesOf(bytes: Uint8Array): { readonly frames: FrameEntry[][]; readonly used: number } {
  const frames: FrameEntry[][] = [];
  let used = 0;
  while (bytes.length - used >= LENGTH_BYTES) {
    const length = numberAt(bytes, used);
    if (length < HEAD_BYTES - LENGTH_BYTES || length > FRAME_BYTES_MAX) {
      throw new FrameError(`a frame can't have ${length} bytes`);
    }
    const end = used + LENGTH_BYTES + length;
    if (end > bytes.length) break;
    frames.push(entriesOf(bytes, used + HEAD_BYTES, end));
    used = end;
  }
  return { frames, used };
}

function entriesOf(bytes: Uint8Array, frameStart: number, frameEnd: number): FrameEntry[] {
  const entries: FrameEntry[] = [];
  let start = frameStart;
  while (start < frameEnd) {
    const payloadStart = start + ENTRY_HEAD_BYTES;
    const length = payloadStart <= frameEnd ? numberAt(bytes, start + 1) : Infinity;
    if (payloadStart + length > frameEnd) {
      throw new FrameError("an entry is longer than its frame");
    }
    entries.push(new FrameEntry(bytes[start] ?? 0, bytes, payloadStart, length));
    start = payloadStart + length;
  }
  return entries;
}

/** By bytes: a DataView would have to be made for each buffer, which takes longer than reading a few numbers. */
function numberAt(bytes: Uint8Array, start: number): number {
  const byteAt = (index: number): number => bytes[start + index] ?? 0;
  return (byteAt(0) | (byteAt(1) << 8) | (byteAt(2) << 16) | (byteAt(3) << 24)) >>> 0;
}

function putNumber(bytes: Uint8Array, start: number, value: number): void {
  bytes[start] = value;
  bytes[start + 1] = value >>> 8;
  bytes[start + 2] = value >>> 16;
  bytes[start + 3] = value >>> 24;
}
