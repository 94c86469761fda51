import { expect, test } from "bun:test";
import type { Link, SessionInput } from "../../lib/chat-server/server-ports.ts";
import { lineConnections } from "../../lib/transport/line-connections.ts";
import { TURN_MS, TurnQueue } from "../../lib/transport/turn-queue.ts";

/** Fairness within a turn of the event loop, with a loop and a clock that the test moves. */

class Loop {
  nowMs = 0;
  readonly waiting: (() => void)[] = [];
  readonly failures: unknown[] = [];
  readonly turns = new TurnQueue((error) => this.failures.push(error), {
    now: () => this.nowMs,
    atTurnEnd: (run) => void this.waiting.push(run),
  });

  /** Runs one turn. Returns `false` when there was nothing to do. */
  turn(): boolean {
    const run = this.waiting.shift();
    run?.();
    return run !== undefined;
  }

  run(): void {
    while (this.turn());
  }
}

/** A server that notes what it is handed, and for which each line takes `lineMs`. */
class Recorder implements SessionInput<string> {
  readonly heard: string[] = [];
  noiseBytes = 0;
  inputMax = Number.POSITIVE_INFINITY;
  readonly #loop: Loop;
  readonly #lineMs: number;
  #opened = 0;

  constructor(loop: Loop, lineMs: number) {
    this.#loop = loop;
    this.#lineMs = lineMs;
  }

  open(): string {
    this.#opened += 1;
    return `s${this.#opened}`;
  }

  receive(session: string, line: { kind: string; text?: string }): void {
    this.heard.push(`${session} ${line.text ?? line.kind}`);
    this.#loop.nowMs += this.#lineMs;
  }

  inputBytesMax(): number {
    return this.inputMax;
  }

  noise(_: string, bytes: number): void {
    this.noiseBytes += bytes;
  }

  resume(): void {}
  relieve(): void {}

  close(session: string): void {
    this.heard.push(`${session} closed`);
  }
}

class FakeLink implements Link {
  readonly address = "192.0.2.1";
  readonly host = "guest.test";
  readonly secure = true;
  readonly certificate = null;
  inputBytes = 0;
  isReading = true;
  isMembers = false;
  send(): void {}
  close(): void {}
  setReading(on: boolean): void {
    this.isReading = on;
  }
}

function connect(count: number, lineMs = 0) {
  const loop = new Loop();
  const server = new Recorder(loop, lineMs);
  const log = {
    refused() {},
    broken() {},
    failed: (error: unknown) => void loop.failures.push(error),
  };
  const handlers = lineConnections(server, loop.turns, log);
  const links = Array.from({ length: count }, () => new FakeLink());
  for (const link of links) handlers.open(link);
  const sends = (index: number, text: string) =>
    handlers.data(links[index] as FakeLink, Buffer.from(text));
  return { loop, server, handlers, links, sends };
}

test("a line that arrives alone runs at once", () => {
  const { server, sends } = connect(1);
  sends(0, "one\r\n");
  expect(server.heard).toEqual(["s1 one"]);
});

test("connections with several lines are served in rounds, each in its own order", () => {
  const { loop, server, sends } = connect(3, TURN_MS / 2);
  sends(0, "a1\r\na2\r\na3\r\n");
  sends(1, "b1\r\nb2\r\n");
  sends(2, "c1\r\n");
  expect(server.heard).toEqual(["s3 c1"]);
  loop.run();
  expect(server.heard.slice(1)).toEqual(["s1 a1", "s2 b1", "s1 a2", "s2 b2", "s1 a3"]);
});

test("a few lines that came together and take little time run in one turn", () => {
  const { loop, server, sends } = connect(2);
  const lines = Array.from({ length: 20 }, (_, n) => `${n}`);
  sends(0, lines.map((line) => `${line}\r\n`).join(""));
  sends(1, "b1\r\nb2\r\n");
  loop.run();
  const ofFirst = lines.map((line) => `s1 ${line}`);
  const ofSecond = ["s2 b1", "s2 b2"];
  expect(server.heard).toEqual([...ofFirst.slice(0, 8), ...ofSecond, ...ofFirst.slice(8)]);
});

test("after the time of a turn the loop reads on, and a single line comes in between", () => {
  const { loop, server, sends } = connect(2, TURN_MS / 2);
  sends(0, "a1\r\na2\r\na3\r\na4\r\n");
  loop.turn();
  expect(server.heard).toEqual(["s1 a1", "s1 a2"]);
  sends(1, "hello\r\n");
  expect(server.heard.at(-1)).toBe("s2 hello");
  loop.run();
  expect(server.heard.slice(3)).toEqual(["s1 a3", "s1 a4"]);
});

test("with 256 connections that send 250 lines each, an honest line waits for one job", () => {
  const { loop, server, sends } = connect(257, 1);
  const lines = "LIST\r\n".repeat(250);
  for (let i = 0; i < 256; i += 1) sends(i, lines);
  loop.turn();
  const before = server.heard.length;
  expect(before).toBeLessThanOrEqual(TURN_MS + 1);
  sends(256, "PRIVMSG #tea :hello\r\n");
  expect(server.heard).toHaveLength(before + 1);
  sends(256, "one\r\ntwo\r\n");
  loop.turn();
  loop.run();
  const round = server.heard.indexOf("s257 one") - before;
  expect(round).toBeLessThanOrEqual(256 + 1);
  expect(server.heard).toHaveLength(256 * 250 + 3);
});

test("the last lines of a connection run before its end, which is a turn of its own", () => {
  const { loop, server, handlers, links, sends } = connect(1);
  sends(0, "one\r\nQUIT\r\n");
  handlers.close(links[0] as FakeLink, "Connection closed");
  expect(server.heard).toEqual([]);
  loop.run();
  expect(server.heard).toEqual(["s1 one", "s1 QUIT", "s1 closed"]);
});

test("a connection with much unread input isn't read from until it has been run", () => {
  const { loop, server, links, sends } = connect(1);
  const [link] = links as [FakeLink];
  const lines = "PING 12345\r\n".repeat(10_000);
  sends(0, lines);
  expect(link.isReading).toBe(false);
  expect(link.inputBytes).toBeGreaterThan(100_000);
  loop.run();
  expect(link.isReading).toBe(true);
  expect(link.inputBytes).toBe(0);
  expect(server.heard).toHaveLength(10_000);
});

test("of a connection that isn't a member's, less is read ahead", () => {
  const { loop, links, sends } = connect(2);
  const [guest, member] = links as [FakeLink, FakeLink];
  member.isMembers = true;
  const lines = "PING 12345\r\n".repeat(1000);
  sends(0, lines);
  sends(1, lines);
  expect([guest.isReading, member.isReading]).toEqual([false, true]);
  loop.run();
  expect(guest.isReading).toBe(true);
});

test("lines are the same however their bytes are cut", () => {
  const { loop, server, sends } = connect(1);
  const text = Array.from({ length: 3000 }, (_, i) => `line ${i}\r\n`).join("");
  for (const size of [1, 7, 4096, 5000, 100_000]) {
    server.heard.length = 0;
    for (let start = 0; start < text.length; start += size)
      sends(0, text.slice(start, start + size));
    loop.run();
    expect(server.heard.map((line) => line.slice(3)).join("\r\n")).toBe(text.trimEnd());
  }
});

test("an unfinished line counts as input that waits", () => {
  const { links, sends } = connect(1);
  sends(0, "PRIVMSG #tea :half a li");
  expect((links[0] as FakeLink).inputBytes).toBeGreaterThanOrEqual(23);
});

test("a job that throws is reported, and the others run", () => {
  const loop = new Loop();
  const ran: number[] = [];
  loop.turns.add(() => {
    throw new Error("broken");
  });
  loop.turns.add(() => void ran.push(1));
  loop.run();
  expect(ran).toEqual([1]);
  expect(loop.failures).toHaveLength(1);
});

test("finish runs all jobs, also those that they add", () => {
  const loop = new Loop();
  const ran: number[] = [];
  for (let i = 0; i < 3000; i += 1) {
    loop.turns.add(() => {
      ran.push(i);
      if (i < 10) loop.turns.add(() => void ran.push(-i));
    });
  }
  loop.turns.finish();
  expect(ran).toHaveLength(3010);
  expect(loop.turns.size).toBe(0);
});

test("finish leaves what takes too long: a server that stops doesn't carry out a flood", () => {
  const loop = new Loop();
  let ran = 0;
  for (let i = 0; i < 3000; i += 1) {
    loop.turns.add(() => {
      ran += 1;
      loop.nowMs += 1;
    });
  }
  loop.turns.finish();
  expect(ran).toBe(500);
});

test("members' jobs go before those of others, who have every ninth turn", () => {
  const loop = new Loop();
  const ran: string[] = [];
  for (let n = 0; n < 100; n += 1) loop.turns.add(() => void ran.push("other"));
  for (let n = 0; n < 10; n += 1) loop.turns.add(() => void ran.push("member"), true);
  loop.run();
  const first = [...Array.from({ length: 8 }, () => "member"), "other", "member", "member"];
  expect(ran.slice(0, 11)).toEqual(first);
  expect(ran).toHaveLength(110);
});

test("jobs run at once until they have taken a turn's time, and again when time has passed", () => {
  const loop = new Loop();
  const takes = (ms: number): boolean =>
    loop.turns.runNow(() => {
      loop.nowMs += ms;
    });
  const ran = Array.from({ length: 10 }, () => takes(TURN_MS / 4));
  expect(ran.filter((hasRun) => hasRun)).toHaveLength(4);
  loop.nowMs += TURN_MS;
  expect(takes(TURN_MS)).toBe(true);
  expect(takes(1)).toBe(false);
});

test("of hundreds of connections that send a line each at once, a member's is served first", () => {
  const { loop, server, links, sends } = connect(201, 1);
  const member = 200;
  Object.assign(links[member] as FakeLink, { isMembers: true });
  for (const index of links.keys()) sends(index, "hello\r\n");
  loop.run();
  // Those before it in this pass of the loop had the time of one turn.
  expect(server.heard.indexOf("s201 hello")).toBe(TURN_MS);
  expect(server.heard).toHaveLength(201);
});

test("whoever sends more than may wait is disconnected, and nothing of it stays", () => {
  const { loop, server, links, sends } = connect(1);
  server.inputMax = 32_000;
  sends(0, "x".repeat(32_001));
  expect(server.heard).toEqual(["s1 closed"]);
  loop.run();
  expect(links[0]?.inputBytes).toBe(0);
});

test("letters that come one by one count as noise", () => {
  const { server, sends } = connect(1);
  for (const letter of "PING\r\n") sends(0, letter);
  expect(server.heard).toEqual(["s1 PING"]);
  expect(server.noiseBytes).toBe(5 * 16);
});
