import { FILE_NAME_BYTES_MAX } from "./file-facts.ts";
import { safeFileName } from "./safe-file-name.ts";
import { formatTime } from "./time.ts";

/*
 * Where the bytes of files lie, below the data folder's `files/`: `<conversation>/<day>/<id>-<name made safe>`. Paths are
 * part of the events; folders are parted by `/` on every system.
 */

/**
 * Returns where the preview of a message's file lies: beside the file, under the id of this message's. Who sends a known
 * picture first must not choose the preview that others send.
 */
export function previewPath({ id, path }: { readonly id: string; readonly path: string }): string {
  return `${path.slice(0, path.lastIndexOf("/") + 1)}.${id}.preview.webp`;
}

/**
 * Returns where the bytes of a new file go: found by a person with `ls`, and under no other file's path.
 *
 * @param time of its arrival, in ms since 1970
 */
export function newFilePath(
  conversation: string,
  time: number,
  { id, name }: { readonly id: string; readonly name: string },
): string {
  const [day = ""] = formatTime(time).split("T");
  const start = `${id}-`;
  return `${conversation}/${day}/${start}${safeFileName(name, FILE_NAME_BYTES_MAX - start.length)}`;
}

/** Returns the id of the file that a preview at this path belongs to, by its name; `null` for what is no preview. */
export function fileOfPreview(path: string): string | null {
  return /\/\.([a-z0-9]+)\.preview\.webp$/.exec(path)?.[1] ?? null;
}
