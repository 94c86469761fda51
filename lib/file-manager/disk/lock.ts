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

/** The right to a data folder, until it is given back or the process ends in whatever way. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes a data folder for this process. `heldBy` is the pid of a living process that has it.
 *
 * In the folder's `lock/` each taker listens on a socket of its own before it asks for anything: the system
 * closes it with the process, so whoever can't be connected to is dead. The right itself is a file
 * `holder-1`, `holder-2`, … which names pid and socket. A taker makes the file after the highest one, if that
 * one's holder is dead; making a file that exists fails, so of several takers one succeeds.
 *
 * @example
 * const taken = await lockFolder("data");
 * if ("heldBy" in taken) return `another server (process ${taken.heldBy}) uses data`;
 */
export async function lockFolder(
  folder: string,
): Promise<
  { readonly lock: FolderLock } | { readonly heldBy: number } | { readonly refused: string }
> {
  const place = join(resolve(folder), "lock");
  const socket = `${randomBytes(6).toString("hex")}.sock`;
  let listener: { stop(): void } | null = null;
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    listener = throughShortPath(place, socket, listenOn);
    const taken = await take(place, socket);
    if ("heldBy" in taken) {
      giveUp(place, socket, listener);
      return taken;
    }
    const held = listener;
    return {
      lock: {
        release() {
          rmSync(join(place, taken.file), { force: true });
          giveUp(place, socket, held);
        },
      },
    };
  } catch (error) {
    giveUp(place, socket, listener);
    return {
      refused: `${place} cannot be used: ${fsErrorText(error)}. Put that right, or choose another data folder, then start again.`,
    };
  }
}

async function take(
  place: string,
  socket: string,
): Promise<{ readonly file: string } | { readonly heldBy: number }> {
  for (;;) {
    const highest = holdersIn(place).at(-1) ?? 0;
    const before = await holder(place, highest);
    if (before.isAlive) return { heldBy: before.pid };
    const mine = highest + 1;
    if (!makeHolder(place, mine, socket)) continue;
    // A slow taker may have made a file that was there and was put away meanwhile: a later one counts.
    const last = holdersIn(place).at(-1) ?? mine;
    const later = last === mine ? null : await holder(place, last);
    if (later === null) {
      putAway(place, mine);
      return { file: nameOf(mine) };
    }
    rmSync(join(place, nameOf(mine)), { force: true });
    if (later.isAlive) return { heldBy: later.pid };
  }
}

/** Writes the whole file first, so that nobody ever reads half of one. `false`: somebody was faster. */
function makeHolder(place: string, number: number, socket: string): boolean {
  const draft = join(place, `${socket}.draft`);
  writeFileSync(draft, `${JSON.stringify({ pid: process.pid, socket })}\n`, { mode: PRIVATE_FILE });
  try {
    linkSync(draft, join(place, nameOf(number)));
    return true;
  } catch (error) {
    if (alreadyExists(error)) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function holder(
  place: string,
  number: number,
): Promise<{ readonly isAlive: boolean; readonly pid: number }> {
  const read = readHolder(join(place, nameOf(number)));
  if (read === null) return { isAlive: false, pid: 0 };
  return { isAlive: await throughShortPath(place, read.socket, answers), pid: read.pid };
}

function readHolder(path: string): { pid: number; socket: string } | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    const pid = numberIn(value, "pid");
    const socket = textIn(value, "socket");
    return pid === null || socket === null || !SOCKET.test(socket) ? null : { pid, socket };
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Numbers of the holders' files, the highest last. */
function holdersIn(place: string): number[] {
  return readdirSync(place)
    .map((name) => Number(HOLDER.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
}

/** Removes what dead holders left. */
function putAway(place: string, mine: number): void {
  for (const number of holdersIn(place)) {
    if (number >= mine) continue;
    const dead = readHolder(join(place, nameOf(number)));
    if (dead !== null) rmSync(join(place, dead.socket), { force: true });
    rmSync(join(place, nameOf(number)), { force: true });
  }
}

function giveUp(place: string, socket: string, listener: { stop(): void } | null): void {
  if (listener === null) return;
  listener.stop();
  rmSync(join(place, socket), { force: true });
}

function listenOn(path: string): { stop(): void } {
  // Whoever asks hangs up: a connection that the other end closes at once can look like a failed one.
  const listener = Bun.listen({ unix: path, socket: { data: () => undefined } });
  listener.unref();
  return { stop: () => listener.stop(true) };
}

/** Whether a process listens there. One that hangs does: the system takes the connection for it. */
async function answers(path: string): Promise<boolean> {
  try {
    const peer = await Bun.connect({ unix: path, socket: { data: () => undefined } });
    peer.terminate();
    return true;
  } catch (error) {
    const code = fieldOf(error, "code");
    if (code === "ECONNREFUSED" || code === "ENOENT") return false;
    // It died, or let go, while it was asked.
    if (code === "ECONNRESET") return answers(path);
    throw error;
  }
}

/**
 * A socket's path has 104 bytes on some systems. A longer one is reached from the working folder, or by a
 * link in the folder for temporary files, which is removed as soon as it has been used.
 */
function throughShortPath<T>(place: string, name: string, use: (path: string) => T): T {
  const whole = join(place, name);
  const near = relative(process.cwd(), whole);
  const short = [whole, near].find((path) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX);
  if (short !== undefined) return use(short);
  const temporary = mkdtempSync(join(tmpdir(), "sodam-lock-"));
  const remove = () => rmSync(temporary, { recursive: true, force: true });
  let used: T;
  try {
    symlinkSync(place, join(temporary, "lock"));
    used = use(join(temporary, "lock", name));
  } catch (error) {
    remove();
    throw error;
  }
  if (used instanceof Promise) used.then(remove, remove);
  else remove();
  return used;
}

/** macOS has room for 103 and the zero at the end; Linux for four more. */
const SOCKET_PATH_BYTES_MAX = 100;
const HOLDER = /^holder-(\d{1,9})$/;
const SOCKET = /^[0-9a-f]{12}\.sock$/;

function nameOf(number: number): string {
  return `holder-${number}`;
}
