import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fold } from "../../protocol/names.ts";
import { fileNameOf } from "../disk/file-name.ts";
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
/** No day can be made of a time (ms) that is further from 1970. */
const TIME_MAX = 8e15;
const DAY_FILE = /^(\d{4}-\d{2}-\d{2})\.jsonl$/;
/** A day of a conversation that is larger is read no more: a server could write anything into it. */
const FILE_BYTES_MAX = 64 << 20;
/** What one run writes: a server could fill the disk. A busy room takes a megabyte a day. */
const WRITTEN_BYTES_MAX = 1 << 30;
/** What a file takes on most disks, however little is in it. */
const FILE_BYTES_MIN = 4096;
/** A message that a server dates further ahead isn't stored: it would have a file of its own, for ever. */
const AHEAD_DAYS_MAX = 7;

/**
 * Owns the messages of servers that store none themselves, in plain files for each conversation and local day:
 * `<folder>/<host>_<port>/<room or person>/<yyyy-mm-dd>.jsonl`, which only their owner can read.
 *
 * @example
 * const history = new LocalHistoryFiles(join(home, "history"), { days: 90, minutesEast, now: Date.now, onFailure });
 * history.append(link, "#tea", message);
 * history.page(link, "#tea", null, 50); // the newest fifty, oldest first
 */
export class LocalHistoryFiles {
  readonly #folder: string;
  readonly #options: LocalHistoryOptions;
  readonly #pruned = new Set<string>();
  /** The files that were written to. */
  readonly #written = new Set<string>();
  #writtenBytes = 0;

  constructor(folder: string, options: LocalHistoryOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Stores a message. `conversation`: its key, which is the same for all spellings of its name. */
  append(server: ServerAddress, conversation: string, message: StoredMessage): void {
    if (this.#options.days === 0) return;
    this.#prune(server);
    const folder = this.#folderOf(server, conversation);
    const day = this.#dayOf(message.time);
    if (day < this.#oldestDay || day > this.#dayOf(this.#options.now() + AHEAD_DAYS_MAX * DAY_MS)) {
      return;
    }
    const path = join(folder, `${day}.jsonl`);
    const text = `${JSON.stringify(message)}\n`;
    if (this.#writtenBytes > WRITTEN_BYTES_MAX) return;
    this.#writtenBytes += Buffer.byteLength(text) + (this.#written.has(path) ? 0 : FILE_BYTES_MIN);
    this.#written.add(path);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      appendFileSync(path, text, { mode: PRIVATE_FILE });
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
   * Yields all messages of a server that `fits` accepts, the newest day first. `isIn`: whether it was said in the
   * conversation of this key.
   *
   * @param conversation its key; null: everywhere
   */
  *search(
    server: ServerAddress,
    conversation: string | null,
    fits: (message: StoredMessage) => boolean,
  ): Generator<{ readonly line: StoredMessage; isIn(conversation: string): boolean }> {
    const folders =
      conversation === null ? namesIn(this.#serverFolder(server)) : [folderName(conversation)];
    const files = folders.flatMap((folder) => {
      const names = namesIn(join(this.#serverFolder(server), folder));
      return names.flatMap((name) => {
        const day = DAY_FILE.exec(name)?.[1];
        return day === undefined ? [] : [{ folder, day }];
      });
    });
    for (const { folder, day } of files.sort((a, b) => (a.day < b.day ? 1 : -1))) {
      const path = join(this.#serverFolder(server), folder, `${day}.jsonl`);
      for (const message of readMessages(path).toReversed()) {
        if (!fits(message)) continue;
        yield { line: message, isIn: (key) => folder === folderName(key) };
      }
    }
  }

  /** Removes everything of a server. */
  forget(server: ServerAddress): void {
    rmSync(this.#serverFolder(server), { recursive: true, force: true });
  }

  /** Removes the days that are older than the user wants, once a run. */
  #prune(server: ServerAddress): void {
    const folder = this.#serverFolder(server);
    if (this.#pruned.has(folder)) return;
    this.#pruned.add(folder);
    const oldest = this.#oldestDay;
    for (const conversation of namesIn(folder)) {
      const names = namesIn(join(folder, conversation));
      for (const name of names) {
        const day = DAY_FILE.exec(name)?.[1];
        if (day !== undefined && day < oldest) {
          rmSync(join(folder, conversation, name), { force: true });
        }
      }
    }
  }

  /** The days of a conversation that has messages, the newest first. */
  #days(server: ServerAddress, conversation: string): string[] {
    if (this.#options.days === 0) return [];
    this.#prune(server);
    return namesIn(this.#folderOf(server, conversation))
      .flatMap((name) => DAY_FILE.exec(name)?.[1] ?? [])
      .sort()
      .reverse();
  }

  #read(server: ServerAddress, conversation: string, day: string): readonly StoredMessage[] {
    return readMessages(join(this.#folderOf(server, conversation), `${day}.jsonl`));
  }

  get #oldestDay(): string {
    return this.#dayOf(this.#options.now() - this.#options.days * DAY_MS);
  }

  #dayOf(ms: number): string {
    const local = ms + this.#options.minutesEast(ms) * MINUTE_MS;
    return new Date(local).toISOString().slice(0, 10);
  }

  #serverFolder({ host, port }: ServerAddress): string {
    return join(this.#folder, fileNameOf(`${host}_${port}`));
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
  if (typeof id !== "string" || typeof time !== "number" || !(Math.abs(time) < TIME_MAX))
    return null;
  if (typeof nick !== "string" || typeof text !== "string") return null;
  if (kind !== "said" && kind !== "action" && kind !== "notice") return null;
  return {
    ...{ id, time, kind, nick, text, own: own === true },
    account: typeof account === "string" ? account : null,
    msgid: typeof msgid === "string" ? msgid : null,
  };
}

/** Returns the names in a folder; none if it isn't there, or can't be read. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
