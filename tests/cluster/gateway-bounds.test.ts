import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { unixSocketRoute } from "../../lib/cluster/frames/frame-connection.ts";
import { readUp } from "../../lib/cluster/frames/link-entries.ts";
import { readUpMark, writeDownMark } from "../../lib/cluster/frames/takeover-entries.ts";
import { GatewayLinks } from "../../lib/cluster/gateway/gateway-links.ts";
import { LeaderConnection } from "../../lib/cluster/gateway/leader-connection.ts";
import { UnconsumedInput } from "../../lib/cluster/gateway/unconsumed-input.ts";
import { listenLocally } from "../../lib/transport/local-socket.ts";
import { BusStage } from "./bus/bus-stage.ts";

const MB = 1 << 20;

class FakeLink implements Link {
  readonly address = "192.0.2.1";
  readonly host = "192.0.2.1";
  readonly secure = true;
  readonly certificate = null;
  isReading = true;
  lastWords: string | null = null;

  send(): void {}

  setReading(on: boolean): void {
    this.isReading = on;
  }

  close(lastWords = new Uint8Array(0)): void {
    this.lastWords = Buffer.from(lastWords).toString();
  }
}

/** Returns the frame of a leader that has taken over. */
function leadFrame(): Uint8Array {
  const frame = new FrameWriter();
  writeDownMark(frame, { kind: "lead" });
  return frame.take().slice();
}

/** A gateway whose connection to its leader takes so many bytes before it is busy, and what that leader is told. */
function gateway(busyBytes = Number.POSITIVE_INFINITY) {
  const told: string[] = [];
  let unsent = 0;
  const reader = new FrameReader();
  const links = new GatewayLinks(
    "9f3c",
    (frame) => {
      unsent += frame.length;
      for (const entry of reader.push(frame.slice()).flat()) {
        const [mark, read] = [readUpMark(entry), readUp(entry)];
        if (mark !== null) told.push(mark.kind);
        else if (read?.kind === "data") told.push(`data ${read.link} ${read.bytes.length}`);
        else if (read !== null) told.push(`${read.kind} ${read.link}`);
      }
    },
    (run) => run(),
    () => told.push("is led"),
    () => {},
    () => unsent > busyBytes,
  );
  const open = (): FakeLink => {
    const link = new FakeLink();
    links.handlers.open(link);
    return link;
  };
  const says = (link: Link, count: number): void =>
    links.handlers.data(link, new Uint8Array(count));
  const drain = (): void => {
    unsent = 0;
    links.drained();
  };
  const lead = (): void => {
    for (const entries of new FrameReader().push(leadFrame())) links.receive(entries);
  };
  return { links, open, says, drain, lead, tells: () => told.splice(0), unsent: () => unsent };
}

test("nobody is read from when 32 MB wait for a leader, however many could give more", () => {
  const { links, open, says, lead } = gateway();
  const people = Array.from({ length: 200 }, open);
  links.leaderLost();
  // Each read is what one turn may bring of a connection.
  for (const link of people) if (link.isReading) says(link, MB / 2);
  const newcomer = open();
  expect([...people, newcomer].filter(({ isReading }) => isReading)).toEqual([]);
  links.leaderCame();
  expect(people[199]?.isReading).toBe(false);
  lead();
  expect([...people, newcomer].filter(({ isReading }) => !isReading)).toEqual([]);
});

test("nobody is read from when what waits at the end of a leader, or at its silence, is more than 32 MB", () => {
  for (const end of [
    (links: GatewayLinks) => links.leaderLost(),
    (links: GatewayLinks) => links.setSilent(true),
  ]) {
    const { links, open, says } = gateway();
    const people = Array.from({ length: 100 }, open);
    for (const link of people) says(link, MB / 2);
    expect(people.every(({ isReading }) => isReading)).toBe(true);
    end(links);
    expect(people.some(({ isReading }) => isReading)).toBe(false);
  }
});

test("a newcomer is closed whose handshake brings more than 48 MB in all, and others stay", () => {
  const { links, open, says, tells } = gateway();
  const first = open();
  links.leaderLost();
  says(first, 33 * MB);
  const newcomers = Array.from({ length: 100 }, open);
  for (const link of newcomers) says(link, MB / 2);
  const closed = newcomers.filter(({ lastWords }) => lastWords !== null);
  expect([closed.length, first.lastWords]).toEqual([70, null]);
  expect(closed[0]?.lastWords).toStartWith("ERROR :");
  tells();
  links.leaderCame();
  const lengths = tells().map((entry) => Number(/^data \d+ (\d+)/.exec(entry)?.[1] ?? 0));
  expect(lengths.reduce((sum, length) => sum + length)).toBe(48 * MB);
});

test("nobody is read from while the connection to the leader is busy, and newcomers can't overfill it", async () => {
  let isBusy = false;
  let written = 0;
  const connection = {
    ...{ isOverLimit: false, end() {}, close() {} },
    get isBusy() {
      return isBusy;
    },
    write: (bytes: Uint8Array) => {
      written += bytes.length;
    },
  };
  let drained = (): void => {};
  let lead = (): void => {};
  const leader = new LeaderConnection(
    async (handlers) => {
      drained = () => handlers.drained?.(connection);
      lead = () => handlers.data(connection, leadFrame());
      return connection;
    },
    { order() {}, lost() {} },
    { every() {}, atTurnEnd: (run) => run() },
  );
  const open = (): FakeLink => {
    const link = new FakeLink();
    leader.handlers.open(link);
    return link;
  };
  await leader.connect();
  lead();
  const people = Array.from({ length: 200 }, open);
  isBusy = true;
  for (const link of people) {
    if (link.isReading) leader.handlers.data(link, new Uint8Array(MB / 2));
  }
  expect(people.some(({ isReading }) => isReading)).toBe(false);
  for (let count = 0; count < 200; count++) leader.handlers.data(open(), new Uint8Array(MB / 2));
  expect(written).toBeLessThan(49 * MB);
  isBusy = false;
  drained();
  expect(people.every(({ isReading }) => isReading)).toBe(true);
});

test("what a new leader is told waits for what it was told before", () => {
  const { links, open, says, drain, lead, tells, unsent } = gateway(MB);
  const people = Array.from({ length: 60 }, open);
  for (const link of people) says(link, MB / 2);
  drain();
  links.leaderLost();
  tells();
  const rounds: number[] = [];
  for (links.leaderCame(); !tells().includes("ready"); drain()) rounds.push(unsent());
  expect(rounds.length).toBeGreaterThan(9);
  expect(Math.max(...rounds)).toBeLessThan(3 * MB);
  lead();
  expect(tells()).toEqual(["is led"]);
});

test("a leader that takes over before it was told everything hears the rest in its order, and who left and came", () => {
  const { links, open, says, drain, lead, tells } = gateway(MB);
  const [first, second, left, leaves, stays] = [open(), open(), open(), open(), open()];
  drain();
  links.leaderLost();
  says(left, 7);
  links.handlers.close(left, "Connection lost");
  says(first, 2 * MB);
  says(second, 1);
  says(leaves, 3);
  tells();
  links.leaderCame();
  lead();
  says(stays, 5);
  links.handlers.close(leaves, "Connection lost");
  const short = open();
  links.handlers.close(short, "Connection lost");
  const comes = open();
  says(comes, 9);
  expect(tells()).toEqual(["hello", "open 3", "data 3 7", "ended 3", "open 1", `data 1 ${2 * MB}`]);
  drain();
  expect(tells()).toEqual([
    ...["open 2", "data 2 1", "open 4", "data 4 3", "ended 4", "open 5", "data 5 5"],
    ...["open 7", "data 7 9", "ready", "is led"],
  ]);
  expect([first, stays, comes].every(({ isReading }) => isReading)).toBe(true);
  says(comes, 1);
  expect(tells()).toEqual(["data 7 1"]);
});

test("a leader that is lost before it was told everything is forgotten, and the next one is told all of it", () => {
  const { links, open, says, drain, tells } = gateway(MB);
  const [first, left] = [open(), open()];
  says(first, 2 * MB);
  open();
  links.leaderLost();
  links.handlers.close(left, "Connection lost");
  drain();
  links.leaderCame();
  links.leaderLost();
  drain();
  tells();
  links.leaderCame();
  drain();
  expect(tells()).toEqual([
    ...["hello", "open 2", "ended 2", "open 1", "given", `data 1 ${2 * MB}`, "open 3", "ready"],
  ]);
});

test("over a unix socket, more waits for a new leader than the socket takes, and all of it arrives", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sodam-"));
  const path = join(folder, "leader");
  const { promise: isReady, resolve: ready } = Promise.withResolvers<void>();
  let received = 0;
  let connections = 0;
  const timing = { atTurnEnd: (run: () => void) => void setImmediate(run), every() {} };
  const leader = new LeaderConnection(
    unixSocketRoute(path).connect,
    {
      order() {},
      lost() {
        leader.end();
        ready();
      },
    },
    timing,
  );
  for (let count = 0; count < 140; count++) {
    const link = new FakeLink();
    leader.handlers.open(link);
    leader.handlers.data(link, new Uint8Array(MB / 2));
  }
  const reader = new FrameReader();
  const listener = listenLocally(path, {
    open() {
      connections += 1;
    },
    data: (_, bytes) => {
      received += bytes.length;
      const isLast = reader
        .push(bytes)
        .some((frame) => frame.some((entry) => readUpMark(entry)?.kind === "ready"));
      if (isLast) ready();
    },
    close() {},
  });
  await leader.connect();
  await isReady;
  const isWhole = received > 70 * MB;
  leader.end();
  listener.stop();
  rmSync(folder, { recursive: true });
  expect([connections, isWhole]).toEqual([1, true]);
});

test("over the bus as well, at its pace", () => {
  const stage = new BusStage(1);
  const gateway = stage.addGateway();
  const leader = stage.lead(7);
  stage.world.run(1000);
  const [up, down] = [gateway.open, leader.open[0]];
  if (up === null || down === undefined) throw new Error("no connection");
  const { connection } = up;
  // What the last leader was told.
  const wire = { isLost: true };
  const links = new GatewayLinks(
    "9f3c",
    (frame) => {
      if (!wire.isLost) connection.write(frame);
    },
    (run) => run(),
    () => {},
    () => {},
    () => connection.isBusy,
  );
  for (let count = 0; count < 140; count++) {
    const link = new FakeLink();
    links.handlers.open(link);
    links.handlers.data(link, new Uint8Array(MB / 2));
  }
  links.leaderLost();
  wire.isLost = false;
  links.leaderCame();
  for (let drained = 0, rounds = 0; rounds < 2000 && down.heard.length < 70 * MB; rounds++) {
    stage.world.run(10);
    if (up.drainedCount === drained) continue;
    drained = up.drainedCount;
    links.drained();
  }
  expect([up.isClosed, down.heard.length > 70 * MB]).toEqual([false, true]);
});

test("bytes that come one by one wait in few pieces", () => {
  const input = new UnconsumedInput();
  for (let count = 0; count < 4096; count++) input.push(Uint8Array.of(count));
  expect([input.chunks.length, input.bytes]).toEqual([8, 4096]);
  expect(input.consume(700)).toBe(700);
  const joined = Buffer.concat(input.chunks);
  expect([joined.length, joined[0], joined.at(-1)]).toEqual([3396, 700 % 256, 255]);
});
