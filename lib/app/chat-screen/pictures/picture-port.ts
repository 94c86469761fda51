/** What the screen needs from outside to show pictures: reading them, and the thumbnails of an earlier run. */
import type { ServerLink } from "../../../protocol/server-link.ts";
import type { Pixels, Slices } from "../../../terminal/pictures/pixels.ts";

/** Why a picture can't be shown. */
export type PictureTrouble = "too-large" | "damaged" | "unknown-kind";

/** A picture that was read, at most as large as it was wanted. */
export type ReadPicture =
  | {
      readonly kind: "picture";
      readonly width: number;
      readonly height: number;
      /** The same as a PNG file, which may be uncompressed where it isn't sent on. */
      readonly png: Uint8Array;
      pixels(): Slices<Pixels>;
    }
  | { readonly kind: "failed"; readonly why: PictureTrouble };

/** Reads pictures, and stores their thumbnails. Nothing of it rejects. */
export interface PicturePort {
  /**
   * Reads a picture so that it fits into a box of pixels; a smaller one isn't enlarged.
   *
   * @param isFile whether the terminal gets the PNG file: otherwise nobody has to compress it
   */
  read(
    bytes: Uint8Array,
    box: { readonly width: number; readonly height: number },
    isFile: boolean,
  ): Promise<ReadPicture>;
  /** Resolves to what was stored for a file of a server; null for nothing. */
  thumbnail(server: ServerLink, fileId: string): Promise<Uint8Array | null>;
  storeThumbnail(server: ServerLink, fileId: string, bytes: Uint8Array): Promise<void>;
  /** Removes what can't be shown. */
  dropThumbnail(server: ServerLink, fileId: string): Promise<void>;
}
