import { ChunkCoalescer } from "./chunk-coalescer.ts";

/**
 * A reader that takes nothing for about 10 s of a busy room. One slow reader must not cost the
 * rest of us our memory, and has long lost the conversation anyway.
 */
export const OUTBOX_BYTES_MAX = 1 << 20;

/**
 * What one turn may queue on top of the limit before anything was offered to the kernel. An
 * answer like WHO in a large room is made in one go and usually leaves in one go.
 */
export const OUTBOX_TURN_FACTOR = 8;

/**
 * Bytes gathered into one write. A send costs some 6 µs whatever is in it; beyond this size the
 * copy costs more than the send it saves, so larger queues leave in several writes.
 */
const GATHER_BYTES = 256 * 1024;

/** A queued piece this large is written as it is: copying it would only move it. */
const ALONE_BYTES = 64 * 1024;

export interface OutboxLimits {
  /** More than this waiting after a flush makes the outbox `over`. */
  readonly bytesMax: number;
}

/** Offers bytes to the kernel: how many it took, 0 when blocked, -1 when the socket is gone. */
export type Write = (bytes: Uint8Array) => number;

/**
 * What has not left yet for one reader, in order and bounded. Pure: it is handed the write.
 *
 * Chunks are shared with other outboxes, so they are never changed and must not be changed by
 * whoever pushed them. What the kernel refused stays as bytes at an offset.
 */
export class Outbox {
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that the kernel has already. */
  #offset = 0;
  #bytes = 0;
  /** Bytes that may leave; beyond them everything waits for the next `seal`. */
  #sealed = Number.POSITIVE_INFINITY;
  #lost = false;
  readonly #limits: OutboxLimits;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** Bytes waiting. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Pieces waiting. */
  get chunks(): number {
    return this.#chunks.length;
  }

  /** More is waiting than the limit allows: this reader is to be closed. Reading it changes nothing. */
  get isOverLimit(): boolean {
    return this.#lost || this.#bytes > this.#limits.bytesMax;
  }

  /**
   * Queues a chunk; never writes, never calls back. Past the hard bound (`OUTBOX_TURN_FACTOR`
   * times the limit) the chunk is dropped and the outbox stays `over` for good: its reader could
   * only be shown a torn stream.
   */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.#lost) return;
    if (this.#bytes + chunk.length > this.#limits.bytesMax * OUTBOX_TURN_FACTOR) {
      this.#lost = true;
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /**
   * What is here now may leave; what is pushed from now on waits for the next `seal`. An outbox
   * that was never sealed holds nothing back.
   */
  seal(): void {
    this.#sealed = this.#bytes;
  }

  /**
   * Offers everything that may leave, in one write unless it is very large. `empty`: all that may
   * leave has left. `blocked`: the kernel refused some; call again when the socket can take more.
   * `closed`: the socket is gone, and so is what was queued.
   */
  flush(write: Write, gatherer = new ChunkCoalescer()): "empty" | "blocked" | "closed" {
    while (Math.min(this.#bytes, this.#sealed) > 0) {
      const piece = this.#gather(gatherer);
      const taken = write(piece);
      if (taken < 0) {
        this.#clear();
        return "closed";
      }
      this.#drop(taken);
      if (taken < piece.length) return "blocked";
    }
    return "empty";
  }

  /** Makes the first chunks into one, or gives the first as it is, from its offset. */
  #gather(gatherer: ChunkCoalescer): Uint8Array {
    const first = this.#chunks[0] as Uint8Array;
    const rest = this.#offset === 0 ? first : first.subarray(this.#offset);
    let bytes = rest.length;
    if (this.#chunks.length === 1 || bytes >= ALONE_BYTES) return rest;
    const most = Math.min(this.#sealed, GATHER_BYTES);
    let count = 1;
    for (; count < this.#chunks.length; count++) {
      const next = (this.#chunks[count] as Uint8Array).length;
      if (bytes + next > most) break;
      bytes += next;
    }
    if (count === 1) return rest;
    const later = this.#chunks.splice(count);
    this.#chunks[0] = rest;
    const gathered = gatherer.coalesce(this.#chunks);
    this.#chunks = [gathered, ...later];
    this.#offset = 0;
    return gathered;
  }

  /** Forgets `taken` bytes of the first chunk. */
  #drop(taken: number): void {
    this.#bytes -= taken;
    this.#sealed -= taken;
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
