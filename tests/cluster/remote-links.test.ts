import { describe, expect, test } from "bun:test";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import {
  readDown,
  SendReader,
  type UpEntry,
  writeUp,
} from "../../lib/cluster/frames/link-entries.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { ConnectionThrottle } from "../../lib/transport/connection-throttle.ts";
import { FlushScheduler } from "../../lib/transport/flush-scheduler.ts";
import { OWED_BYTES_STEP, OwedBytes } from "../../lib/transport/owed-bytes.ts";
import type { LinkHandlers } from "../../lib/transport/socket-link.ts";

const ADDRESS = "192.0.2.1";
const CERTIFICATE = "c".repeat(64);

/** What a leader's links need, and what its handlers heard. */
class Leader {
  /** What the handlers were called with, as words. */
  readonly heard: string[] = [];
  readonly opened: Link[] = [];
  readonly handlers: LinkHandlers;
  reliefs = 0;
  nowMs = 0;
  /** While set, what a turn sends waits for it. */
  stored: Promise<void> | undefined;
  readonly places: ConnectionPlaces;
  readonly owedBytes = new OwedBytes(
    () => {
      this.reliefs += 1;
    },
    (run) => run(),
  );
  readonly flushScheduler = new FlushScheduler(() => this.stored, undefined, {
    now: () => this.nowMs,
    atTurnEnd: (run) => void this.#turnEnds.push(run),
    after: (_, run) => void this.#turnEnds.push(run),
  });
  readonly hostOf = (address: string): string => `host of ${address}`;
  readonly #turnEnds: (() => void)[] = [];

  constructor(limits = { max: 1000, perAddressMax: 100 }, isThrottled = false) {
    const hear = (link: Link, what: string): void =>
      void this.heard.push(`${this.opened.indexOf(link)} ${what}`);
    this.handlers = {
      open: (link) => {
        this.opened.push(link);
        hear(link, "open");
      },
      data: (link, bytes) => {
        if (String(Buffer.from(bytes)) === "fail") throw new Error("failed");
        hear(link, `data ${Buffer.from(bytes)}`);
      },
      close: (link, why) => hear(link, `close ${why}`),
      evict: (link, sentence) => {
        hear(link, `evict ${sentence}`);
        link.close(Buffer.from(`ERROR :${sentence}\r\n`));
      },
      overflow: (link) => hear(link, "overflow"),
      drained: (link) => hear(link, "drained"),
      refused: (address, why) => void this.heard.push(`refused ${address}: ${why}`),
      failed: (link, error) => hear(link as Link, `failed ${error}`),
    };
    const elapsed = (): ElapsedMs => this.nowMs as ElapsedMs;
    this.places = new ConnectionPlaces({
      ...{ ...limits, elapsed },
      throttle: isThrottled ? new ConnectionThrottle(undefined, elapsed) : null,
      isExempt: () => false,
    });
  }

  endTurn(): void {
    for (const run of this.#turnEnds.splice(0)) run();
  }
}

/** A gateway of a leader, played by a test. */
class Gateway {
  readonly links: RemoteLinks;
  readonly #leader: Leader;
  readonly #told: string[] = [];

  constructor(leader: Leader) {
    this.#leader = leader;
    const reader = new FrameReader();
    const sends = new SendReader();
    this.links = new RemoteLinks(leader, (frame) => {
      sends.beginFrame();
      for (const entry of reader.push(frame.slice()).flat()) {
        const isSend = sends.read(entry, (link, bytes) => this.#hear("send", link, bytes));
        const read = isSend ? null : readDown(entry);
        if (read?.kind === "close") this.#hear("close", read.link, read.lastWords);
        else if (read?.kind === "reading") this.#told.push(`${read.link} reading ${read.on}`);
        else if (read?.kind === "standing") this.#told.push(`${read.link} ${read.standing}`);
        else if (read !== null) this.#told.push(`${read.link} ${read.kind}`);
      }
      this.#told.push("/");
    });
  }

  #hear(kind: string, link: number, bytes: Uint8Array): void {
    this.#told.push(`${link} ${kind} ${Buffer.from(bytes)}`.trimEnd());
  }

  /** Sends a frame. */
  says(...entries: readonly UpEntry[]): this {
    const frame = new FrameWriter();
    for (const entry of entries) writeUp(frame, entry);
    const bytes = frame.take().slice();
    for (const received of new FrameReader().push(bytes)) this.links.receive(received);
    bytes.fill(0);
    return this;
  }

  /** Opens a link. Returns the leader's end of it. */
  opens(link: number, address = ADDRESS): Link {
    this.says({
      kind: "open",
      ...{ link, address, secure: true, certificate: CERTIFICATE, validity: null },
    });
    return this.#leader.opened.at(-1) as Link;
  }

  /** Ends the leader's turn, and returns what it told: `/` is the end of a frame. */
  hears(): string[] {
    this.#leader.endTurn();
    return this.#told.splice(0);
  }
}

const data = (link: number, text: string): UpEntry => ({
  kind: "data",
  ...{ link, bytes: Buffer.from(text) },
});

describe("the leader's links", () => {
  test("have the facts that their gateway told, and the leader's own host", () => {
    const gateway = new Gateway(new Leader());
    const { address, host, secure, certificate, certificateValidity, backlog } = gateway.opens(7);
    expect([address, host]).toEqual([ADDRESS, `host of ${ADDRESS}`]);
    expect([secure, certificate, certificateValidity, backlog]).toEqual([
      ...[true, CERTIFICATE, null, 0],
    ]);
    expect(gateway.links.size).toBe(1);
  });

  test("hear what is said of them, and end once", () => {
    const leader = new Leader();
    const gateway = new Gateway(leader);
    gateway.opens(1);
    gateway.says(data(1, "hi"), data(2, "nobody"), { kind: "overflow", link: 1 });
    gateway.says({ kind: "ended", link: 1, why: "Connection lost" }, data(1, "late"));
    gateway.says({ kind: "ended", link: 1, why: "again" });
    expect(leader.heard).toEqual(["0 open", "0 data hi", "0 overflow", "0 close Connection lost"]);
    expect([gateway.links.size, leader.places.count]).toEqual([0, 0]);
  });

  test("hear nothing that was under way when they were closed, but that they have ended", () => {
    const leader = new Leader();
    const gateway = new Gateway(leader);
    const link = gateway.opens(1);
    link.close(Buffer.from("ERROR :bye\r\n"));
    link.close(Buffer.from("twice"));
    link.send(Buffer.from("late"));
    gateway.says(data(1, "hi"), { kind: "drained", link: 1 }, { kind: "overflow", link: 1 });
    gateway.says({ kind: "ended", link: 1, why: "Closed here" });
    expect(leader.heard).toEqual(["0 open", "0 close Closed here"]);
    expect(gateway.hears()).toEqual(["1 close ERROR :bye", "/"]);
  });

  test("of a number that is open already are not opened again", () => {
    const leader = new Leader();
    const gateway = new Gateway(leader);
    gateway.opens(1);
    gateway.opens(1);
    gateway.says({ kind: "ended", link: 1, why: "Connection lost" });
    expect([gateway.links.size, leader.places.count]).toEqual([0, 0]);
  });

  test("of one gateway end with it, and those of others go on", () => {
    const leader = new Leader();
    const [lost, other] = [new Gateway(leader), new Gateway(leader)];
    lost.opens(1);
    lost.opens(2);
    const link = other.opens(1);
    lost.links.ended();
    expect(leader.heard.slice(3)).toEqual(["0 close Connection lost", "1 close Connection lost"]);
    link.send(Buffer.from("hi"));
    expect(other.hears()).toEqual(["1 send hi", "/"]);
    expect([lost.links.size, other.links.size, leader.places.count]).toEqual([0, 1, 1]);
  });

  test("of which a handler fails are dropped, and the others go on", () => {
    const leader = new Leader();
    const gateway = new Gateway(leader);
    gateway.opens(1);
    gateway.opens(2);
    gateway.says(data(1, "fail"), data(2, "hi"), data(1, "late"));
    expect(leader.heard.slice(2)).toEqual(["0 failed Error: failed", "1 data hi"]);
    expect(gateway.hears()).toEqual(["1 drop", "/"]);
  });
});

describe("a turn of the leader", () => {
  test("is one frame for each gateway, in the order of what was said", () => {
    const leader = new Leader();
    const [gateway, other] = [new Gateway(leader), new Gateway(leader)];
    const [first, second] = [gateway.opens(1), gateway.opens(2)];
    const third = other.opens(1);
    const [hello, bye] = [Buffer.from("hello"), Buffer.from("bye")];
    for (const link of [first, second, third]) link.send(hello);
    first.setReading?.(false);
    for (const link of [first, second]) link.send(bye);
    for (const link of [first, second]) link.send(hello);
    first.setReading?.(true);
    first.close(bye);
    second.drop?.();
    expect(gateway.hears()).toEqual([
      ...["1 send hello", "2 send hello", "1 reading false", "1 send bye", "2 send bye"],
      ...["1 send hello", "2 send hello", "1 reading true", "1 close bye", "2 drop", "/"],
    ]);
    expect(other.hears()).toEqual(["1 send hello", "/"]);
    expect(gateway.hears()).toEqual([]);
  });

  test("leaves when what it acknowledges is stored, and not before", async () => {
    const leader = new Leader();
    const gateway = new Gateway(leader);
    const link = gateway.opens(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    leader.stored = promise;
    link.send(Buffer.from("one"));
    expect(gateway.hears()).toEqual([]);
    link.send(Buffer.from("two"));
    expect(gateway.hears()).toEqual([]);
    leader.stored = undefined;
    resolve();
    await promise;
    await Promise.resolve();
    expect(gateway.hears()).toEqual(["1 send one", "/", "1 send two", "/"]);
  });

  test("that sends much is several frames, of which none is as long as a frame can be", () => {
    const leader = new Leader();
    const gateway = new Gateway(leader);
    const link = gateway.opens(1);
    for (let n = 0; n < 100; n += 1) link.send(Buffer.from("x".repeat(100_000)));
    const heard = gateway.hears();
    expect(heard.filter((line) => line.startsWith("1 send"))).toHaveLength(100);
    expect(heard.filter((line) => line === "/").length).toBeGreaterThan(20);
  });
});

describe("places", () => {
  const open = { kind: "open", secure: true, certificate: null, validity: null } as const;

  test("of an address are counted over all gateways, and one too many is told why", () => {
    const leader = new Leader({ max: 1000, perAddressMax: 4 });
    const gateways = [new Gateway(leader), new Gateway(leader)];
    gateways.forEach((gateway, n) => {
      for (const number of [1, 2]) {
        gateway.opens(number).setStanding?.("member");
        expect(gateway.hears()).toEqual([`${number} member`, "/"]);
      }
      expect(leader.places.count).toBe(2 * (n + 1));
    });
    gateways[1]?.says({ ...open, link: 3, address: ADDRESS });
    expect(gateways[1]?.hears()).toEqual([
      "3 close ERROR :Too many connections from your address",
      "/",
    ]);
    expect(leader.heard.at(-1)).toBe(`refused ${ADDRESS}: too many connections`);
    expect([gateways[1]?.links.size, leader.places.count]).toEqual([2, 4]);
    // What was refused is no link, whatever is said of it.
    gateways[1]?.says(data(3, "hi"), { kind: "ended", link: 3, why: "Closed here" });
    gateways[0]?.says({ kind: "ended", link: 1, why: "Connection lost" });
    gateways[1]?.opens(4);
    expect([leader.heard.at(-1), leader.places.count]).toEqual(["4 open", 4]);
  });

  test("are counted over all gateways, and one too many in all is told why", () => {
    const leader = new Leader({ max: 5, perAddressMax: 5 });
    const gateways = [new Gateway(leader), new Gateway(leader)];
    for (let n = 1; n <= 5; n += 1) {
      gateways[n % 2]?.opens(n, `192.0.2.${n}`).setStanding?.("member");
    }
    for (const gateway of gateways) {
      gateway.hears();
      gateway.says({ ...open, link: 6, address: "192.0.2.6" });
      expect(gateway.hears()).toEqual(["6 close ERROR :The server is full: try again later", "/"]);
      expect(leader.heard.at(-1)).toBe("refused 192.0.2.6: the server is full");
    }
    gateways[1]?.says({ kind: "ended", link: 1, why: "Connection lost" });
    gateways[0]?.opens(7, "192.0.2.7");
    expect([leader.heard.at(-1), leader.places.count]).toEqual(["5 open", 5]);
  });

  test("are taken no faster over many gateways than over one", () => {
    const leader = new Leader({ max: 10_000, perAddressMax: 10_000 }, true);
    const gateways = [new Gateway(leader), new Gateway(leader), new Gateway(leader)];
    const connect = (from: number, count: number): number => {
      const before = leader.places.count;
      for (let n = from; n < from + count; n += 1) {
        gateways[n % 3]?.says({ ...open, link: n, address: ADDRESS });
      }
      return leader.places.count - before;
    };
    expect(connect(0, 600)).toBe(512);
    const why = `refused ${ADDRESS}: too many new connections in a short time`;
    expect(leader.heard.filter((line) => line === why)).toHaveLength(88);
    expect(gateways[2]?.hears().at(-2)).toBe(
      "599 close ERROR :Too many new connections: try again in a minute",
    );
    leader.nowMs += 1000;
    expect(connect(600, 100)).toBe(4);
  });

  test("of a gateway that dies are free for others", () => {
    const leader = new Leader({ max: 1000, perAddressMax: 2 });
    const [lost, other] = [new Gateway(leader), new Gateway(leader)];
    for (const number of [1, 2]) lost.opens(number).setStanding?.("member");
    lost.links.ended();
    other.opens(1);
    expect([other.links.size, leader.places.count]).toEqual([1, 1]);
  });

  test("that are needed by others are left with a sentence, at whatever gateway", () => {
    const leader = new Leader({ max: 1000, perAddressMax: 2 });
    const [first, second] = [new Gateway(leader), new Gateway(leader)];
    const stranger = first.opens(1);
    second.opens(1);
    second.opens(2);
    expect(
      leader.heard.filter((line) => line.startsWith("0 evict The server is full")),
    ).toHaveLength(1);
    expect(first.hears()[0]).toStartWith("1 close ERROR :The server is full");
    expect(stranger.isMembers).toBe(true);
  });

  test("follow the standing, of which the gateway is told, and how full they are", () => {
    const leader = new Leader({ max: 1000, perAddressMax: 2 });
    const gateway = new Gateway(leader);
    const link = gateway.opens(1);
    expect(link.pressure).toBeGreaterThanOrEqual(0.5);
    link.setStanding?.("member");
    expect(gateway.hears()).toEqual(["1 member", "/"]);
    expect(gateway.opens(2).setStanding?.("guest")).toBe(true);
    expect(gateway.hears()).toEqual(["2 guest", "/"]);
  });
});

describe("what readers owe", () => {
  test("is what gateways told last, and nothing when it has left or the link has ended", () => {
    const leader = new Leader();
    const gateway = new Gateway(leader);
    const [first, second] = [gateway.opens(1), gateway.opens(2)];
    gateway.says({ kind: "backlog", link: 1, bytes: 50_000 });
    gateway.says({ kind: "backlog", link: 2, bytes: 30_000 });
    gateway.says(
      { kind: "backlog", link: 2, bytes: 20_000 },
      { kind: "backlog", link: 3, bytes: 9 },
    );
    expect([first.backlog, second.backlog, leader.owedBytes.bytes]).toEqual([
      ...[50_000, 20_000, 70_000],
    ]);
    gateway.says({ kind: "drained", link: 1 });
    expect([first.backlog, leader.heard.at(-1)]).toEqual([0, "0 drained"]);
    gateway.says({ kind: "ended", link: 2, why: "Connection lost" });
    expect(leader.owedBytes.bytes).toBe(0);
  });

  test("of all gateways together is looked at as soon as it is much", () => {
    const leader = new Leader();
    const gateways = Array.from({ length: 4 }, () => new Gateway(leader));
    const share = OWED_BYTES_STEP / 4;
    for (const gateway of gateways) {
      gateway.opens(1);
      expect(leader.reliefs).toBe(0);
      gateway.says({ kind: "backlog", link: 1, bytes: share });
    }
    expect(leader.reliefs).toBe(1);
    for (const { links } of gateways) links.ended();
    expect(leader.owedBytes.bytes).toBe(0);
  });
});
