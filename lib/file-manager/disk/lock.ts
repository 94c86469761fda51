import { randomBytes } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { alreadyExists, fsErrorText, isMissing } from "./fs-errors.ts";
import { fieldOf, numberIn, textIn } from "./json-fields.ts";
import { PRIVATE_FILE } from "./replace-file.ts";

/** macOS has room for 103 bytes and the zero at the end; Linux for four more. */
const SOCKET_PATH_BYTES_MAX = 100;
const HOLDER_FILE = /^holder-(\d{1,9})$/;
const SOCKET_FILE = /^[0-9a-f]{12}\.sock$/;

/** The right to a data folder, until it is released or the process ends in whatever way. */
export interface FolderLock {
  release(): void;
}

/**
 * Locks a data folder for this process. `heldBy` is the pid of a living process that has it; `refused` is a sentence for
 * the owner after a file-system error. Never rejects.
 *
 * In the folder's `lock/` each process listens on its own socket before it tries to take the lock. The system closes
 * the socket with the process, so a process that can't be connected to is dead. The lock itself is a file `holder-1`,
 * `holder-2`, … which names pid and socket. A process makes the file after the highest one, if that one's holder is dead;
 * making a file that exists fails, so of several processes one succeeds.
 *
 * @example
 * const locked = await lockFolder("data");
 * if ("heldBy" in locked) return `another server (process ${locked.heldBy}) uses data`;
 */
export async function lockFolder(
  folder: string,
): Promise<
  { readonly lock: FolderLock } | { readonly heldBy: number } | { readonly refused: string }
> {
  const lockFolder = join(resolve(folder), "lock");
  const socket = `${randomBytes(6).toString("hex")}.sock`;
  let listener: { stop(): void } | null = null;
  try {
    mkdirSync(lockFolder, { recursive: true, mode: 0o700 });
    listener = withShortPath(lockFolder, socket, listenOn);
    const result = await takeLock(lockFolder, socket);
    if ("heldBy" in result) {
      stopListening(lockFolder, socket, listener);
      return result;
    }
    const held = listener;
    return {
      lock: {
        release() {
          rmSync(join(lockFolder, result.file), { force: true });
          stopListening(lockFolder, socket, held);
        },
      },
    };
  } catch (error) {
    stopListening(lockFolder, socket, listener);
    return {
      refused: `${lockFolder} cannot be used: ${fsErrorText(error)}. Put that right, or choose another data folder, then start again.`,
    };
  }
}

async function takeLock(
  lockFolder: string,
  socket: string,
): Promise<{ readonly file: string } | { readonly heldBy: number }> {
  for (;;) {
    const highest = holdersIn(lockFolder).at(-1) ?? 0;
    const before = await readHolderState(lockFolder, highest);
    if (before.isAlive) return { heldBy: before.pid };
    const own = highest + 1;
    if (!makeHolder(lockFolder, own, socket)) continue;
    // A slow process may have created a file that another process had created and removed already: a later one counts.
    const last = holdersIn(lockFolder).at(-1) ?? own;
    const later = last === own ? null : await readHolderState(lockFolder, last);
    if (later === null) {
      removeHoldersBefore(lockFolder, own);
      return { file: holderName(own) };
    }
    rmSync(join(lockFolder, holderName(own)), { force: true });
    if (later.isAlive) return { heldBy: later.pid };
  }
}

/** Creates a holder's file, complete from the start for its readers. `false`: another process was faster. */
function makeHolder(lockFolder: string, number: number, socket: string): boolean {
  const draft = join(lockFolder, `${socket}.draft`);
  writeFileSync(draft, `${JSON.stringify({ pid: process.pid, socket })}\n`, { mode: PRIVATE_FILE });
  try {
    linkSync(draft, join(lockFolder, holderName(number)));
    return true;
  } catch (error) {
    if (alreadyExists(error)) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function readHolderState(
  lockFolder: string,
  number: number,
): Promise<{ readonly isAlive: boolean; readonly pid: number }> {
  const holder = readHolder(join(lockFolder, holderName(number)));
  if (holder === null) return { isAlive: false, pid: 0 };
  const isAlive = await withShortPath(lockFolder, holder.socket, isListening);
  return { isAlive, pid: holder.pid };
}

function readHolder(path: string): { readonly pid: number; readonly socket: string } | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    const pid = numberIn(value, "pid");
    const socket = textIn(value, "socket");
    return pid === null || socket === null || !SOCKET_FILE.test(socket) ? null : { pid, socket };
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Returns the numbers of the holders' files, the highest last. */
function holdersIn(lockFolder: string): number[] {
  return readdirSync(lockFolder)
    .map((name) => Number(HOLDER_FILE.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
}

/** Removes what dead holders left. */
function removeHoldersBefore(lockFolder: string, own: number): void {
  for (const number of holdersIn(lockFolder)) {
    if (number >= own) continue;
    const dead = readHolder(join(lockFolder, holderName(number)));
    if (dead !== null) rmSync(join(lockFolder, dead.socket), { force: true });
    rmSync(join(lockFolder, holderName(number)), { force: true });
  }
}

function holderName(number: number): string {
  return `holder-${number}`;
}

function stopListening(
  lockFolder: string,
  socket: string,
  listener: { stop(): void } | null,
): void {
  if (listener === null) return;
  listener.stop();
  rmSync(join(lockFolder, socket), { force: true });
}

function listenOn(path: string): { stop(): void } {
  // The process that connects hangs up, not this one: a connection that the other end closes at once can look like a
  // failed one.
  const listener = Bun.listen({ unix: path, socket: { data: () => undefined } });
  listener.unref();
  return { stop: () => listener.stop(true) };
}

/** Whether a process listens there. One that hangs does: the system accepts the connection for it. */
async function isListening(path: string): Promise<boolean> {
  try {
    const connection = await Bun.connect({ unix: path, socket: { data: () => undefined } });
    connection.terminate();
    return true;
  } catch (error) {
    const code = fieldOf(error, "code");
    if (code === "ECONNREFUSED" || code === "ENOENT") return false;
    // The process ended, or released the lock, meanwhile.
    if (code === "ECONNRESET") return isListening(path);
    throw error;
  }
}

/**
 * Calls `use` with a path of the socket that is short enough: on some systems it may have 104 bytes. A longer one is
 * reached from the working folder, or by a link in the folder for temporary files, which is removed after its use.
 */
function withShortPath<T>(lockFolder: string, name: string, use: (path: string) => T): T {
  const absolute = join(lockFolder, name);
  const candidates = [absolute, relative(process.cwd(), absolute)];
  const short = candidates.find((path) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX);
  if (short !== undefined) return use(short);
  const temporary = mkdtempSync(join(tmpdir(), "sodam-lock-"));
  const remove = () => rmSync(temporary, { recursive: true, force: true });
  let result: T;
  try {
    symlinkSync(lockFolder, join(temporary, "lock"));
    result = use(join(temporary, "lock", name));
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) result.then(remove, remove);
  else remove();
  return result;
}
