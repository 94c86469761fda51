import { randomBytes } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { alreadyExists, cannotLink, fsErrorTextIn, isMissing, isNameTaken } from "./fs-errors.ts";
import { fieldOf, numberIn, textIn } from "./json-fields.ts";
import { PRIVATE_FILE } from "./replace-file.ts";
import { withShortPath } from "./socket-path.ts";

/** So many processes don't start at once: a disk that refuses so often has a file that it doesn't list. */
const TRIES_MAX = 1000;
const HOLDER_FILE = /^holder-(\d{1,9})$/;
const SOCKET_FILE = /^[0-9a-f]{12}\.sock$/;
/** A socket of Linux's abstract namespace, which lies in no folder. */
const ABSTRACT_SOCKET = /^@sodam-[0-9a-f]{12}$/;
/** In place of a socket: since when a process runs, in the kernel's ticks since the machine's start. */
const RUNNING_SINCE = /^[0-9a-f]{12}-since-(\d+)$/;
/** Where Linux tells since when a process runs. */
const START_TICK_FIELD = 22;
/** The content of a holder that had to be made as a folder. */
const HOLDER_CONTENT = "holder.json";

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
 * Not every disk has all of this. Without sockets (memory cards, some network folders) the process listens in
 * Linux's abstract namespace, and without hard links the holder is a folder, which moves to its name only
 * where there is none. Where the system permits no such sockets at all (a unit with
 * `RestrictAddressFamilies`), the holder says when its process began, and `/proc` whether that one still runs.
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
  let lockFolder = join(folder, "lock");
  let listener: LockListener | null = null;
  try {
    lockFolder = resolve(lockFolder);
    mkdirSync(lockFolder, { recursive: true, mode: 0o700 });
    listener = listenForOthers(lockFolder);
    const result = await takeLock(lockFolder, listener.socket);
    if ("heldBy" in result) {
      listener.stop();
      return result;
    }
    const held = listener;
    return {
      lock: {
        release() {
          removeHolder(join(lockFolder, result.file));
          held.stop();
        },
      },
    };
  } catch (error) {
    listener?.stop();
    return {
      refused: `${lockFolder} cannot be used: ${fsErrorTextIn(lockFolder, error)}. Put that right, or choose another data folder, then start again.`,
    };
  }
}

/** Returns the pid of the living process that has a data folder; `null` for none, or when that can't be seen. Never rejects. */
export async function lockHolder(folder: string): Promise<number | null> {
  try {
    const lockFolder = resolve(folder, "lock");
    const state = await readHolderState(lockFolder, holdersIn(lockFolder).at(-1) ?? 0, "");
    return state.isAlive ? state.pid : null;
  } catch {
    return null;
  }
}

/** The socket by which others see that this process lives. */
interface LockListener {
  /** Its name in the holder's file. */
  readonly socket: string;
  stop(): void;
}

function listenForOthers(lockFolder: string): LockListener {
  const id = randomBytes(6).toString("hex");
  const file = `${id}.sock`;
  try {
    const listener = withShortPath(lockFolder, file, listenOn);
    return {
      socket: file,
      stop() {
        listener.stop();
        remove(join(lockFolder, file));
      },
    };
  } catch (error) {
    if (process.platform !== "linux") throw error;
    const abstract = `@sodam-${id}`;
    try {
      return { socket: abstract, ...listenOn(abstractPath(abstract)) };
    } catch {
      const since = runningSince(process.pid);
      if (since === null) throw error;
      return { socket: `${id}-since-${since}`, stop() {} };
    }
  }
}

/** Returns when a process began, in the kernel's ticks; `null` if it has ended, or the system doesn't say. */
export function runningSince(pid: number): string | null {
  try {
    // The second field, a name in brackets, may have spaces and brackets in it.
    const [, fields = ""] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
    const [state = "", ...rest] = fields.split(" ");
    // A zombie has ended, and only its parent doesn't know yet.
    return /[ZXx]/.test(state) ? null : (rest[START_TICK_FIELD - 4] ?? null);
  } catch {
    return null;
  }
}

function abstractPath(socket: string): string {
  return socket.replace("@", "\0");
}

async function takeLock(
  lockFolder: string,
  socket: string,
): Promise<{ readonly file: string } | { readonly heldBy: number }> {
  for (let tries = 1; ; tries += 1) {
    const highest = holdersIn(lockFolder).at(-1) ?? 0;
    const before = await readHolderState(lockFolder, highest, socket);
    if (before.isAlive) return { heldBy: before.pid };
    const own = highest + 1;
    if (!makeHolder(lockFolder, own, socket)) {
      if (tries === TRIES_MAX) throw new Error(`${holderName(own)} can't be made, and isn't there`);
      continue;
    }
    // A slow process may create a number that another one has removed already: the highest counts.
    const last = holdersIn(lockFolder).at(-1) ?? own;
    const later = last === own ? null : await readHolderState(lockFolder, last, socket);
    if (later === null) {
      removeHoldersBefore(lockFolder, own);
      return { file: holderName(own) };
    }
    removeHolder(join(lockFolder, holderName(own)));
    if (later.isAlive) return { heldBy: later.pid };
  }
}

/** Creates a holder's file, complete from the start for its readers. `false`: another process was faster. */
function makeHolder(lockFolder: string, number: number, socket: string): boolean {
  const draft = join(lockFolder, `${socket}.draft`);
  const path = join(lockFolder, holderName(number));
  const content = `${JSON.stringify({ pid: process.pid, socket })}\n`;
  writeFileSync(draft, content, { mode: PRIVATE_FILE });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (alreadyExists(error)) return false;
    if (!cannotLink(error)) throw error;
    return makeHolderFolder(`${draft}s`, path, content);
  } finally {
    remove(draft);
  }
}

/** Creates the holder where there are no hard links: no rename replaces a folder with a file in it. */
function makeHolderFolder(draft: string, path: string, content: string): boolean {
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(join(draft, HOLDER_CONTENT), content, { mode: PRIVATE_FILE });
    renameSync(draft, path);
    return true;
  } catch (error) {
    if (isNameTaken(error)) return false;
    throw error;
  } finally {
    remove(draft);
  }
}

async function readHolderState(
  lockFolder: string,
  number: number,
  ownSocket: string,
): Promise<{ readonly isAlive: boolean; readonly pid: number }> {
  const holder = readHolder(join(lockFolder, holderName(number)));
  if (holder === null) return { isAlive: false, pid: 0 };
  return { isAlive: await isHolderAlive(lockFolder, holder, ownSocket), pid: holder.pid };
}

async function isHolderAlive(
  lockFolder: string,
  { pid, socket }: { readonly pid: number; readonly socket: string },
  ownSocket: string,
): Promise<boolean> {
  const since = RUNNING_SINCE.exec(socket)?.[1];
  if (since !== undefined) return runningSince(pid) === since;
  // This process may not connect to sockets either: each would look closed.
  if (RUNNING_SINCE.test(ownSocket)) return runningSince(pid) !== null;
  if (ABSTRACT_SOCKET.test(socket)) return isListening(abstractPath(socket));
  return withShortPath(lockFolder, socket, isListening);
}

function readHolder(path: string): { readonly pid: number; readonly socket: string } | null {
  try {
    const isFolder = statSync(path).isDirectory();
    const file = isFolder ? join(path, HOLDER_CONTENT) : path;
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    const pid = numberIn(value, "pid");
    const socket = textIn(value, "socket");
    if (pid === null || socket === null) return null;
    const isKnown = [SOCKET_FILE, ABSTRACT_SOCKET, RUNNING_SINCE].some((form) => form.test(socket));
    return isKnown ? { pid, socket } : null;
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
    if (dead !== null) remove(join(lockFolder, dead.socket));
    removeHolder(join(lockFolder, holderName(number)));
  }
}

function holderName(number: number): string {
  return `holder-${number}`;
}

/**
 * Gives up a holder's name in one step. A folder that is emptied first could be replaced by another process,
 * whose file would then be removed.
 */
function removeHolder(path: string): void {
  const away = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    renameSync(path, away);
  } catch {
    // It is gone already, or the disk can't rename: then it is removed where it is.
    return remove(path);
  }
  remove(away);
}

/** Removes a file or folder of the lock. What stays is a dead holder's, which harms nobody. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The next holder removes it.
  }
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
    // Nobody has accepted the many who asked before: it hangs.
    if (code === "EAGAIN") return true;
    // The process ended, or released the lock, meanwhile.
    if (code === "ECONNRESET") return isListening(path);
    throw error;
  }
}
