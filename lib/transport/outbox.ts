import { ChunkCoalescer } from "./chunk-coalescer.ts";

/**
 * The most bytes that may wait for one reader: about 10 s of a busy room. A reader this slow has lost track of the
 * conversation anyway, and must not cost the others their memory.
 */
export const OUTBOX_BYTES_MAX = 1 << 20;

/**
 * How many times the limit one turn may queue before anything was offered to the kernel. An answer like WHO in a
 * large room is made at once and usually leaves at once.
 */
export const OUTBOX_TURN_FACTOR = 8;

/**
 * The most bytes that are joined for one write. A send costs some 6 µs whatever is in it; beyond this size the copy
 * costs more than the send that it saves, so larger queues leave in several writes.
 */
const JOINED_BYTES_MAX = 256 * 1024;

/** A chunk of at least this size is written alone: joining it would copy it for nothing. */
const SINGLE_BYTES_MIN = 64 * 1024;

/** Bounds of an {@link Outbox}. */
export interface OutboxLimits {
  /** An outbox with more bytes than this waiting after a flush is over its limit. */
  readonly bytesMax: number;
}

/** Offers bytes to the kernel. Returns how many it took: 0 when it is blocked, -1 when the socket is gone. */
export type Write = (bytes: Uint8Array) => number;

/**
 * Owns the bytes that wait for one reader: in order, and bounded. Pure: it is handed the write.
 *
 * Chunks are shared with other outboxes, so neither the outbox nor its caller may change them. The outbox stores
 * the offset in a chunk that the kernel took in part.
 */
export class Outbox {
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that the kernel has taken already. */
  #offset = 0;
  #bytes = 0;
  /** How many of the bytes may leave. The rest waits for the next `seal`. */
  #sealedBytes = Number.POSITIVE_INFINITY;
  /** Whether a chunk was dropped. */
  #hasDropped = false;
  readonly #limits: OutboxLimits;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many chunks wait. */
  get chunks(): number {
    return this.#chunks.length;
  }

  /** Whether more waits than the limit allows: then the reader is to be closed. */
  get isOverLimit(): boolean {
    return this.#hasDropped || this.#bytes > this.#limits.bytesMax;
  }

  /**
   * Queues a chunk. Never writes and never calls back. Beyond the hard bound (`OUTBOX_TURN_FACTOR` times the
   * limit) the chunk is dropped, and the outbox stays over its limit for good: its stream would have a gap.
   */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.#hasDropped) return;
    if (this.#bytes + chunk.length > this.#limits.bytesMax * OUTBOX_TURN_FACTOR) {
      this.#hasDropped = true;
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /**
   * Allows the queued chunks to be sent. Later ones wait for the next `seal`. An outbox that was never
   * sealed holds nothing back.
   */
  seal(): void {
    this.#sealedBytes = this.#bytes;
  }

  /**
   * Offers everything that may leave to `write`, in one call unless it is very large.
   *
   * @param coalescer shared with other outboxes, so that equal chunks are joined once
   * @returns `empty`: all that may leave has left. `blocked`: the kernel refused some; call again when the socket
   *   can take more. `closed`: the socket is gone, and the queue was emptied.
   */
  flush(write: Write, coalescer = new ChunkCoalescer()): "empty" | "blocked" | "closed" {
    while (Math.min(this.#bytes, this.#sealedBytes) > 0) {
      const chunk = this.#nextChunk(coalescer);
      const taken = write(chunk);
      if (taken < 0) {
        this.#clear();
        return "closed";
      }
      this.#removeTaken(taken);
      if (taken < chunk.length) return "blocked";
    }
    return "empty";
  }

  /** Joins the first chunks into one, or returns the first alone, from its offset. */
  #nextChunk(coalescer: ChunkCoalescer): Uint8Array {
    const first = this.#chunks[0] as Uint8Array;
    const rest = this.#offset === 0 ? first : first.subarray(this.#offset);
    let bytes = rest.length;
    if (this.#chunks.length === 1 || bytes >= SINGLE_BYTES_MIN) return rest;
    const bytesMax = Math.min(this.#sealedBytes, JOINED_BYTES_MAX);
    let count = 1;
    for (; count < this.#chunks.length; count++) {
      const next = (this.#chunks[count] as Uint8Array).length;
      if (bytes + next > bytesMax) break;
      bytes += next;
    }
    if (count === 1) return rest;
    const later = this.#chunks.splice(count);
    this.#chunks[0] = rest;
    const joined = coalescer.coalesce(this.#chunks);
    this.#chunks = [joined, ...later];
    this.#offset = 0;
    return joined;
  }

  /** Removes the `taken` first bytes, which are all of the first chunk's. */
  #removeTaken(taken: number): void {
    this.#bytes -= taken;
    this.#sealedBytes -= taken;
    this.#offset += taken;
    if (this.#offset < (this.#chunks[0] as Uint8Array).length) return;
    this.#chunks.shift();
    this.#offset = 0;
  }

  #clear(): void {
    this.#chunks = [];
    this.#offset = 0;
    this.#bytes = 0;
  }
}
