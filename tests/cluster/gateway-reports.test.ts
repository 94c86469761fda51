import { afterAll, afterEach, expect, test } from "bun:test";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import {
  type GatewayOrder,
  type GatewayReport,
  readOrder,
  readReport,
  writeOrder,
  writeReport,
} from "../../lib/cluster/frames/gateway-entries.ts";
import { ListenError } from "../../lib/transport/listen-error.ts";
import { connectLocally, type LocalConnection } from "../../lib/transport/local-socket.ts";
import { Traffic } from "../../lib/transport/traffic.ts";
import { certificate } from "./bus/certificates.ts";
import { LISTEN_SETTINGS, ListeningLeaders } from "./listening-leaders.ts";

/** The leader's listeners, and gateways that are played over the real socket. */

const leaders = new ListeningLeaders();

afterEach(() => leaders.stop());
afterAll(() => leaders.remove());

const FIRST = certificate("first");

/** A leader that waits for gateways, with what it noted and which connections were refused. */
function leader(gateways: number) {
  const refused: string[] = [];
  const traffic = new Traffic();
  let exemptNetworks: string[] = [];
  const opened = leaders.open({
    ...{ gateways, traffic, certificate: FIRST },
    ports: { tls: 7000, plain: null, proxy: 7001 },
    handlers: {
      open() {},
      data() {},
      close() {},
      refused: (address, why) => void refused.push(`${address}: ${why}`),
    },
    settings: () => ({ ...LISTEN_SETTINGS, proxyHost: "127.0.0.1", exemptNetworks }),
  });
  const { socket, notes } = opened;
  const listeners = opened.listeners.started.then((problem) => problem ?? opened.listeners);
  const exempt = (networks: string[]): void => {
    exemptNetworks = networks;
  };
  return { socket, listeners, notes, refused, traffic, exempt };
}

/** A gateway that is played: what it hears, and how it says something. */
class PlayedGateway {
  readonly orders: GatewayOrder[] = [];
  isClosed = false;
  readonly #reader = new FrameReader();
  #connection: LocalConnection | null = null;

  static async connect(path: string): Promise<PlayedGateway> {
    const gateway = new PlayedGateway();
    gateway.#connection = await connectLocally(path, {
      data(_, bytes) {
        for (const frame of gateway.#reader.push(bytes)) {
          for (const entry of frame) {
            const order = readOrder(entry);
            if (order !== null) gateway.orders.push(order);
          }
        }
      },
      close() {
        gateway.isClosed = true;
      },
    });
    return gateway;
  }

  says(report: GatewayReport): void {
    const frame = new FrameWriter();
    writeReport(frame, report);
    this.sends(frame.take());
  }

  sends(bytes: Uint8Array): void {
    this.#connection?.write(bytes);
  }

  leaves(): void {
    this.#connection?.close();
  }

  async hears(count: number): Promise<GatewayOrder> {
    while (this.orders.length < count) await Bun.sleep(1);
    return this.orders.at(-1) as GatewayOrder;
  }
}

function listening(number: number): Extract<GatewayReport, { kind: "listening" }> {
  return { kind: "listening", number, pid: 100 + number, problem: null };
}

test("the ports are open when all gateways have opened them, and each has a name and counts", async () => {
  const { socket, listeners, traffic, refused, notes } = leader(2);
  const first = await PlayedGateway.connect(socket);
  const second = await PlayedGateway.connect(socket);
  second.says(listening(2));
  first.says(listening(1));
  const open = await listeners;
  if (open instanceof ListenError) throw open;
  expect([open.tls.port, open.plain, open.proxy?.port]).toEqual([7000, null, 7001]);
  const stats = { bytesIn: 5, bytesOut: 7, linesOut: 1, memoryBytes: 9 };
  for (const bytesIn of [5, 6]) {
    second.says({
      kind: "stats",
      stats: { ...stats, bytesIn, loopDelay: { meanMs: 1, maxMs: 2 } },
    });
  }
  second.says({ kind: "refused", address: "192.0.2.7", why: "the server is full" });
  second.says({ kind: "log", level: "warn", text: "something is odd" });
  while (notes.length === 0) await Bun.sleep(1);
  expect(traffic).toMatchObject({ bytesIn: 11, bytesOut: 14, linesOut: 2 });
  expect(traffic.refused).toEqual(new Map([["full", 1]]));
  expect(refused).toEqual(["192.0.2.7: the server is full"]);
  expect(notes).toEqual(["gateway 2: something is odd"]);
  expect(open.gateways).toEqual([
    {
      ...{ number: 1, pid: 101, isLeaving: false, links: 0, memoryBytes: 0 },
      loopDelay: { meanMs: 0, maxMs: 0 },
    },
    {
      ...{ number: 2, pid: 102, isLeaving: false, links: 0, memoryBytes: 9 },
      loopDelay: { meanMs: 1, maxMs: 2 },
    },
  ]);
  first.leaves();
  while (open.gateways.length > 1) await Bun.sleep(1);
  second.leaves();
});

test("a port that a gateway can't open is the reason of a failed start", async () => {
  const { socket, listeners } = leader(2);
  const gateway = await PlayedGateway.connect(socket);
  const problem = { kind: "in-use", hostname: "127.0.0.1", port: 7001, cause: "x" } as const;
  gateway.says({ ...listening(1), problem });
  // It ends by itself, as a gateway does.
  await gateway.hears(2);
  gateway.leaves();
  const failed = await listeners;
  expect(failed).toBeInstanceOf(ListenError);
  expect(failed).toMatchObject({ kind: "in-use", hostname: "127.0.0.1", port: 7001 });
});

test("later it is a line of the log", async () => {
  const { socket, listeners, notes } = leader(1);
  const gateway = await PlayedGateway.connect(socket);
  gateway.says(listening(1));
  await listeners;
  const again = await PlayedGateway.connect(socket);
  const problem = { kind: "in-use", hostname: "127.0.0.1", port: 7000, cause: "x" } as const;
  again.says({ ...listening(2), problem });
  while (notes.length === 0) await Bun.sleep(1);
  expect(notes).toEqual(["gateway 2 can't listen: can't listen on 127.0.0.1 port 7000: in-use"]);
  for (const each of [gateway, again]) each.leaves();
});

test("gateways are told the settings and the certificate in force, and of no other", async () => {
  const { socket, listeners, exempt } = leader(1);
  const gateway = await PlayedGateway.connect(socket);
  gateway.says(listening(1));
  const open = await listeners;
  if (open instanceof ListenError) throw open;
  expect(await gateway.hears(1)).toMatchObject({ settings: { certificate: FIRST } });
  exempt(["192.0.2.0/24"]);
  open.applySettings();
  const exempting = { settings: { exemptNetworks: ["192.0.2.0/24"], certificate: FIRST } };
  expect(await gateway.hears(2)).toMatchObject(exempting);
  const renewed = certificate("renewed");
  expect(open.tls.swapCertificate({ cert: renewed.cert, key: FIRST.key })).not.toBeNull();
  expect(open.tls.swapCertificate(renewed)).toBeNull();
  expect(await gateway.hears(3)).toMatchObject({ settings: { certificate: renewed } });
  const late = await PlayedGateway.connect(socket);
  expect(await late.hears(1)).toMatchObject({ settings: { certificate: renewed } });
  const stopped = open.tls.stop();
  expect(await gateway.hears(4)).toEqual({ kind: "stop" });
  expect(await late.hears(2)).toEqual({ kind: "stop" });
  for (const each of [gateway, late]) each.leaves();
  await stopped;
});

test("what is no frame ends a gateway's connection, and is noted", async () => {
  const { socket, listeners, notes } = leader(1);
  const gateway = await PlayedGateway.connect(socket);
  gateway.says(listening(1));
  await listeners;
  gateway.sends(new Uint8Array(64));
  while (!gateway.isClosed) await Bun.sleep(1);
  expect(notes[0]).toStartWith("what a gateway sent can't be read: ");
});

test("orders and reports that can't be read, and those of other kinds, are passed over", () => {
  const frame = new FrameWriter();
  frame.add(64, new TextEncoder().encode('{"host":1}'));
  frame.add(64, new TextEncoder().encode("{"));
  frame.add(200, new Uint8Array(3));
  writeOrder(frame, { kind: "stop" });
  const [entries = []] = new FrameReader().push(frame.take());
  expect(entries.map((entry) => readOrder(entry))).toEqual([null, null, null, { kind: "stop" }]);
  expect(entries.slice(0, 3).map((entry) => readReport(entry))).toEqual([null, null, null]);
});
