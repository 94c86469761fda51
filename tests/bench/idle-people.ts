import { parseArgs } from "node:util";
import { arriveAtLast, each, join, type Peer } from "./load.ts";

/*
 * People who connect, join rooms of twenty, and say nothing, until standard input ends:
 * `bun tests/bench/idle-people.ts --port PORT --address 127.0.1.1 --first N --count N [--ping-every MS]`. A process of its
 * own, since one can't have tens of thousands of sockets. With --ping-every each of them asks whether the server answers,
 * all spread evenly. A line of standard input begins to measure, and the next one asks for what was measured: see
 * `PeopleReport`.
 */

const ROOM_SIZE = 20;
/** All processes together stay below the backlog of a port: what overflows it is sent again after seconds. */
const AT_ONCE = 40;
/** Between two groups of people who ask. */
const PING_TICK_MS = 10;

/** How long people have waited for an answer since the measurement began. */
export interface PeopleReport {
  readonly answers: number;
  readonly longestMs: number;
  /** How many connections have ended. */
  readonly closed: number;
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "" },
      address: { type: "string", default: "" },
      first: { type: "string", default: "0" },
      count: { type: "string", default: "0" },
      "ping-every": { type: "string" },
    },
  });
  const target = {
    ...{ host: "127.0.0.1", port: Number(values.port), tls: true },
    localAddress: values.address,
  };
  const first = Number(values.first);
  const peers = await each(Number(values.count), AT_ONCE, async (index) => {
    const number = first + index;
    const peer = await arriveAtLast(target, `i${number}`);
    await join(peer, `#idle${Math.floor(number / ROOM_SIZE)}`);
    await peer.settle();
    return peer;
  });
  const everyMs = values["ping-every"];
  const pings = everyMs === undefined ? null : new Pings(peers, Number(everyMs));
  process.stdout.write("ready\n");
  let isMeasuring = false;
  for await (const _ of console) {
    if (!isMeasuring) pings?.begin();
    else process.stdout.write(`${JSON.stringify(await pings?.end())}\n`);
    isMeasuring = !isMeasuring;
  }
  process.exit(0);
}

/** Asks at the connections of people whether the server answers, and measures how long that takes. */
class Pings {
  readonly #peers: readonly Peer[];
  readonly #waiting = new Set<Peer>();
  #next = 0;
  #answers = 0;
  #longestMs = 0;

  constructor(peers: readonly Peer[], everyMs: number) {
    this.#peers = peers;
    const atOnce = Math.max(1, Math.round((peers.length * PING_TICK_MS) / everyMs));
    setInterval(() => {
      for (let count = 0; count < atOnce; count += 1) void this.#ask(this.#nextPeer());
    }, PING_TICK_MS);
  }

  begin(): void {
    this.#answers = 0;
    this.#longestMs = 0;
  }

  /** Asks once more at all connections, and resolves when all have answered. */
  async end(): Promise<PeopleReport> {
    await Promise.all(this.#peers.map((peer) => this.#ask(peer)));
    while (this.#waiting.size > 0) await Bun.sleep(1);
    const closed = this.#peers.filter(({ ended }) => ended !== null).length;
    return { answers: this.#answers, longestMs: this.#longestMs, closed };
  }

  #nextPeer(): Peer | undefined {
    this.#next += 1;
    return this.#peers[this.#next % this.#peers.length];
  }

  async #ask(peer: Peer | undefined): Promise<void> {
    if (peer === undefined || peer.ended !== null || this.#waiting.has(peer)) return;
    this.#waiting.add(peer);
    const from = performance.now();
    try {
      await peer.settle();
      this.#answers += 1;
      this.#longestMs = Math.max(this.#longestMs, performance.now() - from);
    } catch {
      // It is counted as closed.
    }
    this.#waiting.delete(peer);
  }
}
