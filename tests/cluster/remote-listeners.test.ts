import { afterAll, afterEach, expect, test } from "bun:test";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { readOrder, writeReport } from "../../lib/cluster/frames/gateway-entries.ts";
import { SendReader, writeUp } from "../../lib/cluster/frames/link-entries.ts";
import { writeUpMark } from "../../lib/cluster/frames/takeover-entries.ts";
import { InputTrials } from "../../lib/cluster/leader/input-trials.ts";
import { LinkTakeover } from "../../lib/cluster/leader/link-takeover.ts";
import { connectLocally, type LocalConnection } from "../../lib/transport/local-socket.ts";
import { ListeningLeaders } from "./listening-leaders.ts";

const leaders = new ListeningLeaders();

afterEach(() => leaders.stop());
afterAll(() => leaders.remove());

/** Things that happen, and whoever waits for them. */
class Heard {
  readonly #lines: string[] = [];
  #notify = (): void => {};

  add(line: string): void {
    this.#lines.push(line);
    this.#notify();
  }

  /** Resolves when all of these have happened, in any order. */
  async all(...lines: readonly string[]): Promise<void> {
    while (!lines.every((line) => this.#lines.includes(line))) {
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }
}

/** A gateway's connection to a leader, played by a test. */
class Gateway {
  readonly heard = new Heard();
  #connection: LocalConnection | null = null;
  readonly #reader = new FrameReader();
  readonly #sends = new SendReader();

  static async connect(path: string): Promise<Gateway> {
    const gateway = new Gateway();
    gateway.#connection = await connectLocally(path, {
      data: (_, bytes) => gateway.#receive(bytes),
      close: () => gateway.heard.add("closed"),
    });
    return gateway;
  }

  says(write: (frame: FrameWriter) => void): void {
    const frame = new FrameWriter();
    write(frame);
    this.writes(frame.take());
  }

  writes(bytes: Uint8Array): void {
    this.#connection?.write(bytes);
  }

  #receive(bytes: Uint8Array): void {
    for (const entries of this.#reader.push(bytes)) {
      this.#sends.beginFrame();
      for (const entry of entries) {
        if (readOrder(entry)?.kind === "stop") this.#connection?.close();
        this.#sends.read(entry, (link, sent) => this.heard.add(`${link} ${Buffer.from(sent)}`));
      }
    }
  }
}

test("junk ends the connection of the gateway that sent it, and of no other", async () => {
  const heard = new Heard();
  const links = new Map<string, Link>();
  const { socket, listeners } = leaders.open({
    handlers: {
      open: (link) => {
        links.set(link.address, link);
        heard.add(`${link.address} open`);
      },
      data: (link, bytes) => link.send(Buffer.from(bytes)),
      close: ({ address }, why) => heard.add(`${address} ${why}`),
    },
    note: (level) => heard.add(level),
  });
  const gateways = [await Gateway.connect(socket), await Gateway.connect(socket)];
  const [sound, broken] = gateways as [Gateway, Gateway];
  gateways.forEach((gateway, n) => {
    gateway.says((frame) => {
      writeReport(frame, { kind: "listening", number: n + 1, pid: 1, problem: null });
      const facts = { secure: true, certificate: null, validity: null };
      writeUp(frame, { kind: "open", link: 1, address: `192.0.2.${n}`, ...facts });
    });
  });
  expect(await listeners.started).toBeNull();
  await heard.all("192.0.2.0 open", "192.0.2.1 open");
  broken.writes(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  await heard.all("error", "192.0.2.1 Connection lost");
  await broken.heard.all("closed");
  sound.says((frame) => writeUp(frame, { kind: "data", link: 1, bytes: Buffer.from("hi") }));
  await sound.heard.all("1 hi");
  expect(listeners.tls.links).toBe(1);
  sound.says((frame) => writeUp(frame, { kind: "ended", link: 1, why: "Closed" }));
  await heard.all("192.0.2.0 Closed");
  await listeners.tls.stop();
  await sound.heard.all("closed");
});

test("the log says whose input ended leaders, and doesn't call it an entry that can't be taken in", async () => {
  const handlers = { open() {}, data() {}, close() {}, takeUp() {}, evict() {} };
  const of = { gateway: "g", link: 1 };
  const facts = { address: "192.0.2.1", secure: true, certificate: null, validity: null };
  const takeover = new LinkTakeover({
    noted: [{ ...of, ...facts, note: {}, position: { offset: 0, isInLine: false } }],
    ...{ handlers, hostOf: String, lead() {}, retell: () => true },
    trials: new InputTrials(
      { ...of, since: 0, nodes: [""] },
      { ...{ node: "", isAfterFault: true }, later() {}, note() {} },
    ),
  });
  const { promise: noted, resolve } = Promise.withResolvers<string>();
  const { socket } = leaders.open({
    ...{ gateways: 1, handlers, takeover },
    note: (level, text) => text.includes("192.0.2.1") && resolve(`${level} ${text}`),
  });
  const gateway = await Gateway.connect(socket);
  gateway.says((frame) => {
    writeReport(frame, { kind: "listening", number: 1, pid: 1, problem: null });
    writeUpMark(frame, { kind: "hello", gateway: "g", record: 0 });
    writeUp(frame, { kind: "open", link: 1, ...facts, since: 0 });
    writeUpMark(frame, { kind: "given", link: 1 });
    writeUp(frame, { kind: "data", link: 1, bytes: Buffer.from("deadly\r\n") });
    writeUpMark(frame, { kind: "ready" });
  });
  expect(await noted).toBe(
    "error 192.0.2.1 is disconnected: leaders ended when they ran what it had sent",
  );
});
