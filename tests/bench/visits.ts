import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { arrive, connect, each, join, Peer } from "./load.ts";
import { type Figures, Meter, summarize } from "./meter.ts";
import { mainThreadUs, pidOfRole, residentBytes } from "./procfs.ts";
import { disperse, gather, type Room } from "./room.ts";
import type { Subject } from "./subject.ts";

/** People who come, register and go again: `count` in all, `atOnce` at a time. */
export async function connects(
  name: string,
  subject: Subject,
  count: number,
  atOnce: number,
): Promise<Figures[]> {
  const latency: number[] = [];
  const visit = async (n: number) => {
    const from = performance.now();
    const peer = await arrive(subject.target, `v${n}`);
    latency.push((performance.now() - from) * 1000);
    peer.send("QUIT :gone\r\n");
    await peer.closed;
  };
  await each(count, atOnce, visit);
  latency.length = 0;
  const meter = new Meter(subject.pid);
  await each(count, atOnce, (n) => visit(n + count));
  return [meter.read({ name, unit: "connection", units: count, latency })];
}

/**
 * One after another joins a room of `size`, then one after another parts, after a round that only warms the
 * server up. A JOIN is over when every
 * member of the room got the JOIN and the new member has the list of names.
 */
export async function joinsAndParts(subject: Subject, size: number): Promise<Figures[]> {
  const rooms = await gather(subject.target, { rooms: 1, size, speakers: 1, textBytes: 120 });
  const room = rooms[0] as Room;
  const joiners = await each(JOINERS, JOINERS, (n) => arrive(subject.target, `j${n}`));
  let told = 0;
  let onAllTold = () => {};
  for (const member of room.members) {
    member.watch = (line) => {
      if (/^:\S+ (JOIN|PART) /.test(line) && ++told === size) onAllTold();
    };
  }
  /** Resolves when every member got the JOIN, to the time that took, in µs. */
  const announce = async (act: () => Promise<void> | void) => {
    const from = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    told = 0;
    onAllTold = resolve;
    await act();
    await promise;
    return (performance.now() - from) * 1000;
  };
  const settle = () => each(JOINERS, JOINERS, (n) => (joiners[n] as Peer).settle());

  const parts = { latency: [] as number[], meter: new Meter(subject.pid) };
  parts.meter.pause();
  const joins = { latency: [] as number[], meter: new Meter(subject.pid) };
  joins.meter.pause();
  for (const peer of joiners) {
    await announce(() => join(peer, room.name));
    await announce(() => peer.send(`PART ${room.name}\r\n`));
  }
  for (let round = 0; round < ROUNDS; round++) {
    joins.meter.resume();
    for (const peer of joiners) joins.latency.push(await announce(() => join(peer, room.name)));
    await settle();
    joins.meter.pause();
    parts.meter.resume();
    for (const peer of joiners) {
      parts.latency.push(await announce(() => peer.send(`PART ${room.name}\r\n`)));
    }
    await settle();
    parts.meter.pause();
  }
  const units = JOINERS * ROUNDS;
  const { dropped } = room;
  const figures = [
    joins.meter.read({
      name: `join-${size}`,
      unit: "join",
      units,
      latency: joins.latency,
      dropped,
    }),
    parts.meter.read({
      name: `part-${size}`,
      unit: "part",
      units,
      latency: parts.latency,
      dropped,
    }),
  ];
  for (const joiner of joiners) joiner.terminate();
  disperse(rooms);
  return figures;
}

/**
 * A crowd joins a room of `size` at once, as people do when a server is back, and parts at once. It is over when
 * every member of the room got every JOIN, and every new member has the list of names.
 */
export async function crowdJoins(
  subject: Subject,
  size: number,
  crowd: number,
): Promise<Figures[]> {
  const rooms = await gather(subject.target, { rooms: 1, size, speakers: 1, textBytes: 120 });
  const room = rooms[0] as Room;
  const comers = await each(crowd, JOINERS, (n) => arrive(subject.target, `j${n}`));
  let told = 0;
  let onAllTold = () => {};
  for (const member of room.members) {
    member.watch = (line) => {
      if (/^:\S+ (JOIN|PART) /.test(line) && ++told === size * crowd) onAllTold();
    };
  }
  const all = async (meter: Meter, act: (peer: Peer) => Promise<void> | void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    told = 0;
    onAllTold = resolve;
    meter.resume();
    await Promise.all([promise, ...comers.map(act)]);
    await Promise.all(comers.map((peer) => peer.settle()));
    meter.pause();
  };
  const joinRoom = (peer: Peer) => join(peer, room.name);
  const partRoom = (peer: Peer) => peer.send(`PART ${room.name}\r\n`);
  const unmeasured = new Meter(subject.pid);
  const [joins, parts] = [new Meter(subject.pid), new Meter(subject.pid)];
  for (const meter of [joins, parts]) meter.pause();
  for (let round = -ROUNDS; round < ROUNDS; round++) {
    await all(round < 0 ? unmeasured : joins, joinRoom);
    await all(round < 0 ? unmeasured : parts, partRoom);
  }
  const units = crowd * ROUNDS;
  const { dropped } = room;
  const figures = [
    joins.read({ name: `crowd-join-${size}`, unit: "join", units, dropped }),
    parts.read({ name: `crowd-part-${size}`, unit: "part", units, dropped }),
  ];
  for (const comer of comers) comer.terminate();
  disperse(rooms);
  return figures;
}

/** The resident memory of an idle registered connection. */
export async function idle(name: string, subject: Subject, count: number): Promise<Figures[]> {
  // One visitor first: what a server allocates once is not the price of a connection.
  const first = await arrive(subject.target, "first");
  first.send("QUIT\r\n");
  await first.closed;
  const resident = () => (subject.pid === null ? 0 : residentBytes(subject.pid));
  const before = resident();
  const meter = new Meter(subject.pid);
  const peers = await each(count, 1000, (n) => arrive(subject.target, `i${n}`));
  await each(count, 1000, (n) => (peers[n] as Peer).settle());
  const more = { emptyBytes: before, bytesPerConnection: (resident() - before) / count };
  const dropped = peers.filter((peer) => peer.ended !== null).length;
  const figures = meter.read({ name, unit: "connection", units: count, dropped, more });
  for (const peer of peers) peer.terminate();
  return [figures];
}

/** From the start of the process to the first finished handshake: the median of five. */
export async function starts(name: string, subject: Subject): Promise<Figures[]> {
  if (subject.startAgainMs === null) return [];
  const times: number[] = [];
  // The server that already ran here has made what only a first run makes.
  const meter = new Meter(null);
  for (let n = 0; n < 5; n++) times.push((await subject.startAgainMs()) * 1000);
  return [meter.read({ name, unit: "start", units: times.length, latency: times })];
}

/** The resident memory of a connection of a user with an account, in ten rooms of twenty. */
export async function members(name: string, subject: Subject, count: number): Promise<Figures[]> {
  const [first] = await strangers(subject, 1);
  if (first === undefined) return [];
  await signUp(first, 0);
  const resident = () => (subject.pid === null ? 0 : residentBytes(subject.pid));
  const before = resident();
  const meter = new Meter(subject.pid);
  const peers = await strangers(subject, count, "p");
  await each(count, 20, (n) => signUp(peers[n] as Peer, n + 1));
  for (let room = 0; room < ROOMS_EACH; room++) {
    // Each room with other users: two users share at most one room.
    const stride = TEAM ** 2 * room + 1;
    await each(count, 200, (n) => {
      const team = Math.floor(((n * stride) % count) / TEAM);
      return join(peers[n] as Peer, `#room${room}-${team}`);
    });
  }
  await each(count, 200, (n) => (peers[n] as Peer).settle());
  const more = { emptyBytes: before, bytesPerConnection: (resident() - before) / count };
  const dropped = peers.filter((peer) => peer.ended !== null).length;
  const figures = meter.read({ name, unit: "connection", units: count, dropped, more });
  for (const peer of peers) peer.terminate();
  return [figures];
}

const ROOMS_EACH = 10;
const TEAM = 20;

/** Accounts made one after another on twenty connections at a time, by draft/account-registration. */
export async function signUps(name: string, subject: Subject, count: number): Promise<Figures[]> {
  const peers = await strangers(subject, count);
  if (peers.length === 0) return [];
  const latency: number[] = [];
  const meter = new Meter(subject.pid);
  await each(count, 20, async (n) => {
    const from = performance.now();
    await signUp(peers[n] as Peer, n);
    latency.push((performance.now() - from) * 1000);
  });
  const figures = meter.read({ name, unit: "sign-up", units: count, latency });
  for (const peer of peers) peer.terminate();
  return [figures];
}

/**
 * Log-ins by password on new connections, twenty at a time; `more` has what they cost the thread that serves everybody,
 * without those that hash, and how long somebody else waited for answers meanwhile.
 */
export async function logIns(name: string, subject: Subject, count: number): Promise<Figures[]> {
  const accounts = await strangers(subject, 20);
  if (subject.pid === null || accounts.length === 0) return [];
  await each(accounts.length, 20, (n) => signUp(accounts[n] as Peer, n));
  for (const peer of accounts) peer.terminate();
  const leader = pidOfRole(subject.pid, "leader") ?? subject.pid;
  const bystander = await arrive(subject.target, "bystander");
  const latency: number[] = [];
  const waits: number[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const from = performance.now();
      await bystander.settle();
      waits.push((performance.now() - from) * 1000);
      await Bun.sleep(20);
    }
  })();
  const begunUs = mainThreadUs(leader);
  const meter = new Meter(subject.pid);
  await each(count, 20, async (n) => {
    const from = performance.now();
    await logIn(subject, n % 20);
    latency.push((performance.now() - from) * 1000);
  });
  const spent = (mainThreadUs(leader) - begunUs) / count;
  isOver = true;
  await asking;
  const { p50 = 0, p99 = 0 } = summarize(waits) ?? {};
  const more = { mainThreadCpuUs: spent, bystanderP50Us: p50, bystanderP99Us: p99 };
  return [meter.read({ name, unit: "log-in", units: count, latency, more })];
}

/** Logs in to the account that {@link signUp} made, by SASL PLAIN, and leaves. */
async function logIn(subject: Subject, n: number): Promise<void> {
  const peer = new Peer(`s${n}`);
  await connect(subject.target, peer);
  const [plain = ""] = encodePlain(peer.nick, passwordOf(n));
  const lines = ["CAP REQ :sasl", "AUTHENTICATE PLAIN", `AUTHENTICATE ${plain}`];
  lines.push(`NICK ${peer.nick}`, `USER ${peer.nick} 0 * :${peer.nick}`, "CAP END");
  let isIn = false;
  peer.watch = (line) => {
    if (/^:\S+ 903 /.test(line)) isIn = true;
  };
  peer.send(`${lines.join("\r\n")}\r\n`);
  await peer.until((line) => /^:\S+ (376|422) /.test(line));
  if (!isIn) throw new Error(`${peer.nick} isn't logged in`);
  peer.send("QUIT\r\n");
  await peer.closed;
}

/** Users who could sign up: none where the server has no accounts. */
async function strangers(subject: Subject, count: number, prefix = "s"): Promise<Peer[]> {
  const peers = await each(count, 200, async (n) => {
    const peer = new Peer(`${prefix}${n}`);
    await connect(subject.target, peer);
    let known = false;
    peer.watch = (line) => {
      if (/^:\S+ CAP \S+ ACK /.test(line)) known = true;
    };
    peer.send("CAP REQ :draft/account-registration\r\n");
    peer.send(`NICK ${peer.nick}\r\nUSER ${peer.nick} 0 * :${peer.nick}\r\nCAP END\r\n`);
    await peer.until((line) => /^:\S+ (376|422) /.test(line));
    return known ? peer : null;
  });
  const able = peers.filter((peer) => peer !== null);
  return able.length === count ? able : [];
}

async function signUp(peer: Peer, n: number): Promise<void> {
  peer.send(`REGISTER * * ${passwordOf(n)}\r\n`);
  const line = await peer.until((one) => /^(:\S+ )?(REGISTER|FAIL) /.test(one));
  if (!line.includes("REGISTER SUCCESS")) throw new Error(`no account for ${peer.nick}: ${line}`);
}

function passwordOf(n: number): string {
  return `correct-horse-${n}`;
}

const JOINERS = 20;
const ROUNDS = 3;
