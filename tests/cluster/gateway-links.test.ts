import { describe, expect, test } from "bun:test";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import {
  type DownEntry,
  readUp,
  SendWriter,
  type UpEntry,
  writeDown,
} from "../../lib/cluster/frames/link-entries.ts";
import { GatewayLinks } from "../../lib/cluster/gateway/gateway-links.ts";

/** A connection of a gateway, which notes what is done with it. */
class FakeLink implements Link {
  readonly address = "192.0.2.1";
  readonly host = "192.0.2.1";
  readonly secure = true;
  readonly certificate = "f".repeat(64);
  readonly certificateValidity = { from: 1, until: 2 };
  backlog = 0;
  readonly done: string[] = [];
  readonly chunks: Uint8Array[] = [];

  send(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.done.push(`send ${Buffer.from(bytes)}`);
  }

  setReading(on: boolean): void {
    this.done.push(`reading ${on}`);
  }

  setStanding(standing: string): boolean {
    this.done.push(`standing ${standing}`);
    return true;
  }

  close(lastWords?: Uint8Array): void {
    this.done.push(`close ${lastWords === undefined ? "" : Buffer.from(lastWords)}`);
  }

  drop(): void {
    this.done.push("drop");
  }
}

/** A gateway with some open connections, and what it tells the leader from then on. */
function gateway(count = 2) {
  const reader = new FrameReader();
  const told: UpEntry[] = [];
  const turnEnds: (() => void)[] = [];
  const links = new GatewayLinks(
    "gateway",
    (frame) => {
      for (const entry of reader.push(frame.slice()).flat()) {
        const read = readUp(entry);
        // The bytes are the frame's.
        if (read !== null) told.push("bytes" in read ? structuredClone(read) : read);
      }
    },
    (run) => void turnEnds.push(run),
  );
  /** Ends the turn, and returns what is told in it. */
  const tells = (): UpEntry[] => {
    for (const run of turnEnds.splice(0)) run();
    return told.splice(0);
  };
  const peers = Array.from({ length: count }, () => new FakeLink());
  for (const peer of peers) links.handlers.open(peer);
  const opened = tells();
  const take = (write: (frame: FrameWriter) => void): void => {
    const frame = new FrameWriter();
    write(frame);
    const received = frame.take().slice();
    for (const entries of new FrameReader().push(received)) links.receive(entries);
    // The buffers of frames are used again.
    received.fill(0);
  };
  /** Sends bytes to links by their numbers. */
  const sends = (content: string, ...numbers: number[]): void =>
    take((frame) => {
      const writer = new SendWriter(frame);
      const bytes = Buffer.from(content);
      for (const number of numbers) writer.send(number, bytes);
      writer.endFrame();
    });
  const takes = (...entries: DownEntry[]): void =>
    take((frame) => {
      for (const entry of entries) writeDown(frame, entry);
    });
  return { links, peers, opened, tells, take, sends, takes, first: peers[0] as FakeLink };
}

describe("a gateway tells the leader", () => {
  test("of a connection that is ready, with its certificate, under a number of its own", () => {
    const { address, secure, certificate, certificateValidity: validity } = new FakeLink();
    const facts = { kind: "open", address, secure, certificate, validity } as const;
    expect(gateway().opened).toEqual([
      { ...facts, link: 1 },
      { ...facts, link: 2 },
    ]);
  });

  test("what a connection sent and that it has ended, in their order and once a turn", () => {
    const { links, first, tells } = gateway();
    const bytes = new Uint8Array([104, 105]);
    links.handlers.data(first, bytes);
    links.handlers.data(first, new Uint8Array([13, 10]));
    // A link's bytes are valid during the call.
    bytes.fill(0);
    links.handlers.close(first, "Connection lost");
    links.handlers.data(first, bytes);
    links.handlers.close(first, "twice");
    expect(tells()).toEqual([
      { kind: "data", link: 1, bytes: new Uint8Array([104, 105]) },
      { kind: "data", link: 1, bytes: new Uint8Array([13, 10]) },
      { kind: "ended", link: 1, why: "Connection lost" },
    ]);
    expect(links.size).toBe(1);
  });

  test("of a reader for whom much waits, how much, and once when it doesn't any more", () => {
    const { links, first, tells, sends } = gateway();
    const tellsLater = () => {
      links.tellBacklogs();
      return tells();
    };
    first.backlog = 8191;
    sends("x", 1, 2);
    expect(tellsLater()).toEqual([]);
    first.backlog = 8192;
    sends("x", 1, 2);
    expect(tellsLater()).toEqual([{ kind: "backlog", link: 1, bytes: 8192 }]);
    first.backlog = 100_000;
    expect(tellsLater()).toEqual([{ kind: "backlog", link: 1, bytes: 100_000 }]);
    first.backlog = 5;
    expect(tellsLater()).toEqual([{ kind: "backlog", link: 1, bytes: 5 }]);
    expect(tellsLater()).toEqual([]);
  });

  test("nothing of what waited within a turn, and has left", () => {
    const { links, first, tells, sends } = gateway();
    first.backlog = 100_000;
    sends("x", 1);
    first.backlog = 0;
    links.tellBacklogs();
    expect(tells()).toEqual([]);
  });

  test("that everything has left, and then no backlog", () => {
    const { links, first, tells, sends } = gateway();
    first.backlog = 100_000;
    sends("x", 1);
    links.tellBacklogs();
    first.backlog = 0;
    links.handlers.drained?.(first);
    links.tellBacklogs();
    expect(tells()).toEqual([
      { kind: "backlog", link: 1, bytes: 100_000 },
      { kind: "drained", link: 1 },
    ]);
  });

  test("of a reader that is too slow, before its end", () => {
    const { links, first, tells } = gateway();
    links.handlers.overflow?.(first);
    links.handlers.close(first, "Reads too slowly");
    expect(tells()).toEqual([
      { kind: "overflow", link: 1 },
      { kind: "ended", link: 1, why: "Reads too slowly" },
    ]);
  });

  test("of one that lost its place, with the sentence that its peer gets", () => {
    const { links, first, tells } = gateway();
    links.handlers.evict?.(first, "The server is full");
    links.handlers.close(first, "Closed here");
    expect(first.done).toEqual(["send ERROR :The server is full\r\n"]);
    expect(tells()).toEqual([{ kind: "ended", link: 1, why: "The server is full" }]);
  });
});

describe("a gateway does what the leader tells it", () => {
  test("with the link that it names, and no other", () => {
    const { first, peers, takes } = gateway();
    takes(
      { kind: "reading", link: 1, on: false },
      { kind: "reading", link: 1, on: true },
      { kind: "standing", link: 1, standing: "guest" },
      { kind: "standing", link: 1, standing: "member" },
      { kind: "drop", link: 1 },
      { kind: "close", link: 2, lastWords: Buffer.from("ERROR :bye\r\n") },
      { kind: "close", link: 2, lastWords: new Uint8Array(0) },
      { kind: "close", link: 3, lastWords: new Uint8Array(0) },
    );
    expect(first.done).toEqual([
      ...["reading false", "reading true", "standing guest", "standing member", "drop"],
    ]);
    expect(peers[1]?.done).toEqual(["close ERROR :bye\r\n", "close "]);
  });

  test("and sends the same bytes to many links, which stay as they are", () => {
    const { peers, sends } = gateway(3);
    sends("hello\r\n", 3, 1, 99, 2);
    expect(peers.map(({ done }) => done)).toEqual(Array(3).fill(["send hello\r\n"]));
    expect(new Set(peers.flatMap(({ chunks }) => chunks)).size).toBe(1);
    expect(String(Buffer.from(peers[0]?.chunks[0] ?? []))).toBe("hello\r\n");
  });

  test("and passes over what it doesn't know", () => {
    const { first, take } = gateway();
    take((frame) => {
      frame.add(99, Buffer.from("what later versions say"));
      frame.add(2);
      writeDown(frame, { kind: "drop", link: 1 });
    });
    expect(first.done).toEqual(["drop"]);
  });

  test("and tells nothing of a connection that has ended while the leader spoke", () => {
    const { links, first, tells, sends, takes } = gateway();
    links.handlers.close(first, "Connection lost");
    sends("late", 1);
    takes({ kind: "close", link: 1, lastWords: Buffer.from("late") });
    expect(first.done).toEqual([]);
    expect(tells()).toHaveLength(1);
  });
});

test("whom the leader doesn't want to hear is not read from again by releaseAll", () => {
  const { links, peers, first, takes } = gateway();
  takes({ kind: "reading", link: 1, on: false });
  links.holdAll();
  takes({ kind: "reading", link: 2, on: true });
  for (const { done } of peers) done.length = 0;
  links.releaseAll();
  expect([first.done, peers[1]?.done]).toEqual([[], ["reading true"]]);
});
