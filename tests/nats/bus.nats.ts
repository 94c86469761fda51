import { afterEach, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { acceptOverBus } from "../../lib/cluster/bus/bus-acceptor.ts";
import { BusConnector } from "../../lib/cluster/bus/bus-connector.ts";
import { systemBusTiming } from "../../lib/cluster/bus/bus-timing.ts";
import { LeaderConnection } from "../../lib/cluster/gateway/leader-connection.ts";
import { openRemoteListeners } from "../../lib/cluster/leader/remote-listeners.ts";
import { connectNats, type NatsEngine } from "../../lib/cluster/nats/nats-engine.ts";
import { ConnectionLimits } from "../../lib/transport/connection-limits.ts";
import { Traffic } from "../../lib/transport/traffic.ts";
import { KEY_ALONE } from "../cluster/bus/certificates.ts";
import { Peer } from "../cluster/leader-stage.ts";
import { NatsCluster, NatsServer, until } from "./nats-server.ts";

/* Gateways and their leader over a real NATS. */

const NAME = "bus";
/** What leaders and gateways told their owners. */
const notes: string[] = [];
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function connect(urls: readonly string[]): Promise<NatsEngine> {
  const connected = await connectNats({ urls, name: NAME });
  if ("refused" in connected) throw new Error(connected.refused);
  closing.push(() => connected.engine.close());
  return connected.engine;
}

/** A leader that sends every line to everybody, and how many links it has lost. */
async function room(urls: readonly string[], term: number) {
  const engine = await connect(urls);
  const members = new Set<Link>();
  const facts = { lost: 0 };
  const listeners = openRemoteListeners({
    accept: (handlers) =>
      acceptOverBus(
        {
          ...{ bus: engine, cluster: NAME, node: "hana", term, timing: systemBusTiming() },
          ...{ lastRecord: () => term, note: (text) => void notes.push(text) },
        },
        handlers,
      ),
    ...{ ports: { tls: 6697, plain: null, proxy: null }, gateways: 0 },
    limits: new ConnectionLimits(),
    handlers: {
      open: (link) => void members.add(link),
      data(_, bytes) {
        const copy = Buffer.from(bytes);
        for (const member of members) member.send(copy);
      },
      close(link) {
        members.delete(link);
        facts.lost += 1;
      },
    },
    ...{ certificate: KEY_ALONE, traffic: new Traffic() },
    hostOf: (address) => address,
    settings: () => ({
      ...{ host: "127.0.0.1", plainHost: null, proxyHost: null },
      ...{ maxConnections: 100, maxConnectionsPerAddress: 50, floodControl: false },
      ...{ exemptNetworks: [], trustedProxies: [] },
    }),
    note() {},
  });
  closing.push(() => listeners.tls.stop());
  return { engine, members, facts };
}

/** A person at a gateway of their own. */
async function person(urls: readonly string[], node: string) {
  const engine = await connect(urls);
  const connector = new BusConnector({
    ...{ bus: engine, cluster: NAME, timing: systemBusTiming() },
    ...{ opening: { process: node, node, number: 1 }, certificate: () => KEY_ALONE },
    ...{ note: (text) => void notes.push(text) },
    draw: () => randomBytes(6).readUIntLE(0, 6),
  });
  const facts = { lost: 0 };
  const gateway = new LeaderConnection(connector.connect, {
    order() {},
    lost: () => {
      facts.lost += 1;
    },
  });
  closing.push(() => {
    gateway.end();
    connector.close();
  });
  void gateway.connect();
  const peer = new Peer(node);
  gateway.handlers.open(peer);
  const say = (text: string) => gateway.handlers.data(peer, Buffer.from(`${text}\r\n`));
  return { peer, say, facts, engine };
}

/** Two people talk over two gateways while something happens to NATS. Everybody hears every line once. */
async function talkWhile(
  urls: readonly (readonly string[])[],
  happens: (leader: NatsEngine) => Promise<void>,
): Promise<void> {
  const [first = [], second = first, third = first] = urls;
  const leader = await room(first, 1);
  const people = await Promise.all([person(second, "mina"), person(third, "joon")]);
  const [mina, joon] = people;
  await until(() => leader.members.size === 2);
  let count = 0;
  const talk = setInterval(() => {
    count += 1;
    mina.say(`mina ${count}`);
    joon.say(`joon ${count}`);
  }, 5);
  closing.push(() => clearInterval(talk));
  await until(() => mina.peer.lines.length > 20);
  await happens(leader.engine);
  const before = count;
  await until(() => count > before + 20);
  clearInterval(talk);
  await until(() => people.every(({ peer }) => peer.lines.length >= 2 * count));
  const said = (name: string) => Array.from({ length: count }, (_, n) => `${name} ${n + 1}`);
  for (const { peer, facts } of people) {
    for (const name of ["mina", "joon"]) {
      expect(peer.lines.filter((line) => line.startsWith(name))).toEqual(said(name));
    }
    expect([peer.isOpen, facts.lost]).toEqual([true, 0]);
  }
  expect(leader.facts.lost).toBe(0);
}

test("nobody notices that nats-server is killed and started again within three seconds", async () => {
  const server = new NatsServer();
  await server.start();
  closing.push(() => server.remove());
  await talkWhile([[server.url]], async (leader) => {
    await server.kill();
    await until(() => !leader.isConnected);
    await Bun.sleep(2000);
    await server.start();
    await until(() => leader.isConnected);
  });
});

test("nobody notices that nats-server stands still for a moment", async () => {
  const server = new NatsServer();
  await server.start();
  closing.push(() => server.remove());
  await talkWhile([[server.url]], async () => {
    server.signal("SIGSTOP");
    await Bun.sleep(1500);
    server.signal("SIGCONT");
  });
});

test("nobody notices that one NATS server of three is killed", async () => {
  const cluster = new NatsCluster();
  await cluster.start();
  closing.push(() => cluster.remove());
  const { urls } = cluster;
  // Until the three have agreed on a leader, JetStream answers nobody.
  for (let isReady = false; !isReady; ) {
    const connected = await connectNats({ urls, name: NAME });
    isReady = "engine" in connected;
    if ("engine" in connected) await connected.engine.close();
  }
  // Everybody begins with another one.
  const orders = urls.map((_, n) => [...urls.slice(n), ...urls.slice(0, n)]);
  await talkWhile(orders, async () => {
    await cluster.servers[0]?.kill();
  });
});

test("a replaced leader's gateways follow the new one over NATS", async () => {
  const server = new NatsServer();
  await server.start();
  closing.push(() => server.remove());
  const urls = [server.url];
  const old = await room(urls, 1);
  const mina = await person(urls, "mina");
  await until(() => old.members.size === 1);
  const leader = await room(urls, 2);
  await until(() => leader.members.size === 1);
  mina.say("hello");
  await until(() => mina.peer.lines.length === 1);
  expect(mina.peer.lines).toEqual(["hello"]);
});
