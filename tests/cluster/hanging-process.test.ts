import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { unixSocketRoute } from "../../lib/cluster/frames/frame-connection.ts";
import { writeOrder } from "../../lib/cluster/frames/gateway-entries.ts";
import { writeDownMark } from "../../lib/cluster/frames/takeover-entries.ts";
import { GatewayLinks } from "../../lib/cluster/gateway/gateway-links.ts";
import { LeaderConnection } from "../../lib/cluster/gateway/leader-connection.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { FlushScheduler } from "../../lib/transport/flush-scheduler.ts";
import { connectLocally, listenLocally } from "../../lib/transport/local-socket.ts";
import type { LinkHandlers } from "../../lib/transport/socket-link.ts";

/** A leader or a gateway that hangs, or falls behind: nothing grows without bound, and nobody else waits. */

class SocketPlace {
  readonly #folder = mkdtempSync(join(tmpdir(), "sodam-hang-"));
  readonly path = join(this.#folder, "s.sock");

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** A process that accepts connections and takes nothing from them, until it is told to. */
function hangingProcess(path: string, greeting: Uint8Array<ArrayBufferLike> = new Uint8Array(0)) {
  const sockets: Bun.Socket[] = [];
  const listener = Bun.listen({
    unix: path,
    socket: {
      open(socket) {
        sockets.push(socket);
        socket.write(Buffer.from(greeting));
        socket.pause();
      },
      data() {},
    },
  });
  return {
    goesOn: () => {
      for (const socket of sockets) socket.resume();
    },
    stop: () => listener.stop(true),
  };
}

function aLink(events: string[] = []): Link {
  return {
    ...{ address: "192.0.2.7", host: "h", secure: true, certificate: null },
    send: (bytes) => void events.push(`send ${bytes.length}`),
    close: () => void events.push("close"),
    setReading: (on) => void events.push(on ? "reads" : "stops"),
  };
}

test("a process that takes nothing is cut off when more than 64 MB wait for it", async () => {
  using place = new SocketPlace();
  const hanging = hangingProcess(place.path);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let isClosed = false;
  const connection = await connectLocally(place.path, {
    data() {},
    close() {
      isClosed = true;
      resolve();
    },
  });
  const megabyte = new Uint8Array(1 << 20);
  let megabytes = 0;
  for (; !isClosed && megabytes < 200; megabytes += 1) {
    connection.write(megabyte);
    await Bun.sleep(0);
  }
  await closed;
  expect(connection.isOverLimit).toBe(true);
  expect(megabytes).toBeGreaterThan(60);
  expect(megabytes).toBeLessThan(80);
  hanging.stop();
});

test("a gateway whose leader hangs reads no more from people, and goes on with the leader", async () => {
  using place = new SocketPlace();
  const greeting = new FrameWriter();
  writeDownMark(greeting, { kind: "lead" });
  writeOrder(greeting, { kind: "stop" });
  const hanging = hangingProcess(place.path, greeting.take().slice());
  const { promise: greeted, resolve: order } = Promise.withResolvers<unknown>();
  const leader = new LeaderConnection(unixSocketRoute(place.path).connect, { order, lost() {} });
  await leader.connect();
  await greeted;
  const events: string[] = [];
  const link = aLink(events);
  leader.handlers.open(link);
  const page = new Uint8Array(64 * 1024);
  for (let n = 0; n < 1000 && events.length === 0; n += 1) {
    leader.handlers.data(link, page);
    await Bun.sleep(0);
  }
  expect(events[0]).toBe("stops");
  hanging.goesOn();
  while (events.length < 2) await Bun.sleep(1);
  expect(events).toEqual(["stops", "reads"]);
  leader.end();
  hanging.stop();
});

test("whom the leader doesn't want to hear stays unread when it goes on", () => {
  const { links, gateway, settle, opened } = leaderAndGateway();
  const events: string[] = [];
  const link = aLink(events);
  gateway.handlers.open(link);
  settle();
  gateway.holdAll();
  opened[0]?.setReading?.(false);
  settle();
  gateway.releaseAll();
  expect(events).toEqual(["stops", "stops"]);
  opened[0]?.setReading?.(true);
  settle();
  expect(events.at(-1)).toBe("reads");
  expect(links.size).toBe(1);
});

test("what is on its way to a gateway counts as waiting, until the gateway says how much does", () => {
  let drained = 0;
  const { gateway, settle, opened } = leaderAndGateway({
    drained() {
      drained += 1;
    },
  });
  let backlog = 0;
  const peer: Link = {
    ...aLink(),
    send(bytes) {
      backlog += bytes.length;
    },
  };
  Object.defineProperty(peer, "backlog", { get: () => backlog });
  gateway.handlers.open(peer);
  settle();
  const [link] = opened;
  const waiting = () => (link?.backlog ?? 0) + (link?.bytesUnderWay ?? 0);
  const page = new Uint8Array(32 * 1024);
  link?.send(page);
  expect(waiting()).toBe(0);
  for (let n = 0; n < 7; n += 1) link?.send(page.slice());
  expect(waiting()).toBe(8 * page.length);
  settle();
  expect(waiting()).toBe(8 * page.length);
  expect(drained).toBe(0);
  backlog = 0;
  gateway.handlers.drained?.(peer);
  settle();
  expect(waiting()).toBe(0);
  expect(drained).toBe(1);
  // A peer that takes all at once never has anything that drains.
  peer.send = () => {};
  for (let n = 0; n < 8; n += 1) link?.send(page.slice());
  expect(waiting()).toBe(8 * page.length);
  settle();
  expect(waiting()).toBe(0);
  expect(drained).toBeGreaterThan(1);
});

test("what a reader that is put out is told comes from its gateway, and the leader hears why", () => {
  const reasons: string[] = [];
  const { gateway, settle } = leaderAndGateway({ close: (_, why) => void reasons.push(why) });
  const sent: string[] = [];
  const peer = {
    ...aLink(),
    send: (bytes: Uint8Array) => void sent.push(String(Buffer.from(bytes))),
  };
  gateway.handlers.open(peer);
  gateway.handlers.evict?.(peer, "The server is full");
  gateway.handlers.close(peer, "Closed here");
  settle();
  expect(sent).toEqual(["ERROR :The server is full\r\n"]);
  expect(reasons).toEqual(["The server is full"]);
});

/** Both sides of a gateway, and how to let everything arrive. */
function leaderAndGateway(handlers: Partial<LinkHandlers> = {}) {
  let later: (() => void)[] = [];
  const atTurnEnd = (run: () => void): void => void later.push(run);
  const up: Uint8Array[] = [];
  const down: Uint8Array[] = [];
  const opened: Link[] = [];
  const gateway = new GatewayLinks("gateway", (frame) => void up.push(frame), atTurnEnd);
  const elapsed = () => 0 as ElapsedMs;
  const links = new RemoteLinks(
    {
      handlers: { open: (link) => void opened.push(link), data() {}, close() {}, ...handlers },
      places: new ConnectionPlaces({ max: 9, perAddressMax: 9, elapsed, isExempt: () => false }),
      flushScheduler: new FlushScheduler(undefined, undefined, {
        ...{ now: () => 0, atTurnEnd, after: (_, run) => atTurnEnd(run) },
      }),
      hostOf: () => "h",
      owedBytes: null,
    },
    (frame) => void down.push(frame),
  );
  const [upReader, downReader] = [new FrameReader(), new FrameReader()];
  const settle = (): void => {
    while (later.length + up.length + down.length > 0) {
      const turn = later;
      later = [];
      for (const run of turn) run();
      for (const bytes of up.splice(0))
        for (const frame of upReader.push(bytes)) links.receive(frame);
      for (const bytes of down.splice(0)) {
        for (const frame of downReader.push(bytes)) gateway.receive(frame);
      }
    }
  };
  return { gateway, links, settle, opened };
}

test("a gateway that is gone ends its people's sessions", async () => {
  using place = new SocketPlace();
  const ended: string[] = [];
  const server = listenLocally(place.path, {
    data() {},
    close: () => void ended.push("gone"),
  });
  const connection = await connectLocally(place.path, { data() {}, close() {} });
  connection.close();
  while (ended.length === 0) await Bun.sleep(1);
  server.stop();
  const reasons: string[] = [];
  const { gateway, links, settle } = leaderAndGateway({
    close: (_, why) => void reasons.push(why),
  });
  gateway.handlers.open(aLink());
  settle();
  links.ended();
  expect(reasons).toEqual(["Connection lost"]);
});
