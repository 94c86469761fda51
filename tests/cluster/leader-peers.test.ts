import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import {
  type GatewayReport,
  readOrder,
  writeReport,
} from "../../lib/cluster/frames/gateway-entries.ts";
import type { LeaderReport, SupervisorWord } from "../../lib/cluster/frames/supervisor-entries.ts";
import { followLeader } from "../../lib/cluster/supervisor/candidate-connection.ts";
import { SupervisorConnection } from "../../lib/cluster/supervisor/supervisor-connection.ts";
import { connectLocally } from "../../lib/transport/local-socket.ts";
import { ListeningLeaders } from "./listening-leaders.ts";

/** What speaks to a leader over its real socket besides gateways: its supervisor, and who is to take its place. */

const leaders = new ListeningLeaders();

afterEach(() => leaders.stop());
afterAll(() => leaders.remove());

/** A gateway that is played: what kinds of orders it hears, and what it says. */
async function gateway(socket: string) {
  const orders: string[] = [];
  const reader = new FrameReader();
  const connection = await connectLocally(socket, {
    data(_, bytes) {
      for (const entry of reader.push(bytes).flat()) orders.push(readOrder(entry)?.kind ?? "?");
      if (orders.includes("stop")) connection.close();
    },
    close: () => void orders.push("closed"),
  });
  const sends = (write: (frame: FrameWriter) => void): void => {
    const frame = new FrameWriter();
    write(frame);
    connection.write(frame.take());
  };
  const says = (report: GatewayReport) => sends((frame) => writeReport(frame, report));
  const listens = (number: number, isLeaving?: boolean) =>
    says({ kind: "listening", number, pid: 1, problem: null, ...(isLeaving && { isLeaving }) });
  const log = (text: string) => says({ kind: "log", level: "warn", text });
  return { orders, sends, says, listens, log, leaves: () => connection.close() };
}

function supervisor(socket: string, greeting: SupervisorWord = { kind: "retire", gateways: [] }) {
  const reports: LeaderReport[] = [];
  const connection = new SupervisorConnection(socket, {
    report: (report) => void reports.push(report),
    greeting: () => greeting,
  });
  return { reports, connection };
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(1);
}

describe("a supervisor", () => {
  test("hears which gateways the leader has heard of, and lets some leave", async () => {
    const { socket } = leaders.open();
    const [first, second] = [await gateway(socket), await gateway(socket)];
    const { reports, connection } = supervisor(socket);
    await connection.connect();
    await eventually(() => reports.length === 1);
    expect(reports).toEqual([{ kind: "alive", gateways: [] }]);
    first.listens(1);
    second.listens(2);
    connection.tell({ kind: "retire", gateways: [2] });
    await eventually(() => second.orders.includes("retire"));
    expect(first.orders).toEqual(["settings"]);
    connection.tell({ kind: "ping" });
    await eventually(() => reports.length > 1);
    expect(reports[1]).toEqual({ kind: "alive", gateways: [1, 2] });
    // One that has told nothing since is not named.
    const { length } = second.orders;
    second.listens(2, true);
    connection.tell({ kind: "ping" });
    await eventually(() =>
      reports.some((report) => report.kind === "alive" && String(report.gateways) === "2"),
    );
    expect(second.orders).toHaveLength(length);
  });

  test("tells each leader which gateways leave, also those that come later", async () => {
    const { socket, listeners } = leaders.open();
    const { connection } = supervisor(socket, { kind: "retire", gateways: [1] });
    await connection.connect();
    const first = await gateway(socket);
    first.listens(1);
    await eventually(() => first.orders.includes("retire"));
    first.listens(1, true);
    await eventually(() => listeners.gateways[0]?.isLeaving === true);
    expect(first.orders).toEqual(["settings", "retire"]);
  });

  test("lets a leader that stops go at once, which waits until nobody is connected", async () => {
    const { socket, listeners } = leaders.open();
    const { reports, connection } = supervisor(socket);
    await connection.connect();
    await eventually(() => reports.length === 1);
    const startedMs = performance.now();
    await listeners.tls.stop();
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  test("replaces something when the leader asks for it, and tells how that ended", async () => {
    const { socket, listeners } = leaders.open();
    const { reports, connection } = supervisor(socket);
    // The owner may be faster than the supervisor.
    const upgraded = listeners.peers.upgrade("gateways");
    await connection.connect();
    await eventually(() => reports.some(({ kind }) => kind === "upgrade"));
    expect(reports.at(-1)).toEqual({ kind: "upgrade", part: "gateways" });
    expect(await listeners.peers.upgrade("leader")).toEqual({ outcome: "busy", how: null });
    connection.tell({ kind: "upgraded", outcome: "failed", how: "code 1" });
    expect(await upgraded).toEqual({ outcome: "failed", how: "code 1" });
    const again = listeners.peers.upgrade("leader");
    await eventually(() => reports.at(-1)?.kind === "upgrade");
    connection.tell({ kind: "upgraded", outcome: "done", how: null });
    expect(await again).toEqual({ outcome: "done", how: null });
  });
});

describe("a candidate", () => {
  /** A leader that hands over, and what it does for that. */
  function giving() {
    const { socket, listeners, notes } = leaders.open();
    const done: string[] = [];
    const { promise: given, resolve: isGiven } = Promise.withResolvers<void>();
    const allow = () =>
      listeners.peers.allowHandover({
        quiet: async () => void done.push("quiet"),
        goOn: () => void done.push("goes on"),
        give() {
          done.push("gives");
          return given;
        },
        end: () => void done.push("ends"),
        note: (_, text) => void notes.push(text),
      });
    return { socket, listeners, notes, done, allow, isGiven };
  }

  test("takes the place of a leader, which waits until it can hand over", async () => {
    const { socket, done, allow, isGiven } = giving();
    const failures: unknown[] = [];
    const following = followLeader(socket, {
      version: "1.5.0",
      failed: (why) => void failures.push(why),
    });
    await Bun.sleep(10);
    expect(done).toEqual([]);
    allow();
    const before = await following;
    if ("refused" in before) throw new Error(before.refused);
    expect(done).toEqual(["quiet"]);
    const taken = before.take();
    await eventually(() => done.includes("gives"));
    isGiven();
    await taken;
    expect(done).toEqual(["quiet", "gives", "ends"]);
    expect(failures).toEqual([]);
  });

  test("is refused while another one takes over", async () => {
    const { socket, allow } = giving();
    allow();
    const failed = (): void => {};
    expect("take" in (await followLeader(socket, { version: "1", failed }))).toBe(true);
    expect(await followLeader(socket, { version: "1", failed })).toEqual({
      refused: "Another process is taking over already.",
    });
  });

  test("hears that the leader is gone, and is let go by one that stops", async () => {
    const { socket, listeners, allow } = giving();
    allow();
    const failures: unknown[] = [];
    const failed = (why: string | null) => void failures.push(why);
    await followLeader(socket, { version: "1", failed });
    await listeners.tls.stop();
    await eventually(() => failures.length > 0);
    expect(failures).toEqual([null]);
  });
});

test("gateways have everything that was sent when the leader leaves them, and are heard no more", async () => {
  const { socket, listeners, notes } = leaders.open();
  const [first, second] = [await gateway(socket), await gateway(socket)];
  first.listens(1);
  second.listens(2);
  await listeners.started;
  listeners.stopHearing();
  first.log("nobody hears this");
  for (let n = 0; n < 1000; n += 1) listeners.applySettings();
  await eventually(() => first.orders.filter((kind) => kind === "settings").length > 1);
  await listeners.leave();
  await eventually(() => first.orders.includes("closed") && second.orders.includes("closed"));
  for (const { orders } of [first, second])
    expect(orders.filter((kind) => kind === "?")).toEqual([]);
  expect(first.orders.filter((kind) => kind === "settings").length).toBeGreaterThan(1);
  expect(notes).toEqual([]);
  await expect(connectLocally(socket, { data() {}, close() {} })).rejects.toThrow();
});

test("processes of other versions understand each other as far as they know the same words", async () => {
  const { socket, listeners } = leaders.open();
  const { reports, connection } = supervisor(socket);
  await connection.connect();
  const older = await gateway(socket);
  // An older gateway doesn't say whether it leaves; a newer one says more, in kinds and fields that nobody knows.
  older.sends((frame) => frame.addJson(64, { number: 1, pid: 7, problem: null }));
  const newer = await gateway(socket);
  newer.sends((frame) => {
    frame.addJson(90, { kind: "of the next version" });
    frame.addJson(64, { number: 2, pid: 8, problem: null, isLeaving: false, color: "blue" });
    frame.addJson(119, { kind: "of the next version" });
    frame.addJson(112, "what a ping carries some day");
  });
  expect(await listeners.started).toBeNull();
  expect(listeners.gateways.map(({ number, isLeaving }) => [number, isLeaving])).toEqual([
    [1, false],
    [2, false],
  ]);
  connection.tell({ kind: "ping" });
  await eventually(() => reports.length > 0);
});
