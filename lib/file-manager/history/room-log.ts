import { strict as assert } from "node:assert";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import type { Retention } from "../../chat-server/history/retention.ts";
import type {
  AuthoredRange,
  HistoryRequest,
  QueryAnswers,
  SearchRequest,
} from "../../chat-server/server-ports.ts";
import type { Snapshot } from "../../chat-server/snapshot/snapshot.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { DISK, type Disk } from "../disk/journal.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { Searcher } from "../search/searcher.ts";
import { AppendFiles } from "./append-files.ts";
import { applyRewrites } from "./apply-rewrites.ts";
import { Archive } from "./archive.ts";
import { eraseEverywhere, findAuthoredLines } from "./authored-lines.ts";
import { conversationsIn } from "./conversation-folders.ts";
import { dayOf } from "./day-file.ts";
import { HistoryFolder } from "./history-folder.ts";
import { loadRecentEvents } from "./load-history.ts";
import { MsgidIndex } from "./msgid-index.ts";
import { type ErasureRewrite, type MessageRewrite, PendingRewrites } from "./pending-rewrites.ts";
import { pruneDays } from "./prune-days.ts";
import { readPage } from "./read-history-page.ts";
import { formatStored } from "./stored-event.ts";

/** What was said and what happened, kept in order. One owner; nothing else changes what it keeps. */
export interface RoomLog {
  /**
   * Reads the ends of all histories, once, before anything is added: what the snapshot doesn't have, the
   * newest events for memory, and what was found damaged. A history that can't be read is only reported.
   *
   * @param gone conversations that nobody could reach any more: nothing of them is read
   */
  load(snapshot: Snapshot, gone?: Iterable<ConversationId>): LoadedHistory;
  /**
   * Keeps an event, which must be the next of its conversation. Answers at once; `false` when it could not be
   * kept, and then nothing of it is. A killed process loses nothing that was kept; a loss of power may take
   * what no {@link sync} has covered.
   */
  append(event: RoomEvent): boolean;
  /**
   * Resolves when all that was kept before the call outlasts a loss of power. `false`: it may not; the reason
   * went to `onProblem`, and the next sync tries again. Calls at the same time share the work.
   */
  sync(): Promise<boolean>;
  /** A part of a history, oldest first, with edits and redactions carried out; `null` when it can't be read. */
  page(conversation: ConversationId, request: HistoryRequest): Promise<RoomEvent[] | null>;
  /** Messages that answer to a request, with edits and redactions carried out. See `Searcher`. */
  search(request: SearchRequest, isWanted: () => boolean): Promise<QueryAnswers["search"]>;
  /**
   * Carries an edit or a redaction out in the files; the event itself has been appended. `false`: the message
   * isn't there, or the disk refused, and then {@link sync} tries again from time to time.
   */
  rewrite(event: MessageRewrite | ErasureRewrite): Promise<boolean>;
  /** All that an account said in a conversation; `null` when it can't be read. */
  saidBy(
    conversation: ConversationId,
    who: AuthoredRange,
  ): Promise<QueryAnswers["said-by"]["said"]>;
  /**
   * Takes what an account said out of all conversations but these, without an event that says so: they are
   * those that nobody can reach. Answers how many lines it was, and whether it was all.
   */
  forgetElsewhere(
    who: AuthoredRange,
    except: ReadonlySet<ConversationId>,
  ): Promise<QueryAnswers["forget-elsewhere"]>;
  /** All conversations that have files, and that somebody could or can reach. */
  readonly there: ConversationId[];
  /** Takes conversations that nobody can reach any more out of the way of the next start. Never rejects. */
  setAside(ids: Iterable<ConversationId>): Promise<void>;
  /** Deletes the days that need be kept no longer. Never rejects; what the disk refused goes to `onProblem`. */
  prune(retention: Retention): Promise<void>;
  /**
   * Edits and redactions that are kept but not yet carried out. Pages show them carried out all the same. A
   * snapshot must wait until there are none: only what comes after it is looked at by the next start.
   */
  readonly owed: number;
  /** Resolves when all that is owed now was tried: whether none of it is owed any more. */
  carriedOut(): Promise<boolean>;
  /** Finishes what is under way, makes all safe, and lets go of the files. */
  close(): Promise<void>;
}

/** What was on the disk. */
export interface LoadedHistory {
  /**
   * All events behind the snapshot's positions, in order within each conversation. One whose text has been
   * taken out comes with an empty text: it keeps its position.
   */
  readonly later: RoomEvent[];
  readonly recent: Map<ConversationId, RoomEvent[]>;
  /** Sentences for the owner's log. */
  readonly reports: string[];
}

export interface RoomLogOptions {
  /** Newest events of each conversation to keep in memory. */
  readonly recentCount?: number;
  /** Files held open for adding. */
  readonly openFilesMax?: number;
  /** Hears what went wrong on the disk, in words for the owner's log, with the path. */
  readonly onProblem?: (text: string, cause: unknown) => void;
  /** Where histories go that nobody can reach any more; without it they stay where they are. */
  readonly gone?: string;
  /** Only pages are read, perhaps while a server has it: nothing is mended, and nothing can be added. */
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
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    return {
      refused: `${folder} cannot be made: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
  return new FileRoomLog(folder, options);
}

/** Enough to fill a screen on joining, from memory. */
const RECENT_COUNT = 100;
/** Far below the usual 1024 a process may have, most of which are people. */
const OPEN_FILES_MAX = 256;
/** A disk that refused a rewrite is left in peace this long. */
const OWED_RETRY_MS = 60_000;
/** Nearly every event fits; a larger one gets a buffer of its own. */
const SCRATCH_BYTES = 64 << 10;
const DAY_MS = 86_400_000;

class FileRoomLog implements RoomLog {
  readonly #path: string;
  readonly #aside: Archive;
  readonly #isReadOnly: boolean;
  readonly #recentCount: number;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #files: AppendFiles;
  readonly #folders = new Map<ConversationId, HistoryFolder>();
  readonly #msgids = new MsgidIndex();
  readonly #corrections = new PendingRewrites();
  readonly #searcher: Searcher;
  readonly #scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  /** Rewrites happen one after the other. */
  #rewriting: Promise<unknown> = Promise.resolve();
  #owedTriedAt = Number.NEGATIVE_INFINITY;
  #day = { number: Number.NaN, name: "" };

  constructor(path: string, options: RoomLogOptions) {
    this.#path = path;
    this.#aside = new Archive(path, options.gone ?? null, this.#report.bind(this));
    this.#isReadOnly = options.isReadOnly ?? false;
    this.#recentCount = options.recentCount ?? RECENT_COUNT;
    this.#onProblem = options.onProblem ?? (() => {});
    this.#searcher = new Searcher(path, { onProblem: this.#onProblem });
    this.#files = new AppendFiles(
      options.disk ?? DISK,
      options.openFilesMax ?? OPEN_FILES_MAX,
      this.#onProblem,
    );
  }

  load(snapshot: Snapshot, gone: Iterable<ConversationId> = []): LoadedHistory {
    this.#aside.begin(gone);
    const loaded: LoadedHistory = { later: [], recent: new Map(), reports: [] };
    const known = new Map(snapshot.conversations.map(({ id, at }) => [id, at]));
    for (const id of conversationsIn(this.#path)) {
      if (this.#aside.waiting.has(id)) continue;
      try {
        this.#loadFolder(id, known.get(id), loaded);
      } catch (error) {
        const path = join(this.#path, id);
        loaded.reports.push(`${path} cannot be read: ${fsErrorText(error)}.`);
      }
    }
    for (const [id, at] of known) {
      const last = this.#folders.get(id)?.lastAt ?? 0;
      if (last >= at) continue;
      const path = join(this.#path, id);
      loaded.reports.push(`${path} ends at position ${last}, but there were ${at} events.`);
      const folder = this.#folders.get(id);
      if (folder !== undefined) folder.lastAt = at;
      else this.#openFolder(id).lastAt = at;
    }
    return loaded;
  }

  append(event: RoomEvent): boolean {
    assert(!this.#isReadOnly, "somebody else adds to it");
    try {
      const folder = this.#folder(event.conversation);
      assert(event.position === folder.lastAt + 1, "events are kept in order, without gaps");
      if (folder.make()) this.#files.named(this.#path);
      const file = folder.fileOf(this.#dayOf(event.time));
      if (file !== folder.tail) {
        if (folder.tail !== null) this.#files.leave(folder.tail);
        folder.tail = file;
      }
      const result = this.#files.append(file, this.#encode(formatStored(event)));
      if (result !== null) {
        this.#report(`${file.path} cannot be written`, result.failed);
        return false;
      }
      folder.lastAt = event.position;
      folder.learn(event);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      this.#report(`${join(this.#path, event.conversation)} cannot be written`, error);
      return false;
    }
    this.#msgids.remember(event);
    const { kind } = event;
    if (kind === "edited" || kind === "redacted" || kind === "forgotten") {
      this.#corrections.add(event);
    }
    return true;
  }

  sync(): Promise<boolean> {
    this.#retryOwed();
    return this.#files.sync();
  }

  async page(conversation: ConversationId, request: HistoryRequest): Promise<RoomEvent[] | null> {
    try {
      const folder = this.#folder(conversation);
      const [msgids, corrections] = [this.#msgids, this.#corrections];
      return await readPage({ folder, msgids, corrections }, request);
    } catch (error) {
      this.#report(`${join(this.#path, conversation)} cannot be read`, error);
      return null;
    }
  }

  async search(
    request: SearchRequest,
    isWanted: () => boolean = () => true,
  ): Promise<QueryAnswers["search"]> {
    const { events, complete } = await this.#searcher.search(request, isWanted);
    if (events === null) return { events, complete };
    const shown = events.map((event) => this.#corrections.applyTo(event));
    return { events: shown.filter((event) => event !== null), complete };
  }

  rewrite(event: MessageRewrite | ErasureRewrite): Promise<boolean> {
    return this.#carryOut(event.conversation, event);
  }

  saidBy(
    conversation: ConversationId,
    who: AuthoredRange,
  ): Promise<QueryAnswers["said-by"]["said"]> {
    // Between two rewrites, so that nothing is found that is just being taken out.
    const done = this.#rewriting.then(async () => {
      try {
        return await findAuthoredLines(this.#folder(conversation), this.#corrections, who);
      } catch (error) {
        this.#report(`${join(this.#path, conversation)} cannot be read`, error);
        return null;
      }
    });
    this.#rewriting = done;
    return done;
  }

  forgetElsewhere(
    who: AuthoredRange,
    except: ReadonlySet<ConversationId>,
  ): Promise<QueryAnswers["forget-elsewhere"]> {
    const done = this.#rewriting.then(() => {
      const left = conversationsIn(this.#path).filter((id) => !except.has(id));
      const folders = [...left.map((id) => () => this.#folder(id)), ...this.#aside.folders()];
      return eraseEverywhere(folders, this.#files, who, this.#report.bind(this));
    });
    this.#rewriting = done;
    return done;
  }

  get there(): ConversationId[] {
    const known = [...this.#folders.values()].filter(({ isKnown }) => isKnown);
    return [...known.map(({ id }) => id), ...this.#aside.waiting];
  }

  setAside(ids: Iterable<ConversationId>): Promise<void> {
    const done = this.#rewriting.then(async () => {
      const renamed = await this.#aside.take(ids, (id) => {
        const tail = this.#folders.get(id)?.tail ?? null;
        if (tail !== null) this.#files.leave(tail);
        this.#folders.delete(id);
      });
      for (const folder of renamed) this.#files.named(folder);
    });
    this.#rewriting = done;
    return done;
  }

  prune({ byDefault: others, byConversation: of }: Retention): Promise<void> {
    const pace = new TimeSlice();
    const done = this.#rewriting.then(async () => {
      for (const id of others === null ? of.keys() : conversationsIn(this.#path)) {
        if (pace.isDue) await pace.rest();
        const since = of.get(id) ?? others;
        if (since === null) continue;
        try {
          await pruneDays(this.#folder(id), this.#files, dayOf(since));
        } catch (error) {
          this.#report(`${join(this.#path, id)} cannot be shortened`, error);
        }
      }
      if (others !== null) await this.#aside.prune(dayOf(others));
    });
    this.#rewriting = done;
    return done;
  }

  get owed(): number {
    return this.#corrections.size;
  }

  async carriedOut(): Promise<boolean> {
    const owed = [...this.#corrections.everything()];
    await this.#rewriting;
    return !owed.some((one) => this.#corrections.has(one));
  }

  async close(): Promise<void> {
    this.#searcher.close();
    await this.#rewriting;
    await this.#files.sync();
    this.#files.close();
  }

  #loadFolder(id: ConversationId, at: number | undefined, loaded: LoadedHistory): void {
    const folder = this.#openFolder(id);
    const known = at ?? 0;
    folder.isKnown = at !== undefined;
    const tail = loadRecentEvents(folder, known, this.#recentCount, this.#corrections);
    for (const event of tail.later) {
      loaded.later.push(event);
      folder.learn(event);
    }
    loaded.recent.set(id, tail.recent);
    loaded.reports.push(...tail.reports);
    for (const event of tail.recent) this.#msgids.remember(event);
  }

  /** The folder of a conversation; one that was not loaded is new, or is read from its end. */
  #folder(id: ConversationId): HistoryFolder {
    const known = this.#folders.get(id);
    if (known !== undefined) return known;
    const folder = this.#openFolder(id);
    loadRecentEvents(folder, Number.POSITIVE_INFINITY, 1, this.#corrections);
    return folder;
  }

  #openFolder(id: ConversationId): HistoryFolder {
    assert(
      id !== "" && id === basename(id) && !id.startsWith("."),
      "a conversation names a folder",
    );
    const folder = HistoryFolder.open(id, join(this.#path, id), this.#isReadOnly);
    this.#folders.set(id, folder);
    return folder;
  }

  /** After everything that is being rewritten now. Never rejects. */
  #carryOut(id: ConversationId, wanted: MessageRewrite | ErasureRewrite | null): Promise<boolean> {
    const done = this.#rewriting.then(async () => {
      if (wanted !== null && !this.#corrections.has(wanted)) return true;
      try {
        const folder = this.#folder(id);
        const unfounded = await applyRewrites(folder, this.#files, this.#msgids, this.#corrections);
        return wanted === null || !unfounded.some((one) => one.position === wanted.position);
      } catch (error) {
        this.#report(`${join(this.#path, id)} cannot be rewritten; it is tried again`, error);
        return false;
      }
    });
    this.#rewriting = done;
    return done;
  }

  #retryOwed(): void {
    if (this.#corrections.size === 0) return;
    const now = performance.now();
    if (now - this.#owedTriedAt < OWED_RETRY_MS) return;
    this.#owedTriedAt = now;
    for (const id of this.#corrections.conversations()) void this.#carryOut(id, null);
  }

  #encode(line: string): Uint8Array {
    // Three bytes are the most that one unit of a string takes.
    if (line.length * 3 > SCRATCH_BYTES) return Buffer.from(line);
    return this.#scratch.subarray(0, this.#scratch.write(line));
  }

  #dayOf(time: number): string {
    const number = Math.floor(time / DAY_MS);
    if (number !== this.#day.number) this.#day = { number, name: dayOf(time) };
    return this.#day.name;
  }

  #report(what: string, error: unknown): void {
    this.#onProblem(`${what}: ${fsErrorText(error)}.`, error);
  }
}
