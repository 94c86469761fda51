/*
 * Records and frames that are longer than what the engine takes in one go are cut into pieces, and joined again. A piece
 * is a line of JSON and bytes:
 *
 *     {"piece":0,"of":3,"id":"7-12"}\n…
 *
 * A half record at the log's end counts for nothing: its leader was killed or fenced on the way. What comes next begins
 * anew. What a later version adds to a piece's line comes behind `id`, and is passed over.
 */

/** The longest record or frame in all, in bytes. A joiner holds no more. */
export const JOINED_BYTES_MAX = 64 << 20;

/** A head with the longest id that is used. */
const HEAD_BYTES_MAX = 200;
const NEWLINE = 10;
/** Records and frames of ours begin in another way. */
const HEAD_START = '{"piece":';
const HEAD_START_BYTES = new TextEncoder().encode(HEAD_START);
const HEAD = /^\{"piece":(\d{1,6}),"of":(\d{1,6}),"id":"([A-Za-z0-9_.-]{1,120})"(?:,".*)?\}$/;

/** A part of something longer. */
export interface BytePiece {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * Cuts bytes into pieces of at most `bytesMax` bytes, each with an id of its own. What is short enough stays whole.
 * Returns `null` for more than {@link JOINED_BYTES_MAX}.
 */
export function cutIntoPieces(id: string, bytes: Uint8Array, bytesMax: number): BytePiece[] | null {
  if (bytes.length > JOINED_BYTES_MAX) return null;
  if (bytes.length <= bytesMax && !startsAsPiece(bytes)) return [{ id, bytes }];
  const partBytes = bytesMax - HEAD_BYTES_MAX;
  const count = Math.ceil(bytes.length / partBytes);
  return Array.from({ length: count }, (_, index) => {
    const head = Buffer.from(`${HEAD_START}${index},"of":${count},"id":"${id}"}\n`);
    const part = bytes.subarray(index * partBytes, (index + 1) * partBytes);
    return { id: `${id}.${index}`, bytes: Buffer.concat([head, part]) };
  });
}

/** Joins pieces that come in order, among whole ones. */
export class PieceJoiner {
  #id = "";
  #count = 0;
  #bytes = 0;
  #parts: Uint8Array[] = [];

  /** Whether a part of something has come, and not yet all of it. */
  get hasHalf(): boolean {
    return this.#parts.length > 0;
  }

  /** Takes what came next. Returns what is whole by it, or `null`. */
  push(bytes: Uint8Array): Uint8Array | null {
    if (!startsAsPiece(bytes)) {
      this.#forget();
      return bytes;
    }
    const end = bytes.indexOf(NEWLINE);
    const [, index, count, id] =
      HEAD.exec(Buffer.from(bytes.subarray(0, Math.max(0, end))).toString("latin1")) ?? [];
    if (index === undefined || count === undefined || id === undefined) {
      this.#forget();
      return null;
    }
    return this.#add({ index: Number(index), count: Number(count), id }, bytes.subarray(end + 1));
  }

  #add(
    { index, count, id }: { readonly index: number; readonly count: number; readonly id: string },
    part: Uint8Array,
  ): Uint8Array | null {
    if (index === 0) {
      this.#forget();
      this.#id = id;
      this.#count = count;
    }
    const isNext = index === this.#parts.length && id === this.#id && count === this.#count;
    if (!isNext || this.#bytes + part.length > JOINED_BYTES_MAX) {
      this.#forget();
      return null;
    }
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#parts.length < count) return null;
    const joined = Buffer.concat(this.#parts, this.#bytes);
    this.#forget();
    return joined;
  }

  #forget(): void {
    this.#id = "";
    this.#parts = [];
    this.#bytes = 0;
  }
}

function startsAsPiece(bytes: Uint8Array): boolean {
  return HEAD_START_BYTES.every((byte, index) => bytes[index] === byte);
}
