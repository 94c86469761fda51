/** A room's readers have one to three dialects; a sender without echo-message gets fewer chunks than the others. */
const CACHED_MAX = 4;

/**
 * Joins chunks into one. The readers of a room get the same chunks, so the last results are cached: a turn's messages
 * are copied once per dialect and not once per reader.
 */
export class ChunkCoalescer {
  readonly #cached: { readonly chunks: readonly Uint8Array[]; readonly joined: Uint8Array }[] = [];

  /** Returns the bytes of all chunks, in order. The chunks and the array must not change afterwards. */
  coalesce(chunks: readonly Uint8Array[]): Uint8Array {
    for (const entry of this.#cached) if (isSame(chunks, entry.chunks)) return entry.joined;
    const joined = Buffer.concat(chunks);
    if (this.#cached.length === CACHED_MAX) this.#cached.shift();
    this.#cached.push({ chunks, joined });
    return joined;
  }

  /** Empties the cache, at the end of a turn. */
  clear(): void {
    this.#cached.length = 0;
  }
}

function isSame(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
