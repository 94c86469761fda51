import { type Download, Downloads } from "./downloads.ts";
import { fileFromStream, type LocalFileSource, localFile } from "./file-source.ts";

/** The files of this device that are sent, and the places for those that are fetched. */
export class DeviceFiles {
  readonly #downloads = new Downloads();

  /** Returns a file that is to be sent, by its path or its bytes. `shrink`: a picture is made smaller. */
  source(
    content: string | Uint8Array,
    options: { readonly name: string; readonly shrink: boolean },
  ): LocalFileSource {
    return localFile(content, options);
  }

  /** Returns what a stream gives, to be sent. */
  fromStream(
    name: string,
    stream: AsyncIterable<Uint8Array | string>,
    bytesMax: number,
  ): LocalFileSource {
    return fileFromStream(name, stream, bytesMax);
  }

  /** Returns a place in a folder, under a name that nothing has. */
  saveInto(folder: string): Download {
    return this.#downloads.into(folder);
  }

  /** Returns a place under this very path. `isForced`: a file that is there is replaced. */
  saveAs(path: string, isForced: boolean): Download {
    return this.#downloads.as(path, isForced);
  }
}
