/** A room's readers speak one to three dialects, and who has just spoken is due less than the others. */
const KEPT_MAX = 4;

/**
 * Makes one piece of many chunks. The readers of a room are due the same chunks, so the last pieces are kept and
 * serve whoever is due the same: what was said in a turn is copied once for each dialect, and not for each reader.
 */
export class ChunkCoalescer {
  readonly #kept: { readonly chunks: readonly Uint8Array[]; readonly piece: Uint8Array }[] = [];

  /** All of `chunks`, which nobody changes any more, behind one another. */
  coalesce(chunks: readonly Uint8Array[]): Uint8Array {
    for (const { chunks: others, piece } of this.#kept) if (isSame(chunks, others)) return piece;
    const piece = Buffer.concat(chunks);
    if (this.#kept.length === KEPT_MAX) this.#kept.shift();
    this.#kept.push({ chunks, piece });
    return piece;
  }

  /** Lets go of what it keeps. */
  forget(): void {
    this.#kept.length = 0;
  }
}

function isSame(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i += 1) if (some[i] !== others[i]) return false;
  return true;
}
