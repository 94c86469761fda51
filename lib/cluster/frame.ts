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
export const FRAME_BYTES_MAX = 64 << 20;

const LENGTH_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + 1;
const ENTRY_HEAD_BYTES = 5;
const FIRST_BYTES = 4096;

/** One entry of a frame. The payload is valid until the next call of the reader. */
export interface FrameEntry {
  readonly kind: number;
  readonly payload: Uint8Array;
}

/** Collects the entries of one frame. Its buffer is used again for the next one. */
export class FrameWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = HEAD_BYTES;

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
    let payloadBytes = 0;
    for (const part of parts) payloadBytes += part.length;
    this.#reserve(ENTRY_HEAD_BYTES + payloadBytes);
    this.#view.setUint8(this.#length, kind);
    this.#view.setUint32(this.#length + 1, payloadBytes, true);
    this.#length += ENTRY_HEAD_BYTES;
    for (const part of parts) {
      this.#bytes.set(part, this.#length);
      this.#length += part.length;
    }
  }

  /** Returns the frame as bytes of their own, and begins the next one. */
  take(): Uint8Array {
    this.#view.setUint32(0, this.#length - LENGTH_BYTES, true);
    this.#view.setUint8(LENGTH_BYTES, FRAME_VERSION);
    const frame = this.#bytes.slice(0, this.#length);
    this.#length = HEAD_BYTES;
    return frame;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
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
  const view = viewOf(bytes);
  let used = 0;
  while (bytes.length - used >= LENGTH_BYTES) {
    const length = view.getUint32(used, true);
    if (length < HEAD_BYTES - LENGTH_BYTES || length > FRAME_BYTES_MAX) {
      throw new FrameError(`a frame can't have ${length} bytes`);
    }
    const end = used + LENGTH_BYTES + length;
    if (end > bytes.length) break;
    frames.push(entriesOf(bytes.subarray(used + HEAD_BYTES, end)));
    used = end;
  }
  return { frames, used };
}

function entriesOf(bytes: Uint8Array): FrameEntry[] {
  const entries: FrameEntry[] = [];
  const view = viewOf(bytes);
  let start = 0;
  while (start < bytes.length) {
    const payloadStart = start + ENTRY_HEAD_BYTES;
    const end =
      payloadStart <= bytes.length ? payloadStart + view.getUint32(start + 1, true) : Infinity;
    if (end > bytes.length) throw new FrameError("an entry is longer than its frame");
    entries.push({ kind: view.getUint8(start), payload: bytes.subarray(payloadStart, end) });
    start = end;
  }
  return entries;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
