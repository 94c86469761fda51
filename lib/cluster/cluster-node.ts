import { randomUUID } from "node:crypto";
import { UnreadableRecord } from "../protocol/unreadable-record.ts";
import type { AppendOutcome, AppendRequest, LogEntry, LogFacts, RecordLog } from "./engine.ts";
import { Leadership, type LeadershipAction } from "./leadership.ts";
import { encodeRecord, type TurnRecord } from "./log/record.ts";
import { RecordAppender } from "./log/record-appender.ts";
import { RecordStream } from "./log/record-stream.ts";
import type { Seal } from "./seal.ts";

/** What a {@link ClusterNode} does to its server and its folder. */
export interface NodeWork {
  /** Reads the node's monotonic clock, in ms. */
  now(): number;
  /** The log has another entry, of so many bytes. */
  logged(sequence: number, bytes: number): void;
  /** Applies what the leader has stored, in the order of the log. */
  follow(record: TurnRecord<unknown, unknown>, sequence: number): void;
  /** Another node leads, as far as the log says; told once this node has read all of it. */
  following(leader: string): void;
  /** Takes note of a record of leadership that it has followed. */
  passed?(sequence: number): void;
  /** Leads from now on. The log is to be written through this node: see {@link ClusterNode.log}. */
  lead(term: number): void;
  /** Appends a record even if nothing has happened. */
  beat(): void;
  /** Hears no gateway any more, and writes what the last turn has changed. Resolves when that is in the log. */
  finish(): Promise<void>;
  /**
   * Ends this node at once: nothing may leave it any more, and it begins again as a new one. `why` is a sentence for the
   * log. `isReplaced`: another node has, or gets, more of the log.
   */
  stop(why: string, isReplaced: boolean): void;
  /** The same, where the log has what can't be read: see `UnreadableRecord`. `why` is a sentence for the log. */
  unreadable(why: string, isNewer: boolean): void;
  /** The log has no more what comes after this folder: it has to be fetched from others. */
  lost(facts: LogFacts): void;
}

/** A node of a cluster: it follows the log, and leads when its turn comes. Its engine and clock are given. */
export class ClusterNode {
  readonly #name: string;
  readonly #log: RecordLog;
  readonly #work: NodeWork;
  readonly #leadership: Leadership;
  readonly #records: RecordStream;
  #position: number;
  #endFollowing = (): void => {};
  #lastAppended = 0;
  #isHandedOver = false;
  /** Whether it has read all that the log had when it began. */
  #isCaughtUp = false;
  #isOver = false;

  /**
   * @param name the node's, which no other has
   * @param position sequence up to which its folder and server have the log
   */
  constructor(name: string, log: RecordLog, seal: Seal | null, position: number, work: NodeWork) {
    this.#name = name;
    this.#log = log;
    this.#work = work;
    this.#position = position;
    this.#records = new RecordStream(seal);
    this.#leadership = new Leadership(name, position, work.now());
  }

  /** Who leads, as far as this node knows; `null` for nobody. */
  get leader(): string | null {
    return this.#leadership.leader;
  }

  get isLeading(): boolean {
    return this.#leadership.role === "leader";
  }

  /** The term that this node obeys; 0 before it heard of one. */
  get term(): number {
    return this.#leadership.term;
  }

  /** Sequence of the last record that it has followed or written. */
  get position(): number {
    return Math.max(this.#position, this.#lastAppended);
  }

  /** Whether frames may leave now that tell of no record: see `Leadership.mayAnswer`. */
  get mayAnswer(): boolean {
    return this.#leadership.mayAnswer(this.#work.now());
  }

  /** Whether the last leader that this node has followed ended by handing over. */
  get isHandedOver(): boolean {
    return this.#isHandedOver;
  }

  /** Whether the log has taken a record of this leader just now: see `Leadership.isInTouch`. */
  get isInTouch(): boolean {
    return this.#leadership.isInTouch(this.#work.now());
  }

  /** The log for a leader's records: what happens to them is told to the leadership. */
  get log(): RecordLog {
    const log = this.#log;
    return {
      entryBytesMax: log.entryBytesMax,
      append: (request, done) => this.#append(request, done),
      hasRoom: (bytes) => log.hasRoom(bytes),
      follow: (after, follower) => log.follow(after, follower),
      facts: () => log.facts(),
      cut: (upTo) => log.cut(upTo),
      erase: (sequences) => log.erase(sequences),
      close: () => log.close(),
    };
  }

  /** Follows the log from the folder's position on. */
  begin(): void {
    this.#endFollowing = this.#log.follow(this.#position, {
      entry: (entry) => this.#read(entry),
      atEnd: () => this.#endReached(),
      lost: (facts) => this.#work.lost(facts),
    });
  }

  /** Call it some times a second. */
  tick(): void {
    if (!this.#isOver) this.#act(this.#leadership.tick(this.#work.now()));
  }

  /** The engine lost its connection, or has it again. */
  connectionChanged(isConnected: boolean): void {
    this.#leadership.connectionChanged(isConnected, this.#work.now());
  }

  /** Hands over to a node, or to whoever is first (`null`). Ends in {@link NodeWork.stop}. Does nothing on a standby. */
  yieldTo(to: string | null): void {
    this.#act(this.#leadership.yieldTo(to));
  }

  /** Follows and leads no more. */
  end(): void {
    this.#isOver = true;
    this.#endFollowing();
  }

  #read(entry: LogEntry): void {
    if (this.#isOver) return;
    try {
      this.#take(entry);
    } catch (error) {
      // Who goes on behind a record that it lacks would lead without it.
      this.end();
      const isUnreadable = error instanceof UnreadableRecord;
      const cause = isUnreadable || !(error instanceof Error) ? String(error) : error.stack;
      const why = `This node can't follow the log: ${isUnreadable ? error.message : cause}`;
      if (isUnreadable) this.#work.unreadable(why, error.isNewer);
      else this.#work.stop(why, false);
    }
  }

  #take(entry: LogEntry): void {
    this.#work.logged(entry.sequence, entry.bytes.length);
    const logged = this.#records.push(entry);
    const isNew = logged !== null && logged.sequence > this.#position;
    if (isNew && logged.record.kind === "turn" && !this.isLeading) {
      this.#work.follow(logged.record, logged.sequence);
    }
    // Not before: as far as the leadership has read, this node may lead.
    this.#leadership.entryRead(entry.sequence, this.#work.now());
    if (!isNew) return;
    const { record, sequence } = logged;
    this.#position = sequence;
    const isOwn = record.kind === "lead" && record.node === this.#name;
    if (!isOwn) this.#isHandedOver = record.kind === "yield";
    if (record.kind === "lead" || record.kind === "yield") {
      this.#act(this.#leadership.recordRead(sequence, record));
      if (!this.isLeading) this.#work.passed?.(sequence);
    }
  }

  #endReached(): void {
    this.#leadership.endReached();
    if (this.#isCaughtUp) return;
    this.#isCaughtUp = true;
    this.#tellLeader();
  }

  #tellLeader(): void {
    const { leader } = this;
    if (this.#isCaughtUp && leader !== null) this.#work.following(leader);
  }

  #append(request: AppendRequest, done: (outcome: AppendOutcome) => void): void {
    this.#leadership.appendBegan(this.#work.now());
    this.#log.append(request, (outcome) => {
      if (outcome.kind === "appended") {
        this.#lastAppended = outcome.sequence;
        this.#work.logged(outcome.sequence, request.bytes.length);
      }
      const actions = this.#leadership.appendAnswered(outcome);
      // Who was replaced hears nothing of it any more, and tells nobody.
      if (actions.length === 0) done(outcome);
      this.#act(actions);
    });
  }

  #act(actions: readonly LeadershipAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case "write-lead":
          this.#writeLead(action.after);
          break;
        case "lead":
          this.#endFollowing();
          this.#lastAppended = action.term;
          this.#work.lead(action.term);
          break;
        case "beat":
          this.#work.beat();
          break;
        case "write-yield":
          void this.#writeYield(action.to);
          break;
        case "stop":
          this.end();
          this.#work.stop(action.why, action.isReplaced);
          return;
        case "follow":
          this.#tellLeader();
      }
    }
  }

  #writeLead(after: number): void {
    const bytes = encodeRecord({ kind: "lead", node: this.#name }, null);
    new RecordAppender(this.#log, after).append(`lead-${randomUUID()}`, bytes, (outcome) => {
      this.#act(this.#leadership.leadAnswered(outcome, this.#work.now()));
    });
  }

  /** Behind all other records. */
  async #writeYield(to: string | null): Promise<void> {
    await this.#work.finish();
    const { term } = this.#leadership;
    const bytes = encodeRecord({ kind: "yield", term, number: 0, to }, null);
    const appender = new RecordAppender(this.#log, this.#lastAppended);
    appender.append(`yield-${randomUUID()}`, bytes, (outcome) => {
      this.#act(this.#leadership.yieldAnswered(outcome));
    });
  }
}
