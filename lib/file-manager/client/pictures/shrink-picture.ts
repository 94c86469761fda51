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
  /**
   * "animated": it moves, and nothing of place and camera is in it. "unreadable": damaged, too large, or of a kind that this
   * machine can't read or make smaller: place and camera may be in it.
   */
  | { readonly kind: "kept"; readonly why: "no-picture" | "animated" | "unreadable" };

/** Fills a large screen, and a page of paper. */
const SIDE_MAX = 2560;
const QUALITY = 85;
/** What says that a picture moves: of WebP, of PNG, and of GIF, where it is how often it does, or when a frame follows. */
const ANIMATED =
  /^RIFF.{4}WEBP.*ANIM|^\x89PNG.*acTL.*IDAT|^GIF8.*(?:NETSCAPE2\.0|(?:!\xf9.{5}\0.*){2})/s;
/** What says in such a picture that place or camera are in it: of PNG, and of GIF. */
const PERSONAL = /eXIf|Raw profile type|XML:com\.adobe\.xmp|XMP DataXMP/;
/** The same of WebP: flags for EXIF and XMP, in a byte of its own. */
const WEBP_FLAGS = { at: 20, personal: 0x0c };
/** A colour profile may come before that. As much of the end is looked at, where programs add what was not there before. */
const HEAD_BYTES = 64 << 10;

/**
 * Makes a copy of a picture that is at most {@link SIDE_MAX} pixels wide and high, and without what cameras write beside
 * it: place, time, device. It is turned as the camera was held. Pictures that move stay as they are.
 */
export async function shrinkPicture(source: PictureSource): Promise<ShrunkPicture> {
  const file = typeof source === "string" ? Bun.file(source) : new Blob([source]);
  const head = await file.slice(0, HEAD_BYTES).bytes();
  const type = mediaTypeOf(head, "");
  if (!isPictureType(type)) return { kind: "kept", why: "no-picture" };
  const tail = await file.slice(Math.max(HEAD_BYTES, file.size - HEAD_BYTES)).bytes();
  const ends = Buffer.concat([head, tail]).toString("latin1");
  if (ANIMATED.test(ends)) {
    const isPersonal =
      type === "image/webp"
        ? ((head[WEBP_FLAGS.at] ?? 0) & WEBP_FLAGS.personal) !== 0
        : PERSONAL.test(ends);
    return { kind: "kept", why: isPersonal ? "unreadable" : "animated" };
  }
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
