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
import { conversationIdsIn } from "./conversation-folders.ts";
import { dayOfFile } from "./day-file.ts";
import { HistoryFolder } from "./history-folder.ts";

/** A history without messages is no larger: its founder came, and went. */
const EMPTY_HISTORY_BYTES_MAX = 16 << 10;
const SAID = Buffer.from('"kind":"said"');

/**
 * Archives unreachable histories: of rooms that the last member has left, and of deleted accounts. A start doesn't read
 * them. They stay for the owner until the retention deletes them. Owns the archive folder.
 */
export class Archive {
  readonly #history: string;
  readonly #archive: string | null;
  readonly #onProblem: (text: string, error: unknown) => void;
  #waiting = new Set<ConversationId>();

  /** @param archive the folder that they are moved to; `null`: they stay where they are */
  constructor(
    history: string,
    archive: string | null,
    onProblem: (text: string, error: unknown) => void,
  ) {
    this.#history = history;
    this.#archive = archive;
    this.#onProblem = onProblem;
  }

  /** The conversations that are to be moved, and that a start passes over. */
  get waiting(): ReadonlySet<ConversationId> {
    return this.#waiting;
  }

  /** Sets the conversations that are to be moved, as rooms.json lists them. */
  setWaiting(ids: Iterable<ConversationId>): void {
    this.#waiting = new Set(ids);
  }

  /**
   * Moves conversations. Returns the folders in which names have changed. Never rejects: what the disk refused goes to
   * `onProblem`.
   *
   * @param beforeMove called with each conversation before it is moved, to close its files
   */
  async move(
    ids: Iterable<ConversationId>,
    beforeMove: (id: ConversationId) => void,
  ): Promise<readonly string[]> {
    if (this.#archive === null) return [];
    const slice = new TimeSlice();
    for (const id of ids) {
      if (slice.isDue) await slice.rest();
      beforeMove(id);
      try {
        moveFolder(this.#history, this.#archive, id);
        this.#waiting.delete(id);
      } catch (error) {
        this.#onProblem(`${join(this.#history, id)} cannot be moved to ${this.#archive}`, error);
      }
    }
    return [this.#history, this.#archive].filter((folder) => existsSync(folder));
  }

  /** Whether a conversation was moved. */
  has(id: ConversationId): boolean {
    return this.#archive !== null && existsSync(join(this.#archive, id));
  }

  /** Returns a function for each archived conversation that opens its folder, and throws file-system errors. */
  folders(): (() => HistoryFolder)[] {
    const archive = this.#archive;
    if (archive === null) return [];
    return conversationIdsIn(archive).map((id) => () => HistoryFolder.open(id, join(archive, id)));
  }

  /** Deletes the archived days before `firstDay`, and the folders in which nothing is left. Never rejects. */
  async prune(firstDay: string): Promise<void> {
    if (this.#archive === null) return;
    try {
      await pruneArchive(this.#archive, firstDay);
    } catch (error) {
      this.#onProblem(`${this.#archive} cannot be shortened`, error);
    }
  }
}

/** Moves a conversation's folder, or removes one without messages. Throws file-system errors. */
function moveFolder(history: string, archive: string, id: ConversationId): void {
  const [from, to] = [join(history, id), join(archive, id)];
  if (!existsSync(from)) return;
  if (hasNoMessages(from)) return rmSync(from, { recursive: true });
  mkdirSync(archive, { recursive: true, mode: 0o700 });
  if (!existsSync(to)) return renameSync(from, to);
  // A copy of the data folder that was taken meanwhile has it in both places, and maybe only half of it in this one.
  for (const name of readdirSync(from)) {
    if (existsSync(join(to, name))) rmSync(join(from, name));
    else renameSync(join(from, name), join(to, name));
  }
  rmdirSync(from);
}

async function pruneArchive(archive: string, firstDay: string): Promise<void> {
  const slice = new TimeSlice();
  for (const id of conversationIdsIn(archive)) {
    if (slice.isDue) await slice.rest();
    const folder = join(archive, id);
    let leftCount = 0;
    for (const name of readdirSync(folder)) {
      const day = dayOfFile(name);
      if (day !== null && day < firstDay) await rm(join(folder, name));
      else leftCount += 1;
    }
    // Of a link to a folder elsewhere the link goes.
    if (leftCount === 0) rmSync(folder, { recursive: true });
  }
}

function hasNoMessages(folder: string): boolean {
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    bytes += statSync(path).size;
    // Only files of days may be deleted: any other file is not ours.
    if (bytes > EMPTY_HISTORY_BYTES_MAX || dayOfFile(name) === null) return false;
    if (readFileSync(path).includes(SAID)) return false;
  }
  return true;
}
