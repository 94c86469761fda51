import { basename, join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import { formatCount } from "../../protocol/plural.ts";
import { DISK, type Disk } from "../disk/disk.ts";
import { isThere } from "../disk/folder-entries.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { AppendFiles } from "./append-files.ts";
import { ConversationFolders } from "./conversation-folders.ts";
import { type DayFile, headOf } from "./day-file.ts";
import type { HistoryFolder } from "./history-folder.ts";
import { loadRecentEvents } from "./load-history.ts";
import { PendingRewrites } from "./pending-rewrites.ts";
import { parseStoredEvent } from "./stored-event.ts";

const OPEN_FILES_MAX = 256;

/** An event as a log of records has it. */
interface LoggedEvent {
  readonly conversation: ConversationId;
  /** Its line, without "\n". */
  readonly stored: string;
}

/**
 * Appends the events that a log of records has and the histories lack: a crash came between the two. For the start, before
 * the histories are loaded. Only conversations that the log names are opened.
 */
export class HistoryCatchUp {
  /** Sentences for the owner's log. */
  readonly reports: string[] = [];
  /** Paths of the files that were appended to. */
  readonly written = new Set<string>();
  #appended = 0;
  /** Position of each day's last line, as far as it was looked up. */
  readonly #lastOfDay = new Map<HistoryFolder, Map<string, number>>();
  readonly #archive: string;
  readonly #folders: ConversationFolders;
  readonly #files: AppendFiles;
  /** Conversations whose events are passed over: they are archived, or their name can't be a folder's. */
  readonly #passedOver = new Set<ConversationId>();

  /**
   * @param archive where unreachable conversations are: all their events were stored before they were moved
   * @param isReadOnly only {@link lacks} is asked, and nothing is mended
   */
  constructor(
    root: string,
    archive: string,
    onProblem: (text: string, cause: unknown) => void = () => {},
    disk: Disk = DISK,
    isReadOnly = false,
  ) {
    this.#archive = archive;
    this.#folders = new ConversationFolders(root, isReadOnly, new PendingRewrites());
    this.#files = new AppendFiles(disk, OPEN_FILES_MAX, onProblem);
  }

  /** How many events the histories lacked. */
  get appended(): number {
    return this.#appended;
  }

  /** Appends an event unless its history has it. Returns a sentence when the disk refuses. */
  take({ conversation, stored }: LoggedEvent): { readonly refused: string } | null {
    if (this.#passedOver.has(conversation)) return null;
    try {
      const folder = this.#folderOf(conversation);
      return folder === null ? null : this.#append(folder, stored);
    } catch (error) {
      return cannotWrite(this.#folders.pathOf(conversation), error);
    }
  }

  /** Whether an event's history doesn't have it. Throws file-system errors. */
  lacks({ conversation, stored }: LoggedEvent): boolean {
    if (this.#passedOver.has(conversation)) return false;
    const folder = this.#folderOf(conversation);
    const head = headOf(Buffer.from(stored));
    if (folder === null || head === null) return false;
    return head.position > this.#lastPositionOf(folder, head.timestamp.slice(0, 10));
  }

  /** Closes the files. Resolves to whether everything that was appended survives a loss of power. */
  async close(): Promise<boolean> {
    const isSafe = await this.#files.sync();
    this.#files.close();
    return isSafe;
  }

  /** Returns `null` for a conversation that is passed over. Throws file-system errors. */
  #folderOf(id: ConversationId): HistoryFolder | null {
    const opened = this.#folders.opened(id);
    if (opened !== undefined) return opened;
    const isFolderName = id !== "" && id === basename(id) && !id.startsWith(".");
    if (!isFolderName || (isThere(join(this.#archive, id)) && !isThere(this.#folders.pathOf(id)))) {
      this.#passedOver.add(id);
      return null;
    }
    const folder = this.#folders.open(id);
    const { reports } = loadRecentEvents(
      folder,
      Number.POSITIVE_INFINITY,
      1,
      new PendingRewrites(),
    );
    this.reports.push(...reports);
    return folder;
  }

  /** Throws file-system errors. */
  #append(folder: HistoryFolder, stored: string): { readonly refused: string } | null {
    const line = Buffer.from(`${stored}\n`);
    const head = headOf(line.subarray(0, -1));
    const day = head?.timestamp.slice(0, 10) ?? "";
    // By the day: a loss of power can take the end of one day's file and leave the next one's.
    if (head !== null && head.position <= this.#lastPositionOf(folder, day)) return null;
    if (head === null || parseStoredEvent(stored, folder.id).kind === "damaged") {
      this.reports.push(`records.journal has an event of ${folder.id} that can't be read.`);
      return null;
    }
    const { position } = head;
    if (position > folder.lastPosition + 1) {
      const missing = formatCount(position - folder.lastPosition - 1, "event");
      this.reports.push(
        `${folder.path} lacks ${missing} before position ${position}, which records.journal doesn't have either.`,
      );
    }
    const failure = folder.append(day, line, this.#files);
    if (failure !== null) return cannotWrite(folder.path, failure.failed);
    folder.lastPosition = Math.max(folder.lastPosition, position);
    this.#lastOfDay.get(folder)?.set(day, position);
    this.#appended += 1;
    this.written.add(folder.pathOf(day));
    return null;
  }

  /** Throws file-system errors. */
  #lastPositionOf(folder: HistoryFolder, day: string): number {
    const positions = this.#lastOfDay.get(folder) ?? new Map<string, number>();
    this.#lastOfDay.set(folder, positions);
    const known = positions.get(day);
    if (known !== undefined) return known;
    folder.mendEnd(day);
    const position = lastPositionIn(folder.openDay(day));
    positions.set(day, position);
    return position;
  }
}

/** Closes the file. */
function lastPositionIn(file: DayFile | null): number {
  if (file === null) return 0;
  try {
    for (const { bytes } of file.backward(file.bytes)) {
      const head = headOf(bytes);
      if (head !== null) return head.position;
    }
    return 0;
  } finally {
    file.close();
  }
}

function cannotWrite(path: string, error: unknown): { readonly refused: string } {
  return {
    refused: `${path} cannot be written: ${fsErrorText(error)}. Put that right, then start again.`,
  };
}
