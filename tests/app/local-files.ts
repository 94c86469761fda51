/** Files of a device that exists in memory alone. */
import type { LocalFilesPort } from "../../lib/app/files/local-files-port.ts";

/** Returns the files with these sizes by their paths; what ends in "/" is a folder. */
export function localFilesOf(
  sizes: Readonly<Record<string, number>>,
  more: Partial<LocalFilesPort> = {},
): LocalFilesPort {
  return {
    style: "posix",
    lookAt(path) {
      const size = sizes[path];
      const name = path.split("/").at(-1) ?? "";
      if (size !== undefined) return { kind: "file", file: { name, size, content: path } };
      return { kind: Object.hasOwn(sizes, `${path}/`) ? "folder" : "none", path };
    },
    list: (folder) =>
      Object.keys(sizes)
        .filter((path) => path.startsWith(folder) && !path.slice(folder.length, -1).includes("/"))
        .map((path) => {
          const isFolder = path.endsWith("/");
          return { name: path.slice(folder.length, isFolder ? -1 : undefined), isFolder };
        }),
    clipboardPicture: () => Promise.resolve({ kind: "none" }),
    head: () => Promise.resolve(new Uint8Array()),
    open: () => Promise.resolve(true),
    ...more,
  };
}
