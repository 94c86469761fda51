import { randomInt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BusConnector } from "../../lib/cluster/bus/bus-connector.ts";
import { systemBusTiming } from "../../lib/cluster/bus/bus-timing.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import {
  type ConnectToLeader,
  type FrameConnection,
  unixSocketRoute,
} from "../../lib/cluster/frames/frame-connection.ts";
import { writeReport } from "../../lib/cluster/frames/gateway-entries.ts";
import { SendReader, writeUp } from "../../lib/cluster/frames/link-entries.ts";
import { readDownMark, writeUpMark } from "../../lib/cluster/frames/takeover-entries.ts";
import { connectNatsBus } from "../../lib/cluster/nats/nats-bus.ts";
import { renewedCertificate } from "../../lib/file-manager/certificates/certificates.ts";
import { childEnvironment, newRunKey } from "../../lib/server-process/process-role.ts";
import { onServerCore } from "./cores.ts";
import { nowUs, parseStamp, stampedText } from "./delivery-counter.ts";
import { type Figures, Meter } from "./meter.ts";
import {
  BENCH_CLUSTER,
  clear,
  natsAddresses,
  type Place,
  prepare,
  sodamCommand,
} from "./servers.ts";
import type { Subject } from "./subject.ts";

/*
 * A leader alone: this process stands in for its gateways, speaks frames with it, and has no sockets.
 */

const TEXT_BYTES = 120;
const WARM_UP_MESSAGES = 20_000;
/** Messages of a room that are under way at the same time. */
const UNDER_WAY = 3;
/** Links whose answers are awaited together: more would queue megabytes. */
const AT_ONCE = 500;
/** As often as a gateway says it. */
const HEARD_MS = 50;
const MARK = "~".charCodeAt(0);
const NOTHING = new Uint8Array(0);
const ENCODER = new TextEncoder();

/** A room's members have the links from `first` on. */
interface Room {
  readonly name: string;
  readonly first: number;
  readonly size: number;
  /** Deliveries that are still to come of the messages under way. */
  due: number;
  /** Who speaks next, as an index of its members. */
  speaker: number;
}

/**
 * How many messages a second a leader can take with its log, in `rooms` rooms of `size`, each with some messages under
 * way. On one machine the log is a file; with NATS what the stand-in says goes over the bus, and real gateways idle.
 */
export async function leaderAlone(
  name: string,
  subject: Subject,
  shape: { rooms: number; size: number; messages: number },
): Promise<Figures[]> {
  const { name: server, folder, pid } = subject;
  if (server.startsWith("sodam-nats") && folder !== null && pid !== null) {
    return measure(name, pid, await overBus(folder), shape);
  }
  if (server !== "sodam") return [];
  const place = prepare("sodam");
  const socket = join(place.folder, "gateways.sock");
  const child = startLeader(place, socket);
  try {
    return await measure(name, child.pid, unixSocketRoute(socket).connect, shape);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
    clear(place);
  }
}

async function measure(
  name: string,
  pid: number,
  connect: ConnectToLeader,
  shape: { rooms: number; size: number; messages: number },
): Promise<Figures[]> {
  const standIn = await StandIn.connect(connect, shape);
  await standIn.arrive();
  await standIn.talk(WARM_UP_MESSAGES);
  standIn.latency.length = 0;
  const meter = new Meter(pid);
  const deliveries = await standIn.talk(shape.messages);
  meter.pause();
  standIn.end();
  const { latency } = standIn;
  const lost = deliveries - shape.messages * (shape.size - 1);
  return [meter.read({ name, unit: "message", units: shape.messages, latency, lost })];
}

/** Returns the way to the leader of a cluster that {@link BENCH_CLUSTER} names. */
async function overBus(folder: string): Promise<ConnectToLeader> {
  const urls = readFileSync(natsAddresses({ folder }), "utf8").split(",");
  const connected = await connectNatsBus({ urls, name: BENCH_CLUSTER });
  if ("refused" in connected) throw new Error(connected.refused);
  const shown = renewedCertificate(join(folder, "certs"));
  if ("refused" in shown) throw new Error(shown.refused);
  const connector = new BusConnector({
    ...{ bus: connected.bus, cluster: BENCH_CLUSTER, timing: systemBusTiming() },
    opening: { process: randomUUID(), node: "stand-in", number: 1 },
    ...{ certificate: () => shown, note: fail },
    draw: () => randomInt(2 ** 47),
  });
  return connector.connect;
}

function startLeader(place: Place, socket: string) {
  const ports = { tls: place.tlsPort, plain: place.plainPort, proxy: null };
  const child = Bun.spawn(onServerCore(sodamCommand(place)), {
    cwd: place.folder,
    env: childEnvironment(process.env, {
      kind: "leader",
      number: 0,
      key: newRunKey(),
      gateways: 1,
      socket,
      ports,
    }),
    // It ends when this pipe does.
    stdio: ["pipe", "ignore", "ignore"],
  });
  process.once("exit", () => child.kill("SIGKILL"));
  return child;
}

class StandIn {
  readonly latency: number[] = [];
  readonly #rooms: Room[];
  readonly #size: number;
  readonly #frame = new FrameWriter();
  readonly #reader = new FrameReader();
  readonly #sends = new SendReader();
  #connection: FrameConnection | null = null;
  /** The last record that the leader told of, and the one of which it knows that it was heard of. */
  #record = 0;
  #toldRecord = 0;
  /** What has ended a welcome or a list of names, and how many of these are still to come. */
  #awaited = { numerics: "", count: 0, done: () => {} };
  #left = 0;
  #deliveries = 0;
  #said = () => {};

  private constructor({ rooms, size }: { rooms: number; size: number }) {
    this.#size = size;
    this.#rooms = Array.from({ length: rooms }, (_, n) => ({
      ...{ name: `#room${n}`, first: n * size, size, due: 0, speaker: 0 },
    }));
  }

  /** Resolves when the leader listens. */
  static async connect(
    way: ConnectToLeader,
    shape: { rooms: number; size: number },
  ): Promise<StandIn> {
    const standIn = new StandIn(shape);
    while (standIn.#connection === null) {
      try {
        standIn.#connection = await way({
          data: (_, bytes) => standIn.#receive(bytes),
          close() {},
        });
      } catch {
        await Bun.sleep(10);
      }
    }
    writeUpMark(standIn.#frame, { kind: "hello", gateway: randomUUID(), record: 0 });
    writeUpMark(standIn.#frame, { kind: "ready" });
    const listening = { kind: "listening", number: 1, pid: process.pid, problem: null } as const;
    writeReport(standIn.#frame, listening);
    setInterval(() => standIn.#tellHeard(), HEARD_MS).unref();
    return standIn;
  }

  end(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  /** Everybody connects, registers and joins a room. */
  async arrive(): Promise<void> {
    const links = this.#rooms.length * this.#size;
    for (let first = 0; first < links; first += AT_ONCE) {
      const last = Math.min(links, first + AT_ONCE);
      for (let link = first; link < last; link += 1) {
        const [address, secure] = ["127.0.0.1", true];
        const opened = { link, address, secure, certificate: null, validity: null };
        writeUp(this.#frame, { kind: "open", ...opened });
        this.#send(link, `NICK m${link}\r\nUSER m${link} 0 * :m${link}\r\n`);
      }
      await this.#answers(" (376|422) ", last - first);
    }
    for (let first = 0; first < links; first += AT_ONCE) {
      const last = Math.min(links, first + AT_ONCE);
      for (let link = first; link < last; link += 1) {
        this.#send(link, `JOIN ${this.#rooms[Math.floor(link / this.#size)]?.name}\r\n`);
      }
      await this.#answers(" 366 ", last - first);
    }
  }

  /** Says `count` messages, in each room the next when one is everywhere. Resolves to the deliveries. */
  async talk(count: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#left = count;
    this.#deliveries = 0;
    this.#said = resolve;
    for (let n = 0; n < UNDER_WAY; n += 1) for (const room of this.#rooms) this.#say(room);
    this.#flush();
    await promise;
    return this.#deliveries;
  }

  #say(room: Room): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    room.due += room.size - 1;
    const link = room.first + (room.speaker++ % room.size);
    this.#send(link, `PRIVMSG ${room.name} :${stampedText(nowUs(), TEXT_BYTES)}\r\n`);
  }

  #send(link: number, lines: string): void {
    writeUp(this.#frame, { kind: "data", link, bytes: ENCODER.encode(lines) });
  }

  #flush(): void {
    if (!this.#frame.isEmpty) this.#connection?.write(this.#frame.take());
  }

  #tellHeard(): void {
    if (this.#record === this.#toldRecord) return;
    this.#toldRecord = this.#record;
    writeUpMark(this.#frame, { kind: "heard", record: this.#record });
    this.#flush();
  }

  async #answers(numerics: string, count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited = { numerics, count, done: resolve };
    this.#flush();
    await promise;
  }

  #receive(received: Uint8Array): void {
    for (const frame of this.#reader.push(received)) {
      this.#sends.beginFrame();
      for (const entry of frame) {
        const mark = readDownMark(entry);
        if (mark?.kind === "record") this.#record = mark.sequence;
        const readers: number[] = [];
        let bytes: Uint8Array = NOTHING;
        this.#sends.read(entry, (link, sent) => {
          readers.push(link);
          bytes = sent;
        });
        const [reader] = readers;
        if (reader === undefined) continue;
        const isMessage = bytes[bytes.length - 3] === MARK;
        if (isMessage) this.#delivered(reader, readers.length, bytes);
        else this.#answered(bytes);
      }
    }
    this.#flush();
  }

  #delivered(link: number, count: number, bytes: Uint8Array): void {
    const room = this.#rooms[Math.floor(link / this.#size)];
    if (room === undefined) return;
    const before = Math.ceil(room.due / (room.size - 1));
    room.due -= count;
    this.#deliveries += count;
    this.latency.push(nowUs() - parseStamp(bytes, bytes.length - 2 - TEXT_BYTES));
    const after = Math.ceil(room.due / (room.size - 1));
    for (let ended = after; ended < before; ended += 1) this.#say(room);
    if (this.#left === 0 && this.#rooms.every(({ due }) => due === 0)) this.#said();
  }

  #answered(bytes: Uint8Array): void {
    const { numerics, count, done } = this.#awaited;
    if (count === 0) return;
    const lines = new TextDecoder().decode(bytes).match(new RegExp(numerics, "g")) ?? [];
    this.#awaited.count -= lines.length;
    if (this.#awaited.count === 0) done();
  }
}

function fail(why: string): never {
  throw new Error(why);
}
