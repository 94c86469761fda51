import { strict as assert } from "node:assert";
import type { RoomEvent } from "../../chat-server/event.ts";
import type { PersonChange } from "../../chat-server/server-ports.ts";
import type { AccountChange } from "../../member-server/account.ts";
import type { Flushable } from "../../transport/flush-scheduler.ts";
import type { AppendOutcome, RecordLog } from "../engine.ts";
import type { Seal } from "../seal.ts";
import { JOINED_BYTES_MAX } from "./pieces.ts";
import {
  type ConsumedBytes,
  encodeRecord,
  type JournalNumbers,
  type RecordedChange,
  type RecordedPart,
  type TurnRecord,
} from "./record.ts";
import type { RecordAppender } from "./record-appender.ts";
import type { SoftParts } from "./soft-parts.ts";

/** What a record takes besides events and changes: positions, and soft state. A turn is refused before it lacks room. */
const RESERVED_BYTES = 256 * 1024;
/** So many parts are written again with a turn: some 200 KB. */
const RESTATED_PER_TURN = 200;
/** What an entry of a person or an account takes, in the middle. */
const CHANGE_BYTES = 1024;
/** A turn's changes are refused behind this: a record is written whole, and half of what is possible is left to parts. */
const TURN_BYTES_MAX = JOINED_BYTES_MAX / 2;

/** Something that the chat server has stored in a turn. */
export type TurnChange =
  | {
      readonly kind: "event";
      readonly event: RoomEvent;
      /** How the history's file has it, with "\n"; left out by those who don't know it. */
      readonly line?: string;
    }
  | { readonly kind: "person"; readonly change: PersonChange }
  | { readonly kind: "accounts"; readonly changes: readonly AccountChange[] };

type StoredKind = Exclude<RecordedChange, { readonly kind: "event" }>;

/** What a turn has changed of what is in memory alone: see `Takeover.takeChanges`. */
export interface TurnSoftState {
  readonly parts: readonly RecordedPart[];
  readonly told: readonly unknown[];
  readonly upMs: number;
}

/** What {@link TurnRecorder} needs of its leader. */
export interface TurnRecorderOptions {
  readonly appender: RecordAppender;
  readonly log: Pick<RecordLog, "hasRoom">;
  /** The sequence of the record by which this leader took over. */
  readonly term: number;
  readonly seal: Seal | null;
  /** The last numbers of the folder's journals: `DataFolder.numbers`. The files give the same ones as the record. */
  readonly numbers: JournalNumbers;
  /** Returns an event as the history's files have it, with "\n". */
  formatEvent(event: RoomEvent): string;
  /** Returns how long a change of people or accounts is. Throws for one that nobody could read. Left out: about 1 KB. */
  lengthOf?(change: StoredKind): number;
  /** Called with soft state that can't be written, and isn't. */
  untellable?(key: string, cause: unknown): void;
  /** Returns up to where links are consumed that weren't so far at the last call. */
  takeConsumed(): readonly ConsumedBytes[];
  takeSoftState(): TurnSoftState;
  /** What the log says of soft state so far: it follows every record. */
  readonly soft: SoftParts;
  /** Whether the folder's files take what is stored: while the disk fails, nothing more is to be stored. */
  canStore(): boolean;
  /** Writes into the folder's files what is in the log up to a sequence. */
  store(changes: readonly TurnChange[], sequence: number): void;
  /**
   * Whether frames may leave that tell of no record: a leader that may have been replaced writes one first. Left out where
   * that can't happen.
   */
  mayAnswer?(): boolean;
  /** The log doesn't take a record. Nothing leaves this leader any more, and it has to end. */
  failed(outcome: AppendOutcome): void;
  /** Calls a flushable at the end of this turn: `FlushScheduler.schedule`. */
  schedule(flushable: Flushable): void;
}

/**
 * Writes what happened in a turn of the leader into the log, as one record, before the turn's frames leave: its
 * {@link record} is the `beforeFlush` of the leader's `FlushScheduler`. What is stored goes into the folder's files after
 * that, so that these are never ahead of the log.
 */
export class TurnRecorder implements Flushable {
  readonly isMembers = true;
  readonly #options: TurnRecorderOptions;
  #changes: TurnChange[] = [];
  #recorded: RecordedChange[] = [];
  /** About how long they are. */
  #bytes = 0;
  #number = 0;
  #lastSequence: number;
  /** Numbers of the last lines of the journals, with those of this turn. */
  #people: number;
  #accounts: number;
  #isScheduled = false;
  #isStopped = false;
  /** What waits until the changes so far are in the files. */
  #waiting: (() => void)[] = [];
  #isUnderWay = false;
  #restating: Restating | null = null;

  constructor(options: TurnRecorderOptions) {
    this.#options = options;
    this.#lastSequence = options.appender.after;
    this.#people = options.numbers.people;
    this.#accounts = options.numbers.accounts;
  }

  /** How many bytes of records were appended. */
  bytesAppended = 0;

  /** Sequence of the last record that is in the log. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Takes an event for the turn's record. `false`: it can't be stored. See `ServerPorts.append`. */
  append(event: RoomEvent): boolean {
    const line = this.#options.formatEvent(event);
    if (!this.#hasRoom(line.length)) return false;
    return this.#add(
      { kind: "event", event, line },
      { kind: "event", conversation: event.conversation, stored: line.slice(0, -1) },
      line.length,
    );
  }

  /** Takes a person change. `false`: it can't be stored. See `ServerPorts.appendPerson`. Throws for one that can't be read. */
  appendPerson(change: PersonChange): boolean {
    const added = { kind: "person", change } as const;
    const recorded = { ...added, number: this.#people + 1 };
    const bytes = this.#lengthOf(recorded);
    if (!this.#hasRoom(bytes)) return false;
    this.#people += 1;
    return this.#add(added, recorded, bytes);
  }

  /** Takes account changes, and calls `done` when they are stored, or with `false` when they can't be. Throws as above. */
  saveAccounts(changes: readonly AccountChange[], done: (isSaved: boolean) => void): void {
    const added = { kind: "accounts", changes } as const;
    const recorded = { ...added, number: this.#accounts + 1 };
    const bytes = this.#lengthOf(recorded, changes.length);
    if (!this.#hasRoom(bytes)) return done(false);
    this.#accounts += 1;
    this.#add(added, recorded, bytes);
    this.#waiting.push(() => done(true));
  }

  /** Calls a function when the folder's files have everything that was stored so far: at once, if they do. */
  whenStored(run: () => void): void {
    if (this.#changes.length === 0 && !this.#isUnderWay) run();
    else {
      this.#waiting.push(run);
      this.#schedule();
    }
  }

  /** Writes a record at the end of this turn, and calls a function when the files have it. */
  recordTurn(done: () => void): void {
    this.#waiting.push(done);
    this.#schedule();
  }

  /** Writes a record at the end of this turn, if anything has changed. */
  touch(): void {
    if (!this.#isUnderWay) this.#schedule();
  }

  /**
   * Writes all soft state into the log again, with the next turns. Calls `done` when it is there, with the sequence up to
   * which the log isn't needed for it any more. One call at a time.
   */
  restate(done: (upTo: number) => void): void {
    assert(this.#restating === null, "soft state is written again once at a time");
    this.#restating = { keys: this.#options.soft.keys(), upTo: this.#lastSequence, done };
    this.#schedule();
  }

  /**
   * Writes the turn's record, if anything has happened. Returns a promise if that takes longer than this call; it never
   * settles when the log doesn't take the record.
   */
  record = (): Promise<void> | undefined => {
    if (this.#isStopped) return new Promise(() => {});
    const { soft } = this.#options;
    const restating = this.#restating;
    // What is new comes after what is said again, since the last word counts.
    const again = restating === null ? NOTHING_AGAIN : takeAgain(restating.keys, soft);
    const consumed = [...again.consumed, ...this.#options.takeConsumed()];
    const { parts: news, told, upMs } = this.#options.takeSoftState();
    const parts = [...again.parts, ...news];
    const changes = this.#recorded;
    const stored = this.#changes;
    const waiting = this.#waiting;
    const count = consumed.length + changes.length + parts.length + told.length + waiting.length;
    const { appender, term, seal, mayAnswer } = this.#options;
    if (count === 0 && restating === null && mayAnswer?.() !== false) return undefined;
    this.#recorded = [];
    this.#changes = [];
    this.#waiting = [];
    this.#bytes = 0;
    this.#number += 1;
    const number = this.#number;
    const turn = { kind: "turn", term, number, consumed, changes, parts, told, upMs } as const;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#isUnderWay = true;
    const bytes = encodeRecord(turn, seal, this.#options.untellable);
    this.bytesAppended += bytes.length;
    appender.append(`${term}-${number}`, bytes, (outcome) => {
      if (outcome.kind !== "appended") {
        this.#isStopped = true;
        return this.#options.failed(outcome);
      }
      this.#isUnderWay = false;
      this.#lastSequence = outcome.sequence;
      soft.follow(turn);
      this.#options.store(stored, outcome.sequence);
      if (restating !== null) this.#goOnRestating(restating);
      resolve();
      for (const run of waiting) run();
    });
    return this.#isUnderWay ? promise : undefined;
  };

  #goOnRestating(restating: Restating): void {
    if (restating.keys.length > 0) return this.#schedule();
    this.#restating = null;
    restating.done(restating.upTo);
  }

  seal(): void {
    this.#isScheduled = false;
  }

  flush(): number {
    return 0;
  }

  flushed(): void {}

  #lengthOf(change: StoredKind, count = 1): number {
    return this.#options.lengthOf?.(change) ?? CHANGE_BYTES * count;
  }

  #hasRoom(bytes: number): boolean {
    const { log, canStore } = this.#options;
    if (this.#bytes + bytes > TURN_BYTES_MAX) return false;
    return !this.#isStopped && canStore() && log.hasRoom(this.#bytes + bytes + RESERVED_BYTES);
  }

  #add(change: TurnChange, recorded: RecordedChange, bytes: number): true {
    this.#changes.push(change);
    this.#recorded.push(recorded);
    this.#bytes += bytes;
    this.#schedule();
    return true;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.schedule(this);
  }
}

/** Soft state that is being written again. */
interface Restating {
  /** What isn't yet. */
  readonly keys: string[];
  readonly upTo: number;
  readonly done: (upTo: number) => void;
}

const NOTHING_AGAIN = { parts: [], consumed: [] };

function takeAgain(keys: string[], soft: SoftParts): Pick<TurnRecord, "consumed" | "parts"> {
  const parts: RecordedPart[] = [];
  const consumed: ConsumedBytes[] = [];
  for (const key of keys.splice(0, RESTATED_PER_TURN)) {
    const again = soft.again(key);
    if (again === null) continue;
    parts.push(again.part);
    if (again.consumed !== undefined) consumed.push(again.consumed);
  }
  return { parts, consumed };
}
