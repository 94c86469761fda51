import { expect } from "bun:test";
import type { Prng } from "../prng.ts";
import { stateAfterKill } from "../sim/compared-state.ts";
import { TalkingCrowd } from "../sim/talking-crowd.ts";
import type { KillStage } from "./kill-stage.ts";

/** People who talk, and a stage whose leaders are killed meanwhile. */
export class KilledCrowd {
  readonly #prng: Prng;
  readonly #stage: KillStage;
  readonly #crowd: TalkingCrowd;
  #event = "";

  constructor(prng: Prng, stage: KillStage) {
    this.#prng = prng;
    this.#stage = stage;
    this.#crowd = new TalkingCrowd(prng, stage);
  }

  /** What happened last. */
  get last(): string {
    return this.#event || this.#crowd.last;
  }

  /** Members sign up, and everybody enters the core room. */
  async begin(): Promise<void> {
    await this.#stage.start();
    this.#crowd.begin();
    await this.#stage.settle();
    expect(this.#crowd.peers.map(({ isOpen }) => isOpen)).not.toContain(false);
  }

  async step(): Promise<void> {
    const prng = this.#prng;
    const stage = this.#stage;
    this.#event = "";
    if (stage.leader === null) {
      this.#event = "a leader starts";
      await stage.start(prng.chance(30) ? prng.below(60) : Number.POSITIVE_INFINITY);
    }
    const choice = prng.below(100);
    if (choice < 66) this.#crowd.act();
    else if (choice < 72) {
      this.#event = "time passes";
      stage.passes(prng.pick([1, 500, 1000, 5000]));
    } else if (choice < 74) await this.killQuietly();
    else if (choice < 82) this.#willKill();
    else if (choice < 90) {
      this.#event = "the folder is saved";
      stage.leader?.save();
    } else if (choice < 96) {
      this.#event = "a kill";
      stage.kill();
    }
    for (let left = prng.pick([0, 5, 20, 200]); left > 0; left -= 1) {
      if (!(await stage.step())) break;
    }
  }

  /** Looks at what everybody has heard so far. */
  check(): void {
    this.#crowd.check();
    expect(this.#stage.leader?.failures ?? []).toEqual([]);
  }

  /** Everything that was sent is in the history once, and was heard once by everybody who was there. */
  checkAll(): void {
    const { hasHistory, folder } = this.#stage;
    this.#crowd.checkAll(hasHistory ? folder : null);
  }

  /** Everybody ends what they were saying, and it arrives. */
  async end(): Promise<void> {
    this.#crowd.endLines();
    await this.quiet();
  }

  /** A leader lives, and everything that was sent has arrived. */
  async quiet(): Promise<void> {
    const stage = this.#stage;
    for (let tries = 0; tries < 20; tries += 1) {
      if (stage.leader === null && !(await stage.start())) continue;
      if (stage.leader !== null) {
        stage.leader.disk.callsLeft = Number.POSITIVE_INFINITY;
        stage.leader.framesLeft = Number.POSITIVE_INFINITY;
      }
      await stage.settle();
      if (stage.leader !== null) return;
    }
    throw new Error("no leader lives");
  }

  /** A leader is killed when nothing is under way: the next one has its state. */
  async killQuietly(): Promise<void> {
    const stage = this.#stage;
    await this.quiet();
    stage.passes(1000);
    await stage.settle();
    const before = stage.leader;
    if (before === null) return;
    const expected = stateAfterKill(before.server.state, stage.hasHistory);
    stage.kill(Number.POSITIVE_INFINITY);
    await this.quiet();
    this.#event = "a quiet kill";
    expect(stateAfterKill((stage.leader ?? before).server.state, stage.hasHistory)).toEqual(
      expected,
    );
  }

  /** The leader dies soon: at a call of the disk, or at a frame. */
  #willKill(): void {
    const { leader } = this.#stage;
    if (leader === null) return;
    this.#event = "a leader will die";
    if (this.#prng.chance(60)) leader.disk.callsLeft = 1 + this.#prng.below(12);
    else leader.framesLeft = 1 + this.#prng.below(5);
  }
}
