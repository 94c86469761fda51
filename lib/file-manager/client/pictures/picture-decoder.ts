import { type PixelArray, pixelsOfPlainPng } from "./png-pixels.ts";

/** A picture in a file, or its bytes. */
export type PictureSource = string | Uint8Array;

/** Why a picture can't be drawn: it is too large, damaged, or of a kind that this machine can't read. */
export type PictureProblem = "too-large" | "damaged" | "unknown-kind";

/** A picture of at most the size that was wanted: as a file, and as pixels, where these are asked for. */
export type DecodedPicture =
  | {
      readonly kind: "picture";
      readonly width: number;
      readonly height: number;
      /** Compressed, unless only its pixels were asked for. */
      readonly png: Uint8Array;
      /** In slices, between which others have their turn. */
      pixels(): Generator<undefined, PixelArray>;
    }
  | { readonly kind: "failed"; readonly why: PictureProblem };

/** All of these pixels are in memory at once, four bytes each: the client stays below 200 MB. */
const PIXELS_MAX = 24_000_000;
/** A JPEG is made smaller while it is read, unless its parts come one after the other (progressive). */
const PIXELS_MAX_JPEG = 220_000_000;
/** Only one over the whole window is decoded to more pixels. It leaves tens of megabytes behind. */
const LARGE_PIXELS = 600_000;
/** With so much in memory, what earlier pictures have left is freed before another large one is decoded. */
const RESIDENT_BYTES_MAX = 110 << 20;
/** Markers of a JPEG are looked at so far. */
const JPEG_HEAD_BYTES = 256 << 10;

/** Opens a picture that `Bun.Image` refuses by its header if it has too many pixels. */
export async function openPicture(source: PictureSource): Promise<Bun.Image> {
  const head =
    typeof source === "string"
      ? await Bun.file(source).slice(0, JPEG_HEAD_BYTES).bytes()
      : source.subarray(0, JPEG_HEAD_BYTES);
  return new Bun.Image(source, { maxPixels: isBaselineJpeg(head) ? PIXELS_MAX_JPEG : PIXELS_MAX });
}

/**
 * Decodes a picture, made smaller so that it fits into a box of pixels; it is turned as its camera was held. One that is
 * smaller stays as it is. The work is done by a thread of Bun's.
 *
 * @param isFile whether it is sent on as a file; otherwise it isn't compressed, which takes as long as all the rest
 */
export async function decodePicture(
  source: PictureSource,
  box: { readonly width: number; readonly height: number },
  isFile = true,
): Promise<DecodedPicture> {
  if (box.width * box.height > LARGE_PIXELS) freeMemory();
  try {
    const options = { fit: "inside", withoutEnlargement: true } as const;
    const image = (await openPicture(source)).resize(box.width, box.height, options);
    const plain = await image.png({ compressionLevel: 0 }).bytes();
    const png = isFile ? await new Bun.Image(plain).png().bytes() : plain;
    const { width, height } = image;
    return { kind: "picture", width, height, png, pixels: () => pixelsOfPlainPng(plain) };
  } catch (error) {
    return { kind: "failed", why: pictureProblem(error) };
  }
}

/**
 * Frees what nothing needs any more. The collector alone comes too late for pictures, whose bytes lie outside of its heap:
 * fifteen photographs over the whole window took 300 MB, and 180 so. It takes some 10 ms, so it isn't done without need.
 */
function freeMemory(): void {
  if (process.memoryUsage.rss() > RESIDENT_BYTES_MAX) Bun.gc(true);
}

/** What an error of `Bun.Image` says of the picture. */
function pictureProblem(error: unknown): PictureProblem {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "ERR_IMAGE_TOO_MANY_PIXELS") return "too-large";
  const isUnknown = code === "ERR_IMAGE_UNKNOWN_FORMAT" || code === "ERR_IMAGE_FORMAT_UNSUPPORTED";
  return isUnknown ? "unknown-kind" : "damaged";
}

/** Whether a picture is a JPEG that can be read line by line; its pixels are never in memory at once. */
function isBaselineJpeg(head: Uint8Array): boolean {
  if (head[0] !== 0xff || head[1] !== 0xd8) return false;
  for (let offset = 2; offset + 4 <= head.length && head[offset] === 0xff; ) {
    const marker = head[offset + 1] ?? 0;
    if (marker === 0xc0 || marker === 0xc1) return true;
    if (marker === 0xc2 || marker === 0xda) return false;
    offset += 2 + (((head[offset + 2] ?? 0) << 8) | (head[offset + 3] ?? 0));
  }
  return false;
}
