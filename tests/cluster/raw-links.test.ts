import { describe, expect, test } from "bun:test";
import type { RawLink, RawReceiver } from "../../lib/chat-server/raw-link.ts";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader } from "../../lib/cluster/frames/frame.ts";
import { RAW_WINDOW_BYTES, readRaw } from "../../lib/cluster/frames/raw-entries.ts";
import { GatewayLinks } from "../../lib/cluster/gateway/gateway-links.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { FlushScheduler } from "../../lib/transport/flush-scheduler.ts";
import { Prng } from "../prng.ts";

/** A person's connection at the gateway. */
class Socket implements Link, RawLink {
  readonly address = "192.0.2.1";
  readonly host = this.address;
  readonly secure = true;
  readonly certificate = null;
  receiver: RawReceiver | null = null;
  isReading = true;
  isOpen = true;
  /** What the person has got, and what waits. */
  readonly got: Buffer[] = [];
  readonly #waiting: Uint8Array[] = [];
  readonly #gateway: GatewayLinks;

  constructor(gateway: GatewayLinks) {
    this.#gateway = gateway;
  }

  get text(): string {
    return Buffer.concat(this.got).toString("latin1");
  }

  get backlog(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  takeRaw(receiver: RawReceiver): RawLink | null {
    this.receiver = receiver;
    return this;
  }

  send(bytes: Uint8Array): void {
    if (this.isOpen) this.#waiting.push(bytes);
  }

  setReading(on: boolean): void {
    this.isReading = on;
  }

  close(lastWords: Uint8Array = new Uint8Array(0)): void {
    this.send(lastWords);
    this.isOpen = false;
    this.take();
    this.end("Closed here");
  }

  drop(): void {
    this.isOpen = false;
    this.end("Too much waited");
  }

  end(why: string): void {
    this.receiver?.closed(why);
    this.#gateway.handlers.close(this, why);
  }

  /** The person takes up to so many bytes. */
  take(bytes = Number.POSITIVE_INFINITY): void {
    let left = bytes;
    while (left > 0 && this.#waiting.length > 0) {
      const first = this.#waiting.shift() as Uint8Array;
      this.got.push(Buffer.from(first.subarray(0, left)));
      if (first.length > left) this.#waiting.unshift(first.subarray(left));
      left -= first.length;
    }
    this.receiver?.drained();
  }
}

/** What the leader's session does with a file. */
class Receiver implements RawReceiver {
  readonly got: Buffer[] = [];
  drains = 0;
  ended: string | null = null;

  data(bytes: Uint8Array): void {
    this.got.push(Buffer.from(bytes));
  }

  drained(): void {
    this.drains += 1;
  }

  closed(why: string): void {
    this.ended = why;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.got);
  }
}

/** A gateway and its leader. Frames are under way until they are carried. */
class Stage {
  readonly gateway: GatewayLinks;
  leader: RemoteLinks;
  readonly opened: Link[] = [];
  readonly heard: string[] = [];
  /** Whether so much waits on the way that files have to wait. */
  isBusy = false;
  readonly #up: Uint8Array[] = [];
  readonly #down: Uint8Array[] = [];
  readonly #turnEnds: (() => void)[] = [];
  /** The most bytes of files that were under way, up and down. */
  readonly most = { up: 0, down: 0 };

  constructor() {
    const turnEnd = (run: () => void): void => void this.#turnEnds.push(run);
    const up = (frame: Uint8Array): void => this.#add(this.#up, frame, "up");
    this.gateway = new GatewayLinks(
      "gateway",
      up,
      turnEnd,
      undefined,
      undefined,
      () => this.isBusy,
    );
    this.leader = this.#lead();
  }

  /** Another leader has come. */
  takeOver(): void {
    this.gateway.leaderLost();
    this.#up.length = 0;
    this.#down.length = 0;
    this.leader = this.#lead();
    this.gateway.leaderCame();
    this.carry();
  }

  /** Returns a connection, and the leader's end of it. */
  connect(): { readonly socket: Socket; readonly link: Link } {
    const socket = new Socket(this.gateway);
    this.gateway.handlers.open(socket);
    this.carry();
    return { socket, link: this.opened.at(-1) as Link };
  }

  /** Returns a connection that the leader has taken raw. */
  raw(): { socket: Socket; link: Link; receiver: Receiver; raw: RawLink } {
    const { socket, link } = this.connect();
    const receiver = new Receiver();
    const raw = link.takeRaw?.(receiver) as RawLink;
    this.carry();
    return { socket, link, receiver, raw };
  }

  /** Lets everything arrive. */
  carry(): void {
    for (;;) {
      for (const run of this.#turnEnds.splice(0)) run();
      const up = this.#up.splice(0);
      const down = this.#down.splice(0);
      if (up.length + down.length + this.#turnEnds.length === 0) return;
      for (const frame of up) for (const entries of framesIn(frame)) this.leader.receive(entries);
      for (const frame of down)
        for (const entries of framesIn(frame)) this.gateway.receive(entries);
    }
  }

  #add(way: Uint8Array[], frame: Uint8Array, name: "up" | "down"): void {
    way.push(frame.slice());
    const entries = way.flatMap((each) => framesIn(each.slice()).flat());
    const bytes = entries.reduce((sum, entry) => {
      const raw = readRaw(entry);
      return sum + (raw?.kind === "data" ? raw.bytes.length : 0);
    }, 0);
    this.most[name] = Math.max(this.most[name], bytes);
  }

  #lead(): RemoteLinks {
    const leader = new RemoteLinks(
      {
        handlers: {
          open: (link) => void this.opened.push(link),
          data: (_, bytes) => void this.heard.push(Buffer.from(bytes).toString("latin1")),
          close: (_, why) => void this.heard.push(`close ${why}`),
        },
        places: new ConnectionPlaces({
          ...{ max: 1000, perAddressMax: 100, elapsed: () => 0 as ElapsedMs },
          isExempt: () => false,
        }),
        flushScheduler: new FlushScheduler(undefined, undefined, {
          now: () => 0,
          atTurnEnd: (run) => void this.#turnEnds.push(run),
          after: (_, run) => void this.#turnEnds.push(run),
        }),
        ...{ owedBytes: null, hostOf: (address) => address },
      },
      (frame) => this.#add(this.#down, frame, "down"),
      undefined,
      () => this.isBusy,
    );
    leader.raw.areKnown = true;
    return leader;
  }
}

function framesIn(frame: Uint8Array) {
  return new FrameReader().push(frame);
}

function bytesOf(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7) % 251));
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

describe("a connection that carries a file through a gateway", () => {
  test.each(SEEDS)(
    "gives what its peer sends to the leader, no more than a window at once (seed %i)",
    (seed) => {
      const stage = new Stage();
      const prng = new Prng(seed);
      const { socket, receiver, raw } = stage.raw();
      const file = bytesOf(3 * RAW_WINDOW_BYTES + 12_345);
      let isReading = true;
      for (let sent = 0; sent < file.length || !socket.isReading; ) {
        // A socket that isn't read from gives nothing.
        if (socket.isReading && sent < file.length) {
          const piece = Buffer.from(file.subarray(sent, sent + 1 + prng.below(200_000)));
          sent += piece.length;
          socket.receiver?.data(piece);
          piece.fill(0);
        }
        if (prng.chance(30)) {
          isReading = !isReading;
          raw.setReading(isReading);
        }
        if (prng.chance(50)) stage.carry();
        if (!socket.isReading && !isReading) {
          isReading = true;
          raw.setReading(true);
        }
        if (!socket.isReading) stage.carry();
      }
      stage.carry();
      expect(receiver.bytes.equals(file)).toBe(true);
      expect(stage.most.up).toBeLessThanOrEqual(RAW_WINDOW_BYTES);
      expect(stage.heard).toEqual([]);
    },
  );

  test.each(SEEDS)(
    "gives what the leader sends to its peer, no more than a window at once (seed %i)",
    (seed) => {
      const stage = new Stage();
      const prng = new Prng(seed);
      const { socket, link, receiver, raw } = stage.raw();
      const file = bytesOf(3 * RAW_WINDOW_BYTES + 12_345);
      for (let sent = 0; sent < file.length; ) {
        if (raw.backlog < 300_000) {
          const piece = file.subarray(sent, sent + 1 + prng.below(100_000));
          sent += piece.length;
          raw.send(piece);
        }
        if (prng.chance(50)) stage.carry();
        if (prng.chance(50)) socket.take(prng.below(150_000));
        expect(socket.backlog).toBeLessThanOrEqual(RAW_WINDOW_BYTES);
      }
      while (raw.backlog > 0) {
        stage.carry();
        socket.take(100_000);
      }
      expect(Buffer.concat(socket.got).equals(file)).toBe(true);
      expect(stage.most.down).toBeLessThanOrEqual(RAW_WINDOW_BYTES);
      expect(receiver.drains).toBeGreaterThan(3);
      // The session goes on.
      link.send(Buffer.from("FILE DONE m1\r\n"));
      link.close();
      stage.carry();
      expect(Buffer.concat(socket.got).subarray(file.length).toString()).toBe("FILE DONE m1\r\n");
      expect(stage.heard).toEqual(["close Closed here"]);
    },
  );

  test("gets the session's words behind all of the file, also if nobody has taken that yet", () => {
    const stage = new Stage();
    const { socket, link, raw } = stage.raw();
    const file = bytesOf(2 * RAW_WINDOW_BYTES);
    raw.send(file);
    link.send(Buffer.from("FAIL FILE TOO_SLOW\r\n"));
    link.close(Buffer.from("ERROR :bye\r\n"));
    stage.carry();
    socket.take();
    const got = Buffer.concat(socket.got);
    expect(got.subarray(0, file.length).equals(file)).toBe(true);
    expect(got.subarray(file.length).toString()).toBe("FAIL FILE TOO_SLOW\r\nERROR :bye\r\n");
  });

  test("ends at the receiver behind the last bytes, and then for its session", () => {
    const stage = new Stage();
    const { socket, receiver, raw } = stage.raw();
    raw.setReading(false);
    const file = bytesOf(RAW_WINDOW_BYTES + 1000);
    socket.receiver?.data(file);
    stage.carry();
    expect(receiver.bytes.length).toBe(RAW_WINDOW_BYTES);
    receiver.closed = (why) => void stage.heard.push(`receiver: ${why} (${receiver.bytes.length})`);
    socket.end("Connection closed");
    stage.carry();
    expect(stage.heard).toEqual([
      `receiver: Connection closed (${file.length})`,
      "close Connection closed",
    ]);
    raw.send(file);
    raw.drop();
    stage.carry();
    expect(raw.backlog).toBe(0);
  });

  test("is cut off when the leader drops it", () => {
    const stage = new Stage();
    const { socket, receiver, raw } = stage.raw();
    raw.drop();
    stage.carry();
    expect([socket.isOpen, receiver.ended]).toEqual([false, "Too much waited"]);
  });

  test("ends with its leader: another one hears nothing of it, and of the others all", () => {
    const stage = new Stage();
    const { socket } = stage.raw();
    const talking = stage.connect();
    stage.gateway.handlers.data(talking.socket, Buffer.from("NICK mina\r\n"));
    stage.carry();
    stage.opened.length = 0;
    stage.takeOver();
    expect([socket.isOpen, talking.socket.isOpen]).toEqual([false, true]);
    expect(stage.opened.length).toBe(1);
    expect(stage.heard).toEqual(["NICK mina\r\n", "NICK mina\r\n"]);
  });

  test("isn't told what all people are told: it would be taken for the file's bytes", () => {
    const stage = new Stage();
    const { socket } = stage.raw();
    const talking = stage.connect();
    stage.gateway.sendAll(Buffer.from("NOTICE * :The server can't answer\r\n"));
    stage.gateway.closeSome(10, Buffer.from("ERROR :This gateway ends\r\n"));
    for (const each of [socket, talking.socket]) each.take();
    expect(socket.text).toBe("");
    expect(talking.socket.text).toContain("ERROR :This gateway ends");
    expect(socket.isOpen).toBe(false);
  });

  test("waits while much of what people say waits", () => {
    const stage = new Stage();
    const { socket, receiver, raw } = stage.raw();
    stage.isBusy = true;
    raw.send(Buffer.from("down"));
    socket.receiver?.data(Buffer.from("up"));
    stage.carry();
    socket.take();
    expect([socket.text, receiver.bytes.toString(), socket.isReading]).toEqual(["", "", false]);
    stage.isBusy = false;
    stage.gateway.drained();
    stage.leader.raw.drained();
    stage.carry();
    socket.take();
    expect([socket.text, receiver.bytes.toString(), socket.isReading]).toEqual([
      "down",
      "up",
      true,
    ]);
  });

  test("leaves its address's place to others, and waits behind what people say", () => {
    const stage = new Stage();
    const { link } = stage.raw();
    expect(link.isMembers).toBe(false);
    expect(stage.leader.context.places.count).toBe(1);
  });

  test("can't be taken at a gateway of an earlier version", () => {
    const stage = new Stage();
    stage.leader.raw.areKnown = false;
    expect(stage.connect().link.takeRaw).toBeUndefined();
  });

  test("that has ended can't be taken", () => {
    const stage = new Stage();
    const { link } = stage.connect();
    link.close();
    expect(link.takeRaw?.(new Receiver())).toBeNull();
  });
});
