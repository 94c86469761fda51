import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";

/** macOS has room for 103 bytes and the zero at the end; Linux for four more. */
const SOCKET_PATH_BYTES_MAX = 100;
const SOCKET_FOLDER = "sodam-gateways-";

/** Makes a folder for sockets that only this user can open. Returns it, and how to remove it. */
export function makeSocketFolder(): {
  readonly path: string;
  remove(): void;
} {
  const path = mkdtempSync(join(tmpdir(), SOCKET_FOLDER));
  return {
    path,
    remove: () => removeSocketFolder(path),
  };
}

/** Removes a socket on which nobody listens any more: a process that was killed leaves it behind. */
export function removeSocket(path: string): void {
  rmSync(path, { force: true });
}

/** Removes a folder that {@link makeSocketFolder} made, also in another process. */
export function removeSocketFolder(path: string): void {
  if (!basename(path).startsWith(SOCKET_FOLDER)) return;
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another process of the server may be removing it as well.
  }
}

/**
 * Calls `use` with a path of a socket that is short enough: on some systems it may have 104 bytes. A longer one is
 * reached from the working folder, or by a link in the folder for temporary files, which is removed after its use.
 *
 * @param folder absolute
 */
export function withShortPath<T>(folder: string, name: string, use: (path: string) => T): T {
  const absolute = join(folder, name);
  const candidates = [absolute, relative(process.cwd(), absolute)];
  const short = candidates.find((path) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX);
  if (short !== undefined) return use(short);
  const temporary = mkdtempSync(join(tmpdir(), "sodam-lock-"));
  const removeLink = () => rmSync(temporary, { recursive: true, force: true });
  let result: T;
  try {
    symlinkSync(folder, join(temporary, "lock"));
    result = use(join(temporary, "lock", name));
  } catch (error) {
    removeLink();
    throw error;
  }
  if (result instanceof Promise) result.then(removeLink, removeLink);
  else removeLink();
  return result;
}
