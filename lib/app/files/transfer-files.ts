import type { FileSink, FileSource } from "../../chat-client/files/file-ports.ts";

/** The files of this device that `session.files` sends, and the places for those that it fetches. */
export interface TransferFiles {
  /**
   * A file that is to be sent.
   *
   * @param content its path, or its bytes, such as those of a picture in the clipboard
   * @param options.shrink whether a picture is made smaller, and loses what its camera wrote into it
   */
  source(
    content: string | Uint8Array,
    options: { readonly name: string; readonly shrink: boolean },
  ): FileSource;
  /** What a stream gives. More than `bytesMax` isn't read to the end, since it can't be sent. */
  fromStream(
    name: string,
    stream: AsyncIterable<Uint8Array | string>,
    bytesMax: number,
  ): FileSource;
  /** A place in a folder, which is made if it isn't there, under a name that nothing has. */
  saveInto(folder: string): FileSink;
  /** A place under this very path. `isForced`: a file that is there is replaced. */
  saveAs(path: string, isForced: boolean): FileSink;
}
