import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UpgradedPart } from "../../lib/chat-server/process-ports.ts";
import { type GatewayState, readChildOrder } from "../../lib/cluster/frames/child-entries.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { ChildConnection } from "../../lib/cluster/supervisor/child-connection.ts";
import {
  ChildListener,
  type ChildListenerHandlers,
} from "../../lib/cluster/supervisor/child-listener.ts";
import type { ChildName } from "../../lib/cluster/supervisor/child-processes.ts";
import { connectLocally } from "../../lib/transport/local-socket.ts";

/** The socket between the supervisor of a cluster's machine and its children, which speak for themselves. */

const folder = mkdtempSync(join(tmpdir(), "sodam-children-"));
let sockets = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STATE: GatewayState = {
  ...{ isListening: true, isLeaving: false, links: 3, leader: "n1", isReached: true },
  ...{ memoryBytes: 1 << 20, loopDelay: { meanMs: 0.1, maxMs: 2 } },
};

/** A supervisor that takes this process for one of its children, and what it was told. */
class Stage {
  readonly path = join(folder, `${sockets}.sock`);
  readonly said: unknown[] = [];
  leaving: readonly number[] = [];
  readonly listener: ChildListener;

  constructor(name: ChildName, handlers: Partial<ChildListenerHandlers> = {}) {
    sockets += 1;
    this.listener = new ChildListener(this.path, {
      nameOf: (pid) => (pid === process.pid ? name : null),
      alive: (child, silentMs) => void this.said.push([child, silentMs]),
      listening: (numbers) => void this.said.push(["listening", ...numbers]),
      upgrade: (part) => void this.said.push(part),
      leaving: () => this.leaving,
      ...handlers,
    });
  }

  async hears(expected: unknown): Promise<void> {
    const text = JSON.stringify(expected);
    while (!this.said.some((said) => JSON.stringify(said) === text)) await Bun.sleep(1);
  }
}

/** Somebody who writes entries as they come, and reads none. */
async function stranger(path: string, ...entries: readonly (readonly [number, unknown])[]) {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const orders: unknown[] = [];
  const reader = new FrameReader();
  const connection = await connectLocally(path, {
    data: (_, bytes) => {
      for (const entry of reader.push(bytes).flat()) orders.push(readChildOrder(entry));
    },
    close: () => resolve(),
  });
  const frame = new FrameWriter();
  for (const [kind, value] of entries) frame.addJson(kind, value);
  connection.write(frame.take());
  return { closed, orders };
}

describe("a gateway", () => {
  test("says that it lives and how it is, and is told to run empty until it does", async () => {
    const stage = new Stage("gateway 2");
    const { promise: retired, resolve } = Promise.withResolvers<void>();
    let state = STATE;
    let orders = 0;
    const connection = new ChildConnection(stage.path, {
      gateway: () => state,
      retire() {
        orders += 1;
        state = { ...STATE, isLeaving: true };
        resolve();
      },
    });
    await stage.hears(["gateway 2", 15_000]);
    await stage.hears(["listening", 2]);
    expect(stage.listener.gateways).toEqual([{ ...STATE, number: 2, pid: process.pid }]);
    stage.leaving = [2];
    stage.listener.retire();
    await retired;
    connection.beginLongWork();
    await stage.hears(["gateway 2", 300_000]);
    expect(stage.listener.gateways[0]?.isLeaving).toBe(true);
    stage.listener.retire();
    expect(orders).toBe(1);
  });

  test("that connects late is told that it is to run empty", async () => {
    const stage = new Stage("gateway 1");
    stage.leaving = [1];
    await new Promise<void>((retire) => {
      new ChildConnection(stage.path, { gateway: () => STATE, retire });
    });
  });
});

describe("a node", () => {
  test("asks for other gateways, and hears how that ended", async () => {
    const asked: UpgradedPart[] = [];
    const { promise: isAsked, resolve } = Promise.withResolvers<void>();
    const stage = new Stage("leader", {
      upgrade(part) {
        asked.push(part);
        resolve();
      },
    });
    const connection = new ChildConnection(stage.path);
    // The owner may be faster than the connection.
    expect(await connection.upgrade("gateways")).toEqual({ outcome: "busy", how: null });
    await stage.hears(["leader", 15_000]);
    const upgraded = connection.upgrade("gateways");
    expect(await connection.upgrade("gateways")).toEqual({ outcome: "busy", how: null });
    await isAsked;
    expect(asked).toEqual(["gateways"]);
    stage.listener.tellNode({ kind: "upgraded", outcome: "failed", how: "code 1" });
    expect(await upgraded).toEqual({ outcome: "failed", how: "code 1" });
    expect(stage.listener.gateways).toEqual([]);
  });
});

test("a process that is no child of the supervisor is hung up on, and says nothing for others", async () => {
  const stage = new Stage("gateway 1");
  const alive = { silentMs: 15_000, gateway: STATE };
  for (const entries of [
    [[128, { pid: 1 }] as const, [129, alive] as const],
    [[129, alive] as const],
    [[130, { part: "gateways" }] as const],
  ]) {
    await (await stranger(stage.path, ...entries)).closed;
  }
  expect(stage.said).toEqual([]);
});

test("children of other versions are understood as far as their words are known", async () => {
  const stage = new Stage("gateway 7");
  stage.leaving = [7];
  const alive = { silentMs: 20_000, gateway: { ...STATE, color: "blue" }, mood: "good" };
  const newer = [
    ...[[200, "of the next version"] as const, [128, { pid: process.pid, name: "g" }] as const],
    ...[[129, alive] as const, [129, "what it says some day"] as const],
  ] as const;
  const { orders } = await stranger(stage.path, ...newer);
  await stage.hears(["gateway 7", 20_000]);
  while (orders.length === 0) await Bun.sleep(1);
  expect(orders[0]).toEqual({ kind: "retire" });
});
