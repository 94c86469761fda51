import type { ConversationId } from "../../lib/chat-server/event.ts";
import type { AppendOutcome, RecordLog } from "../../lib/cluster/engine.ts";
import { Leadership, type LeadershipAction } from "../../lib/cluster/leadership.ts";
import { PieceJoiner } from "../../lib/cluster/log/pieces.ts";
import { decodeRecord, encodeRecord, type WrittenRecord } from "../../lib/cluster/log/record.ts";
import { RecordAppender } from "../../lib/cluster/log/record-appender.ts";
import type { MemoryConnection } from "../memory-engine.ts";
import {
  DOWN,
  type DownFrame,
  type LoggedRecord,
  messagesOf,
  parse,
  type SimContext,
  send,
  UP,
  type UpFrame,
} from "./sim-frames.ts";

/* A server of the simulation: its folder, which outlives it, and a process, which follows the log or leads. */

const TICK_MS = 250;
/** A gateway that misses more asks again. */
const RETOLD_MAX = 30;
const ROOM = "room.tea.1" as ConversationId;

export class SimNode {
  readonly name: string;
  /** What its data folder has: whole records, in order. */
  readonly folder: LoggedRecord[] = [];
  isAsleep = false;
  isCutOff = false;
  readonly #context: SimContext;
  #process: SimProcess | null = null;
  /** What comes for it while it sleeps. */
  #held: (() => void)[] = [];
  readonly #clock: { rate: number; skewMs: number; sleptAtMs: number; standsStill: boolean };

  constructor(name: string, context: SimContext) {
    this.name = name;
    this.#context = context;
    const { prng } = context;
    const rate = 0.9 + prng.below(20) / 100;
    const standsStill = prng.chance(50);
    this.#clock = { rate, skewMs: prng.below(1e6), sleptAtMs: 0, standsStill };
    this.start();
  }

  get isDead(): boolean {
    return this.#process === null;
  }

  get isLeading(): boolean {
    return this.#process?.isLeading === true;
  }

  start(): void {
    const process = new SimProcess(this, this.#context, (run) => this.#takeIn(process, run));
    this.#process = process;
    process.connection.setConnected(!this.isCutOff);
    process.begin();
  }

  kill(): void {
    this.#process?.connection.kill();
    this.#process = null;
    this.#held = [];
    this.isAsleep = false;
  }

  /** Its monotonic clock, which differs from others, and may stand still while it sleeps. */
  now(): number {
    const { rate, skewMs } = this.#clock;
    return Math.floor(this.#context.world.nowMs * rate + skewMs);
  }

  setAsleep(isAsleep: boolean): void {
    if (isAsleep === this.isAsleep || this.isDead) return;
    const { world } = this.#context;
    this.isAsleep = isAsleep;
    if (isAsleep) {
      this.#clock.sleptAtMs = world.nowMs;
      return;
    }
    const sleptMs = world.nowMs - this.#clock.sleptAtMs;
    if (this.#clock.standsStill) this.#clock.skewMs -= sleptMs * this.#clock.rate;
    const held = this.#held;
    this.#held = [];
    for (const run of held) run();
  }

  /** @param isNoticed whether the process hears of it, or nothing comes any more */
  setCutOff(isCutOff: boolean, isNoticed: boolean): void {
    this.isCutOff = isCutOff;
    const connection = this.#process?.connection;
    if (connection === undefined) return;
    if (isNoticed) connection.setConnected(!isCutOff);
    else connection.isCutOff = isCutOff;
  }

  handOver(to: string | null): void {
    const process = this.#process;
    if (process !== null) this.#takeIn(process, () => process.yieldTo(to));
  }

  /** A process that has stopped leading is started again as a standby. */
  restart(): void {
    this.kill();
    this.start();
  }

  #takeIn(process: SimProcess, run: () => void): void {
    const runIfAlive = (): void => {
      if (this.#process === process) run();
    };
    if (this.isAsleep) this.#held.push(runIfAlive);
    else runIfAlive();
  }
}

/** One run of a node. */
class SimProcess {
  readonly connection: MemoryConnection;
  readonly #node: SimNode;
  readonly #context: SimContext;
  readonly #takeIn: (run: () => void) => void;
  readonly #leadership: Leadership;
  readonly #joiner: PieceJoiner;
  #appender: RecordAppender | null = null;
  #term = 0;
  #number = 0;
  /** What gateways said, and no record has yet. */
  #pending: string[] = [];
  /** Up to where what each gateway said is in a record, and up to where it is taken in. */
  readonly #consumed = new Map<string, number>();
  readonly #taken = new Map<string, number>();
  #wantsBeat = false;
  #yieldingTo: { readonly to: string | null } | null = null;
  #hasYielded = false;
  #leads = 0;

  constructor(node: SimNode, context: SimContext, takeIn: (run: () => void) => void) {
    this.#node = node;
    this.#context = context;
    this.#takeIn = takeIn;
    this.connection = context.engine.connect();
    this.#joiner = context.mutation?.makeJoiner?.() ?? new PieceJoiner();
    const position = node.folder.at(-1)?.sequence ?? 0;
    this.#leadership = new Leadership(node.name, position, node.now());
    for (const { record } of node.folder) this.#countConsumed(record);
  }

  /** The log, as the process has it: answers come when it is awake. */
  get #log(): Pick<RecordLog, "append" | "entryBytesMax"> {
    return {
      entryBytesMax: this.connection.entryBytesMax,
      append: (request, done) => {
        this.connection.append(request, (outcome) => this.#takeIn(() => done(outcome)));
      },
    };
  }

  get isLeading(): boolean {
    return this.#appender !== null && this.#leadership.role === "leader";
  }

  begin(): void {
    this.#follow();
    this.connection.subscribe(UP, (bytes) => {
      this.#takeIn(() => this.#hear(parse<UpFrame>(bytes)));
    });
    this.connection.onConnection((isConnected) => {
      this.#takeIn(() => this.#leadership.connectionChanged(isConnected, this.#node.now()));
    });
    this.#tick();
  }

  #follow(): void {
    const after = this.#node.folder.at(-1)?.sequence ?? 0;
    this.connection.follow(after, {
      entry: ({ sequence, bytes }) => this.#takeIn(() => this.#read(sequence, bytes)),
      atEnd: () => this.#takeIn(() => this.#leadership.endReached()),
      lost: ({ first }) => this.#takeIn(() => this.#lost(after, first)),
    });
  }

  /** What it was to read next was cut: a leader has it, and reads later than it writes. */
  #lost(after: number, first: number): void {
    const last = this.#node.folder.at(-1)?.sequence ?? 0;
    if (last > after && last + 1 >= first) return this.#follow();
    throw new Error(`${this.#node.name} has up to ${last}, and the log begins with ${first}`);
  }

  yieldTo(to: string | null): void {
    this.#act(this.#leadership.yieldTo(to));
  }

  #tick(): void {
    this.#context.world.after(TICK_MS, () =>
      this.#takeIn(() => {
        this.#act(this.#leadership.tick(this.#node.now()));
        this.#tick();
      }),
    );
  }

  #read(sequence: number, bytes: Uint8Array): void {
    this.#leadership.entryRead(sequence, this.#node.now());
    const whole = this.#joiner.push(bytes);
    if (whole === null || sequence <= (this.#node.folder.at(-1)?.sequence ?? 0)) return;
    const decoded = decodeRecord(whole, null);
    if ("unreadable" in decoded) throw new Error(decoded.unreadable);
    const { record } = decoded;
    // A leader writes its folder when its record is acknowledged.
    if (this.isLeading && record.kind !== "lead") return;
    if (record.kind === "lead" || record.kind === "yield") {
      const actions = this.#leadership.recordRead(sequence, record);
      this.#act(actions);
      if (actions.some(({ kind }) => kind === "stop")) return;
    }
    this.#store({ sequence, record });
  }

  #store(logged: LoggedRecord): void {
    this.#node.folder.push(logged);
    this.#countConsumed(logged.record);
  }

  #countConsumed(record: LoggedRecord["record"]): void {
    if (record.kind !== "turn" || this.#context.mutation?.forgetsConsumed === true) return;
    for (const { gateway, offset } of record.consumed) this.#consumed.set(gateway, offset);
  }

  #act(actions: readonly LeadershipAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case "write-lead":
          this.#writeLead(action.after);
          break;
        case "lead":
          this.#lead(action.term);
          break;
        case "beat":
          this.#wantsBeat = true;
          this.#endTurn();
          break;
        case "write-yield":
          this.#yieldingTo = { to: action.to };
          this.#endTurn();
          break;
        case "stop":
          this.#node.restart();
          return;
        case "follow":
      }
    }
  }

  #writeLead(after: number): void {
    this.#leads += 1;
    const { engine, prng, mutation } = this.#context;
    const id = `lead-${this.#node.name}-${prng.below(1e9)}-${this.#leads}`;
    const bytes = encodeRecord({ kind: "lead", node: this.#node.name }, null);
    const behind = mutation?.leadsBehindAnything === true ? engine.facts.last : after;
    this.#log.append({ id, bytes, after: behind }, (outcome) => {
      this.#act(this.#leadership.leadAnswered(outcome, this.#node.now()));
    });
  }

  #lead(term: number): void {
    this.#term = term;
    this.#number = 0;
    this.#appender = new RecordAppender(this.#log, term);
    // It may have read it before the answer came.
    if ((this.#node.folder.at(-1)?.sequence ?? 0) < term) {
      this.#store({ sequence: term, record: { kind: "lead", node: this.#node.name } });
    }
    for (const [gateway, offset] of this.#consumed) this.#taken.set(gateway, offset);
    const last = this.#node.folder.at(-1);
    if (last !== undefined) this.#sendFrame(last);
  }

  #hear({ gateway, heard, offset, said }: UpFrame): void {
    if (!this.isLeading) return;
    const taken = this.#taken.get(gateway) ?? 0;
    // A gap, when a frame got lost, is told again.
    if (offset <= taken) {
      const news = said.slice(taken - offset);
      this.#pending.push(...news);
      this.#taken.set(gateway, taken + news.length);
    }
    if (heard < (this.#node.folder.at(-1)?.sequence ?? 0)) this.#sendRecords(heard);
    this.#endTurn();
  }

  /** Writes a record of what happened, if something did and none is under way. */
  #endTurn(): void {
    const { mutation } = this.#context;
    const appender = this.#appender;
    if (appender === null || this.#hasYielded || !this.isLeading) return;
    if (appender.isBusy && mutation?.hasTwoUnderWay !== true) return;
    const isYield = this.#yieldingTo !== null && this.#pending.length === 0;
    if (this.#pending.length === 0 && !this.#wantsBeat && !isYield) return;
    this.#wantsBeat = false;
    const said = this.#pending;
    this.#pending = [];
    this.#number += 1;
    const number = { term: this.#term, number: this.#number };
    this.#hasYielded = isYield && mutation?.talksAfterYield !== true;
    const record = isYield
      ? ({ kind: "yield", ...number, to: this.#yieldingTo?.to ?? null } as const)
      : this.#turnOf(number, said);
    const isBusy = appender.isBusy;
    this.#leadership.appendBegan(this.#node.now());
    if (mutation?.speaksBeforeAck === true && !isYield) {
      this.#sendFrame({ sequence: appender.after + 1, record });
    }
    this.#append(isBusy ? this.#secondAppender(appender) : appender, record, isYield);
  }

  #turnOf(number: { term: number; number: number }, said: readonly string[]): WrittenRecord {
    return {
      kind: "turn",
      ...number,
      consumed: [...this.#taken].map(([gateway, offset]) => ({ gateway, link: 0, offset })),
      changes: said.map((text) => ({
        ...{ kind: "event", conversation: ROOM, stored: JSON.stringify({ text }) },
      })),
      parts: [],
      ...{ told: [], upMs: 0 },
    };
  }

  /** For a mutation: a record that doesn't wait for the one before. */
  #secondAppender(appender: RecordAppender): RecordAppender {
    return new RecordAppender(this.#log, appender.after + 1);
  }

  #append(appender: RecordAppender, record: WrittenRecord, isYield: boolean): void {
    const id = record.kind === "lead" ? "" : `${record.term}-${record.number}`;
    appender.append(id, encodeRecord(record, null), (outcome) =>
      this.#answered(outcome, record, isYield),
    );
  }

  #answered(outcome: AppendOutcome, record: WrittenRecord, isYield: boolean): void {
    const { mutation, engine } = this.#context;
    if (outcome.kind !== "appended" && mutation?.carriesOn === outcome.kind) {
      // For a mutation: as if nothing had been.
      this.#appender = new RecordAppender(this.#log, engine.facts.last);
      this.#leadership.appendAnswered({ kind: "appended", sequence: engine.facts.last });
      return;
    }
    if (outcome.kind !== "appended" && mutation?.storesAnyway === true) {
      this.#store({ sequence: (this.#appender?.after ?? 0) + 1, record });
    }
    const isLast = isYield && mutation?.talksAfterYield !== true;
    const actions = isLast
      ? this.#leadership.yieldAnswered(outcome)
      : this.#leadership.appendAnswered(outcome);
    if (outcome.kind === "appended") {
      const logged = { sequence: outcome.sequence, record };
      this.#store(logged);
      if (!isYield) this.#sendFrame(logged);
    }
    if (isYield) this.#yieldingTo = null;
    this.#act(actions);
    this.#endTurn();
  }

  /** Tells what the folder has beyond a record. */
  #sendRecords(heard: number): void {
    const { folder } = this.#node;
    const first = folder.findLastIndex(({ sequence }) => sequence <= heard) + 1;
    for (const logged of folder.slice(first, first + RETOLD_MAX)) this.#sendFrame(logged);
  }

  #sendFrame({ sequence, record }: LoggedRecord): void {
    const { folder } = this.#node;
    const index = folder.findLastIndex((logged) => logged.sequence < sequence);
    const consumed: Record<string, number> = {};
    if (record.kind === "turn") {
      for (const { gateway, offset } of record.consumed) consumed[gateway] = offset;
    }
    const previous = folder[index]?.sequence ?? 0;
    const frame = { term: this.#term, sequence, previous, said: messagesOf(record), consumed };
    send(this.connection, DOWN, frame satisfies DownFrame);
  }
}
