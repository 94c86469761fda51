/** Pictures, sounds and films for tests, made here byte by byte, so that none of them lies in the repository. */

/** What a film or sound is in. */
export type MediaKind = "wav" | "mp3" | "ogg" | "mp4" | "webm";

/** Makes a picture with a gradient, in which left and right, top and bottom and every pixel can be told apart. */
export async function makePicture(
  width: number,
  height: number,
  type: "png" | "jpeg" | "webp" = "png",
): Promise<Uint8Array> {
  const image = new Bun.Image(makeBmp(width, height));
  if (type === "jpeg") return image.jpeg({ quality: 90 }).bytes();
  return type === "webp" ? image.webp({ quality: 90 }).bytes() : image.png().bytes();
}

/** Makes a picture whose preview isn't small: noise, the same each time. */
export async function makeNoise(width: number, height: number): Promise<Uint8Array> {
  const bmp = makeBmp(width, height);
  let value = 1;
  for (let at = 54; at < bmp.length; at++) {
    value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
    bmp[at] = value >>> 24;
  }
  return new Bun.Image(bmp).png().bytes();
}

function makeBmp(width: number, height: number): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4;
  const bmp = Buffer.alloc(54 + row * height);
  bmp.write("BM");
  bmp.writeUInt32LE(bmp.length, 2);
  bmp.writeUInt32LE(54, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(width, 18);
  bmp.writeInt32LE(height, 22);
  bmp.writeUInt16LE(1, 26);
  bmp.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colours = [255 - (x * 255) / width, (y * 255) / height, (x * 255) / width];
      for (const [part, value] of colours.entries()) {
        bmp[54 + (height - 1 - y) * row + x * 3 + part] = Math.round(value);
      }
    }
  }
  return bmp;
}

/** Makes a PNG whose header claims any size, of no more than a few bytes. */
export function makePngBomb(width: number, height: number): Uint8Array {
  return makePng([width, height, 8, 6], [], new Uint8Array(9));
}

/**
 * Makes a PNG of parts that fit together, or don't.
 *
 * @param header width, height, bits of a channel, and the number of the colour type
 * @param chunks between header and pixels
 * @param rows uncompressed, each with the number of its filter in front
 */
export function makePng(
  [width, height, ...kind]: readonly [number, number, number, number],
  chunks: readonly (readonly [name: string, data: Uint8Array])[],
  rows: Uint8Array,
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(kind, 8);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(Bun.hash.adler32(rows));
  const data = [Buffer.from([0x78, 0x01]), Bun.deflateSync(Buffer.from(rows)), checksum];
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunkOf("IHDR", header),
    ...chunks.map(([name, bytes]) => chunkOf(name, Buffer.from(bytes))),
    chunkOf("IDAT", Buffer.concat(data)),
    chunkOf("IEND", Buffer.alloc(0)),
  ]);
}

function chunkOf(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(Bun.hash.crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

/** Adds EXIF to a JPEG: the camera was held on its side (6: turned a quarter), and a text that names a place. */
export function withExif(jpeg: Uint8Array, place: string): Uint8Array {
  const text = Buffer.from(`${place}\0`);
  const tiff = Buffer.alloc(38);
  tiff.set(Buffer.from("MM\0*"));
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(2, 8);
  // ImageDescription, and Orientation.
  tiff.writeUInt16BE(0x010e, 10);
  tiff.writeUInt16BE(2, 12);
  tiff.writeUInt32BE(text.length, 14);
  tiff.writeUInt32BE(38, 18);
  tiff.writeUInt16BE(0x0112, 22);
  tiff.writeUInt16BE(3, 24);
  tiff.writeUInt32BE(1, 26);
  tiff.writeUInt16BE(6, 30);
  const body = Buffer.concat([Buffer.from("Exif\0\0"), tiff, text]);
  const start = Buffer.from([0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), start, body, jpeg.subarray(2)]);
}

/** Makes a silent sound, or a film that has a length and no pictures. */
export function makeMedia(kind: MediaKind, seconds: number): Uint8Array {
  switch (kind) {
    case "wav":
      return makeWav(seconds);
    case "mp3":
      return makeMp3(seconds);
    case "ogg":
      return makeOgg(seconds);
    case "mp4":
      return makeMp4(seconds);
    case "webm":
      return makeWebm(seconds);
  }
}

function makeWav(seconds: number): Buffer {
  const rate = 8000;
  const bytes = rate * seconds;
  const header = Buffer.alloc(44);
  header.write("RIFF");
  header.writeUInt32LE(36 + bytes, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 36);
  header.writeUInt32LE(bytes, 40);
  return Buffer.concat([header, Buffer.alloc(bytes, 128)]);
}

/** Frames of MPEG-1 layer 3 at 128 kbit/s and 44.1 kHz: 417 bytes for 1152 samples. */
function makeMp3(seconds: number): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x00]);
  const tag = Buffer.from([...Buffer.from("ID3"), 4, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([tag, ...Array(Math.round((seconds * 44_100) / 1152)).fill(frame)]);
}

/** Vorbis at 8 kHz: its length is the position of its last page. */
function makeOgg(seconds: number): Buffer {
  const rate = 8000;
  const identification = Buffer.alloc(30);
  identification.write("\x01vorbis", "latin1");
  identification[11] = 1;
  identification.writeUInt32LE(rate, 12);
  identification.writeUInt32LE(64_000, 20);
  identification.set([0xb8, 1], 28);
  const comment = Buffer.concat([
    Buffer.from("\x03vorbis", "latin1"),
    Buffer.alloc(8),
    Buffer.from([1]),
  ]);
  return Buffer.concat([
    oggPage(2, 0, 0, identification),
    oggPage(0, 0, 1, comment),
    oggPage(4, rate * seconds, 2, Buffer.alloc(32)),
  ]);
}

function oggPage(flags: number, position: number, index: number, data: Buffer): Buffer {
  const header = Buffer.alloc(28);
  header.write("OggS");
  header[5] = flags;
  header.writeUInt32LE(position, 6);
  header.writeUInt32LE(7, 14);
  header.writeUInt32LE(index, 18);
  header[26] = 1;
  header[27] = data.length;
  return Buffer.concat([header, data]);
}

/** A film with one track and no sound, as a recording of the screen is. */
function makeMp4(seconds: number): Buffer {
  const track = Buffer.alloc(84);
  track.writeUInt32BE(1, 12);
  const media = Buffer.alloc(24);
  media.writeUInt32BE(1000, 12);
  media.writeUInt32BE(seconds * 1000, 16);
  const handler = Buffer.alloc(28);
  handler.write("mhlrvide", 4);
  const type = Buffer.from("isom\0\0\x02\0isommp42");
  const mdia = boxOf("mdia", Buffer.concat([boxOf("mdhd", media), boxOf("hdlr", handler)]));
  const trak = boxOf("trak", Buffer.concat([boxOf("tkhd", track), mdia]));
  const moov = boxOf("moov", Buffer.concat([boxOf("mvhd", Buffer.alloc(100)), trak]));
  return Buffer.concat([boxOf("ftyp", type), moov, boxOf("mdat", Buffer.alloc(8))]);
}

function boxOf(name: string, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + data.length);
  header.write(name, 4);
  return Buffer.concat([header, data]);
}

function makeWebm(seconds: number): Buffer {
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(seconds * 1000);
  const info = element(
    "1549a966",
    element("2ad7b1", Buffer.from([0x0f, 0x42, 0x40])),
    element("4489", duration),
  );
  const header = element("1a45dfa3", element("4282", Buffer.from("webm")));
  return Buffer.concat([header, element("18538067", info)]);
}

function element(id: string, ...content: readonly Buffer[]): Buffer {
  const data = Buffer.concat(content);
  return Buffer.concat([
    Buffer.from(id, "hex"),
    Buffer.from([0x40 | (data.length >> 8), data.length & 255]),
    data,
  ]);
}
