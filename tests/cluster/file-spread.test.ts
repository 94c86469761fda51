import { describe, expect, test } from "bun:test";
import { Seal } from "../../lib/cluster/seal.ts";
import { FileSpread } from "../../lib/cluster/transfer/file-spread.ts";
import {
  copiesSubject,
  type TransferRequest,
  TransferSeal,
} from "../../lib/cluster/transfer/transfer-message.ts";
import type { AccountId } from "../../lib/protocol/account-id.ts";
import { MemoryEngine, World } from "../memory-engine.ts";
import { Prng } from "../prng.ts";

const SEAL = new Seal(new Uint8Array(32).fill(7));
const FILE = {
  ...{ name: "1".repeat(64), sha256: "2".repeat(64), account: "mina12345678" as AccountId },
  ...{ size: 10, preview: 2 },
};

/** A leader that spreads a file, and nodes that a test plays. */
class Stage {
  readonly world = new World();
  readonly engine = new MemoryEngine(this.world, new Prng(3));
  readonly spread: FileSpread;
  others = 2;
  /** How often the nodes were asked. */
  asked = 0;
  outcome: boolean | null = null;
  readonly #node = this.engine.connect();

  constructor() {
    Object.assign(this.engine.faults, { delayMs: 2 });
    this.spread = new FileSpread(this.engine.connect(), {
      ...{ cluster: "t", seal: SEAL, reader: "a".repeat(16), others: () => this.others },
      clock: {
        elapsed: () => this.world.nowMs,
        later: (ms, run) => {
          this.world.after(ms, run);
          return () => {};
        },
      },
    });
    this.#node.subscribe(copiesSubject("t"), (bytes) => {
      const opened = new TransferSeal(SEAL).openRequest(bytes);
      if (opened === null || "misfit" in opened || opened.request.kind !== "copy") return;
      expect(opened.request).toEqual({ kind: "copy", ...FILE });
      this.asked += 1;
    });
    void this.spread.spread(FILE).then((isCopied) => {
      this.outcome = isCopied;
    });
  }

  says(reader: string, kind: "copying" | "copied" | "uncopied", name = FILE.name): this {
    const request: TransferRequest = { kind, name };
    const message = new TransferSeal(SEAL).request(reader.repeat(16), request);
    this.#node.publish(copiesSubject("t"), message);
    return this;
  }

  async run(ms: number): Promise<this> {
    this.world.run(ms);
    await Promise.resolve();
    await Promise.resolve();
    return this;
  }
}

describe("a file is spread", () => {
  test("until one node has it", async () => {
    const stage = await new Stage().run(100);
    expect([stage.asked, stage.outcome]).toEqual([1, null]);
    await stage.says("b", "copying").says("c", "uncopied").run(100);
    expect(stage.outcome).toBeNull();
    await stage.says("b", "copied").run(100);
    expect(stage.outcome).toBe(true);
  });

  test("as long as one fetches it, and is asked for again meanwhile: what is said may be lost", async () => {
    const stage = new Stage();
    for (let seconds = 0; seconds < 60; seconds += 1) await stage.says("b", "copying").run(1000);
    expect(stage.outcome).toBeNull();
    expect(stage.asked).toBeGreaterThan(100);
  });

  test("until all have refused it", async () => {
    const stage = await new Stage().says("b", "uncopied").says("b", "uncopied").run(100);
    expect(stage.outcome).toBeNull();
    await stage.says("c", "uncopied").run(100);
    expect(stage.outcome).toBe(false);
  });

  test("until nobody has said anything for five seconds", async () => {
    const stage = await new Stage().says("b", "copied", "3".repeat(64)).run(4900);
    expect(stage.outcome).toBeNull();
    await stage.run(1000);
    expect(stage.outcome).toBe(false);
  });

  test("until the others are gone", async () => {
    const stage = await new Stage().run(100);
    stage.others = 0;
    await stage.run(600);
    expect(stage.outcome).toBe(false);
  });

  test("never to its end when its leader ends: no message may be sent then", async () => {
    const stage = await new Stage().run(100);
    stage.spread.close();
    await stage.says("b", "copied").run(10_000);
    expect([stage.asked, stage.outcome]).toEqual([1, null]);
  });
});
