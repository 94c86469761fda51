import { describe, expect, test } from "bun:test";
import type { RawLink, RawReceiver } from "../../lib/chat-server/raw-link.ts";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { ConnectionLimits } from "../../lib/transport/connection-limits.ts";
import { listen } from "../../lib/transport/listen.ts";
import { HandlerRecorder } from "./handler-recorder.ts";

const CHUNK = Buffer.alloc(256 * 1024, 7);

/** Takes a connection raw at its first bytes, and echoes the others. */
class Echo implements RawReceiver {
  readonly link: RawLink | null;
  readonly arrived: string[] = [];
  readonly #order: string[];

  constructor(link: Link, order: string[]) {
    this.#order = order;
    this.link = link.takeRaw?.(this) ?? null;
  }

  data(bytes: Uint8Array): void {
    this.arrived.push(Buffer.from(bytes).toString());
    this.link?.send(Buffer.from(bytes));
  }

  drained(): void {}

  closed(why: string): void {
    this.#order.push(`receiver: ${why}`);
  }
}

const PLAIN = { hostname: "127.0.0.1", port: 0, closeMs: 200, stopMs: 1000 };

async function connectTo(port: number, data: (bytes: Buffer) => void) {
  return Bun.connect({ hostname: "127.0.0.1", port, socket: { data: (_, bytes) => data(bytes) } });
}

describe("a raw connection", () => {
  test("gives what arrives to its receiver, and ends there before it ends for its owner", async () => {
    const order: string[] = [];
    const echoes: Echo[] = [];
    const recorder = new HandlerRecorder((link) => echoes.push(new Echo(link, order)));
    const listener = listen(PLAIN, recorder);
    const echoed = Promise.withResolvers<string>();
    const peer = await connectTo(listener.port, (bytes) => echoed.resolve(bytes.toString()));
    peer.write("FILE PUT token 0\r\n");
    await recorder.until(() => echoes.length === 1);
    peer.write("raw");
    expect(await echoed.promise).toBe("raw");
    peer.terminate();
    await recorder.until(() => recorder.closed.length === 1);
    const [closed] = recorder.closed;
    expect([...order, `owner: ${closed?.why}`]).toEqual([
      `receiver: ${closed?.why}`,
      `owner: ${closed?.why}`,
    ]);
    expect([recorder.text, echoes[0]?.arrived]).toEqual(["FILE PUT token 0\r\n", ["raw"]]);
    await listener.stop();
  });

  test("tells who sends that the peer has taken something, as often as it sends", async () => {
    const sizes = [1, 4 * CHUNK.length, 1];
    let sent = 0;
    let link: RawLink | null = null;
    const all = Promise.withResolvers<void>();
    const sendNext = (): void => {
      const size = sizes[sent];
      if (size === undefined) return all.resolve();
      sent += 1;
      link?.send(Buffer.alloc(size));
    };
    const receiver: RawReceiver = {
      data() {},
      drained: () => link?.backlog === 0 && sendNext(),
      closed() {},
    };
    const recorder = new HandlerRecorder((asked) => {
      link = asked.takeRaw?.(receiver) ?? null;
      sendNext();
    });
    const listener = listen(PLAIN, recorder);
    let bytes = 0;
    const peer = await connectTo(listener.port, (part) => {
      bytes += part.length;
    });
    peer.write("FILE GET token 0\r\n");
    await all.promise;
    peer.terminate();
    await recorder.until(() => recorder.closed.length === 1);
    expect(sent).toBe(3);
    expect(bytes).toBeLessThanOrEqual(4 * CHUNK.length + 2);
    await listener.stop();
  });

  test("leaves the place of its address to others", async () => {
    const limits = new ConnectionLimits({ connectionsMax: 20, connectionsPerAddressMax: 1 });
    let raw: RawLink | null = null;
    const recorder = new HandlerRecorder((link) => {
      raw = link.takeRaw?.({ data() {}, drained() {}, closed() {} }) ?? null;
    });
    const listener = listen({ ...PLAIN, limits }, recorder);
    const peer = await connectTo(listener.port, () => {});
    peer.write("FILE PUT token 0\r\n");
    await recorder.until(() => raw !== null);
    const another = await connectTo(listener.port, () => {});
    await recorder.until(() => recorder.opened.length === 2);
    expect([limits.places.count, recorder.closed.length]).toEqual([2, 0]);
    another.terminate();
    peer.terminate();
    await recorder.until(() => recorder.closed.length === 2);
    expect([limits.places.count, recorder.refusals]).toEqual([0, []]);
    await listener.stop();
  });

  test("isn't read from while its receiver can't take more", async () => {
    const arrived = Promise.withResolvers<string>();
    const limits = new ConnectionLimits();
    const links: Link[] = [];
    let raw: RawLink | null = null;
    const recorder = new HandlerRecorder((link) => {
      links.push(link);
      if (links.length > 1) return link.send(Buffer.from("answer"));
      const data = (bytes: Uint8Array): void => arrived.resolve(Buffer.from(bytes).toString());
      raw = link.takeRaw?.({ data, drained() {}, closed() {} }) ?? null;
      raw?.setReading(false);
    });
    const listener = listen({ ...PLAIN, limits }, recorder);
    const peer = await connectTo(listener.port, () => {});
    peer.write("FILE PUT token 0\r\n");
    await recorder.until(() => raw !== null);
    peer.write("raw");
    const answered = Promise.withResolvers<void>();
    const another = await connectTo(listener.port, () => answered.resolve());
    another.write("question");
    await answered.promise;
    expect(Bun.peek.status(arrived.promise)).toBe("pending");
    (raw as RawLink | null)?.setReading(true);
    expect(await arrived.promise).toBe("raw");
    another.terminate();
    peer.terminate();
    await recorder.until(() => recorder.closed.length === 2);
    await listener.stop();
  });

  test("ends without last words: they would be taken for the next bytes of its file", async () => {
    const recorder = new HandlerRecorder((link) => {
      link.takeRaw?.({ data() {}, drained() {}, closed() {} })?.send(Buffer.from("a part"));
      link.close(Buffer.from("ERROR :The server is going down\r\n"));
    });
    const listener = listen(PLAIN, recorder);
    let heard = "";
    const ended = Promise.withResolvers<void>();
    const data = (_: unknown, bytes: Buffer): void => {
      heard += bytes.toString();
    };
    const socket = { data, close: () => ended.resolve() };
    const peer = await Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket });
    peer.write("FILE GET token 0\r\n");
    await ended.promise;
    expect(heard).toBe("a part");
    await listener.stop();
  });

  test("that has ended can't be taken", async () => {
    const recorder = new HandlerRecorder();
    const listener = listen(PLAIN, recorder);
    const peer = await connectTo(listener.port, () => {});
    await recorder.until(() => recorder.opened.length === 1);
    peer.terminate();
    await recorder.until(() => recorder.closed.length === 1);
    const receiver: RawReceiver = { data() {}, drained() {}, closed() {} };
    expect(recorder.closed[0]?.link.takeRaw?.(receiver)).toBeNull();
    await listener.stop();
  });
});
