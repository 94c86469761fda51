import { nowUs, stampedText } from "../bench/delivery-counter.ts";
import { join, type Peer, type Target } from "../bench/load.ts";
import { SHARED_ADDRESSES } from "./guessing.ts";
import { logIn, PEOPLE_MAX, type Person } from "./town.ts";

const TEXT_BYTES = 80;
const SAY_EVERY_MS = 50;
const LOG_IN_EVERY_MS = 1000;
/** How long the last messages and log-ins of a phase are waited for. */
const LATE_MS = 3000;

/** What honest people had of the server in one phase. Times are in milliseconds. */
export interface HonestFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Deliveries that were to come, and those that did not. */
  readonly due: number;
  readonly lost: number;
  /** The longest log-in by a known device, and by the password from a known address. */
  readonly deviceMs: number;
  readonly passwordMs: number;
  /** Log-ins that failed. */
  readonly refused: number;
  /** The p99 of the same messages over a socket of the generator's own: what the machine adds. */
  readonly ownP99: number;
}

/**
 * Twenty people who say something once a second each, in one room. Owns their connections, and measures the time from
 * the sending of a message to its arrival at each of the others.
 */
export class HonestPeople {
  readonly #target: Target;
  readonly #people: readonly Person[];
  readonly #own: OwnDelay;
  #peers: Peer[] = [];
  #latency: number[] = [];
  #sent = 0;
  #failures = 0;

  private constructor(target: Target, people: readonly Person[], own: OwnDelay) {
    this.#target = target;
    this.#people = people;
    this.#own = own;
  }

  static async arrive(target: Target, people: readonly Person[]): Promise<HonestPeople> {
    const honest = new HonestPeople(target, people, await OwnDelay.start());
    for (const person of people) {
      const peer = await logIn(target, person, "device");
      await join(peer, "#town");
      peer.audience = { textBytes: TEXT_BYTES, delivered: () => {} };
      peer.onStamp = (us) => honest.#latency.push((nowUs() - us) / 1000);
      honest.#peers.push(peer);
    }
    return honest;
  }

  /** Talks for so long, and logs in now and then. */
  async talkFor(seconds: number): Promise<HonestFigures> {
    this.#latency = [];
    this.#sent = 0;
    this.#failures = 0;
    this.#own.reset();
    const times = { device: [0], password: [0] };
    const logIns: Promise<void>[] = [];
    const startedAt = performance.now();
    let nextLogInMs = LOG_IN_EVERY_MS / 2;
    for (let n = 0; n < (seconds * 1000) / SAY_EVERY_MS; n += 1) {
      this.#say(n);
      this.#own.ping();
      const elapsedMs = performance.now() - startedAt;
      if (elapsedMs >= nextLogInMs) {
        nextLogInMs += LOG_IN_EVERY_MS;
        logIns.push(this.#timeLogIn(logIns.length, "device", times.device));
        const unshared = SHARED_ADDRESSES + (logIns.length % (PEOPLE_MAX - SHARED_ADDRESSES));
        logIns.push(this.#timeLogIn(unshared, "password", times.password));
      }
      // By the clock, so that a late turn doesn't make the talk slower.
      await Bun.sleep(Math.max(0, startedAt + (n + 1) * SAY_EVERY_MS - performance.now()));
    }
    const due = this.#sent * (this.#peers.length - 1);
    const until = performance.now() + LATE_MS;
    while (this.#latency.length < due && performance.now() < until) await Bun.sleep(10);
    await Promise.race([Promise.all(logIns), Bun.sleep(LATE_MS)]);
    const sorted = this.#latency.toSorted((a, b) => a - b);
    return {
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      max: quantile(sorted, 1),
      due,
      lost: due - this.#latency.length,
      deviceMs: Math.max(...times.device),
      passwordMs: Math.max(...times.password),
      refused: this.#failures,
      ownP99: this.#own.p99(),
    };
  }

  #say(n: number): void {
    const peer = this.#peers[n % this.#peers.length];
    if (peer === undefined) return;
    if (peer.ended !== null) throw new Error(`${peer.nick} was disconnected: ${peer.ended}`);
    this.#sent += 1;
    peer.send(`PRIVMSG #town :${stampedText(nowUs(), TEXT_BYTES)}\r\n`);
  }

  async #timeLogIn(n: number, by: "device" | "password", times: number[]): Promise<void> {
    const person = this.#people[n % this.#people.length];
    if (person === undefined) return;
    const startedAt = performance.now();
    /** Noted while it lasts, so that one that never ends counts as well. */
    const index = times.push(0) - 1;
    const note = (): void => {
      times[index] = performance.now() - startedAt;
    };
    const ticks = setInterval(note, 50);
    try {
      const peer = await logIn(this.#target, person, by);
      peer.send("QUIT\r\n");
    } catch (error) {
      this.#failures += 1;
      process.stderr.write(`log-in of ${person.name} by ${by}: ${error}\n`);
    } finally {
      note();
      clearInterval(ticks);
    }
  }
}

/** Sends itself bytes over loopback: how late they come is what the machine and the generator add to a latency. */
class OwnDelay {
  #delays: number[] = [];
  #write: (bytes: Uint8Array) => void = () => {};

  static async start(): Promise<OwnDelay> {
    const own = new OwnDelay();
    const listener = Bun.listen({
      ...{ hostname: "127.0.0.1", port: 0 },
      socket: {
        data: (_, bytes) => void own.#delays.push(performance.now() - bytes.readDoubleLE(0)),
      },
    });
    const socket = await Bun.connect({
      ...{ hostname: "127.0.0.1", port: listener.port },
      socket: { data: () => {} },
    });
    own.#write = (bytes) => void socket.write(bytes);
    return own;
  }

  reset(): void {
    this.#delays = [];
  }

  ping(): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(performance.now());
    this.#write(bytes);
  }

  p99(): number {
    return quantile(
      this.#delays.toSorted((a, b) => a - b),
      0.99,
    );
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
