import { afterEach, expect, test } from "bun:test";
import type { Link } from "../../../lib/chat-server/server-ports.ts";
import { acceptOverBus } from "../../../lib/cluster/bus/bus-acceptor.ts";
import { BusConnector } from "../../../lib/cluster/bus/bus-connector.ts";
import { BUS_VERSION } from "../../../lib/cluster/bus/bus-message.ts";
import type { FrameBus } from "../../../lib/cluster/engine.ts";
import { FrameReader, FrameWriter } from "../../../lib/cluster/frames/frame.ts";
import type { FrameConnection } from "../../../lib/cluster/frames/frame-connection.ts";
import type { GatewayOrder } from "../../../lib/cluster/frames/gateway-entries.ts";
import { writeSupervisorWord } from "../../../lib/cluster/frames/supervisor-entries.ts";
import { LeaderConnection } from "../../../lib/cluster/gateway/leader-connection.ts";
import { fingerprintOf } from "../../../lib/cluster/leader/gateway-admission.ts";
import {
  openRemoteListeners,
  type RemoteListenersOptions,
} from "../../../lib/cluster/leader/remote-listeners.ts";
import { ConnectionLimits } from "../../../lib/transport/connection-limits.ts";
import { Traffic } from "../../../lib/transport/traffic.ts";
import { busOfVersion } from "../../other-version-bus.ts";
import { Peer } from "../leader-stage.ts";
import { BusStage, StageTiming } from "./bus-stage.ts";
import { certificate } from "./certificates.ts";

/** The leader's listeners, and real connections of gateways, over a bus in memory. */

const SETTINGS = {
  ...{ host: "127.0.0.1", plainHost: null, proxyHost: null },
  ...{ maxConnections: 100, maxConnectionsPerAddress: 2, floodControl: false },
  ...{ exemptNetworks: [], trustedProxies: [] },
};
const [CERTIFICATE, OTHER] = [certificate("first"), certificate("second")] as const;
const ending: LeaderConnection[] = [];

afterEach(() => {
  for (const connection of ending.splice(0)) connection.end();
});

function cluster(more: Pick<RemoteListenersOptions, "renewedCertificate"> = {}) {
  const stage = new BusStage();
  const notes: string[] = [];
  const opened: string[] = [];
  const links: Link[] = [];
  const listeners = openRemoteListeners({
    accept: (handlers) =>
      acceptOverBus(
        {
          ...{ bus: stage.engine.connect(), cluster: "team", node: "hana", term: 3 },
          ...{ timing: new StageTiming(stage.world), lastRecord: () => 3 },
          note: (text) => void notes.push(text),
        },
        handlers,
      ),
    ...{ ports: { tls: 6697, plain: null, proxy: null }, gateways: 0 },
    limits: new ConnectionLimits({ connectionsPerAddressMax: 2 }),
    handlers: {
      open(link) {
        links.push(link);
        opened.push(link.address);
      },
      data: (link, bytes) => link.send(Buffer.from(bytes)),
      close: ({ address }: Link) => void opened.splice(opened.indexOf(address), 1),
    },
    ...{ certificate: CERTIFICATE, traffic: new Traffic(), hostOf: (address) => address },
    ...more,
    settings: () => SETTINGS,
    note: (level, text) => void notes.push(`${level} ${text}`),
  });
  /** Lets time pass on the bus until something holds. */
  const until = async (holds: () => boolean): Promise<void> => {
    for (let n = 0; !holds(); n += 1) {
      if (n > 5000) throw new Error("it doesn't come");
      stage.world.run(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const connector = (
    node: string,
    number: number,
    shown: () => typeof CERTIFICATE,
    note: (text: string) => void = (text) => void notes.push(text),
    bus: FrameBus = stage.engine.connect(),
  ) =>
    new BusConnector({
      ...{ bus, cluster: "team", timing: new StageTiming(stage.world), note },
      opening: { process: `${node}-${number}`, node, number },
      certificate: shown,
      draw: () => stage.prng.below(2 ** 48),
    });
  const addGateway = (
    node: string,
    number: number,
    certificate = CERTIFICATE,
    speaking: (bus: FrameBus) => FrameBus = (bus) => bus,
  ) => {
    const gateway = {
      orders: [] as GatewayOrder[],
      refusals: [] as string[],
      certificate,
      lostCount: 0,
      /** What it would do later. */
      timers: [] as (() => void)[],
      bus: stage.engine.connect(),
    };
    const { connect } = connector(
      ...([node, number, () => gateway.certificate] as const),
      (why) => void gateway.refusals.push(why),
      speaking(gateway.bus),
    );
    const handlers = {
      order: (order: GatewayOrder) => void gateway.orders.push(order),
      lost: () => {
        gateway.lostCount += 1;
      },
    };
    const connection = new LeaderConnection(connect, handlers, {
      after(_, run) {
        gateway.timers.push(run);
        return () => void gateway.timers.splice(gateway.timers.indexOf(run), 1);
      },
    });
    ending.push(connection);
    connection.greet({ kind: "listening", number, pid: number, problem: null });
    void connection.connect();
    return Object.assign(gateway, { connection });
  };
  return { stage, listeners, notes, opened, links, until, addGateway, connector };
}

test("gateways of several machines have their links, and each its own name", async () => {
  const { listeners, until, addGateway, opened } = cluster();
  // No gateway of its own machine has to come first.
  expect(await listeners.started).toBeNull();
  const gateways = [addGateway("hana", 1), addGateway("duri", 1), addGateway("duri", 2)];
  await until(() => listeners.gateways.length === 3);
  expect(listeners.gateways.map(({ node, number }) => `${node} ${number}`)).toEqual([
    ...["duri 1", "duri 2", "hana 1"],
  ]);
  const peers = gateways.map(({ connection }, n) => {
    const peer = new Peer(`192.0.2.${n}`);
    connection.handlers.open(peer);
    connection.handlers.data(peer, Buffer.from(`hello ${n}\r\n`));
    return peer;
  });
  await until(() => peers.every(({ lines }) => lines.length === 1));
  expect(peers.flatMap(({ lines }) => lines)).toEqual(["hello 0", "hello 1", "hello 2"]);
  expect([opened.length, listeners.tls.links]).toEqual([3, 3]);
});

test("an address has its limit over the gateways of all machines", async () => {
  const { listeners, until, addGateway } = cluster();
  const peers = ["hana", "duri", "seta"].map((node) => {
    const peer = new Peer("192.0.2.7");
    addGateway(node, 1).connection.handlers.open(peer);
    return peer;
  });
  await until(() => peers.some(({ isOpen }) => !isOpen));
  await until(() => listeners.gateways.length === 3);
  expect(peers.filter(({ isOpen }) => isOpen)).toHaveLength(2);
});

test("settings reach the gateways of other machines, and the certificate's key doesn't", async () => {
  const { listeners, until, addGateway, stage } = cluster();
  let said = "";
  stage.engine.connect();
  for (const connection of stage.engine.connections) {
    const publish = connection.publish.bind(connection);
    connection.publish = (subject, bytes) => {
      said += Buffer.from(bytes).toString("latin1");
      return publish(subject, bytes);
    };
  }
  const gateway = addGateway("duri", 1);
  await until(() => gateway.orders.length > 0);
  expect(gateway.orders).toEqual([
    { kind: "settings", settings: { ...SETTINGS, certificate: null } },
  ]);
  expect(listeners.tls.swapCertificate(OTHER)).toBeNull();
  await until(() => gateway.orders.length > 1);
  expect(said).toContain("hana");
  for (const secret of ["maxConnections", "PRIVATE KEY"]) expect(said).not.toContain(secret);
});

test("a gateway with another certificate is refused in words on both sides, until it has the right one", async () => {
  const { listeners, until, addGateway, notes, stage } = cluster();
  const gateway = addGateway("duri", 2, OTHER);
  await until(() => gateway.refusals.length > 0);
  stage.world.run(30_000);
  const [why = ""] = gateway.refusals;
  expect(why).toContain(`gateway 2 of duri shows a certificate with the fingerprint`);
  for (const certificate of [CERTIFICATE, OTHER]) expect(why).toContain(fingerprintOf(certificate));
  expect([gateway.refusals.length, notes]).toEqual([1, [`error a gateway is refused: ${why}`]]);
  expect(listeners.gateways).toEqual([]);
  gateway.certificate = CERTIFICATE;
  await until(() => listeners.gateways.length === 1);
});

test.each([
  [BUS_VERSION + 1, /^gateway 2 of duri is too new .* Upgrade the node that leads$/],
  [BUS_VERSION - 1, /^gateway 2 of duri is too old .* Upgrade the gateways of that machine$/],
])(
  "a gateway that speaks version %d on the bus is refused in words on both sides",
  async (version, said) => {
    const { listeners, until, addGateway, notes, stage } = cluster();
    const gateway = addGateway("duri", 2, CERTIFICATE, (bus) =>
      busOfVersion(bus, {
        ...{ known: BUS_VERSION, other: version },
        isOf: (subject) => /\.(up|down)\./.test(subject),
      }),
    );
    await until(() => gateway.refusals.length > 0);
    stage.world.run(30_000);
    expect(gateway.refusals).toEqual([expect.stringMatching(said)]);
    expect(notes).toEqual([`error a gateway is refused: ${gateway.refusals[0]}`]);
    expect(listeners.gateways).toEqual([]);
    // Those of the leader's version are served meanwhile.
    addGateway("hana", 1);
    await until(() => listeners.gateways.length === 1);
  },
);

test("the leader's owner is told of a gateway whose certificate is another one since a renewal", async () => {
  const { listeners, until, addGateway, notes } = cluster();
  const gateway = addGateway("duri", 2);
  await until(() => listeners.gateways.length === 1);
  expect(notes).toEqual([]);
  listeners.tls.swapCertificate(OTHER);
  await until(() => gateway.orders.length === 2);
  const listening = { kind: "listening", number: 2, pid: 2, problem: null } as const;
  gateway.connection.greet({ ...listening, certificate: fingerprintOf(OTHER) });
  listeners.tls.swapCertificate(OTHER);
  await until(() => gateway.orders.length === 3);
  expect(notes).toEqual([]);
  for (let times = 0; times < 2; times += 1) {
    gateway.connection.greet({ ...listening, certificate: fingerprintOf(CERTIFICATE) });
  }
  await until(() => notes.length > 0);
  expect(notes[0]).toStartWith("warn gateway 2 of duri shows a certificate with the fingerprint");
  gateway.connection.greet({ ...listening, certificate: fingerprintOf(OTHER) });
  gateway.connection.greet({ ...listening, certificate: fingerprintOf(CERTIFICATE) });
  await until(() => notes.length === 2);
});

test("a gateway that has the renewed certificate comes in before the leader shows it", async () => {
  const renewed: (typeof CERTIFICATE)[] = [];
  const { listeners, until, addGateway } = cluster({
    renewedCertificate: () => renewed[0] ?? null,
  });
  const gateway = addGateway("duri", 2, OTHER);
  await until(() => gateway.refusals.length > 0);
  expect(listeners.gateways).toEqual([]);
  renewed.push(OTHER);
  await until(() => listeners.gateways.length === 1);
});

test("people are told of a leader of which nothing is heard, and that it is back", async () => {
  const { listeners, until, addGateway } = cluster();
  const gateway = addGateway("duri", 1);
  const [early, late] = [new Peer("192.0.2.1"), new Peer("192.0.2.2")];
  gateway.connection.handlers.open(early);
  await until(() => listeners.tls.links === 1);
  gateway.bus.setConnected(false);
  await until(() => gateway.timers.length === 1);
  // Five seconds later.
  gateway.timers.shift()?.();
  expect(early.lines).toHaveLength(1);
  expect(early.lines[0]).toStartWith("NOTICE * :The server can't answer at the moment.");
  gateway.bus.setConnected(true);
  await until(() => early.lines.length === 2);
  expect(early.lines.slice(1)).toEqual(["NOTICE * :The server answers again."]);
  gateway.connection.handlers.open(late);
  await until(() => listeners.tls.links === 2);
  expect([early.isOpen, late.lines, gateway.lostCount]).toEqual([true, [], 0]);
});

test("a leader that stops leaves the gateways of other machines running, with their people", async () => {
  const { listeners, until, addGateway } = cluster();
  const gateway = addGateway("duri", 1);
  const peer = new Peer("192.0.2.1");
  gateway.connection.handlers.open(peer);
  await until(() => listeners.tls.links === 1);
  await listeners.tls.stop();
  await until(() => gateway.lostCount === 1);
  expect(gateway.orders.map(({ kind }) => kind)).toEqual(["settings"]);
  expect(peer.isOpen).toBe(true);
});

test("a leader that leaves closes its connections when the gateways have everything", async () => {
  const { listeners, until, addGateway, links } = cluster();
  const gateway = addGateway("duri", 1);
  const peer = new Peer("192.0.2.1");
  gateway.connection.handlers.open(peer);
  await until(() => listeners.gateways.length === 1 && listeners.tls.links === 1);
  gateway.bus.setConnected(false);
  const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);
  for (const line of lines) links[0]?.send(Buffer.from(`${line}\r\n`));
  await new Promise((resolve) => setImmediate(resolve));
  const left = listeners.leave();
  gateway.bus.setConnected(true);
  await until(() => gateway.lostCount === 1);
  await left;
  expect([peer.lines, peer.isOpen]).toEqual([lines, true]);
});

test("a gateway of another machine can't speak as this machine's supervisor", async () => {
  const { connector, stage } = cluster();
  const heard: number[] = [];
  const reader = new FrameReader();
  const connection = await new Promise<FrameConnection>((resolve) => {
    void connector("duri", 1, () => CERTIFICATE).connect({
      open: resolve,
      data(_, bytes) {
        for (const frame of reader.push(bytes)) heard.push(...frame.map(({ kind }) => kind));
      },
      close() {},
    });
    stage.world.run(2000);
  });
  const frame = new FrameWriter();
  writeSupervisorWord(frame, { kind: "ping" });
  connection.write(frame.take());
  stage.world.run(1000);
  await new Promise((resolve) => setImmediate(resolve));
  stage.world.run(1000);
  // Its settings.
  expect(heard).toEqual([64]);
});

test("what is said while the bus is gone is answered when it is back", async () => {
  const { listeners, until, addGateway, stage } = cluster();
  const gateway = addGateway("duri", 1);
  const peer = new Peer("192.0.2.1");
  gateway.connection.handlers.open(peer);
  await until(() => listeners.tls.links === 1);
  gateway.bus.setConnected(false);
  gateway.connection.handlers.data(peer, Buffer.from("hello\r\n"));
  await new Promise((resolve) => setImmediate(resolve));
  stage.world.run(10_000);
  expect([peer.lines, listeners.tls.links]).toEqual([[], 1]);
  gateway.bus.setConnected(true);
  await until(() => peer.lines.length === 1);
  expect([peer.lines, gateway.lostCount]).toEqual([["hello"], 0]);
});
