import { type DecodedPicture, decodePicture } from "./picture-decoder.ts";
import { ThumbnailCache } from "./thumbnail-cache.ts";

type FileServer = Parameters<ThumbnailCache["read"]>[0];

/** Reads the pictures that the chat screen shows, and owns their thumbnails. Nothing of it rejects. */
export class PictureFiles {
  readonly #thumbnails: ThumbnailCache;

  /** `folder`: of the thumbnails; it is made when there is one. `now`: the time of day, in milliseconds since 1970. */
  constructor(folder: string, now: () => number) {
    this.#thumbnails = new ThumbnailCache(folder, now);
  }

  read(
    bytes: Uint8Array,
    box: { readonly width: number; readonly height: number },
    isFile: boolean,
  ): Promise<DecodedPicture> {
    return decodePicture(bytes, box, isFile);
  }

  thumbnail(server: FileServer, fileId: string): Promise<Uint8Array | null> {
    return this.#thumbnails.read(server, fileId);
  }

  storeThumbnail(server: FileServer, fileId: string, bytes: Uint8Array): Promise<void> {
    return this.#thumbnails.write(server, fileId, bytes);
  }

  dropThumbnail(server: FileServer, fileId: string): Promise<void> {
    return this.#thumbnails.drop(server, fileId);
  }

  /** Removes the thumbnails of a server. */
  forget(server: FileServer): void {
    void this.#thumbnails.forget(server);
  }
}
