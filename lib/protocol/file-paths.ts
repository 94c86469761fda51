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

/** Returns the id of the file that a preview at this path belongs to, by its name; `null` for what is no preview. */
export function fileOfPreview(path: string): string | null {
  return /\/\.([a-z0-9]+)\.preview\.webp$/.exec(path)?.[1] ?? null;
}
