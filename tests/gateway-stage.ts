import type { Link } from "../lib/chat-server/server-ports.ts";
import { FrameReader } from "../lib/cluster/frame.ts";
import { GatewayLinks } from "../lib/cluster/gateway-links.ts";
import { RemoteLinks } from "../lib/cluster/remote-links.ts";
import type { ElapsedMs } from "../lib/protocol/time.ts";
import { ConnectionPlaces } from "../lib/transport/connection-places.ts";
import { FlushScheduler } from "../lib/transport/flush-scheduler.ts";
import type { LinkHandlers } from "../lib/transport/socket-link.ts";
import { Prng } from "./prng.ts";

/** More connections than any play opens. */
const CONNECTIONS_MAX = 100_000;

/** Runs what was put off to the end of the turn. */
class TurnEnd {
  readonly #queue: (() => void)[] = [];

  add = (run: () => void): void => void this.#queue.push(run);

  /** Runs everything, also what is added meanwhile. Returns whether there was anything. */
  run(): boolean {
    const isBusy = this.#queue.length > 0;
    for (let run = this.#queue.shift(); run !== undefined; run = this.#queue.shift()) run();
    return isBusy;
  }
}

/** Carries frames as bytes, cut anywhere. */
class Wire {
  #waiting: Uint8Array[] = [];
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  write = (frame: Uint8Array): void => void this.#waiting.push(frame.slice());

  /** Hands over all that waits, in pieces. Returns whether there was anything. */
  deliver(take: (piece: Uint8Array) => void): boolean {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    for (let start = 0; start < bytes.length; ) {
      const end = start + 1 + this.#prng.below(this.#prng.chance(50) ? 10 : 5000);
      // A copy that is overwritten afterwards: nobody may keep a piece.
      const piece = Buffer.from(bytes.subarray(start, end));
      take(piece);
      piece.fill(0);
      start = end;
    }
    return bytes.length > 0;
  }
}

/**
 * A gateway and a leader's side of it, which share nothing but the bytes of frames. Connections of a play are the
 * gateway's sockets; the handlers are the leader's.
 */
export class GatewayStage {
  readonly gateway: GatewayLinks;
  readonly links: RemoteLinks;
  readonly #turnEnd = new TurnEnd();
  readonly #up: Wire;
  readonly #down: Wire;
  readonly #upReader = new FrameReader();
  readonly #downReader = new FrameReader();

  constructor(handlers: LinkHandlers, elapsed: () => ElapsedMs, seed = 1) {
    const prng = new Prng(seed);
    this.#up = new Wire(prng);
    this.#down = new Wire(prng);
    this.gateway = new GatewayLinks(this.#up.write, this.#turnEnd.add);
    const timing = {
      now: () => 0,
      atTurnEnd: this.#turnEnd.add,
      after: (_: number, run: () => void) => this.#turnEnd.add(run),
    };
    const context = {
      handlers,
      places: new ConnectionPlaces({
        ...{ max: CONNECTIONS_MAX, perAddressMax: CONNECTIONS_MAX, elapsed },
        isExempt: () => false,
      }),
      flushScheduler: new FlushScheduler(undefined, undefined, timing),
      hostOf: () => "guest.test",
    };
    this.links = new RemoteLinks(context, this.#down.write);
  }

  /** Lets everything arrive that is under way. */
  settle(): void {
    this.gateway.tellBacklogs();
    let isBusy = true;
    while (isBusy) {
      isBusy = this.#turnEnd.run();
      const toLeader = this.#up.deliver((piece) => {
        for (const frame of this.#upReader.push(piece)) this.links.receive(frame);
      });
      const toGateway = this.#down.deliver((piece) => {
        for (const frame of this.#downReader.push(piece)) this.gateway.receive(frame);
      });
      isBusy ||= toLeader || toGateway;
    }
  }

  open(link: Link): void {
    this.gateway.handlers.open(link);
    this.settle();
  }

  receive(link: Link, bytes: Uint8Array): void {
    this.gateway.handlers.data(link, bytes);
    this.settle();
  }

  close(link: Link, why: string): void {
    this.gateway.handlers.close(link, why);
    this.settle();
  }
}
