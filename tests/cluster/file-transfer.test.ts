import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { Seal } from "../../lib/cluster/seal.ts";
import { type FetchOutcome, fetchFile } from "../../lib/cluster/transfer/file-fetcher.ts";
import { FileSender, type ReadContent } from "../../lib/cluster/transfer/file-sender.ts";
import {
  answerSubject,
  requestSubject,
  type TransferRequest,
  TransferSeal,
} from "../../lib/cluster/transfer/transfer-message.ts";
import type { PartialFile, TransferClock } from "../../lib/cluster/transfer/transfer-ports.ts";
import { type MemoryConnection, MemoryEngine, World } from "../memory-engine.ts";
import { Prng } from "../prng.ts";

/* Single contents over the bus in memory: see tests/sim/transfer.test.ts for whole folders. */

const SEAL = new Seal(new Uint8Array(32).fill(7));
const READERS = ["a", "b", "c"].map((letter) => letter.repeat(16));
const [READER = ""] = READERS;

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function bytesOf(length: number, seed = 1): Buffer {
  const prng = new Prng(seed);
  return Buffer.from(Array.from({ length }, () => prng.below(256)));
}

/** A file in memory. */
class MemoryFile implements PartialFile {
  content: Buffer;
  readonly #hash: string;

  constructor(hash: string, beginning: Uint8Array = new Uint8Array(0)) {
    this.#hash = hash;
    this.content = Buffer.from(beginning);
  }

  get bytes(): number {
    return this.content.length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.content = Buffer.concat([this.content, bytes]);
  }

  async complete(): Promise<boolean> {
    if (hashOf(this.content) === this.#hash) return true;
    this.content = Buffer.alloc(0);
    return false;
  }

  async close(): Promise<void> {}
}

class Stage {
  readonly world = new World();
  readonly engine = new MemoryEngine(this.world, new Prng(3));
  readonly leader = this.engine.connect();
  readonly reader = this.engine.connect();
  readonly clock: TransferClock = {
    elapsed: () => this.world.nowMs,
    later: (ms, run) => {
      let isCancelled = false;
      this.world.after(ms, () => {
        if (!isCancelled) run();
      });
      return () => {
        isCancelled = true;
      };
    },
  };
  /** What the leader read, as "offset+length". */
  readonly reads: string[] = [];
  readonly contents = new Map<string, Buffer>();
  readonly ended: string[] = [];

  constructor() {
    Object.assign(this.engine.faults, { delayMs: 5, bytesMax: 2000 });
  }

  add(content: Buffer): { readonly hash: string; readonly size: number } {
    const hash = hashOf(content);
    this.contents.set(hash, content);
    return { hash, size: content.length };
  }

  send(connection: MemoryConnection = this.leader, read: ReadContent = this.#read): FileSender {
    return new FileSender(connection, {
      ...{ cluster: "t", seal: SEAL, clock: this.clock, read, readersMax: 2 },
      onRequest() {},
      onEnd: (reader) => this.ended.push(reader),
    });
  }

  fetch(
    file: { readonly hash: string; readonly size: number },
    target: PartialFile,
    reader = READER,
  ): { outcome: FetchOutcome | null } {
    const fetched: { outcome: FetchOutcome | null } = { outcome: null };
    const options = { cluster: "t", seal: SEAL, reader, clock: this.clock };
    void fetchFile(this.reader, file, target, options).then((outcome) => {
      fetched.outcome = outcome;
    });
    return fetched;
  }

  ask(reader: string, request: TransferRequest): void {
    this.reader.publish(requestSubject("t"), new TransferSeal(SEAL).request(reader, request));
  }

  /** Lets time pass, a millisecond after the other. */
  async run(ms: number, isDone = (): boolean => false): Promise<void> {
    for (let n = 0; n < ms && !isDone(); n += 1) {
      this.world.run(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  readonly #read: ReadContent = async (_reader, hash, offset, length) => {
    this.reads.push(`${offset}+${length}`);
    return this.contents.get(hash)?.subarray(offset, offset + length) ?? null;
  };
}

describe("a file", () => {
  test.each([0, 1, 1488, 1489, 20_000])("of %d bytes comes whole", async (length) => {
    const stage = new Stage();
    stage.send();
    const content = bytesOf(length);
    const file = stage.add(content);
    const target = new MemoryFile(file.hash);
    const fetched = stage.fetch(file, target);
    await stage.run(2000, () => fetched.outcome !== null);
    expect(fetched.outcome).toBe("done");
    expect(target.content.equals(content)).toBe(true);
    // Each part was read once.
    expect(new Set(stage.reads).size).toBe(stage.reads.length);
    expect(stage.reads.length).toBe(Math.ceil(length / 1488));
  });

  test("goes on behind what is there, and the reader's place is free afterwards", async () => {
    const stage = new Stage();
    const sender = stage.send();
    const content = bytesOf(20_000);
    const file = stage.add(content);
    const target = new MemoryFile(file.hash, content.subarray(0, 18_000));
    const fetched = stage.fetch(file, target);
    await stage.run(1000, () => fetched.outcome !== null);
    expect(target.content.equals(content)).toBe(true);
    expect(stage.reads).toEqual(["18000+1488", "19488+512"]);
    await stage.run(10);
    expect([sender.readers, stage.ended]).toEqual([[], [READER]]);
  });

  test("whose beginning is another one's is fetched once more from the start", async () => {
    const stage = new Stage();
    stage.send();
    const content = bytesOf(5000);
    const file = stage.add(content);
    for (const beginning of [bytesOf(3000, 2), bytesOf(6000, 2)]) {
      const target = new MemoryFile(file.hash, beginning);
      const fetched = stage.fetch(file, target);
      await stage.run(2000, () => fetched.outcome !== null);
      expect(fetched.outcome).toBe("done");
      expect(target.content.equals(content)).toBe(true);
    }
  });

  test("that isn't what its hash says is wrong, and none of it stays", async () => {
    const stage = new Stage();
    stage.send();
    const file = { hash: "0".repeat(64), size: 5000 };
    stage.contents.set(file.hash, bytesOf(5000));
    const target = new MemoryFile(file.hash);
    const fetched = stage.fetch(file, target);
    await stage.run(2000, () => fetched.outcome !== null);
    expect([fetched.outcome, target.bytes]).toEqual(["wrong", 0]);
  });

  test("that nobody has is missing, also when it goes in the middle", async () => {
    const stage = new Stage();
    stage.send();
    const unknown = stage.fetch({ hash: "1".repeat(64), size: 10 }, new MemoryFile(""));
    await stage.run(1000, () => unknown.outcome !== null);
    expect(unknown.outcome).toBe("missing");
    const file = stage.add(bytesOf(50_000));
    const target = new MemoryFile(file.hash);
    const fetched = stage.fetch(file, target);
    await stage.run(1000, () => target.bytes > 5000);
    stage.contents.clear();
    await stage.run(1000, () => fetched.outcome !== null);
    expect(fetched.outcome).toBe("missing");
    // What is there is of use to the next one.
    expect(target.bytes).toBeGreaterThan(5000);
  });

  test("comes though most messages get lost, and is asked for again later each time", async () => {
    const stage = new Stage();
    stage.send();
    stage.engine.faults.lost = 60;
    const content = bytesOf(9000);
    const file = stage.add(content);
    const target = new MemoryFile(file.hash);
    const fetched = stage.fetch(file, target);
    await stage.run(600_000, () => fetched.outcome !== null);
    expect(target.content.equals(content)).toBe(true);
    stage.engine.faults.lost = 100;
    let asked = 0;
    const { publish } = stage.reader;
    stage.reader.publish = (subject, bytes) => {
      asked += 1;
      return publish.call(stage.reader, subject, bytes);
    };
    stage.fetch(stage.add(bytesOf(10)), new MemoryFile(""));
    await stage.run(60_000);
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThan(9);
  });

  test("goes on as soon as the bus is there again, and with the next leader", async () => {
    const stage = new Stage();
    const first = stage.send();
    const content = bytesOf(60_000);
    const file = stage.add(content);
    const target = new MemoryFile(file.hash);
    const fetched = stage.fetch(file, target);
    await stage.run(1000, () => target.bytes > 10_000);
    stage.reader.setConnected(false);
    await stage.run(30_000);
    expect(fetched.outcome).toBe(null);
    const before = target.bytes;
    stage.reader.setConnected(true);
    await stage.run(100);
    expect(target.bytes).toBeGreaterThan(before);
    first.close();
    stage.leader.kill();
    await stage.run(30_000);
    stage.send(stage.engine.connect());
    await stage.run(20_000, () => fetched.outcome !== null);
    expect(target.content.equals(content)).toBe(true);
  });

  test("is never under way by more than the window, however slowly it is written", async () => {
    const stage = new Stage();
    stage.send();
    stage.engine.faults.bytesMax = 1 << 20;
    const file = stage.add(bytesOf(9 << 20));
    const target = new MemoryFile(file.hash);
    let writing = (): void => {};
    target.append = () =>
      new Promise((resolve) => {
        writing = resolve;
      });
    stage.fetch(file, target);
    await stage.run(1000);
    const asked = stage.reads.map((read) => Number(read.split("+")[1]));
    expect(asked.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(1 << 20);
    const count = asked.length;
    writing();
    await stage.run(100);
    expect(stage.reads.length).toBe(count + 1);
  });

  test("that can't be written fails, and is asked for no longer", async () => {
    const stage = new Stage();
    stage.send();
    const file = stage.add(bytesOf(50_000));
    const target = new MemoryFile(file.hash);
    target.append = () => Promise.reject(new Error("The disk is full."));
    const options = { cluster: "t", seal: SEAL, reader: READER, clock: stage.clock };
    let failure: unknown = null;
    fetchFile(stage.reader, file, target, options).catch((error: unknown) => {
      failure = error;
    });
    await stage.run(1000);
    expect(String(failure)).toContain("The disk is full.");
    const count = stage.reads.length;
    await stage.run(10_000);
    expect(stage.reads.length).toBe(count);
  });
});

describe("a leader", () => {
  const piece = { kind: "read", hash: "2".repeat(64), offset: 0, length: 1000 } as const;

  test("serves so many readers, and the next when one has gone or fell silent", async () => {
    const stage = new Stage();
    const sender = stage.send();
    const heard: string[] = [];
    for (const reader of READERS) {
      stage.reader.subscribe(answerSubject("t", reader), (bytes) => {
        const opened = new TransferSeal(SEAL).openAnswer(bytes, reader);
        if (opened !== null && "answer" in opened) heard.push(`${reader[0]} ${opened.answer.kind}`);
      });
    }
    for (const reader of READERS) stage.ask(reader, piece);
    await stage.run(100);
    expect(heard.sort()).toEqual(["a missing", "b missing", "c busy"]);
    stage.ask("a".repeat(16), { kind: "end" });
    await stage.run(10);
    stage.ask("c".repeat(16), piece);
    await stage.run(100);
    expect(heard.at(-1)).toBe("c missing");
    await stage.run(50_000);
    stage.ask("c".repeat(16), piece);
    await stage.run(30_000);
    expect(sender.readers).toEqual(["c".repeat(16)]);
  });

  test("reads one piece at a time, in turn among the readers, and drops what is too much", async () => {
    const stage = new Stage();
    const order: string[] = [];
    let underWay = 0;
    stage.send(stage.leader, async (reader, _hash, _offset, length) => {
      underWay += 1;
      expect(underWay).toBe(1);
      await Promise.resolve();
      underWay -= 1;
      order.push(reader[0] ?? "");
      return new Uint8Array(length);
    });
    stage.engine.faults.bytesMax = 1 << 20;
    for (const reader of READERS.slice(0, 2)) {
      for (let n = 0; n < 200; n += 1) {
        const request = { ...piece, offset: n * 1_000_000, length: 1_000_000 };
        // Asked twice, it is sent once.
        for (let times = 0; times < 2; times += 1) stage.ask(reader, request);
      }
    }
    await stage.run(1000);
    expect(order.slice(4, 40).join("")).toMatch(/^(ab){18}$|^(ba){18}$/);
    // Two megabytes each, in pieces of 64 KiB.
    expect(order.length).toBeGreaterThan(50);
    expect(order.length).toBeLessThan(70);
  });

  test("makes no message that is longer than the bus takes", async () => {
    const stage = new Stage();
    for (const bytesMax of [700, 5000, 1 << 20]) {
      stage.engine.faults.bytesMax = bytesMax;
      const sender = stage.send();
      const content = bytesOf(70_000, bytesMax);
      const file = stage.add(content);
      const target = new MemoryFile(file.hash);
      const fetched = stage.fetch(file, target);
      await stage.run(60_000, () => fetched.outcome !== null);
      expect(target.content.equals(content)).toBe(true);
      sender.close();
    }
  });

  test("hears nobody whose key it doesn't have", async () => {
    const stage = new Stage();
    stage.send();
    const other = new TransferSeal(new Seal(new Uint8Array(32).fill(8)));
    stage.reader.publish(requestSubject("t"), other.request(READER, piece));
    const forged = new TransferSeal(SEAL).request(READER, piece);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    stage.reader.publish(requestSubject("t"), forged);
    await stage.run(100);
    expect(stage.reads).toEqual([]);
  });
});
