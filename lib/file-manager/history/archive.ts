import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { conversationsIn } from "./conversation-folders.ts";
import { dayOfFile } from "./day-file.ts";
import { HistoryFolder } from "./history-folder.ts";

/*
 * Histories that nobody can reach any more: of rooms that the last member has left, and of accounts that are no
 * more. They are out of the way of every start, and stay for the owner, or for as long as anything is kept.
 */

/** A conversation in which nobody said anything is no larger: its founder came, and went. */
const WORDLESS_BYTES_MAX = 16 << 10;
const SAID = Buffer.from('"kind":"said"');

/** Which conversations are gone, and what becomes of their files. */
export class Archive {
  readonly #history: string;
  readonly #gone: string | null;
  readonly #onProblem: (what: string, error: unknown) => void;
  #waiting = new Set<ConversationId>();

  /** @param gone where they are put; `null`: they stay where they are */
  constructor(
    history: string,
    gone: string | null,
    onProblem: (what: string, error: unknown) => void,
  ) {
    this.#history = history;
    this.#gone = gone;
    this.#onProblem = onProblem;
  }

  /** Those that a start passes over, and whose files are in their old place still. */
  get waiting(): ReadonlySet<ConversationId> {
    return this.#waiting;
  }

  /** What rooms.json says is gone. */
  begin(ids: Iterable<ConversationId>): void {
    this.#waiting = new Set(ids);
  }

  /**
   * Puts conversations aside. Answers the folders whose names have changed; rejects never.
   *
   * @param letGo called before one is moved
   */
  async take(
    ids: Iterable<ConversationId>,
    letGo: (id: ConversationId) => void,
  ): Promise<readonly string[]> {
    if (this.#gone === null) return [];
    const pace = new TimeSlice();
    for (const id of ids) {
      if (pace.isDue) await pace.rest();
      letGo(id);
      try {
        setAside(this.#history, this.#gone, id);
        this.#waiting.delete(id);
      } catch (error) {
        this.#onProblem(`${join(this.#history, id)} cannot be set aside`, error);
      }
    }
    return [this.#history, this.#gone].filter((folder) => existsSync(folder));
  }

  /** All that was put aside. */
  folders(): (() => HistoryFolder)[] {
    const gone = this.#gone;
    if (gone === null) return [];
    return conversationsIn(gone).map((id) => () => HistoryFolder.open(id, join(gone, id)));
  }

  /** Deletes the days before `firstDay` of all that was set aside, and the folders in which nothing is left. */
  async prune(firstDay: string): Promise<void> {
    if (this.#gone === null) return;
    try {
      await pruneAside(this.#gone, firstDay);
    } catch (error) {
      this.#onProblem(`${this.#gone} cannot be shortened`, error);
    }
  }
}

/** Moves a conversation's folder; one in which nothing was ever said is removed. Throws what the disk throws. */
function setAside(history: string, gone: string, id: ConversationId): void {
  const [from, to] = [join(history, id), join(gone, id)];
  if (!existsSync(from)) return;
  if (isWordless(from)) return rmSync(from, { recursive: true });
  mkdirSync(gone, { recursive: true, mode: 0o700 });
  if (!existsSync(to)) return renameSync(from, to);
  // A copy of the data folder that was taken meanwhile has it in both places, and maybe only the half in this one.
  for (const name of readdirSync(from)) {
    if (existsSync(join(to, name))) rmSync(join(from, name));
    else renameSync(join(from, name), join(to, name));
  }
  rmdirSync(from);
}

async function pruneAside(gone: string, firstDay: string): Promise<void> {
  const pace = new TimeSlice();
  for (const id of conversationsIn(gone)) {
    if (pace.isDue) await pace.rest();
    const folder = join(gone, id);
    let left = 0;
    for (const name of readdirSync(folder)) {
      const day = dayOfFile(name);
      if (day !== null && day < firstDay) await rm(join(folder, name));
      else left += 1;
    }
    // Where the folder lies elsewhere, the link to it goes.
    if (left === 0) rmSync(folder, { recursive: true });
  }
}

function isWordless(folder: string): boolean {
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    bytes += statSync(path).size;
    // What is no day's file is somebody's own.
    if (bytes > WORDLESS_BYTES_MAX || dayOfFile(name) === null) return false;
    if (readFileSync(path).includes(SAID)) return false;
  }
  return true;
}
