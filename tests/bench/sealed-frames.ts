import { BusConnection } from "../../lib/cluster/bus/bus-connection.ts";
import {
  type BusMessage,
  newBusMessage,
  readBusMessage,
  writeHead,
} from "../../lib/cluster/bus/bus-message.ts";
import { systemBusTiming } from "../../lib/cluster/bus/bus-timing.ts";
import { FrameCipher } from "../../lib/cluster/bus/frame-cipher.ts";
import type { Subject } from "../../lib/cluster/engine.ts";
import { subjectOf } from "../../lib/cluster/engine.ts";
import type { FrameConnection, FrameHandlers } from "../../lib/cluster/frames/frame-connection.ts";
import { connectNatsBus, type NatsBus } from "../../lib/cluster/nats/nats-bus.ts";
import { NatsServer } from "../nats/nats-server.ts";

/**
 * Measures what the seal of frames over NATS costs both ends together, in µs of CPU a frame: `bun
 * tests/bench/sealed-frames.ts`. Two connections by a real NATS take turns, one that seals and one that doesn't, so that
 * what else the machine does befalls both. One JSON line for each size goes to standard output.
 */

const ROUNDS = 9;
const FRAMES = { 300: 3000, 4096: 3000, 65536: 500 } as const;
/** So many frames are under way: one, as people who type make them, and as many as a crowd does. */
const UNDER_WAY = [1, 20] as const;
const NUMBERS = { opener: 1, acceptor: 1 };
const KEYS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;

/** Passes on what it is to seal. */
class NoCipher extends FrameCipher {
  #sentNumber = 0;

  override seal(...[kind, offsets, body]: Parameters<FrameCipher["seal"]>): Uint8Array {
    this.#sentNumber += 1;
    const message = newBusMessage(kind, NUMBERS, body);
    writeHead(message, { kind, ...NUMBERS, number: this.#sentNumber, ...offsets });
    return message;
  }

  override open({ body }: BusMessage): Uint8Array {
    return body;
  }
}

/** A connection by a bus, both of whose ends are in this process. */
class Pair {
  readonly #up: BusConnection;
  readonly #down: BusConnection;
  readonly #stop: () => void;
  #awaited = 0;
  #heard = 0;
  #done: (() => void) | null = null;

  constructor(bus: NatsBus, name: string, cipher: typeof FrameCipher) {
    const [up, down] = [subjectOf("bench", name, "up"), subjectOf("bench", name, "down")];
    this.#up = this.#end(bus, down, up, new cipher(NUMBERS, KEYS[0], KEYS[1]), {});
    this.#down = this.#end(bus, up, down, new cipher(NUMBERS, KEYS[1], KEYS[0]), {
      data: (_, bytes) => this.#hear(bytes.length),
    });
    this.#stop = systemBusTiming().startTicks(() => {
      this.#up.tick();
      this.#down.tick();
    });
  }

  /** Sends frames, so many at once. Resolves to the CPU that one took, in µs. */
  async send(frame: Uint8Array, count: number, atOnce: number): Promise<number> {
    const before = process.cpuUsage();
    for (let sent = 0; sent < count; sent += atOnce) {
      this.#awaited = atOnce * frame.length;
      this.#heard = 0;
      const heard = new Promise<void>((resolve) => {
        this.#done = resolve;
      });
      for (let n = 0; n < atOnce; n += 1) this.#up.write(frame);
      await heard;
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  }

  close(): void {
    this.#stop();
    this.#up.close();
    this.#down.close();
  }

  #hear(bytes: number): void {
    this.#heard += bytes;
    if (this.#heard === this.#awaited) this.#done?.();
  }

  #end(
    bus: NatsBus,
    hears: Subject,
    says: Subject,
    cipher: FrameCipher,
    handlers: { readonly data?: (connection: FrameConnection, bytes: Uint8Array) => void },
  ): BusConnection {
    const all: FrameHandlers = { data() {}, close() {}, ...handlers };
    const end = new BusConnection({
      ...{ numbers: NUMBERS, cipher, timing: systemBusTiming(), handlers: all },
      ...{ isConnected: true, silenceMsMax: 60_000, messageBytesMax: () => bus.messageBytesMax },
      publish: (bytes) => bus.publish(says, bytes),
      forged() {
        throw new Error("a message was passed over");
      },
      closed() {},
    });
    bus.subscribe(hears, (bytes) => {
      const message = readBusMessage(bytes);
      if (message !== null) end.receive(message);
    });
    return end;
  }
}

const nats = new NatsServer("", "off");
await nats.start();
try {
  await main();
} finally {
  await nats.remove();
}

async function main(): Promise<void> {
  const connected = await connectNatsBus({ urls: [nats.url], name: "bench" });
  if ("refused" in connected) throw new Error(connected.refused);
  const sealed = new Pair(connected.bus, "sealed", FrameCipher);
  const plain = new Pair(connected.bus, "plain", NoCipher);
  for (const [size, count] of Object.entries(FRAMES)) {
    for (const atOnce of UNDER_WAY) {
      const frame = new Uint8Array(Number(size)).fill(65);
      const costs: { readonly sealed: number; readonly plain: number }[] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const cost = {
          plain: await plain.send(frame, count, atOnce),
          sealed: await sealed.send(frame, count, atOnce),
        };
        // The first one warms up.
        if (round > 0) costs.push(cost);
      }
      const figures = {
        ...{ bytes: frame.length, atOnce },
        plain: middle(costs.map(({ plain }) => plain)),
        sealed: middle(costs.map(({ sealed }) => sealed)),
        ratio: middle(costs.map(({ plain, sealed }) => sealed / plain)),
      };
      process.stdout.write(`${JSON.stringify(figures)}\n`);
    }
  }
  sealed.close();
  plain.close();
  await connected.bus.close();
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[sorted.length >> 1] ?? 0) * 100) / 100;
}
