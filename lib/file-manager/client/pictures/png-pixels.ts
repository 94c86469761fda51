/** Pixels as they are drawn: red, green, blue and alpha of each, from the top left. */
export interface PixelArray {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const CHANNELS = 4;
const SIGNATURE_BYTES = 8;
/** Length and name before a chunk's bytes, and the checksum behind them. */
const CHUNK_BYTES = 12;
/** Where the header has depth, colour type and interlacing: 8 bits, RGBA, none. */
const EXPECTED_KIND = { 24: 8, 25: 6, 28: 0 };

/** Between two yields: a few milliseconds, where memory is used for the first time. */
const SLICE_BYTES = 1 << 20;
/** The head of a zlib stream, and of a stored block in it: its kind, its length twice. */
const ZLIB_BYTES = 2;
const BLOCK_BYTES = 5;

/**
 * Returns the pixels of a PNG that `Bun.Image` wrote with `compressionLevel: 0`, since it gives none itself: in slices,
 * between which others have their turn. In such a PNG nothing is compressed and no row has a filter, so that rows are only
 * copied: 5 MB in 2 ms, where a decoder in JavaScript takes a quarter of a second. Throws on any other PNG.
 *
 * See https://www.w3.org/TR/png-3/#9Filters and https://www.rfc-editor.org/rfc/rfc1951#page-11 (stored blocks).
 */
export function* pixelsOfPlainPng(png: Uint8Array): Generator<undefined, PixelArray> {
  const view = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const width = view.readUInt32BE(16);
  const height = view.readUInt32BE(20);
  const isExpected = Object.entries(EXPECTED_KIND).every(
    ([at, value]) => view[Number(at)] === value,
  );
  if (!isExpected) throw new Error("a PNG of another kind");
  const bytesPerRow = width * CHANNELS;
  const data = new Uint8Array(bytesPerRow * height);
  /** How many bytes of rows were read, each with its filter in front. */
  let rowBytes = 0;
  let sliceBytes = 0;
  for (const block of storedBlocks(dataOf(view))) {
    for (let from = 0; from < block.length; ) {
      const column = rowBytes % (bytesPerRow + 1);
      const bytes = column === 0 ? 1 : Math.min(block.length - from, bytesPerRow + 1 - column);
      if (column === 0 && block[from] !== 0) throw new Error("a filtered row");
      const row = Math.floor(rowBytes / (bytesPerRow + 1));
      if (column > 0) data.set(block.subarray(from, from + bytes), row * bytesPerRow + column - 1);
      rowBytes += bytes;
      from += bytes;
    }
    sliceBytes += block.length;
    if (sliceBytes < SLICE_BYTES) continue;
    sliceBytes = 0;
    yield;
  }
  if (rowBytes !== (bytesPerRow + 1) * height) throw new Error("not all rows");
  return { width, height, data };
}

/** The contents of a zlib stream that isn't compressed. */
function* storedBlocks(zlib: Buffer): Generator<Buffer> {
  for (let offset = ZLIB_BYTES, isLast = false; !isLast; ) {
    const head = zlib.readUInt8(offset);
    if ((head & 0b110) !== 0) throw new Error("a compressed PNG");
    const start = offset + BLOCK_BYTES;
    const end = start + zlib.readUInt16LE(offset + 1);
    yield zlib.subarray(start, end);
    isLast = (head & 1) === 1;
    offset = end;
  }
}

/** The image data of a PNG, which may lie in several chunks. */
function dataOf(png: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let offset = SIGNATURE_BYTES; offset + CHUNK_BYTES <= png.length; ) {
    const length = png.readUInt32BE(offset);
    const isData = png.toString("latin1", offset + 4, offset + 8) === "IDAT";
    if (isData) chunks.push(png.subarray(offset + 8, offset + 8 + length));
    offset += CHUNK_BYTES + length;
  }
  const [first = Buffer.alloc(0)] = chunks;
  return chunks.length === 1 ? first : Buffer.concat(chunks);
}
