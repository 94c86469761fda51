import { mkdirSync } from "node:fs";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import type { AuthoredRange } from "../../chat-server/history/authored-range.ts";
import type { Retention } from "../../chat-server/history/retention.ts";
import type {
  HistoryRequest,
  QueryAnswers,
  ReadWork,
  SearchRequest,
} from "../../chat-server/server-ports.ts";
import type { Snapshot } from "../../chat-server/snapshot/snapshot.ts";
import type { Disk } from "../disk/disk.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { FileRoomLog } from "./file-room-log.ts";
import type { ErasureRewrite, MessageRewrite } from "./pending-rewrites.ts";

/** Stores the events of all conversations, in order. Nothing else changes those files. */
export interface RoomLog {
  /**
   * Reads the ends of all histories, once, before anything is appended: the events after the snapshot, the
   * newest events for memory, and damage. A history that can't be read is only reported. Throws a file-system
   * error when the histories can't be listed.
   *
   * @param unreachable conversations that no user can reach any more; they aren't read
   */
  load(snapshot: Snapshot, unreachable?: Iterable<ConversationId>): LoadedHistory;
  /** Goes on in place of {@link load}, from where a process came that has followed another one's log. */
  resume(from: FollowedHistory): void;
  /** Returns the position of a conversation's last event; 0 for none. Throws file-system errors. */
  positionOf(conversation: ConversationId): number;
  /** Whether a conversation was archived: all its events were stored before. */
  isArchived(conversation: ConversationId): boolean;
  /**
   * Appends an event, whose position must follow the last one of its conversation (asserted). Returns at once; `false` when
   * it could not be stored. A killed process loses no appended event; a loss of power may lose those not yet synced.
   *
   * @param line the event's line, with its "\n", if somebody has made it already
   */
  append(event: RoomEvent, line?: string): boolean;
  /**
   * Resolves to whether all that was appended before the call survives a loss of power. If not, the reason went to
   * `onProblem`, and the next sync tries again. Calls at the same time share the work. Never rejects.
   */
  sync(): Promise<boolean>;
  /** Resolves to a part of a history, oldest first, as it is now; `null` when it can't be read. Adds to `read`. */
  page(of: ConversationId, request: HistoryRequest, read?: ReadWork): Promise<RoomEvent[] | null>;
  /** Yields all events in the order of the files, with edits and redactions applied. Throws file-system errors. */
  events(conversation: ConversationId): AsyncGenerator<RoomEvent, void>;
  /** Resolves to the messages that match a request, with edits and redactions applied. See `Searcher`. */
  search(request: SearchRequest, isWanted: () => boolean): Promise<QueryAnswers["search"]>;
  /**
   * Carries an edit, a redaction or an erasure, which was appended, out in the files. Resolves to `false` when the
   * message isn't there, or on a file-system error; then {@link sync} tries again later. Adds what it copied to `read`.
   */
  rewrite(event: MessageRewrite | ErasureRewrite, read?: ReadWork): Promise<boolean>;
  /**
   * Resolves to all messages of an account in a conversation, and whether the pinned text is one; `null` when it can't be
   * read.
   */
  findAuthored(
    conversation: ConversationId,
    author: AuthoredRange,
    pinned: string | null,
    read?: ReadWork,
  ): Promise<QueryAnswers["authored-lines"]["lines"]>;
  /**
   * Erases an account's messages in all conversations but these, archived ones included, without an event: they are
   * unreachable. Resolves to the number of lines, and whether all were erased.
   */
  eraseUnreachable(
    author: AuthoredRange,
    except: ReadonlySet<ConversationId>,
    read?: ReadWork,
  ): Promise<QueryAnswers["erase-unreachable"]>;
  /** All conversations with files that are in the snapshot, or whose creation or end was read. */
  readonly knownConversations: ConversationId[];
  /** Moves unreachable conversations to the archive, which no start reads. Never rejects. */
  archive(ids: Iterable<ConversationId>): Promise<void>;
  /** Deletes the days that are older than the retention says. Never rejects; failures go to `onProblem`. */
  prune(retention: Retention): Promise<void>;
  /**
   * How many edits, redactions and erasures are not yet carried out. Pages show them carried out anyway. A snapshot
   * must wait until there are none: the next start looks only at what comes after it.
   */
  readonly pendingRewrites: number;
  /** Tries all that is pending now. Resolves to whether none of it is pending any more. */
  finishRewrites(): Promise<boolean>;
  /** Finishes pending work, syncs, and closes the files. */
  close(): Promise<void>;
}

/** The result of {@link RoomLog.load}. */
export interface LoadedHistory {
  /**
   * All events behind the snapshot's positions, in order within each conversation. One whose text was erased comes with an
   * empty text: it keeps its position.
   */
  readonly later: RoomEvent[];
  /** The newest events of each conversation, oldest first, with edits and redactions applied. */
  readonly recent: Map<ConversationId, RoomEvent[]>;
  /** Sentences for the owner's log. */
  readonly reports: string[];
}

/** What a process knows of histories that it has followed without writing them. */
export interface FollowedHistory {
  /** See {@link RoomLog.knownConversations}: those that can be reached. */
  readonly known: Iterable<ConversationId>;
  readonly unreachable: Iterable<ConversationId>;
  /** Edits, redactions and erasures behind the snapshot: perhaps not all of them are carried out. */
  readonly rewrites: Iterable<MessageRewrite | ErasureRewrite>;
}

export interface RoomLogOptions {
  /** Newest events of each conversation to load. */
  readonly recentCount?: number;
  /** Files held open for appending. */
  readonly openFilesMax?: number;
  /** Called when the disk fails, with a sentence for the owner's log, with the path. */
  readonly onProblem?: (text: string, cause: unknown) => void;
  /** Where unreachable histories go; without it they stay where they are. */
  readonly archiveFolder?: string;
  /** Only pages are read, perhaps while a server has the folder: nothing is repaired, and nothing can be appended. */
  readonly isReadOnly?: boolean;
  /** For tests: a disk that fails. */
  readonly disk?: Disk;
}

/**
 * Opens the history under `folder`: `<folder>/<ConversationId>/<yyyy-mm-dd>.jsonl`, one event a line.
 *
 * @example
 * const log = openRoomLog(join(data, "history"));
 * if ("refused" in log) return log;
 * const { later, recent, reports } = log.load(snapshot);
 */
export function openRoomLog(
  folder: string,
  options: RoomLogOptions = {},
): RoomLog | { readonly refused: string } {
  try {
    if (options.isReadOnly !== true) mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = `${folder} cannot be made: ${fsErrorText(error)}.`;
    return { refused: `${why} Put that right, then start again.` };
  }
  return new FileRoomLog(folder, options);
}
