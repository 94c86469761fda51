import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fsErrorText } from "./disk/fs-errors.ts";
import { fieldOf } from "./disk/json-fields.ts";
import { PRIVATE_FILE } from "./disk/replace-file.ts";
import { withShortPath } from "./disk/socket-path.ts";
import { readTextIfPresent } from "./disk/text-file.ts";

/*
 * Where the socket of the owner's console lies: beside the lock, in a folder that belongs to the running process alone and
 * that no backup copies. On a disk without sockets it lies in a private folder for temporary files, and a file beside the
 * lock says where.
 */

const SOCKET = "admin.sock";
const ELSEWHERE = "admin-socket";

/** The folder of a machine with gateways alone, which has no data folder. Backups pass hidden folders over. */
const GATEWAYS_FOLDER = ".gateways";

/** Returns what stands for the data folder of a machine with gateways alone: in the folder of its certificate. */
export function gatewayConsoleFolder(certs: string): string {
  return join(certs, GATEWAYS_FOLDER);
}

/** A socket for consoles that is open. */
export interface PlacedSocket {
  /** Stops listening and removes the socket. */
  close(): void;
}

/**
 * Opens the socket of the owner's console. The data folder must be locked, so that a socket that is there is a dead
 * server's. `refused` is a sentence for the owner's log.
 *
 * @param listen listens at a path, or throws
 */
export function openAdminSocket(
  data: string,
  listen: (path: string) => { stop(): void },
): PlacedSocket | { readonly refused: string } {
  if (process.platform === "win32") {
    return { refused: '"admin" is not available on Windows: its pipes can\'t be kept to one user' };
  }
  const folder = resolve(data, "lock");
  try {
    removeOld(folder);
    const listener = withShortPath(folder, SOCKET, listen);
    return closing(listener, join(folder, SOCKET));
  } catch {
    return openElsewhere(folder, listen);
  }
}

function openElsewhere(
  folder: string,
  listen: (path: string) => { stop(): void },
): PlacedSocket | { readonly refused: string } {
  let temporary: string | null = null;
  let listener: { stop(): void } | null = null;
  try {
    temporary = mkdtempSync(join(tmpdir(), "sodam-admin-"));
    const path = join(temporary, SOCKET);
    const pointer = join(folder, ELSEWHERE);
    listener = listen(path);
    writeFileSync(pointer, path, { mode: PRIVATE_FILE });
    return closing(listener, temporary, pointer);
  } catch (error) {
    listener?.stop();
    if (temporary !== null) remove(temporary);
    return {
      refused: `"admin" can't reach this server, since no socket can be made: ${reasonOf(error)}`,
    };
  }
}

function reasonOf(error: unknown): string {
  return fieldOf(error, "code") === "EAFNOSUPPORT" ? "the system permits none" : fsErrorText(error);
}

function closing(listener: { stop(): void }, ...paths: string[]): PlacedSocket {
  return {
    close() {
      listener.stop();
      for (const path of paths) remove(path);
    },
  };
}

/** Removes what a server left that was killed. */
function removeOld(folder: string): void {
  const elsewhere = readTextIfPresent(join(folder, ELSEWHERE));
  // Only a folder that `openElsewhere` made: the file might have been edited.
  if (elsewhere !== null && /^sodam-admin-/.test(dirname(elsewhere).split("/").at(-1) ?? "")) {
    remove(dirname(elsewhere));
  }
  remove(join(folder, ELSEWHERE));
  remove(join(folder, SOCKET));
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It is in nobody's way.
  }
}

/**
 * Connects to the socket of a data folder's running server. `refused` says why there is no connection: nobody listens, or
 * not for this user.
 */
export async function openAdminConnection<T>(
  data: string,
  connect: (path: string) => Promise<T>,
): Promise<{ readonly connection: T } | { readonly refused: "not-running" | "not-permitted" }> {
  const folder = resolve(data, "lock");
  try {
    const elsewhere = readTextIfPresent(join(folder, ELSEWHERE));
    if (elsewhere !== null) return { connection: await connect(elsewhere) };
    return { connection: await withShortPath(folder, SOCKET, connect) };
  } catch (error) {
    const isForbidden = ["EACCES", "EPERM"].includes(String(fieldOf(error, "code")));
    return { refused: isForbidden ? "not-permitted" : "not-running" };
  }
}
