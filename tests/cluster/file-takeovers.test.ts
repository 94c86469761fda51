import { afterAll, describe, expect, test } from "bun:test";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import { Prng, seed } from "../prng.ts";
import { closeNodes, fileOf, type Node, Stage } from "./copying-nodes.ts";

/**
 * Files that are sent to a cluster whose leader is killed, with real folders: whatever message the log has, its file is
 * on each node in the end; whoever was told of none sends again.
 */

afterAll(closeNodes);

type Sent = ReturnType<typeof fileOf>;
/** Virtual time: by then every node has fetched what it lacks, or never will. */
const SETTLED_MS = 100_000;
const LOOK_MS = 500;
/** After so long, copies whose messages didn't come have gone. */
const OVER_MS = 5_000_000;

interface PlayOptions {
  /** Whether a killed leader comes back with its folder, or its machine is lost. */
  readonly comesBack: boolean;
  /** Whether the leader waits until another node has a file, before its message is in the log. */
  readonly isSpread: boolean;
}

/** Three nodes, of which one leads. */
class Play {
  readonly stage: Stage;
  readonly #prng: Prng;
  readonly #options: PlayOptions;
  /** Those that are alive; the first one leads. */
  readonly alive: Node[];
  /** What the log has, in its order. */
  readonly log: Sent[] = [];

  constructor(number: number, options: PlayOptions) {
    this.stage = new Stage(number);
    this.#prng = new Prng(number + 7);
    this.#options = options;
    this.alive = ["a", "b", "c"].map((name) => this.stage.node(name));
    this.stage.others = 2;
    this.#leader.lead(this.stage);
  }

  get #leader(): Node {
    const [leader] = this.alive;
    if (leader === undefined) throw new Error("nobody leads");
    return leader;
  }

  /** Sends a file, again if its leader is killed before its sender was told. `isKilled`: it is, at a time by chance. */
  async send(sent: Sent, isKilled: boolean): Promise<void> {
    const leader = this.#leader;
    const { upload, key } = await leader.receive(sent);
    const { promise: killed, resolve: die } = Promise.withResolvers<"killed">();
    if (isKilled) {
      this.stage.world.after(this.#prng.below(120), () => {
        leader.kill();
        die("killed");
      });
    }
    const spreading = this.#options.isSpread
      ? leader.copies.spread(upload, key)
      : Promise.resolve();
    const spread = spreading.then(() => "spread" as const);
    if ((await this.stage.settled(Promise.race([spread, killed]))) === "spread") {
      const { file } = sent;
      const paths = { path: file.path, previewPath: previewPath(file) };
      await leader.store.ask({ kind: "place-file", key, ...paths });
      this.#append(sent);
    }
    if (!isKilled) return;
    await this.stage.settled(killed);
    this.#takeOver();
    if (!this.log.includes(sent)) await this.send(sent, false);
  }

  /** The message is in the log: each node hears of it a moment later, one by one. */
  #append(sent: Sent): void {
    this.log.push(sent);
    for (const node of this.alive) {
      this.stage.world.after(this.#prng.below(30), () => {
        if (this.alive.includes(node) && node.index.byId(sent.file.id) === null) node.hear(sent);
      });
    }
  }

  /** One of the others reads the log to its end, and leads. */
  #takeOver(): void {
    const [old, ...others] = this.alive;
    if (old === undefined) return;
    const next = others[this.#prng.below(others.length)];
    if (next === undefined) throw new Error("nobody is left");
    this.#readLog(next);
    next.lead(this.stage);
    this.alive.splice(0, this.alive.length, next, ...others.filter((node) => node !== next));
    this.stage.others = this.alive.length - 1;
    if (!this.#options.comesBack) return;
    const back = this.stage.node("back", old.root);
    this.#readLog(back);
    void back.copies.begin();
    this.alive.push(back);
    this.stage.others += 1;
  }

  #readLog(node: Node): void {
    for (const sent of this.log) if (node.index.byId(sent.file.id) === null) node.hear(sent);
  }

  /** Returns how many files of the log are missing on some node when nothing moves any more. */
  async missing(): Promise<number> {
    const isMissing = (sent: Sent): boolean => this.alive.some((node) => !node.has(sent));
    const end = this.stage.world.nowMs + SETTLED_MS;
    while (this.log.some(isMissing) && this.stage.world.nowMs < end) await this.stage.run(LOOK_MS);
    return this.log.filter(isMissing).length;
  }

  /** Returns how many unfinished files are left on all nodes when those that nobody wants have gone. */
  async leftovers(): Promise<number> {
    // The disk's clock isn't the play's.
    for (const { root, unfinished } of this.alive) {
      for (const name of unfinished) utimesSync(join(root, "unfinished", name), 0, 0);
    }
    this.stage.world.run(OVER_MS);
    // As its server does.
    this.#leader.store.sweep(this.stage.world.nowMs);
    const count = (): number => this.alive.reduce((sum, node) => sum + node.unfinished.length, 0);
    await this.stage.until(() => count() === 0, 2000).catch(() => {});
    return count();
  }
}

/** Four files are sent, and the leader is killed at every second of them; or at the third alone, if it never comes back. */
async function play(number: number, options: PlayOptions): Promise<Play> {
  const played = new Play(number, options);
  const prng = new Prng(number);
  for (const [index, letter] of ["a", "b", "c", "d"].entries()) {
    const isKilled = options.comesBack ? index % 2 === 1 : index === 2;
    await played.send(fileOf(letter, 1 + prng.below(200_000)), isKilled);
  }
  return played;
}

const FIRST = seed(1);
const SEEDS = Number(process.env["SEEDS"] ?? 8);
const NUMBERS = Array.from({ length: SEEDS }, (_, index) => FIRST + index);

describe("a cluster whose leader is killed", () => {
  test.each([true, false])(
    "loses no file that a message names, and keeps none that nobody names (it comes back: %p)",
    async (comesBack) => {
      for (const number of NUMBERS) {
        const played = await play(number, { comesBack, isSpread: true });
        expect(played.log.length, `seed ${number}`).toBe(4);
        expect(await played.missing(), `seed ${number}: missing`).toBe(0);
        expect(await played.leftovers(), `seed ${number}: left over`).toBe(0);
        for (const node of played.alive) node.kill();
      }
    },
    60_000,
  );

  test("would lose some if it sent messages before another node had their files", async () => {
    let lost = 0;
    for (const number of NUMBERS) {
      const played = await play(number, { comesBack: false, isSpread: false });
      lost += await played.missing();
      for (const node of played.alive) node.kill();
    }
    expect(lost).toBeGreaterThan(0);
  }, 60_000);
});
