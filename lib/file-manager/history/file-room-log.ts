import { strict as assert } from "node:assert";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import type { AuthoredRange } from "../../chat-server/history/authored-range.ts";
import type { Retention } from "../../chat-server/history/retention.ts";
import type {
  HistoryRequest,
  QueryAnswers,
  SearchRequest,
} from "../../chat-server/server-ports.ts";
import type { Snapshot } from "../../chat-server/snapshot/snapshot.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { DISK } from "../disk/disk.ts";
import { DiskFailures } from "../disk/disk-failures.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { Searcher } from "../search/searcher.ts";
import { AppendFiles } from "./append-files.ts";
import { Archive } from "./archive.ts";
import { eraseInFolders, findAuthoredLines } from "./authored-lines.ts";
import { ConversationFolders, conversationIdsIn } from "./conversation-folders.ts";
import { dayOf } from "./day-file.ts";
import { HistoryRewriter, nothingRead } from "./history-rewriter.ts";
import { loadRecentEvents } from "./load-history.ts";
import { MsgidIndex } from "./msgid-index.ts";
import { type ErasureRewrite, type MessageRewrite, PendingRewrites } from "./pending-rewrites.ts";
import { pruneDays } from "./prune-days.ts";
import { readHistoryPage, readWholeHistory } from "./read-history-page.ts";
import type { FollowedHistory, LoadedHistory, RoomLog, RoomLogOptions } from "./room-log.ts";
import { formatStoredEvent } from "./stored-event.ts";

/** Enough to fill a screen on joining, from memory. */
const RECENT_COUNT = 100;
/** Far below the usual limit of 1024 per process, most of it for connections. */
const OPEN_FILES_MAX = 256;
/** Nearly every event fits; a larger one gets its own buffer. */
const SCRATCH_BYTES = 64 << 10;
/** The most that one UTF-16 unit of a string takes as UTF-8. */
const BYTES_PER_UNIT_MAX = 3;
const DAY_MS = 86_400_000;

/** The histories in files. Use `openRoomLog`. */
export class FileRoomLog implements RoomLog {
  readonly #root: string;
  readonly #isReadOnly: boolean;
  readonly #recentCount: number;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #failures: DiskFailures;
  readonly #archive: Archive;
  readonly #files: AppendFiles;
  readonly #folders: ConversationFolders;
  readonly #msgids = new MsgidIndex();
  readonly #pending = new PendingRewrites();
  readonly #rewriter: HistoryRewriter;
  readonly #searcher: Searcher;
  readonly #scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  /** The day of the last event, as a number of days since 1970 and as its file is called. */
  #day = { number: Number.NaN, name: "" };

  constructor(root: string, options: RoomLogOptions) {
    this.#root = root;
    this.#isReadOnly = options.isReadOnly ?? false;
    this.#recentCount = options.recentCount ?? RECENT_COUNT;
    this.#onProblem = options.onProblem ?? (() => {});
    this.#failures = new DiskFailures(this.#onProblem);
    const report = this.#report.bind(this);
    this.#archive = new Archive(root, options.archiveFolder ?? null, report);
    this.#searcher = new Searcher(root, { onProblem: this.#onProblem });
    const { disk = DISK, openFilesMax = OPEN_FILES_MAX } = options;
    this.#files = new AppendFiles(disk, openFilesMax, this.#onProblem);
    this.#folders = new ConversationFolders(root, this.#isReadOnly, this.#pending);
    const [folders, files, msgids] = [this.#folders, this.#files, this.#msgids];
    const pending = this.#pending;
    this.#rewriter = new HistoryRewriter({ folders, files, msgids, pending, report });
  }

  load(snapshot: Snapshot, unreachable: Iterable<ConversationId> = []): LoadedHistory {
    this.#archive.setWaiting(unreachable);
    const loaded: LoadedHistory = { later: [], recent: new Map(), reports: [] };
    const positions = new Map(snapshot.conversations.map(({ id, at }) => [id, at]));
    const unread = new Set<ConversationId>();
    for (const id of conversationIdsIn(this.#root)) {
      if (this.#archive.waiting.has(id)) continue;
      try {
        this.#loadFolder(id, positions.get(id), loaded);
      } catch (error) {
        loaded.reports.push(`${this.#folders.pathOf(id)} cannot be read: ${fsErrorText(error)}.`);
        this.#folders.setPosition(id, positions.get(id) ?? 0);
        unread.add(id);
      }
    }
    for (const [id, position] of positions) {
      if (unread.has(id)) continue;
      const last = this.#folders.opened(id)?.lastPosition ?? 0;
      if (last >= position) continue;
      const path = this.#folders.pathOf(id);
      loaded.reports.push(
        `${path} ends at position ${last}, but there ${agree(position, "was", "were")} ${formatCount(position, "event")}.`,
      );
      const folder = this.#folders.opened(id) ?? this.#folders.open(id);
      folder.lastPosition = position;
    }
    return loaded;
  }

  resume({ known, unreachable, rewrites }: FollowedHistory): void {
    this.#archive.setWaiting(unreachable);
    this.#folders.setKnown(known);
    for (const rewrite of rewrites) this.#pending.add(rewrite);
  }

  positionOf(id: ConversationId): number {
    return this.#folders.get(id).lastPosition;
  }

  isArchived(id: ConversationId): boolean {
    return this.#archive.has(id);
  }

  append(event: RoomEvent, line = formatStoredEvent(event)): boolean {
    assert(!this.#isReadOnly, "a read-only log is appended to by its owner alone");
    try {
      const folder = this.#folders.get(event.conversation);
      const isNext = event.position === folder.lastPosition + 1;
      assert(isNext, "events are appended in order, without gaps");
      const day = this.#dayOf(event.time);
      const failure = folder.append(day, this.#encode(line), this.#files);
      if (failure !== null) {
        this.#report(`${folder.pathOf(day)} cannot be written`, failure.failed);
        return false;
      }
      this.#failures.succeeded();
      folder.lastPosition = event.position;
      folder.observe(event);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      this.#report(`${this.#folders.pathOf(event.conversation)} cannot be written`, error);
      return false;
    }
    this.#msgids.remember(event);
    const { kind } = event;
    if (kind === "edited" || kind === "redacted" || kind === "forgotten") this.#pending.add(event);
    return true;
  }

  sync(): Promise<boolean> {
    this.#rewriter.retry();
    return this.#files.sync();
  }

  async page(id: ConversationId, request: HistoryRequest, read = nothingRead()) {
    try {
      const [folder, msgids, pending] = [this.#folders.get(id), this.#msgids, this.#pending];
      return await readHistoryPage({ folder, msgids, pending, read }, request);
    } catch (error) {
      this.#report(`${this.#folders.pathOf(id)} cannot be read`, error);
      return null;
    }
  }

  events(id: ConversationId): AsyncGenerator<RoomEvent, void> {
    return readWholeHistory({ folder: this.#folders.get(id), pending: this.#pending });
  }

  async search(
    request: SearchRequest,
    isWanted: () => boolean = () => true,
  ): Promise<QueryAnswers["search"]> {
    const answer = await this.#searcher.search(request, isWanted);
    if (answer.events === null) return answer;
    const shown = answer.events.map((event) => this.#pending.applyTo(event));
    return { ...answer, events: shown.filter((event) => event !== null) };
  }

  rewrite(event: MessageRewrite | ErasureRewrite, read = nothingRead()): Promise<boolean> {
    return this.#rewriter.rewrite(event, read);
  }

  findAuthored(
    id: ConversationId,
    author: AuthoredRange,
    pinned: string | null,
    read = nothingRead(),
  ): Promise<QueryAnswers["authored-lines"]["lines"]> {
    // Between two rewrites, so that nothing is found that is just being erased.
    return this.#rewriter.inTurn(async () => {
      try {
        return await findAuthoredLines(this.#folders.get(id), this.#pending, author, pinned, read);
      } catch (error) {
        this.#report(`${this.#folders.pathOf(id)} cannot be read`, error);
        return null;
      }
    });
  }

  eraseUnreachable(
    author: AuthoredRange,
    except: ReadonlySet<ConversationId>,
    read = nothingRead(),
  ): Promise<QueryAnswers["erase-unreachable"]> {
    return this.#rewriter.inTurn(async () => {
      try {
        const ids = conversationIdsIn(this.#root).filter((id) => !except.has(id));
        const archived = this.#archive.folders();
        const folders = [...ids.map((id) => () => this.#folders.get(id)), ...archived];
        return await eraseInFolders(folders, this.#files, author, read, this.#report.bind(this));
      } catch (error) {
        this.#report(`${this.#root} cannot be read`, error);
        return { done: false, lines: 0 };
      }
    });
  }

  get knownConversations(): ConversationId[] {
    return [...this.#folders.knownIds(), ...this.#archive.waiting];
  }

  archive(ids: Iterable<ConversationId>): Promise<void> {
    return this.#rewriter.inTurn(async () => {
      const changed = await this.#archive.move(ids, (id) => {
        const tail = this.#folders.opened(id)?.tail ?? null;
        if (tail !== null) this.#files.release(tail);
        this.#folders.remove(id);
      });
      for (const folder of changed) this.#files.syncNames(folder);
    });
  }

  prune({ byDefault, byConversation }: Retention): Promise<void> {
    const slice = new TimeSlice();
    return this.#rewriter.inTurn(async () => {
      for (const id of byDefault === null ? byConversation.keys() : this.#conversationIds()) {
        if (slice.isDue) await slice.rest();
        const since = byConversation.get(id) ?? byDefault;
        if (since === null) continue;
        try {
          await pruneDays(this.#folders.get(id), this.#files, dayOf(since));
        } catch (error) {
          this.#report(`${this.#folders.pathOf(id)} cannot be shortened`, error);
        }
      }
      if (byDefault !== null) await this.#archive.prune(dayOf(byDefault));
    });
  }

  /** Returns the conversations that have a folder; none, and a report, when they can't be listed. */
  #conversationIds(): ConversationId[] {
    try {
      return conversationIdsIn(this.#root);
    } catch (error) {
      this.#report(`${this.#root} cannot be read`, error);
      return [];
    }
  }

  get pendingRewrites(): number {
    return this.#pending.size;
  }

  finishRewrites(): Promise<boolean> {
    return this.#rewriter.finish();
  }

  async close(): Promise<void> {
    this.#searcher.close();
    await this.#rewriter.finish();
    await this.#files.sync();
    this.#files.close();
  }

  #loadFolder(id: ConversationId, snapshotPosition: number | undefined, loaded: LoadedHistory) {
    const folder = this.#folders.open(id);
    folder.isKnown = snapshotPosition !== undefined;
    const tail = loadRecentEvents(folder, snapshotPosition ?? 0, this.#recentCount, this.#pending);
    for (const event of tail.later) {
      loaded.later.push(event);
      folder.observe(event);
    }
    loaded.recent.set(id, tail.recent);
    loaded.reports.push(...tail.reports);
    for (const event of tail.recent) this.#msgids.remember(event);
  }

  /** Returns a line's bytes, valid until the next call. */
  #encode(line: string): Uint8Array {
    if (line.length * BYTES_PER_UNIT_MAX > SCRATCH_BYTES) return Buffer.from(line);
    return this.#scratch.subarray(0, this.#scratch.write(line));
  }

  #dayOf(timeMs: number): string {
    const number = Math.floor(timeMs / DAY_MS);
    if (number !== this.#day.number) this.#day = { number, name: dayOf(timeMs) };
    return this.#day.name;
  }

  #report(text: string, error: unknown): void {
    this.#failures.failed(text, error);
  }
}
