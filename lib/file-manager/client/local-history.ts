import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { fold } from "../../protocol/names.ts";
import { fileNameOf, serverFolderName } from "../disk/file-name.ts";
import { PRIVATE_FILE } from "../disk/replace-file.ts";

/** One message, as it is stored: a line of JSON. */
interface StoredMessage {
  /** Unique among the messages of a conversation. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly kind: "said" | "action" | "notice";
  readonly nick: string;
  readonly own: boolean;
  readonly text: string;
  readonly account: string | null;
  readonly msgid: string | null;
}

interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** A bouncer's network, which is a server of its own. */
  readonly network?: string | null;
}

/** A day of a conversation. `folder`: the conversation's name among the folders of its server. */
interface StoredFile {
  readonly folder: string;
  readonly day: string;
  readonly path: string;
}

interface LocalHistoryOptions {
  /** How many days are kept; 0: nothing is read or written. */
  readonly days: number;
  /** Returns the time zone's offset from UTC at a moment, in minutes. */
  minutesEast(ms: number): number;
  now(): number;
  /** Called when a message couldn't be written. */
  onFailure(path: string, error: unknown): void;
}

const DAY_MS = 24 * 60 * 60_000;
const MINUTE_MS = 60_000;
const DAY_FILE = /^(\d{4}-\d{2}-\d{2})\.jsonl$/;
/** The last moment whose day has ten characters. */
const TIME_MS_MAX = Date.UTC(9999, 11, 31);
/** A day of a conversation, which is read in one piece: a tenth of a second. A busy room takes a megabyte. */
const FILE_BYTES_MAX = 16 << 20;
/** All files of a server, which could fill the disk. With more, the oldest days go. */
const SERVER_BYTES_MAX = 1 << 30;
/** What is left of them then. */
const LEFT_BYTES = (SERVER_BYTES_MAX / 4) * 3;
/** What a file counts besides its bytes: a server can also open a conversation for each message. */
const FILE_COST_BYTES = 16 << 10;

/**
 * Owns the messages of servers that store none themselves, in plain files for each conversation and local day:
 * `<folder>/<host>_<port>[+<network>]/<room or person>/<yyyy-mm-dd>.jsonl`, which only their owner can read.
 *
 * @example
 * const history = new LocalHistoryFiles(join(home, "history"), { days: 90, minutesEast, now: Date.now, onFailure });
 * history.append(link, "#tea", message);
 * history.page(link, "#tea", null, 50); // the newest fifty, oldest first
 */
export class LocalHistoryFiles {
  readonly #folder: string;
  readonly #options: LocalHistoryOptions;
  /** What each server's folder holds, from the first use on. */
  readonly #bytes = new Map<string, number>();

  constructor(folder: string, options: LocalHistoryOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * Stores a message, unless it is older than the user wants, or its day has too much already. `conversation`: its key,
   * which is the same for all spellings of its name.
   */
  append(server: ServerAddress, conversation: string, message: StoredMessage): void {
    const { days, now } = this.#options;
    if (days === 0 || message.time < now() - days * DAY_MS) return;
    const folder = this.#folderOf(server, conversation);
    // A server can say any time: what it dates ahead belongs to today, so that it goes one day.
    const path = join(folder, `${this.#dayOf(Math.min(message.time, now()))}.jsonl`);
    const text = `${JSON.stringify(message)}\n`;
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? null;
      const bytes = Buffer.byteLength(text);
      if ((size ?? 0) + bytes > FILE_BYTES_MAX) return;
      if (size === null) mkdirSync(folder, { recursive: true, mode: 0o700 });
      appendFileSync(path, text, { mode: PRIVATE_FILE });
      this.#count(server, bytes + (size === null ? FILE_COST_BYTES : 0));
    } catch (error) {
      this.#options.onFailure(path, error);
    }
  }

  /**
   * Returns at most `count` messages before another one, oldest first.
   *
   * @param before null: the newest. Its id counts; if that isn't there any more, its time
   */
  page(
    server: ServerAddress,
    conversation: string,
    before: { readonly id: string; readonly time: number } | null,
    count: number,
  ): readonly StoredMessage[] {
    const page: StoredMessage[] = [];
    const lastDay = before === null ? null : this.#dayOf(before.time);
    for (const day of this.#days(server, conversation)) {
      if (lastDay !== null && day > lastDay) continue;
      let messages = this.#read(server, conversation, day);
      if (before !== null) {
        const index = messages.findIndex(({ id }) => id === before.id);
        messages =
          index === -1
            ? messages.filter(({ time }) => time < before.time)
            : messages.slice(0, index);
      }
      page.unshift(...messages.slice(-(count - page.length)));
      if (page.length >= count) break;
    }
    return page;
  }

  /**
   * Yields for each day of each conversation, the newest days first, its messages that `fits` accepts, newest first; a
   * day without any as well, since reading each takes its time. `isIn`: whether they were said in the conversation of
   * this key.
   *
   * @param conversation its key; null: everywhere
   */
  *search(
    server: ServerAddress,
    conversation: string | null,
    fits: (message: StoredMessage) => boolean,
  ): Generator<{ readonly lines: readonly StoredMessage[]; isIn(conversation: string): boolean }> {
    const files = this.#files(server, conversation === null ? null : folderName(conversation));
    for (const { folder, path } of files.reverse()) {
      const lines = readMessages(path).filter(fits).reverse();
      yield { lines, isIn: (key) => folder === folderName(key) };
    }
  }

  /** Removes everything of a server. */
  forget(server: ServerAddress): void {
    this.#bytes.delete(this.#serverFolder(server));
    rmSync(this.#serverFolder(server), { recursive: true, force: true });
  }

  /** Counts what was written. Removes the oldest days of a server that has filled its share of the disk. */
  #count(server: ServerAddress, bytes: number): void {
    const folder = this.#serverFolder(server);
    const stored = this.#bytes.get(folder);
    if (stored === undefined || stored + bytes > SERVER_BYTES_MAX) this.#prune(server);
    else this.#bytes.set(folder, stored + bytes);
  }

  /** Removes the days that are older than the user wants and, of a server that has too much, the oldest others. */
  #prune(server: ServerAddress): void {
    const { now, days } = this.#options;
    const oldest = this.#dayOf(now() - days * DAY_MS);
    const files = this.#files(server, null).map((file) => ({ ...file, cost: costOf(file.path) }));
    let bytes = files.reduce((sum, { cost }) => sum + cost, 0);
    const bytesLeft = bytes > SERVER_BYTES_MAX ? LEFT_BYTES : bytes;
    for (const { folder, day, path, cost } of files) {
      if (day >= oldest && bytes <= bytesLeft) break;
      rmSync(path, { force: true });
      bytes -= cost;
      removeIfEmpty(join(this.#serverFolder(server), folder));
    }
    this.#bytes.set(this.#serverFolder(server), bytes);
  }

  /** The files of a server, or of one folder of it, by their days. */
  #files(server: ServerAddress, only: string | null): StoredFile[] {
    const serverFolder = this.#serverFolder(server);
    const folders = only === null ? namesIn(serverFolder) : [only];
    const files = folders.flatMap((folder) =>
      namesIn(join(serverFolder, folder)).flatMap((name): StoredFile[] => {
        const day = DAY_FILE.exec(name)?.[1];
        return day === undefined ? [] : [{ folder, day, path: join(serverFolder, folder, name) }];
      }),
    );
    return files.sort((a, b) => (a.day < b.day ? -1 : 1));
  }

  /** The days of a conversation that has messages, the newest first. */
  #days(server: ServerAddress, conversation: string): string[] {
    if (this.#options.days === 0) return [];
    if (!this.#bytes.has(this.#serverFolder(server))) this.#prune(server);
    const files = this.#files(server, folderName(conversation));
    return files.map(({ day }) => day).reverse();
  }

  #read(server: ServerAddress, conversation: string, day: string): readonly StoredMessage[] {
    return readMessages(join(this.#folderOf(server, conversation), `${day}.jsonl`));
  }

  #dayOf(ms: number): string {
    const time = Math.min(Math.max(0, ms), TIME_MS_MAX);
    const local = time + this.#options.minutesEast(time) * MINUTE_MS;
    return new Date(local).toISOString().slice(0, 10);
  }

  #serverFolder(server: ServerAddress): string {
    return join(this.#folder, serverFolderName(server));
  }

  #folderOf(server: ServerAddress, conversation: string): string {
    return join(this.#serverFolder(server), folderName(conversation));
  }
}

/** On other servers É and é may be two people, whose files may not be one. */
function folderName(conversation: string): string {
  const name = fileNameOf(conversation);
  const isFolded = fold(conversation) === conversation;
  return isFolded ? name : `${name}~${Bun.hash(conversation).toString(36)}`;
}

/** Returns the messages of a day by their time; none for a file that can't be read. */
function readMessages(path: string): readonly StoredMessage[] {
  let text: string;
  try {
    if (statSync(path).size > FILE_BYTES_MAX) return [];
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  const messages = text.split("\n").flatMap((line) => parseMessage(line) ?? []);
  // A bouncer may tell later what was said earlier.
  return messages.sort((a, b) => a.time - b.time);
}

/** Returns null for what is no message: the last line of a file whose write was cut, or an edited one. */
function parseMessage(line: string): StoredMessage | null {
  if (line === "") return null;
  let value: Partial<Record<keyof StoredMessage, unknown>> | null;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const { id, time, kind, nick, own, text, account = null, msgid = null } = value ?? {};
  if (typeof id !== "string" || typeof time !== "number" || !Number.isFinite(time)) return null;
  if (typeof nick !== "string" || typeof text !== "string") return null;
  if (kind !== "said" && kind !== "action" && kind !== "notice") return null;
  return {
    ...{ id, time, kind, nick, text, own: own === true },
    account: typeof account === "string" ? account : null,
    msgid: typeof msgid === "string" ? msgid : null,
  };
}

/** Returns what a file counts of a server's share of the disk. */
function costOf(path: string): number {
  return FILE_COST_BYTES + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It has other days.
  }
}

/** Returns the names in a folder; none if it isn't there, or can't be read. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
