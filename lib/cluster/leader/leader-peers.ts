import type { UpgradedPart } from "../../chat-server/process-ports.ts";
import type { LocalConnection } from "../../transport/local-socket.ts";
import { type FrameEntry, FrameWriter } from "../frames/frame.ts";
import { readCandidateWord, writeLeaderWord } from "../frames/handover-entries.ts";
import {
  type LeaderReport,
  readSupervisorWord,
  type SupervisorWord,
  type UpgradeOutcome,
  writeLeaderReport,
} from "../frames/supervisor-entries.ts";
import { type CandidateWord, type HandoverPlace, LeaderHandover } from "../supervisor/handover.ts";

/** How long an upgrade waits for a supervisor that isn't connected yet. */
const SUPERVISOR_MS = 3000;

/** What {@link LeaderPeers} needs of the leader. */
export interface LeaderPeersOptions {
  /** Returns the numbers of the gateways that were heard of since the last call. */
  takeHeard(): readonly number[];
  /** Lets these gateways run empty. */
  retire(gateways: readonly number[]): void;
}

/**
 * The leader's side of the processes that speak to it besides gateways, over the same socket: its supervisor, and one that
 * is to take its place.
 */
export class LeaderPeers {
  readonly #options: LeaderPeersOptions;
  #handover: LeaderHandover<LocalConnection> | null = null;
  readonly #frame = new FrameWriter();
  #supervisor: LocalConnection | null = null;
  /** Resolves when the supervisor has spoken. */
  readonly #supervised = Promise.withResolvers<void>();
  #upgrade: PromiseWithResolvers<UpgradeOutcome> | null = null;
  /** Who came before the leader can hand over. */
  #early: { readonly candidate: LocalConnection; readonly word: CandidateWord } | null = null;

  constructor(options: LeaderPeersOptions) {
    this.#options = options;
  }

  /** From now on another process can take this one's place. */
  allowHandover(place: HandoverPlace): void {
    this.#handover = new LeaderHandover({
      ...place,
      tell: (candidate, word) => {
        writeLeaderWord(this.#frame, word);
        candidate.write(this.#frame.take());
      },
      after(ms, run) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    });
    if (this.#early !== null) this.#handover.hear(this.#early.candidate, this.#early.word);
    this.#early = null;
  }

  /** Whether the process is about to end, since another one takes its place: a signal to stop is that one's. */
  get isGiving(): boolean {
    return this.#handover?.isGiving === true;
  }

  /** Takes an entry that no gateway sends. */
  receive(connection: LocalConnection, entry: FrameEntry): void {
    const candidateWord = readCandidateWord(entry);
    if (candidateWord !== null) return this.#hearCandidate(connection, candidateWord);
    const supervisorWord = readSupervisorWord(entry);
    if (supervisorWord === null) return;
    this.#supervisor = connection;
    this.#supervised.resolve();
    this.#take(supervisorWord);
  }

  /** A connection is gone. */
  closed(connection: LocalConnection): void {
    this.#handover?.lost(connection);
    if (connection === this.#early?.candidate) this.#early = null;
    if (connection === this.#supervisor) this.#supervisor = null;
  }

  /**
   * Asks the supervisor to replace this process, or the gateways. Resolves to how it ended; never if this process was
   * replaced, since it ends.
   */
  async upgrade(part: UpgradedPart): Promise<UpgradeOutcome> {
    // A leader that has just taken over is found by its supervisor some 50 ms later.
    await Promise.race([this.#supervised.promise, Bun.sleep(SUPERVISOR_MS)]);
    if (this.#supervisor === null || this.#upgrade !== null) return { outcome: "busy", how: null };
    this.#upgrade = Promise.withResolvers();
    this.#report({ kind: "upgrade", part });
    return this.#upgrade.promise;
  }

  #take(word: SupervisorWord): void {
    switch (word.kind) {
      case "ping":
        return this.#report({ kind: "alive", gateways: this.#options.takeHeard() });
      case "retire":
        return this.#options.retire(word.gateways);
      case "upgraded": {
        const { kind: _, ...outcome } = word;
        this.#upgrade?.resolve(outcome);
        this.#upgrade = null;
      }
    }
  }

  #hearCandidate(candidate: LocalConnection, word: CandidateWord): void {
    if (this.#handover === null) this.#early = { candidate, word };
    else this.#handover.hear(candidate, word);
  }

  #report(report: LeaderReport): void {
    writeLeaderReport(this.#frame, report);
    this.#supervisor?.write(this.#frame.take());
  }
}
