import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  connectLocally,
  type LocalConnection,
  listenLocally,
} from "../../lib/transport/local-socket.ts";

let folder = "";
let path = "";
const ends: (() => void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "local-socket-"));
  path = join(folder, "test.sock");
});

afterEach(() => {
  for (const end of ends.splice(0)) end();
  rmSync(folder, { recursive: true, force: true });
});

test("a connection that ends has handed over everything that was written before", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const server = listenLocally(path, {
    open(connection) {
      connection.write(new Uint8Array(3_000_000));
      connection.end();
    },
    data() {},
    close() {},
  });
  ends.push(() => server.stop());
  await connectLocally(path, {
    data(_, bytes) {
      count += bytes.length;
    },
    close: () => resolve(),
  });
  await closed;
  expect(count).toBe(3_000_000);
});

test("a socket that accepts no more keeps the connections that there are", async () => {
  const heard: string[] = [];
  const server = listenLocally(path, {
    data: (_, bytes) => void heard.push(Buffer.from(bytes).toString()),
    close() {},
  });
  ends.push(() => server.stop());
  const connection = await connectLocally(path, { data() {}, close() {} });
  server.stopAccepting();
  await expect(connectLocally(path, { data() {}, close() {} })).rejects.toThrow();
  connection.write(new TextEncoder().encode("still here"));
  while (heard.length === 0) await Bun.sleep(1);
  expect(heard).toEqual(["still here"]);
});

test("what the kernel doesn't take at once arrives as it was when it was written", async () => {
  const PIECES = 400;
  const PIECE_BYTES = 50_000;
  const received: number[] = [];
  let count = 0;
  let drained = 0;
  const { promise: isComplete, resolve } = Promise.withResolvers<void>();
  const server = listenLocally(path, {
    data(_, bytes) {
      for (let index = 0; index < bytes.length; index += 1) {
        if ((count + index) % PIECE_BYTES === 0) received.push(bytes[index] ?? 0);
      }
      count += bytes.length;
      if (count === PIECES * PIECE_BYTES) resolve();
    },
    close() {},
  });
  ends.push(() => server.stop());
  const connection = await connectLocally(path, {
    data() {},
    drained() {
      drained += 1;
    },
    close() {},
  });
  const piece = new Uint8Array(PIECE_BYTES);
  for (let n = 0; n < PIECES; n += 1) {
    piece.fill(n % 251);
    connection.write(piece);
  }
  expect(connection.isBusy).toBe(true);
  piece.fill(255);
  await isComplete;
  expect(received).toEqual(Array.from({ length: PIECES }, (_, n) => n % 251));
  expect(connection.isBusy).toBe(false);
  expect(drained).toBeGreaterThan(0);
});

test("the socket is its owner's alone, and its end reaches the other side", async () => {
  const { promise: isClosed, resolve } = Promise.withResolvers<void>();
  const opened: LocalConnection[] = [];
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>();
  const server = listenLocally(path, {
    open(connection) {
      opened.push(connection);
      open();
    },
    data() {},
    close() {},
  });
  ends.push(() => server.stop());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await connectLocally(path, { data() {}, close: () => resolve() });
  await isOpen;
  opened[0]?.close();
  await isClosed;
});
