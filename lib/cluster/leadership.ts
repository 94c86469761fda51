import type { AppendOutcome } from "./engine.ts";
import type { LeadRecord, YieldRecord } from "./log/record.ts";

/*
 * Who leads. Nodes agree by the log alone: whoever appends a `lead` record behind everything that it has read leads from
 * there, and its sequence is the term. The fence lets one win, and winning proves that it has everything; whoever loses
 * follows. A leader appends at least once a second; who hears nothing for four seconds tries to lead. Clocks only decide
 * when somebody tries: whatever they do, nobody leads by them.
 *
 * The state machine has no clock and no log. It is told what happens, at a time of its node's monotonic clock (ms), and
 * returns what to do.
 */

/** A leader that has appended nothing for so long appends an empty record. */
const BEAT_MS = 1000;
/** A leader whose last record is older than this may be cut off. */
const IN_TOUCH_MS = 2 * BEAT_MS;
/** Who has heard nothing for so long tries to lead. */
const SILENCE_MS = 4000;
/** A leader whose record isn't acknowledged by then stops: longer than NATS needs to agree on another server. */
const FLUSH_MS_MAX = 10_000;
/** Between two ticks. After a longer gap the node slept, and has yet to hear what happened meanwhile. */
const TICK_GAP_MS_MAX = 2000;

/** What the node is to do. */
export type LeadershipAction =
  /** Append a `lead` record behind this sequence, and tell {@link Leadership.leadAnswered} the outcome. */
  | { readonly kind: "write-lead"; readonly after: number }
  /** Append an empty turn record. */
  | { readonly kind: "beat" }
  /** Append a `yield` record, behind what is under way. */
  | { readonly kind: "write-yield"; readonly to: string | null }
  /** Take the links over: this node leads from now on. */
  | { readonly kind: "lead"; readonly term: number }
  /** Follow another leader. */
  | { readonly kind: "follow"; readonly term: number; readonly node: string }
  /**
   * Lead no more: send no frame from now on, forget all that isn't in the log, and follow it as a new node. `why` is a
   * sentence for the log. `isReplaced`: another node has, or gets, more of the log than this one.
   */
  | { readonly kind: "stop"; readonly why: string; readonly isReplaced: boolean };

export type LeadershipRole = "standby" | "candidate" | "leader" | "stopped";

/** One node's view of who leads. */
export class Leadership {
  readonly #node: string;
  #role: LeadershipRole = "standby";
  #term = 0;
  #leader: string | null = null;
  /** Sequence of the last entry that was read. */
  #position: number;
  /** Whether it has read all that the log had when it began. From then on, the fence says whether it has everything. */
  #isCaughtUp = false;
  #isConnected = true;
  #heardAtMs: number;
  #tickedAtMs: number;
  /** The last leader has handed over, to this node or to whoever is first. */
  #isVacant = false;
  /** When the record that is under way was given to the log; `null` for none. */
  #appendingSinceMs: number | null = null;
  /** When the last record was given to the log that it took: so long this node surely led. */
  #ledAtMs = Number.NEGATIVE_INFINITY;
  #isYielding = false;

  /** @param position sequence up to which the node's folder holds the log */
  constructor(node: string, position: number, nowMs: number) {
    this.#node = node;
    this.#position = position;
    this.#heardAtMs = nowMs;
    this.#tickedAtMs = nowMs;
  }

  get role(): LeadershipRole {
    return this.#role;
  }

  /** The term that this node obeys; 0 before it heard of one. */
  get term(): number {
    return this.#term;
  }

  /** Who leads, as far as this node knows. */
  get leader(): string | null {
    return this.#leader;
  }

  /**
   * Whether frames may leave now that tell of no record. Those that do may leave once it is acknowledged. A leader that
   * hasn't got through for as long as others wait may have been replaced.
   */
  mayAnswer(nowMs: number): boolean {
    return this.#role === "leader" && nowMs - this.#ledAtMs < SILENCE_MS;
  }

  /** Whether the log has just taken a record: a leader that was cut off without noticing it gets no answers. */
  isInTouch(nowMs: number): boolean {
    return this.#role === "leader" && nowMs - this.#ledAtMs < IN_TOUCH_MS;
  }

  /** The log has an entry, which may be a part of a record. Tell it before {@link recordRead}. */
  entryRead(sequence: number, nowMs: number): void {
    this.#position = Math.max(this.#position, sequence);
    this.#heardAtMs = nowMs;
  }

  /** A record of leadership has been read whole, at a sequence. */
  recordRead(sequence: number, record: LeadRecord | YieldRecord): LeadershipAction[] {
    if (record.kind === "yield") {
      // A node that has just begun may not have read the term's beginning.
      const isOther = this.#term !== 0 && record.term !== this.#term;
      if (isOther || this.#role === "leader") return [];
      this.#leader = null;
      this.#isVacant = record.to === null || record.to === this.#node;
      return [];
    }
    if (sequence <= this.#term) return [];
    if (this.#role === "leader") return this.#stop(`${record.node} leads now`, true);
    this.#isVacant = false;
    // A candidate's own record: the answer to its append says so, too.
    if (this.#role !== "standby" && record.node === this.#node) return [];
    this.#term = sequence;
    this.#leader = record.node;
    return [{ kind: "follow", term: sequence, node: record.node }];
  }

  /** The engine says that everything up to the log's end was read. */
  endReached(): void {
    this.#isCaughtUp = true;
  }

  /** The engine lost its connection, or has it again. Whoever led has as long as after a record. */
  connectionChanged(isConnected: boolean, nowMs: number): void {
    this.#isConnected = isConnected;
    this.#heardAtMs = nowMs;
  }

  /** Call it some times a second. */
  tick(nowMs: number): LeadershipAction[] {
    const hasSlept = nowMs - this.#tickedAtMs > TICK_GAP_MS_MAX;
    this.#tickedAtMs = nowMs;
    switch (this.#role) {
      case "standby":
        if (hasSlept) this.#heardAtMs = nowMs;
        return this.#tryToLead(nowMs);
      case "leader":
        return this.#keepLeading(nowMs);
      case "candidate":
      case "stopped":
        return [];
    }
  }

  /** How the append of the `lead` record ended. */
  leadAnswered(outcome: AppendOutcome, nowMs: number): LeadershipAction[] {
    if (this.#role !== "candidate") return [];
    this.#heardAtMs = nowMs;
    // Somebody may have taken over behind it before the answer came.
    if (outcome.kind !== "appended" || this.#term > outcome.sequence) {
      this.#role = "standby";
      this.#appendingSinceMs = null;
      if (outcome.kind === "refused" && outcome.isGone === true) return this.#stop(outcome.why);
      return [];
    }
    this.#role = "leader";
    this.#term = outcome.sequence;
    this.#leader = this.#node;
    this.#position = outcome.sequence;
    this.#ledAtMs = this.#appendingSinceMs ?? nowMs;
    this.#appendingSinceMs = null;
    return [{ kind: "lead", term: outcome.sequence }];
  }

  /** A leader's record is given to the log. */
  appendBegan(nowMs: number): void {
    this.#appendingSinceMs = nowMs;
  }

  /** How the append of a leader's record ended. Only after "appended" may its frames leave. */
  appendAnswered(outcome: AppendOutcome): LeadershipAction[] {
    const beganAtMs = this.#appendingSinceMs;
    this.#appendingSinceMs = null;
    if (this.#role !== "leader") return [];
    switch (outcome.kind) {
      case "appended":
        this.#position = outcome.sequence;
        this.#ledAtMs = beganAtMs ?? this.#ledAtMs;
        return [];
      case "fenced":
        return this.#stop("another node leads now", true);
      case "refused":
        return this.#stop(outcome.why);
    }
  }

  /** Hands over to a node, or to whoever is first (`null`). */
  yieldTo(to: string | null): LeadershipAction[] {
    if (this.#role !== "leader" || this.#isYielding) return [];
    this.#isYielding = true;
    return [{ kind: "write-yield", to }];
  }

  /** How the append of the `yield` record ended. Either way this node leads no more. */
  yieldAnswered(outcome: AppendOutcome): LeadershipAction[] {
    if (this.#role !== "leader") return [];
    return this.#stop(
      outcome.kind === "appended" ? "it has handed over" : "another node leads now",
      outcome.kind !== "refused",
    );
  }

  #tryToLead(nowMs: number): LeadershipAction[] {
    const isFirst = this.#position === 0 && this.#term === 0;
    const isDue = this.#isVacant || isFirst || nowMs - this.#heardAtMs >= SILENCE_MS;
    if (!isDue || !this.#isConnected || !this.#isCaughtUp) return [];
    this.#role = "candidate";
    this.#appendingSinceMs = nowMs;
    return [{ kind: "write-lead", after: this.#position }];
  }

  #keepLeading(nowMs: number): LeadershipAction[] {
    const since = this.#appendingSinceMs;
    if (since !== null) {
      const isLate = nowMs - since >= FLUSH_MS_MAX;
      return isLate ? this.#stop("the log doesn't answer") : [];
    }
    return nowMs - this.#ledAtMs >= BEAT_MS ? [{ kind: "beat" }] : [];
  }

  #stop(why: string, isReplaced = false): LeadershipAction[] {
    const wasLeader = this.#role === "leader";
    this.#role = "stopped";
    const what = wasLeader ? "leads no more" : "begins again";
    return [{ kind: "stop", why: `This node ${what}: ${why}.`, isReplaced }];
  }
}
