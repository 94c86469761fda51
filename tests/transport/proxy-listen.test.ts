import { afterEach, expect, test } from "bun:test";
import type { Socket } from "bun";
import { ConnectionLimits } from "../../lib/transport/connection-limits.ts";
import { type Listener, type ListenOptions, listen } from "../../lib/transport/listen.ts";
import { HandlerRecorder } from "./handler-recorder.ts";

/* The port for proxies that end TLS. */

const HEADER = "PROXY TCP4 192.0.2.7 10.0.0.1 50000 6697\r\n";

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
});

function serve(recorder: HandlerRecorder, options: Partial<ListenOptions> = {}): Listener {
  const listener = listen(
    { hostname: "127.0.0.1", port: 0, closeMs: 200, stopMs: 1000, isProxy: () => true, ...options },
    recorder,
  );
  listeners.push(listener);
  return listener;
}

/** A proxy's connection; `text` is what it received, and `closed` resolves when it ends. */
async function proxy(listener: Listener, allowHalfOpen = false) {
  const closed = Promise.withResolvers<void>();
  const received = { text: "" };
  const socket: Socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: listener.port,
    allowHalfOpen,
    socket: {
      data: (_, bytes) => {
        received.text += bytes.toString();
      },
      close: () => closed.resolve(),
      error() {},
    },
  });
  return { socket, received, closed: closed.promise };
}

test("a proxied link is secure, and has the address of its header, in whatever pieces it comes", async () => {
  const server = new HandlerRecorder();
  const limits = new ConnectionLimits();
  const listener = serve(server, { limits, hostOf: (address) => `${address}.guest` });
  const { socket } = await proxy(listener);
  for (const piece of ["PRO", "XY TCP4 192.0.2.7 10.0.0.1 50000 6697\r", "\nNICK mina\r\n"]) {
    socket.write(piece);
    await Bun.sleep(2);
  }
  await server.until(() => server.text !== "");
  expect(server.text).toBe("NICK mina\r\n");
  const [link] = server.opened;
  expect(link).toMatchObject({ address: "192.0.2.7", host: "192.0.2.7.guest", secure: true });
  expect(link?.certificate).toBeNull();
  socket.terminate();
  await server.until(() => server.closed.length === 1);
  expect(limits.places.count).toBe(0);
});

test("a proxy that speaks for itself has its own address", async () => {
  const server = new HandlerRecorder();
  const { socket } = await proxy(serve(server));
  socket.write("PROXY UNKNOWN\r\nPING x\r\n");
  await server.until(() => server.text !== "");
  expect(server.opened[0]?.address).toBe("127.0.0.1");
});

test("who isn't a trusted proxy is cut off", async () => {
  const server = new HandlerRecorder();
  const { socket, closed } = await proxy(serve(server, { isProxy: () => false }));
  socket.write(HEADER);
  await closed;
  expect(server.refusals).toEqual(["not one of the trusted proxies"]);
  expect(server.opened).toEqual([]);
});

test("a malformed header is cut off, and so is one that doesn't come in time", async () => {
  const server = new HandlerRecorder();
  const listener = serve(server, { handshakeMs: 30 });
  const wrong = await proxy(listener);
  wrong.socket.write("NICK mina\r\n");
  await wrong.closed;
  const late = await proxy(listener);
  late.socket.write("PROXY TCP4 ");
  await late.closed;
  expect(server.refusals).toEqual(["no PROXY header", "no PROXY header in time"]);
  expect(server.opened).toEqual([]);
});

test("people behind a proxy count by their own addresses, and the proxy not at all", async () => {
  const server = new HandlerRecorder();
  const limits = new ConnectionLimits({ connectionsPerAddressMax: 1 });
  const listener = serve(server, { limits });
  const people = await Promise.all([7, 8, 9].map(() => proxy(listener)));
  for (const [i, { socket }] of people.entries()) {
    socket.write(HEADER.replace("192.0.2.7", `192.0.2.${i}`));
  }
  await server.until(() => server.opened.length === 3);
  for (const link of server.opened) link.setStanding?.("member");
  const second = await proxy(listener);
  second.socket.write(HEADER.replace("192.0.2.7", "192.0.2.1"));
  await second.closed;
  expect(second.received.text).toBe("ERROR :Too many connections from your address\r\n");
});

test("who is refused can't say another header, and is cut off when the proxy doesn't hang up", async () => {
  const server = new HandlerRecorder();
  const limits = new ConnectionLimits({ connectionsPerAddressMax: 1 });
  const listener = serve(server, { limits });
  const first = await proxy(listener);
  first.socket.write(HEADER);
  await server.until(() => server.opened.length === 1);
  server.opened[0]?.setStanding?.("member");
  const second = await proxy(listener, true);
  second.socket.write(HEADER);
  await server.until(() => server.refusals.length === 1);
  second.socket.write(HEADER.replace("192.0.2.7", "192.0.2.8"));
  second.socket.write("NICK mina\r\n");
  await second.closed;
  expect(server.opened).toHaveLength(1);
  expect(server.text).toBe("");
  expect(limits.places.count).toBe(1);
});

test("TLS that the proxy didn't end is told so", async () => {
  const server = new HandlerRecorder();
  const { socket, received, closed } = await proxy(serve(server));
  socket.write(Buffer.concat([Buffer.from(HEADER), Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 0, 0])]));
  await closed;
  expect(received.text).toContain("This port speaks plain text");
});
