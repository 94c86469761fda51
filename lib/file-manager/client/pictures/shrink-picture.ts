import { isPictureType, mediaTypeOf } from "../../../protocol/media-type.ts";
import { openPicture, type PictureSource } from "./picture-decoder.ts";

/** The result of {@link shrinkPicture}. */
export type ShrunkPicture =
  | {
      readonly kind: "smaller";
      readonly bytes: Uint8Array;
      readonly type: string;
      /** What its name ends with, without the dot. */
      readonly extension: string;
    }
  /** "unreadable": damaged, too large, or of a kind that this machine can't read: place and camera may be in it. */
  | { readonly kind: "kept"; readonly why: "no-picture" | "animated" | "unreadable" };

/** Fills a large screen, and a page of paper. */
const SIDE_MAX = 2560;
const QUALITY = 85;
/** What says in the beginning of a file that a picture moves: of WebP, of PNG, and of GIF. */
const ANIMATED = /^RIFF.{4}WEBP.*ANIM|^\x89PNG.*acTL.*IDAT|^GIF8.*NETSCAPE2\.0/s;
/** A colour profile may come before that. */
const HEAD_BYTES = 64 << 10;

/**
 * Makes a copy of a picture that is at most {@link SIDE_MAX} pixels wide and high, and without what cameras write beside
 * it: place, time, device. It is turned as the camera was held. Pictures that move stay as they are.
 */
export async function shrinkPicture(source: PictureSource): Promise<ShrunkPicture> {
  const head =
    typeof source === "string"
      ? await Bun.file(source).slice(0, HEAD_BYTES).bytes()
      : source.subarray(0, HEAD_BYTES);
  const type = mediaTypeOf(head, "");
  if (!isPictureType(type)) return { kind: "kept", why: "no-picture" };
  if (ANIMATED.test(Buffer.from(head).toString("latin1"))) return { kind: "kept", why: "animated" };
  try {
    const options = { fit: "inside", withoutEnlargement: true } as const;
    const image = (await openPicture(source)).resize(SIDE_MAX, SIDE_MAX, options);
    if (type === "image/webp") {
      const bytes = await image.webp({ quality: QUALITY }).bytes();
      return { kind: "smaller", bytes, type, extension: "webp" };
    }
    // Screenshots and drawings stay sharp.
    if (type === "image/png" || type === "image/gif" || type === "image/bmp") {
      const bytes = await image.png().bytes();
      return { kind: "smaller", bytes, type: "image/png", extension: "png" };
    }
    const bytes = await image.jpeg({ quality: QUALITY }).bytes();
    return { kind: "smaller", bytes, type: "image/jpeg", extension: "jpg" };
  } catch {
    return { kind: "kept", why: "unreadable" };
  }
}
