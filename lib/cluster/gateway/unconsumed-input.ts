/** Pieces that are no longer than this together are joined: a piece takes more memory than a few bytes do. */
const JOINED_BYTES_MAX = 512;

/** Owns the bytes of a link that its leader hasn't consumed, with their offsets in all that the link has sent. */
export class UnconsumedInput {
  #chunks: Uint8Array[] = [];
  #since = 0;
  #bytes = 0;

  /** The offset of the first byte, modulo 2^32. */
  get since(): number {
    return this.#since;
  }

  /** How many bytes there are. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The bytes, in pieces. */
  get chunks(): readonly Uint8Array[] {
    return this.#chunks;
  }

  /** Adds a copy of bytes. */
  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.length + bytes.length <= JOINED_BYTES_MAX) {
      const joined = new Uint8Array(last.length + bytes.length);
      joined.set(last);
      joined.set(bytes, last.length);
      this.#chunks[this.#chunks.length - 1] = joined;
    } else {
      // A Buffer's slice() would be no copy.
      this.#chunks.push(Uint8Array.prototype.slice.call(bytes));
    }
  }

  /** Forgets what is before an offset. Returns how many bytes that were: none, for an offset that there isn't. */
  consume(offset: number): number {
    const count = (offset - this.#since) >>> 0;
    if (count > this.#bytes) return 0;
    let left = count;
    let used = 0;
    for (const chunk of this.#chunks) {
      if (chunk.length > left) break;
      left -= chunk.length;
      used += 1;
    }
    this.#chunks.splice(0, used);
    const [first] = this.#chunks;
    if (left > 0 && first !== undefined) this.#chunks[0] = first.subarray(left);
    this.#since = offset >>> 0;
    this.#bytes -= count;
    return count;
  }
}
