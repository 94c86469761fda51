import { describe, expect, test } from "bun:test";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { readUp, writeDown } from "../../lib/cluster/frames/link-entries.ts";
import {
  type DownMark,
  readUpMark,
  writeDownMark,
} from "../../lib/cluster/frames/takeover-entries.ts";
import { GatewayLinks } from "../../lib/cluster/gateway/gateway-links.ts";
import { UnconsumedInput } from "../../lib/cluster/gateway/unconsumed-input.ts";

class FakeLink implements Link {
  readonly address = "192.0.2.1";
  readonly host = "192.0.2.1";
  readonly secure = true;
  readonly certificate = null;
  backlog = 0;
  readonly done: string[] = [];

  send(bytes: Uint8Array): void {
    this.done.push(`send ${Buffer.from(bytes)}`);
  }

  setReading(on: boolean): void {
    this.done.push(on ? "reads" : "stops");
  }

  close(): void {
    this.done.push("close");
  }
}

/** A gateway, and what it tells in words. */
function gateway() {
  const told: string[] = [];
  let leaders = 0;
  const links = new GatewayLinks(
    "9f3c",
    (frame) => {
      for (const entry of new FrameReader().push(frame.slice()).flat()) {
        const mark = readUpMark(entry);
        const read = readUp(entry);
        if (mark?.kind === "hello") told.push(`hello ${mark.gateway} ${mark.record}`);
        else if (mark?.kind === "given") told.push(`given ${mark.link}`);
        else if (mark !== null) told.push(mark.kind);
        else if (read?.kind === "open") told.push(`open ${read.link} ${read.since ?? 0}`);
        else if (read?.kind === "data") told.push(`data ${read.link} ${Buffer.from(read.bytes)}`);
        else if (read !== null) told.push(`${read.kind} ${read.link}`);
      }
    },
    (run) => run(),
    () => {
      leaders += 1;
    },
  );
  const takes = (write: (frame: FrameWriter) => void): void => {
    const frame = new FrameWriter();
    write(frame);
    for (const entries of new FrameReader().push(frame.take())) links.receive(entries);
  };
  const marks = (...all: readonly DownMark[]): void =>
    takes((frame) => {
      for (const mark of all) writeDownMark(frame, mark);
    });
  const open = (): FakeLink => {
    const link = new FakeLink();
    links.handlers.open(link);
    return link;
  };
  const says = (link: Link, text: string): void => links.handlers.data(link, Buffer.from(text));
  const tells = (): string[] => told.splice(0);
  return { links, open, says, tells, takes, marks, leaders: () => leaders };
}

describe("a gateway tells a new leader", () => {
  test("who it is, its record, and of each link what no leader has consumed, and whether one was given it", () => {
    const { links, open, says, tells, marks } = gateway();
    const [first, second] = [open(), open()];
    says(first, "NICK mina\r\nUS");
    says(second, "PING a\r\n");
    marks(
      {
        kind: "consumed",
        offsets: new Map([
          [1, 11],
          [2, 8],
        ]),
      },
      { kind: "record", sequence: 5 },
    );
    says(first, "ER m\r\n");
    tells();
    links.leaderLost();
    says(second, "PING b\r\n");
    expect(tells()).toEqual([]);
    links.leaderCame();
    expect(tells()).toEqual([
      ...["hello 9f3c 5", "open 1 11", "given 1", "data 1 USER m\r\n"],
      ...["open 2 8", "data 2 PING b\r\n", "ready"],
    ]);
  });

  test("how much waits for a slow reader", () => {
    const { links, open, tells } = gateway();
    open().backlog = 10_000;
    tells();
    links.leaderLost();
    links.leaderCame();
    expect(tells()).toEqual(["hello 9f3c 0", "open 1 0", "backlog 1", "ready"]);
  });

  test("nothing of links that the last one has closed", () => {
    const { links, open, says, tells, takes } = gateway();
    says(open(), "QUIT\r\n");
    takes((frame) => writeDown(frame, { kind: "close", link: 1, lastWords: new Uint8Array(0) }));
    tells();
    links.leaderLost();
    links.leaderCame();
    expect(tells()).toEqual(["hello 9f3c 0", "ready"]);
  });

  test("the last bytes of who has left meanwhile, until a leader has taken over", () => {
    const { links, open, says, tells, marks, leaders } = gateway();
    const link = open();
    tells();
    links.leaderLost();
    says(link, "QUIT\r\n");
    links.handlers.close(link, "Connection lost");
    for (const given of [[], ["given 1"]]) {
      links.leaderCame();
      expect(tells()).toEqual([
        ...["hello 9f3c 0", "open 1 0", ...given],
        ...["data 1 QUIT\r\n", "ended 1", "ready"],
      ]);
      links.leaderLost();
    }
    links.leaderCame();
    marks({ kind: "lead" });
    expect(leaders()).toBe(1);
    tells();
    links.leaderLost();
    links.leaderCame();
    expect(tells()).toEqual(["hello 9f3c 0", "ready"]);
  });
});

test("who was stopped by the last leader is read from again", () => {
  const { links, open, takes, marks } = gateway();
  const link = open();
  takes((frame) => writeDown(frame, { kind: "reading", link: 1, on: false }));
  links.leaderLost();
  links.leaderCame();
  marks({ kind: "lead" });
  expect(link.done).toEqual(["stops", "reads"]);
});

test("nobody who waits for a leader is read from again before there is one", () => {
  const { links, open, says, marks } = gateway();
  const link = open();
  links.leaderLost();
  says(link, "x".repeat(5000));
  links.releaseAll();
  links.leaderCame();
  links.releaseAll();
  expect(link.done).toEqual(["stops"]);
  marks({ kind: "lead" });
  expect(link.done).toEqual(["stops", "reads"]);
});

test("who sends much while nothing is heard of the leader isn't read from before it is heard", () => {
  const { links, open, says, tells } = gateway();
  const link = open();
  links.setSilent(true);
  says(link, "x".repeat(5000));
  links.releaseAll();
  expect([link.done, tells().length]).toEqual([["stops"], 2]);
  links.setSilent(false);
  says(link, "x".repeat(5000));
  expect(link.done).toEqual(["stops", "reads"]);
});

describe("who has left without a leader", () => {
  test("is told to the next one, up to 10,000 of them", () => {
    const { links, open, says, tells } = gateway();
    const people = Array.from({ length: 10_001 }, open);
    tells();
    links.leaderLost();
    for (const link of people) {
      says(link, "QUIT\r\n");
      links.handlers.close(link, "Connection lost");
    }
    links.leaderCame();
    const told = tells();
    expect([told[1], told.length]).toEqual(["open 2 0", 30_002]);
  });

  test("takes others no room once a leader has taken over", () => {
    const { links, open, says, marks } = gateway();
    const [gone, stays] = [open(), open()];
    links.leaderLost();
    says(gone, "x".repeat((32 << 20) + 1));
    links.handlers.close(gone, "Connection lost");
    expect(stays.done).toEqual(["stops"]);
    marks({ kind: "lead" });
    links.leaderLost();
    says(stays, "x");
    expect(stays.done).toEqual(["stops", "reads"]);
  });
});

describe("bytes that no leader has consumed", () => {
  test("are the bytes behind the offset, however they came", () => {
    const input = new UnconsumedInput();
    const textOf = () => Buffer.concat(input.chunks).toString();
    for (const text of ["ab", "cdef", "g"]) input.push(Buffer.from(text));
    expect([input.consume(3), textOf(), input.since, input.bytes]).toEqual([3, "defg", 3, 4]);
    expect([input.consume(6), textOf()]).toEqual([3, "g"]);
    expect([input.consume(7), textOf(), input.bytes]).toEqual([1, "", 0]);
  });

  test("stay when an offset is named that they don't have", () => {
    const input = new UnconsumedInput();
    const bytes = Buffer.from("abc");
    input.push(bytes);
    bytes.fill(0);
    expect([input.consume(4), input.consume(2 ** 32 - 1), input.bytes]).toEqual([0, 0, 3]);
    expect(Buffer.concat(input.chunks).toString()).toBe("abc");
  });
});

test("a gateway that is to end closes some at a time, each once, and tells the leader of it", () => {
  const { links, open, tells } = gateway();
  const people = [open(), open(), open()];
  const closed = () => people.map(({ done }) => done.filter((what) => what === "close").length);
  links.closeSome(2, new Uint8Array(0));
  expect(closed()).toEqual([1, 1, 0]);
  links.closeSome(2, new Uint8Array(0));
  expect(closed()).toEqual([1, 1, 1]);
  tells();
  for (const link of people) links.handlers.close(link, "Closed here");
  expect(tells()).toEqual(["ended 1", "ended 2", "ended 3"]);
  expect(links.size).toBe(0);
});
