import { afterEach, expect, test } from "bun:test";
import { BytesConnection } from "../../lib/transport/connect-raw.ts";
import { makeTestCertificate } from "./test-certificate.ts";

const SERVER = makeTestCertificate("127.0.0.1");
const opened: { stop(closeActive?: boolean): void }[] = [];
afterEach(() => {
  for (const listener of opened.splice(0)) listener.stop(true);
});

/** A server that hands each chunk to `data`, with a function that answers. */
function serve(
  data: (bytes: Buffer, answer: (bytes: Uint8Array) => void) => void,
  closed: () => void = () => {},
): number {
  const listener = Bun.listen<{ waiting: Buffer }>({
    ...{ hostname: "127.0.0.1", port: 0, tls: SERVER },
    socket: {
      open(socket) {
        socket.data = { waiting: Buffer.alloc(0) };
      },
      data(socket, bytes) {
        data(bytes, (answer) => {
          socket.data.waiting = Buffer.concat([socket.data.waiting, answer]);
          const taken = socket.write(socket.data.waiting);
          socket.data.waiting = socket.data.waiting.subarray(Math.max(taken, 0));
        });
      },
      drain(socket) {
        const taken = socket.write(socket.data.waiting);
        socket.data.waiting = socket.data.waiting.subarray(Math.max(taken, 0));
      },
      handshake() {},
      close: () => closed(),
      error() {},
    },
  });
  opened.push(listener);
  return listener.port;
}

const trusting = (port: number) => ({ host: "127.0.0.1", port, decide: () => true });

test("pieces of any length leave in order, each is told of when it has left, and its bytes can change then", async () => {
  const hasher = new Bun.CryptoHasher("sha256");
  const sizes = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 100 : 256 << 10));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let got = 0;
  const { promise: arrived, resolve } = Promise.withResolvers<string>();
  const port = serve((bytes, answer) => {
    if (got === 0) answer(Buffer.from("READY"));
    hasher.update(bytes);
    got += bytes.length;
    if (got === total) resolve(hasher.digest("hex"));
  });
  const expected = new Bun.CryptoHasher("sha256");
  const buffers = [Buffer.alloc(256 << 10), Buffer.alloc(256 << 10)];
  let piece = 0;
  const sendNext = (): void => {
    const size = sizes[piece];
    if (size === undefined) return;
    const buffer = buffers[piece % 2]?.fill(piece + 1).subarray(0, size) ?? Buffer.alloc(0);
    expected.update(buffer);
    piece += 1;
    connection.send(buffer);
  };
  const connection = new BytesConnection(trusting(port), {
    opened: sendNext,
    drained: () => {
      if (piece > 1) sendNext();
    },
    data: sendNext,
    closed: (why) => resolve(why),
  });
  expect(await arrived).toBe(expected.digest("hex"));
  connection.close();
});

test("what comes is handed on, and nothing while the reading is stopped", async () => {
  const answer = Buffer.alloc(3 << 20, "x");
  const port = serve((_, send) => send(answer));
  let bytes = 0;
  let wasStopped = false;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const connection = new BytesConnection(trusting(port), {
    opened: () => connection.send(Buffer.from("GET\r\n")),
    drained: () => {},
    data: (chunk) => {
      bytes += chunk.length;
      if (!wasStopped) {
        wasStopped = true;
        connection.setReading(false);
        setImmediate(() => connection.setReading(true));
      }
      if (bytes === answer.length) resolve();
    },
    closed: (why) => {
      throw new Error(why);
    },
  });
  await all;
  connection.close();
});

test("who closes it hears nothing more, and the server sees the end", async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const port = serve(
    (_, send) => send(Buffer.from("hello")),
    () => resolve(),
  );
  const heard: string[] = [];
  const connection = new BytesConnection(trusting(port), {
    opened: () => connection.send(Buffer.from("x")),
    drained: () => heard.push("drained"),
    data: () => {
      heard.length = 0;
      connection.close();
      connection.send(Buffer.from("more"));
    },
    closed: () => heard.push("closed"),
  });
  await ended;
  expect(heard).toEqual([]);
});

test("a server that isn't there, or isn't trusted, is told of once", async () => {
  const port = serve(() => {});
  const why = (target: number, isTrusted: boolean) =>
    new Promise<string>((resolve) => {
      new BytesConnection(
        { ...trusting(target), decide: () => isTrusted },
        { opened: () => resolve("opened"), drained() {}, data() {}, closed: resolve },
      );
    });
  expect(await why(port, false)).toStartWith("untrusted");
  opened.pop()?.stop(true);
  expect(await why(port, true)).toStartWith("refused");
});
