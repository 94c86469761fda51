/** What is shown below the files of a server's messages, with what it needs from the app. */
import type { Slices } from "../../../terminal/pictures/pixels.ts";
import type { App } from "../../app-context.ts";
import type { ServerConnection } from "../../connection/server-connection.ts";
import { fetchPreview } from "./fetch-preview.ts";
import { FilePreviews } from "./file-previews.ts";

/** A picture leaves most of the window to talk. */
const ROWS_MAX = 10;
const ROWS_MIN = 3;

/** Makes the previews of a server; null where pictures can't be read. `changed`: something else is to be drawn. */
export function makeFilePreviews(
  { ports }: Pick<App, "ports">,
  connection: Pick<ServerConnection, "session" | "link">,
  changed: () => void,
): FilePreviews | null {
  const { pictures, after } = ports;
  if (pictures === undefined) return null;
  return new FilePreviews({
    begin: (file, part) => fetchPreview(connection.session, file, part),
    read: (bytes, box, isFile) => pictures.read(bytes, box, isFile),
    thumbnails: {
      load: ({ id }) => pictures.thumbnail(connection.link, id),
      store: ({ id }, bytes) => pictures.storeThumbnail(connection.link, id, bytes),
      drop: ({ id }) => pictures.dropThumbnail(connection.link, id),
    },
    async slice<Result>(work: Slices<Result>): Promise<Result> {
      for (;;) {
        const step = work.next();
        if (step.done) return step.value;
        await new Promise<void>((resolve) => void after(0, resolve));
      }
    },
    changed,
  });
}

/** Returns how many rows a picture in a conversation may have, in a window of so many. */
export function pictureRowsMax(rows: number): number {
  return Math.max(ROWS_MIN, Math.min(ROWS_MAX, Math.floor(rows / 3)));
}
