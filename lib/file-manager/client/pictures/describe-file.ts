import { basename } from "node:path";
import { PREVIEW_BYTES_MAX } from "../../../protocol/file-facts.ts";
import { isPictureType, MEDIA_TYPE_HEAD_BYTES, mediaTypeOf } from "../../../protocol/media-type.ts";
import { mediaSeconds } from "./media-length.ts";
import { openPicture, type PictureSource } from "./picture-decoder.ts";

/** What a client tells of a file that it sends, besides its name, size and hash. */
export interface FileDescription {
  /** Its media type, told by its content. */
  readonly type: string;
  /** Pixels of a picture, turned as it is shown. */
  readonly width?: number;
  readonly height?: number;
  /** The length of a film or sound. */
  readonly seconds?: number;
  /** A WebP picture of at most {@link PREVIEW_BYTES_MAX}; null where there is none, or the file is no larger itself. */
  readonly preview: Uint8Array | null;
}

/** A preview as large as a picture in the conversation is drawn at most, on a screen with small pixels. */
const PREVIEW_BOX = { width: 960, height: 640 };
/** Tried in turn, until a preview is small enough. */
const PREVIEW_TRIES = [
  { scale: 1, quality: 78 },
  { scale: 1, quality: 55 },
  { scale: 0.6, quality: 55 },
  { scale: 0.3, quality: 40 },
] as const;

/**
 * Describes a file that is to be sent. Never rejects for what the file holds: of a picture that can't be read, or has
 * too many pixels, only the type is told.
 *
 * @param name where `source` is bytes
 */
export async function describeFile(
  source: PictureSource,
  name = typeof source === "string" ? basename(source) : "",
): Promise<FileDescription> {
  const file = typeof source === "string" ? Bun.file(source) : new Blob([Buffer.from(source)]);
  const head = new Uint8Array(await file.slice(0, MEDIA_TYPE_HEAD_BYTES).arrayBuffer());
  const type = mediaTypeOf(head, name);
  if (isPictureType(type)) return { type, ...(await describePicture(source, file.size)) };
  const seconds = /^(?:audio|video)\//.test(type) ? await mediaSeconds(source) : null;
  return { type, ...(seconds !== null && { seconds }), preview: null };
}

async function describePicture(
  source: PictureSource,
  size: number,
): Promise<Pick<FileDescription, "width" | "height" | "preview">> {
  try {
    const { width, height } = await (await openPicture(source)).metadata();
    const preview = size <= PREVIEW_BYTES_MAX ? null : await makePreview(source);
    return { width, height, preview };
  } catch {
    return { preview: null };
  }
}

/** Makes a preview; null if even the smallest has too many bytes. Rejects for a picture that can't be read. */
async function makePreview(source: PictureSource): Promise<Uint8Array | null> {
  for (const { scale, quality } of PREVIEW_TRIES) {
    const options = { fit: "inside", withoutEnlargement: true } as const;
    const image = await openPicture(source);
    image.resize(PREVIEW_BOX.width * scale, PREVIEW_BOX.height * scale, options);
    const preview = await image.webp({ quality }).bytes();
    if (preview.length <= PREVIEW_BYTES_MAX) return preview;
  }
  return null;
}
