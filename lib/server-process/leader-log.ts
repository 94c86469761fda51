import { randomUUID } from "node:crypto";
import type { RoomEvent } from "../chat-server/event.ts";
import type { Server } from "../chat-server/server.ts";
import type { DiskQuery, Link, PersonChange, QueryAnswers } from "../chat-server/server-ports.ts";
import type { Session } from "../chat-server/sessions/session.ts";
import type { SessionNote, SessionPace } from "../chat-server/takeover/session-note.ts";
import type { ToldEvent } from "../chat-server/takeover/soft-changes.ts";
import type { RetoldRecord } from "../chat-server/takeover/takeover.ts";
import { untraced } from "../chat-server/wire-trace.ts";
import type { AppendOutcome, LogFacts, RecordLog } from "../cluster/engine.ts";
import { InputTrials, type NotedTrial } from "../cluster/leader/input-trials.ts";
import { type GatewaysLink, linkParts } from "../cluster/leader/link-notes.ts";
import { LinkTakeover, type LinkTakeoverOptions } from "../cluster/leader/link-takeover.ts";
import {
  type ConsumedBytes,
  encodeRecord,
  type RecordedPart,
  type TurnRecord,
} from "../cluster/log/record.ts";
import { RecordAppender } from "../cluster/log/record-appender.ts";
import { SealedTexts } from "../cluster/log/sealed-texts.ts";
import { GATEWAYS_OF, type SoftParts, TRIED } from "../cluster/log/soft-parts.ts";
import { type TurnChange, TurnRecorder, type TurnSoftState } from "../cluster/log/turn-recorder.ts";
import type { Seal } from "../cluster/seal.ts";
import type { DataFolder } from "../file-manager/data-folder.ts";
import { parseStoredEvent } from "../file-manager/history/stored-event.ts";
import {
  formatRecordedEvent,
  readableLength,
  readRecordedChange,
} from "../file-manager/record-log/recorded-changes.ts";
import type { LogCut } from "../file-manager/snapshot/autosave.ts";
import type { SoftTable } from "../member-server/soft-table.ts";
import type { Log } from "../settings/log.ts";
import type { Flushable } from "../transport/flush-scheduler.ts";
import type { SessionTakeover } from "../transport/line-connections.ts";
import type { LinkHandlers } from "../transport/socket-link.ts";
import { RecordedTables } from "./recorded-tables.ts";
import type { Storage } from "./storage.ts";

/** Read in a second. */
const LONG_BYTES = 64 << 20;
/** Of {@link LeaderLog.tick}: gateways that hear nothing else are told of the last record so often. */
const TICKS_TO_TELL = 20;

/** What {@link LeaderLog} needs of its process. */
export interface LeaderLogOptions extends Pick<LinkTakeoverOptions, "recall" | "takenOver"> {
  readonly log: RecordLog;
  /** Sequence of the log's last entry. */
  readonly last: number;
  /** Names the service whose gateways this process leads. */
  readonly gatewaysOf: string;
  /** What the log says of soft state up to there. */
  readonly soft: SoftParts;
  readonly seal: Seal | null;
  readonly data: DataFolder;
  /** See `TurnRecorderOptions.numbers`. Left out where the folder has no changes that are still being written. */
  readonly numbers?: DataFolder["numbers"];
  /** Seals what no disk may have; `null` where messages are written to disk. */
  readonly texts: SealedTexts | null;
  readonly server: Server;
  /** What the process knows of connections, and its next leader has to know: `ConnectionPlaces.tables`. */
  readonly tables: Readonly<Record<string, SoftTable>>;
  /** The folder's files have everything up to a sequence. */
  stored?(sequence: number): void;
  /** Returns the turns after a sequence, before this leader; `null` when not all of them are known any more. */
  recordsAfter(sequence: number): Iterable<TurnRecord<unknown, unknown>> | null;
  /** Returns what nodes have to say to each other since the last call; left out where there is one machine. */
  takeNodeParts?(): readonly RecordedPart[];
  /** Called when changes are in the log, with the sequence of their record. */
  recorded?(changes: readonly TurnChange[], sequence: number): void;
  /** See `RemoteListeners.takeConsumed`. */
  takeConsumed(): readonly ConsumedBytes[];
  /** See `TurnRecorderOptions.mayAnswer`. */
  mayAnswer?(): boolean;
  /** See `RemoteListeners.heardRecord`. */
  heardRecord(): number;
  /** See `RemoteListeners.tellRecord`. */
  tellRecord(): void;
  /** Calls a flushable at the end of this turn: `FlushScheduler.schedule`. */
  schedule(flushable: Flushable): void;
  /** Writes a line to the server's log. */
  readonly note: Log;
  /** Whether the leader before may have ended by what it was given: then that is tried. */
  readonly triesInput: boolean;
  /** Whether the last process of this machine has ended by its own fault. */
  readonly isAfterFault: boolean;
  /** See `InputTrialsOptions.node`. Left out where there is one machine. */
  readonly node?: string;
  /** Calls a function, `ms` later. Without it, by a timer. */
  later?(ms: number, run: () => void): void;
  /** The log takes no more, with a sentence why: this process has to end at once. */
  failed(why: string): never;
}

/** The log of a server that leads: what it stores goes there first, so that another process can take its place. */
export class LeaderLog implements Storage, LogCut {
  readonly #options: LeaderLogOptions;
  readonly #recorder: TurnRecorder;
  /** Settles when everything is in the folder's files. */
  #stored: Promise<void> = Promise.resolve();
  #cutUpTo = 0;
  #bytesAtCut = 0;
  #isFinishing = false;
  #ticks = 0;
  #hasTakenOver = false;
  readonly #tables: RecordedTables;
  /** Whose input is tried, if the log doesn't say so yet. */
  #tried: { readonly value: NotedTrial | null } | null = null;

  private constructor(options: LeaderLogOptions, term: number) {
    this.#options = options;
    this.#tables = new RecordedTables(options.tables);
    const { log, soft, seal, data, takeConsumed, schedule, failed } = options;
    this.#recorder = new TurnRecorder({
      ...{ appender: new RecordAppender(log, term), log, term, seal, soft, takeConsumed, schedule },
      ...(options.mayAnswer !== undefined && { mayAnswer: options.mayAnswer }),
      numbers: options.numbers ?? data.numbers,
      formatEvent: (event) => this.#formatEvent(event),
      takeSoftState: () => this.#takeSoftState(),
      lengthOf: readableLength,
      untellable: (key, cause) =>
        options.note("error", `${key} can't be written to the log`, cause),
      canStore: () => !data.isFailing,
      store: (changes, sequence) => {
        this.#stored = data.store(changes);
        if (options.stored !== undefined) void this.#stored.then(() => options.stored?.(sequence));
        options.recorded?.(changes, sequence);
      },
      failed: (outcome) => failed(sentenceOf(outcome)),
    });
  }

  /** The log of a leader whose term has begun with a record of the log. */
  static of(options: LeaderLogOptions, term: number): LeaderLog {
    return new LeaderLog(options, term);
  }

  /** Begins to lead: from now on this process alone writes the log. */
  static async lead(options: LeaderLogOptions): Promise<LeaderLog> {
    const { log, last, gatewaysOf: node, failed } = options;
    const bytes = encodeRecord({ kind: "lead", node }, null);
    const outcome = await new Promise<AppendOutcome>((resolve) => {
      log.append({ id: `lead-${randomUUID()}`, bytes, after: last }, resolve);
    });
    if (outcome.kind !== "appended") return failed(sentenceOf(outcome));
    return new LeaderLog(options, outcome.sequence);
  }

  /** Resolves when everything so far is in the folder's files. */
  get inFiles(): Promise<void> {
    return this.#stored;
  }

  /** Resolves to what the log holds; `null` when it can't be reached. */
  facts(): Promise<LogFacts | null> {
    return this.#options.log.facts();
  }

  /** Sequence of the last record. */
  get lastRecord(): number {
    return this.#recorder.lastSequence;
  }

  append(event: RoomEvent): boolean {
    return this.#recorder.append(event);
  }

  appendPerson(change: PersonChange): boolean {
    return this.#recorder.appendPerson(change);
  }

  answer(query: DiskQuery): Promise<QueryAnswers[DiskQuery["kind"]]> {
    const { data } = this.#options;
    switch (query.kind) {
      case "hash-password":
      case "verify-password":
        return data.answer(query);
      case "save-accounts":
        return new Promise((resolve) => {
          this.#recorder.saveAccounts(query.changes, (isSaved) => {
            if (!isSaved) return resolve({ saved: false });
            void this.#stored.then(() => resolve({ saved: true }));
          });
        });
      default:
        return new Promise((resolve) => {
          this.#recorder.whenStored(() => resolve(data.answer(query)));
        });
    }
  }

  beforeFlush = (): Promise<void> | undefined => this.#recorder.record();

  /** Whether so much was written since the last cut that a start would have to read for long. */
  get isLong(): boolean {
    return this.#recorder.bytesAppended - this.#bytesAtCut > LONG_BYTES;
  }

  /** Writes what has changed at the end of this turn, also if nothing leaves. Call it twice a second. */
  tick(): void {
    this.#recorder.touch();
    this.#ticks += 1;
    if (this.#ticks % TICKS_TO_TELL === 0) this.#options.tellRecord();
  }

  /** Writes a record at the end of this turn, even if nothing has happened. */
  beat(): void {
    this.#recorder.recordTurn(() => {});
  }

  /** Writes the last record of this leader. Resolves when everything is in the log, and in the folder's files. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    await new Promise<void>((resolve) => this.#recorder.recordTurn(resolve));
    // What the disk refuses is in the log.
    if (!this.#options.data.isFailing) await this.#stored;
  }

  begin(): void {
    this.#cutUpTo = this.lastRecord;
    this.#bytesAtCut = this.#recorder.bytesAppended;
    this.#options.tellRecord();
  }

  stored(): Promise<void> {
    return new Promise((resolve) => this.#recorder.whenStored(resolve));
  }

  async saved(): Promise<void> {
    const { log, data, heardRecord } = this.#options;
    const saved = this.#cutUpTo;
    const restated = await new Promise<number>((resolve) => this.#recorder.restate(resolve));
    if (data.hasPending || !(await data.sync())) return;
    await log.cut(Math.min(saved, restated, heardRecord()));
  }

  async close(): Promise<void> {
    await this.#stored;
    await this.#options.log.close();
  }

  /**
   * Returns what takes over the links that the log names.
   *
   * @param isSilent see `LinkTakeoverOptions.isSilent`
   */
  takeover(
    handlers: LinkHandlers,
    hostOf: (address: string) => string,
    isSilent: (node: string) => boolean = () => false,
  ): LinkTakeover {
    const { soft, server, gatewaysOf, isAfterFault, triesInput } = this.#options;
    const { recall, takenOver, later = startTimer, node = "" } = this.#options;
    const { tried } = soft;
    if (tried !== null) this.#tried = { value: null };
    const trials = new InputTrials(tried, {
      ...{ node, isAfterFault, later },
      note: (value, run) => {
        this.#tried = { value };
        this.#recorder.recordTurn(run);
      },
    });
    return new LinkTakeover({
      ...(recall !== undefined && { recall }),
      ...(takenOver !== undefined && { takenOver }),
      ...{ noted: inOrder(soft.noted), closed: soft.closed, handlers, hostOf, isSilent },
      areGone: soft.gatewaysOf !== gatewaysOf,
      ...(triesInput && { trials }),
      lead: () => {
        this.#tables.restore(soft, server.state);
        server.takeover.lead();
        this.#hasTakenOver = true;
      },
      retell: (links, afterRecord) => this.#retell(links, afterRecord),
    });
  }

  #formatEvent(event: RoomEvent): string {
    const { texts } = this.#options;
    const { kind, conversation, position } = event;
    if (texts !== null && (kind === "said" || kind === "edited")) {
      texts.add(conversation, position, formatRecordedEvent(event, true).trimEnd());
    }
    const line = formatRecordedEvent(event, texts === null);
    // Of a message it would be a tenth of its cost, and all of it is text.
    if (kind !== "said")
      readRecordedChange({ kind: "event", conversation, stored: line.trimEnd() });
    return line;
  }

  #takeSoftState(): TurnSoftState {
    // Until then the server would say all that it has followed: the log has it.
    if (!this.#hasTakenOver) return { parts: [], told: [], upMs: 0 };
    const {
      sessions,
      parts,
      told: userEvents,
      upMs,
    } = this.#options.server.takeover.takeChanges(this.#isFinishing);
    const links = sessions.flatMap((change) =>
      // The cast: all links are gateways' here.
      linkParts(untraced(change.session.link) as GatewaysLink, change),
    );
    const { soft, gatewaysOf, texts, takeNodeParts } = this.#options;
    const isNew = soft.gatewaysOf !== gatewaysOf;
    const serverParts = parts.map(([key, value]) => ({
      key,
      value: texts !== null && value !== null && hasText(key) ? texts.seal(value) : value,
    }));
    const events =
      texts === null
        ? userEvents
        : [
            ...userEvents.map((event) => ("message" in event ? texts.seal(event) : event)),
            ...texts.take(),
          ];
    const own: RecordedPart[] = isNew ? [{ key: GATEWAYS_OF, value: gatewaysOf }] : [];
    if (this.#tried !== null) own.push({ key: TRIED, value: this.#tried.value });
    this.#tried = null;
    const nodes = takeNodeParts?.() ?? [];
    const tables = this.#tables.take(this.#options.server.state, this.#isFinishing);
    return { parts: [...own, ...nodes, ...tables, ...links, ...serverParts], told: events, upMs };
  }

  /** Tells links again what the records say that their gateway hasn't heard of. Returns whether all of it is known. */
  #retell(links: readonly Link[], afterRecord: number): boolean {
    const { server, recordsAfter } = this.#options;
    const records = recordsAfter(afterRecord);
    if (records === null) return false;
    const wanted = new Set(links);
    const sessions = [...server.state.sessions].filter(({ link }) => wanted.has(untraced(link)));
    server.takeover.retell(
      Array.from(records, (record) => this.#retold(record)),
      sessions,
    );
    return true;
  }

  /** Returns what is to be told again of a record. */
  #retold({ changes, told }: TurnRecord<unknown, unknown>): RetoldRecord {
    const { texts } = this.#options;
    const opened = texts === null ? told : told.flatMap((entry) => texts.open(entry) ?? []);
    const lines = opened.map(SealedTexts.linesIn).find((found) => found !== null);
    const others = opened.filter((entry) => SealedTexts.linesIn(entry) === null);
    const whole = changes.flatMap((change) => {
      if (change.kind !== "event" || texts === null) return change;
      const stored = parseStoredEvent(change.stored, change.conversation);
      if (stored.kind !== "event" || !stored.isErased) return change;
      const line = lines?.get(`${change.conversation} ${stored.event.position}`);
      return line === undefined ? [] : { ...change, stored: line };
    });
    return {
      changes: whole.flatMap((change) => readRecordedChange(change)),
      // The cast: another server of this kind wrote it.
      told: others as readonly ToldEvent[],
    };
  }
}

/** Returns what `lineConnections` needs so that sessions outlive their server. */
export function sessionTakeover({ takeover }: Server): SessionTakeover<Session> {
  return {
    takeUp(link, noted, unheard) {
      const { note, pace } = noted as NotedSession;
      return takeover.takeUp(link, note, pace, unheard);
    },
    linesDone: (session) => takeover.linesDone(session),
    isIdle: (session) => !session.isWaiting && session.heldLines.length === 0,
  };
}

/** What `SoftParts.noted` has of a session. */
interface NotedSession {
  readonly note: SessionNote;
  readonly pace: SessionPace | null;
}

/** In the order in which they were opened: parts that were written again may stand behind newer ones. */
function inOrder(noted: LinkTakeoverOptions["noted"]): LinkTakeoverOptions["noted"] {
  // The cast: another server of this kind wrote it.
  const openedMs = ({ note }: { readonly note: unknown }): number =>
    (note as Partial<NotedSession>).note?.openedMs ?? 0;
  return [...noted].sort((a, b) => openedMs(a) - openedMs(b));
}

/** Whether a part has the text of a message: see `GuestMessagePart`. */
function hasText(key: string): boolean {
  return key.startsWith("message:");
}

function sentenceOf(outcome: AppendOutcome): string {
  return outcome.kind === "refused" ? outcome.why : "Another process writes the log.";
}

function startTimer(ms: number, run: () => void): void {
  setTimeout(run, ms).unref();
}
