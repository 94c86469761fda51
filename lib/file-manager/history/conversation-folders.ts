import { strict as assert } from "node:assert";
import { basename, join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import { foldersIn } from "../disk/folder-entries.ts";
import { HistoryFolder } from "./history-folder.ts";
import { loadRecentEvents } from "./load-history.ts";
import type { PendingRewrites } from "./pending-rewrites.ts";

/** The folders of all conversations that were used since the start. Owned by the room log, and changed by it alone. */
export class ConversationFolders {
  readonly root: string;
  readonly #isReadOnly: boolean;
  readonly #pending: PendingRewrites;
  readonly #folders = new Map<ConversationId, HistoryFolder>();
  /** Last positions according to rooms.json, of folders that couldn't be read at the start. */
  readonly #positions = new Map<ConversationId, number>();

  /** Conversations that are known, and were not opened yet. */
  readonly #knownIds = new Set<ConversationId>();

  constructor(root: string, isReadOnly: boolean, pending: PendingRewrites) {
    this.root = root;
    this.#isReadOnly = isReadOnly;
    this.#pending = pending;
  }

  /** Returns the path of a conversation's folder. */
  pathOf(id: ConversationId): string {
    return join(this.root, id);
  }

  /**
   * Returns a conversation's folder. One that was not opened before is read from its end, which finds its last position;
   * one that doesn't exist is empty. Throws file-system errors.
   */
  get(id: ConversationId): HistoryFolder {
    const opened = this.#folders.get(id);
    if (opened !== undefined) return opened;
    const folder = this.open(id);
    try {
      loadRecentEvents(folder, Number.POSITIVE_INFINITY, 1, this.#pending);
    } catch (error) {
      this.#folders.delete(id);
      if (folder.isKnown) this.#knownIds.add(id);
      throw error;
    }
    folder.lastPosition = Math.max(folder.lastPosition, this.#positions.get(id) ?? 0);
    return folder;
  }

  /** Opens a conversation's folder without reading its end. Throws file-system errors. */
  open(id: ConversationId): HistoryFolder {
    const isFolderName = id !== "" && id === basename(id) && !id.startsWith(".");
    assert(isFolderName, "a conversation's id is the name of a folder");
    const folder = HistoryFolder.open(id, this.pathOf(id), this.#isReadOnly);
    folder.isKnown = this.#knownIds.delete(id);
    this.#folders.set(id, folder);
    return folder;
  }

  /** Adds conversations that are known, though their folders were never opened here. */
  setKnown(ids: Iterable<ConversationId>): void {
    for (const id of ids) this.#knownIds.add(id);
  }

  /** Sets the last position of a conversation whose folder can't be read: its next event follows it. */
  setPosition(id: ConversationId, position: number): void {
    this.#folders.delete(id);
    this.#positions.set(id, position);
  }

  /** Returns a folder that is open, or `undefined`. */
  opened(id: ConversationId): HistoryFolder | undefined {
    return this.#folders.get(id);
  }

  /** Forgets a folder that is about to be moved. */
  remove(id: ConversationId): void {
    this.#folders.delete(id);
    this.#knownIds.delete(id);
  }

  /** Returns the conversations that are in the snapshot, or whose creation or end was read. */
  knownIds(): ConversationId[] {
    const opened = [...this.#folders.values()].filter(({ isKnown }) => isKnown);
    return [...opened.map(({ id }) => id), ...this.#knownIds];
  }
}

/**
 * Lists the conversations that have a folder in `root`, sorted; none when `root` doesn't exist. Follows symbolic links,
 * with which owners move folders off a full disk. Ignores files and names that begin with a dot. Throws file-system
 * errors.
 */
export function conversationIdsIn(root: string): ConversationId[] {
  // The cast: a folder here is a conversation's, and its name is the conversation's id.
  return foldersIn(root).filter((name) => !name.startsWith(".")) as ConversationId[];
}
