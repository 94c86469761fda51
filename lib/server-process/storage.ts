import type { RoomEvent } from "../chat-server/event.ts";
import type { DiskQuery, PersonChange, QueryAnswers } from "../chat-server/server-ports.ts";
import type { DataFolder } from "../file-manager/data-folder.ts";

/** Where what the chat server stores goes to: into the data folder's files, or first into a log. */
export interface Storage {
  /** See `ServerPorts.append`. */
  append(event: RoomEvent): boolean;
  /** See `ServerPorts.appendPerson`. */
  appendPerson(change: PersonChange): boolean;
  /** Answers a query to the disk. Never rejects: a failure is an answer. */
  answer(query: DiskQuery): Promise<QueryAnswers[DiskQuery["kind"]]>;
  /** Called before a turn's bytes leave: see `FlushScheduler`. Left out if they needn't wait. */
  readonly beforeFlush?: () => Promise<unknown> | undefined;
}

/**
 * Returns the storage of a server that writes its files by itself.
 *
 * @param isSynced whether nobody is told of anything that a loss of power could undo: a turn's bytes wait until what it has
 *   stored is synced
 */
export function folderStorage(data: DataFolder, isSynced: boolean): Storage {
  return {
    append: (event) => data.append(event),
    appendPerson: (change) => data.appendPerson(change),
    answer: (query) => data.answer(query),
    ...(isSynced && { beforeFlush: () => (data.isDirty ? data.syncUntilSafe() : undefined) }),
  };
}
