/**
 * Makes one piece of many chunks. The readers of a room are due the same chunks, so the last piece is kept and
 * serves whoever is due the same: what was said in a turn is copied once, and not once for each reader.
 */
export class Gatherer {
  #chunks: readonly Uint8Array[] = [];
  #piece: Uint8Array | null = null;

  /** All of `chunks`, which nobody changes any more, behind one another. */
  gather(chunks: readonly Uint8Array[]): Uint8Array {
    if (this.#piece !== null && isSame(chunks, this.#chunks)) return this.#piece;
    this.#chunks = chunks;
    this.#piece = Buffer.concat(chunks);
    return this.#piece;
  }

  /** Lets go of what it keeps. */
  forget(): void {
    this.#chunks = [];
    this.#piece = null;
  }
}

function isSame(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i += 1) if (some[i] !== others[i]) return false;
  return true;
}
