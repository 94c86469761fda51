import { afterEach, expect, test } from "bun:test";
import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Socket } from "bun";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { selfSigned } from "../../lib/file-manager/certificates/self-signed.ts";
import { type Connected, type ConnectOptions, connect } from "../../lib/transport/connect.ts";
import { ConnectionLimits } from "../../lib/transport/connection-limits.ts";
import { type Listener, type ListenOptions, listen } from "../../lib/transport/listen.ts";
import { ListenError } from "../../lib/transport/listen-error.ts";
import { HandlerRecorder } from "./handler-recorder.ts";
import { makeTestCertificate } from "./test-certificate.ts";

const SERVER = makeTestCertificate("127.0.0.1");
const MINA = makeTestCertificate("mina");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
});

function serve(recorder: HandlerRecorder, options: Partial<ListenOptions> = {}): Listener {
  const listener = listen(
    { hostname: "127.0.0.1", port: 0, tls: SERVER, closeMs: 200, stopMs: 1000, ...options },
    recorder,
  );
  listeners.push(listener);
  return listener;
}

function servePlain(recorder: HandlerRecorder, options: Partial<ListenOptions> = {}): Listener {
  const plain = { hostname: "127.0.0.1", port: 0, closeMs: 200, stopMs: 1000, ...options };
  const listener = listen(plain, recorder);
  listeners.push(listener);
  return listener;
}

async function join(
  listener: Listener,
  recorder: HandlerRecorder,
  options: Partial<ConnectOptions> = {},
): Promise<Connected> {
  const asked = { host: "127.0.0.1", port: listener.port, decide: () => true, ...options };
  const outcome = await connect(asked, recorder);
  if (outcome.kind !== "connected") throw new Error(outcome.detail);
  return outcome;
}

/** A bare socket that speaks no protocol of ours. */
function raw(
  port: number,
  said: (socket: Socket, bytes: Buffer) => void = () => {},
  closed: () => void = () => {},
): Promise<Socket> {
  return Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: { data: said, close: closed, error() {} },
  });
}

test("lines travel both ways over TLS, and both ends know each other's certificate", async () => {
  const server = new HandlerRecorder((link, data) => link.send(bytes(`echo ${Buffer.from(data)}`)));
  const client = new HandlerRecorder();
  const listener = serve(server);
  const asked: [string, boolean][] = [];
  const { link } = await join(listener, client, {
    certificate: MINA,
    decide: (fingerprint, authorised) => asked.push([fingerprint, authorised]) > 0,
  });
  link.send(bytes("hello "));
  link.send(bytes("world"));
  await client.until(() => client.text === "echo hello world");
  expect(asked).toEqual([[SERVER.fingerprint, false]]);
  expect(link.certificate).toBe(SERVER.fingerprint);
  expect(server.opened.map((link) => [link.certificate, link.address, link.secure])).toEqual([
    [MINA.fingerprint, "127.0.0.1", true],
  ]);
});

test("the server learns from when to when a client certificate is valid, also of an expired one", async () => {
  const server = new HandlerRecorder();
  const listener = serve(server);
  const from = Date.UTC(2020, 0, 1);
  const until = Date.UTC(2021, 5, 30, 12, 34, 56);
  const request = { commonName: "old laptop", names: [], use: "client", from, until } as const;
  await join(listener, new HandlerRecorder(), { certificate: selfSigned(request) });
  await server.until(() => server.opened.length === 1);
  const [link] = server.opened;
  expect(link?.certificate).toMatch(/^[0-9a-f]{64}$/);
  expect(link?.certificateValidity).toEqual({ from, until });
});

test("without a client certificate the server sees none", async () => {
  const server = new HandlerRecorder();
  await join(serve(server), new HandlerRecorder());
  await server.until(() => server.opened.length === 1);
  expect(server.opened[0]?.certificate).toBeNull();
});

test("bytes sent in one turn arrive as one piece", async () => {
  const pieces: number[] = [];
  const server = new HandlerRecorder((_, data) => pieces.push(data.length));
  const { link } = await join(serve(server), new HandlerRecorder());
  for (let i = 0; i < 50; i++) link.send(bytes("12345678\r\n"));
  await server.until(() => server.bytes === 500);
  expect(pieces).toEqual([500]);
});

test("a client that refuses the fingerprint never completes the handshake", async () => {
  const server = new HandlerRecorder();
  const client = new HandlerRecorder();
  const listener = serve(server);
  const outcome = await connect(
    { host: "127.0.0.1", port: listener.port, decide: () => false },
    client,
  );
  expect(outcome).toMatchObject({
    kind: "untrusted",
    fingerprint: SERVER.fingerprint,
    authorised: false,
  });
  await listener.stop();
  expect(server.opened).toEqual([]);
  expect(server.closed).toEqual([]);
  expect(client.opened).toEqual([]);
  expect(client.closed).toEqual([]);
});

test("plain text on the TLS port is refused with a reason for the log", async () => {
  const server = new HandlerRecorder();
  const socket = await raw(serve(server).port);
  socket.write("NICK mina\r\nUSER mina 0 * :mina\r\n");
  await server.until(() => server.refusals.length === 1);
  expect(server.refusals).toEqual(["plain text on the TLS port"]);
  expect(server.opened).toEqual([]);
});

test("garbage on the TLS port closes that connection and leaves the others", async () => {
  const server = new HandlerRecorder();
  const listener = serve(server);
  const { link } = await join(listener, new HandlerRecorder());
  const closed = Promise.withResolvers<void>();
  const socket = await raw(listener.port, undefined, closed.resolve);
  socket.write(Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 37) % 256)));
  await closed.promise;
  expect(server.refusals).toHaveLength(1);
  link.send(bytes("still here"));
  await server.until(() => server.text === "still here");
});

test.each([
  ["that is never begun", []],
  ["of which the hello is cut short", [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]],
])("a handshake %s is cut off at its deadline", async (_, hello) => {
  const server = new HandlerRecorder();
  const listener = serve(server, { handshakeMs: 40 });
  const closed = Promise.withResolvers<void>();
  const socket = await raw(listener.port, undefined, closed.resolve);
  socket.write(Buffer.from(hello));
  await closed.promise;
  await server.until(() => server.refusals.length === 1);
  expect(server.refusals).toEqual(["no TLS handshake in time"]);
  expect(listener.links).toBe(0);
  expect(server.opened).toEqual([]);
  expect(server.closed).toEqual([]);
});

test("a TLS hello on the plain port is answered with one clear sentence", async () => {
  const server = new HandlerRecorder();
  const listener = servePlain(server);
  let said = "";
  const closed = Promise.withResolvers<void>();
  const socket = await raw(
    listener.port,
    (_, data) => {
      said += data.toString();
    },
    closed.resolve,
  );
  socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
  await closed.promise;
  expect(said).toMatch(/^ERROR :This port speaks plain text: [^\r\n]+\r\n$/);
  expect(server.refusals).toEqual(["TLS on the plain-text port"]);
  expect(server.bytes).toBe(0);
});

test("a client that stops reading is cut off at the limit, and the others aren't affected", async () => {
  const server = new HandlerRecorder();
  const listener = serve(server, { outboxBytesMax: 100_000 });
  const stuck = new HandlerRecorder();
  const awake = new HandlerRecorder();
  const stopped = await Bun.connect({
    hostname: "127.0.0.1",
    port: listener.port,
    tls: { rejectUnauthorized: false },
    socket: {
      data() {},
      handshake: (socket) => socket.pause(),
      error() {},
      close: () => stuck.close({} as Link, ""),
    },
  });
  await server.until(() => server.opened.length === 1);
  const [slow] = server.opened as [Link];
  await join(listener, awake);
  await server.until(() => server.opened.length === 2);
  const fast = server.opened[1] as Link;
  const chunk = new Uint8Array(20_000).fill(97);
  let sent = 0;
  while (server.overflowed.length === 0) {
    slow.send(chunk);
    fast.send(chunk);
    sent += chunk.length;
    await awake.until(() => awake.bytes === sent);
    expect(sent).toBeLessThan(50_000_000);
  }
  await server.until(() => server.closed.length === 1);
  expect(server.overflowed).toEqual([slow]);
  expect(server.closed).toEqual([{ link: slow, why: "Reads too slowly" }]);
  fast.send(bytes("end"));
  await awake.until(() => awake.bytes === sent + 3);
  stopped.terminate();
});

test("sending never calls back, however much is sent", async () => {
  const server = new HandlerRecorder();
  const { link } = await join(serve(server, { outboxBytesMax: 1000 }), new HandlerRecorder());
  await server.until(() => server.opened.length === 1);
  const [mina] = server.opened as [Link];
  for (let i = 0; i < 100; i++) mina.send(new Uint8Array(1000));
  expect(server.overflowed).toEqual([]);
  expect(server.closed).toEqual([]);
  await server.until(() => server.closed.length === 1);
  expect(server.overflowed).toEqual([mina]);
  expect(link.secure).toBe(true);
});

for (const secure of [true, false]) {
  test(`close loses no byte of 5 MB (${secure ? "TLS" : "plain"})`, async () => {
    const big = new Uint8Array(5_000_000).map((_, i) => (i * 31 + (i >> 8)) & 255);
    const server = new HandlerRecorder((link) => {
      link.send(big);
      link.close(bytes("bye"));
    });
    const options = { outboxBytesMax: 8_000_000 };
    const listener = secure ? serve(server, options) : servePlain(server, options);
    const hash = new Bun.CryptoHasher("sha256");
    // The client keeps sending while it is being closed, and no byte of ours may be lost.
    const client = new HandlerRecorder((link, data) => {
      hash.update(data);
      link.send(new Uint8Array(20_000));
    });
    const { link } = await join(listener, client, { plain: !secure });
    link.send(bytes("go"));
    await client.until(() => client.closed.length === 1);
    expect(client.bytes).toBe(big.length + 3);
    expect(hash.digest("hex")).toBe(
      new Bun.CryptoHasher("sha256").update(big).update("bye").digest("hex"),
    );
    await server.until(() => server.closed.length === 1);
    expect(server.closed[0]?.why).toBe("Closed here");
  });
}

test("a closing link whose peer never closes is cut off", async () => {
  const server = new HandlerRecorder((link) => link.close(bytes("bye\r\n")));
  const listener = servePlain(server, { closeMs: 40 });
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: listener.port,
    allowHalfOpen: true,
    socket: { data() {}, error() {}, end() {} },
  });
  socket.write("x");
  await server.until(() => server.closed.length === 1);
  expect(listener.links).toBe(0);
  socket.terminate();
});

test("a member beyond the limit is refused, and accepted after another one closed", async () => {
  const server = new HandlerRecorder();
  const limits = new ConnectionLimits({ connectionsMax: 2 });
  const listener = servePlain(server, { limits });
  const first = await join(listener, new HandlerRecorder(), { plain: true });
  await join(listener, new HandlerRecorder(), { plain: true });
  await server.until(() => server.opened.length === 2);
  for (const link of server.opened) link.setStanding?.("member");
  const third = new HandlerRecorder();
  await join(listener, third, { plain: true });
  await third.until(() => third.closed.length === 1);
  expect(third.text).toBe("ERROR :The server is full: try again later\r\n");
  expect(server.refusals).toEqual(["the server is full"]);
  first.link.close();
  await server.until(() => server.closed.length === 1);
  const fourth = await join(listener, new HandlerRecorder(), { plain: true });
  fourth.link.send(bytes("in"));
  await server.until(() => server.text === "in");
  expect(limits.places.count).toBe(2);
});

test("members at one address get only its share, also over TLS", async () => {
  const server = new HandlerRecorder();
  const limits = new ConnectionLimits({ connectionsPerAddressMax: 1 });
  const listener = serve(server, { limits });
  await join(listener, new HandlerRecorder());
  await server.until(() => server.opened.length === 1);
  server.opened[0]?.setStanding?.("member");
  const second = new HandlerRecorder();
  await join(listener, second);
  await second.until(() => second.closed.length === 1);
  expect(second.text).toBe("ERROR :Too many connections from your address\r\n");
  expect(server.refusals).toEqual(["too many connections"]);
  expect([server.opened.length, server.closed.length, limits.places.count]).toEqual([1, 0, 1]);
});

test("on a full server a few connections get a handshake to be told so, and others are hung up on", async () => {
  const server = new HandlerRecorder();
  const listener = serve(server, { limits: new ConnectionLimits({ connectionsMax: 1 }) });
  await join(listener, new HandlerRecorder());
  await server.until(() => server.opened.length === 1);
  server.opened[0]?.setStanding?.("member");
  // It begins no handshake, and has the one place that its address can have in the reserve.
  const silent = await raw(listener.port);
  await server.until(() => server.refusals.length === 1);
  const options = { host: "127.0.0.1", port: listener.port, decide: () => true };
  expect(await connect(options, new HandlerRecorder())).toMatchObject({ kind: "closed" });
  silent.terminate();
  while (listener.links > 1) await Bun.sleep(1);
  const third = new HandlerRecorder();
  const { link } = await join(listener, third);
  link.send(bytes("CAP LS 302\r\nNICK mina\r\nUSER mina 0 * :mina\r\n"));
  await third.until(() => third.closed.length === 1);
  expect(third.text).toBe("ERROR :The server is full: try again later\r\n");
  expect(server.refusals).toEqual(Array(3).fill("the server is full"));
  while (listener.links > 1) await Bun.sleep(1);
  expect([server.opened.length, server.closed.length, server.text]).toEqual([1, 0, ""]);
});

test("a refused connection that makes no handshake is cut off in time, and reported once", async () => {
  const server = new HandlerRecorder();
  const limits = new ConnectionLimits({ connectionsMax: 1 });
  const listener = serve(server, { limits, handshakeMs: 40 });
  await join(listener, new HandlerRecorder());
  await server.until(() => server.opened.length === 1);
  server.opened[0]?.setStanding?.("member");
  const cut = Promise.withResolvers<void>();
  await raw(listener.port, undefined, cut.resolve);
  await cut.promise;
  expect(server.refusals).toEqual(["the server is full"]);
});

test("a newcomer gets the place of a stranger, who is told so", async () => {
  const evicted: string[] = [];
  const server = Object.assign(new HandlerRecorder(), {
    evict: (link: Link, reason: string) => {
      evicted.push(reason);
      link.close(bytes(`ERROR :${reason}\r\n`));
    },
  });
  const limits = new ConnectionLimits({ connectionsPerAddressMax: 1 });
  const listener = serve(server, { limits });
  const [stranger, newcomer] = [new HandlerRecorder(), new HandlerRecorder()];
  await join(listener, stranger);
  await server.until(() => server.opened.length === 1);
  await join(listener, newcomer);
  await stranger.until(() => stranger.closed.length === 1);
  expect(stranger.text).toContain("ERROR :The server is full, and you have not logged in.");
  expect(evicted).toHaveLength(1);
  await server.until(() => server.closed.length === 1);
  expect(limits.places.count).toBe(1);
  expect(newcomer.closed).toEqual([]);
});

test("a connection that never finishes its handshake gives its place to a newcomer", async () => {
  const server = new HandlerRecorder();
  const listener = serve(server, { limits: new ConnectionLimits({ connectionsMax: 1 }) });
  let isCut = false;
  await raw(
    listener.port,
    () => {},
    () => {
      isCut = true;
    },
  );
  await join(listener, new HandlerRecorder());
  await server.until(() => server.opened.length === 1);
  while (!isCut) await Bun.sleep(1);
  expect(listener.links).toBe(1);
});

test("TLS that its peer breaks is no fault of ours", async () => {
  const server = new HandlerRecorder();
  const { port } = serve(server);
  const wire = connectPlain({ port, host: "127.0.0.1" });
  const client = connectTls({ socket: wire, rejectUnauthorized: false });
  client.on("error", () => {});
  client.on("secureConnect", () => client.write("hello"));
  await server.until(() => server.text === "hello");
  wire.write("this is no record");
  await server.until(() => server.closed.length === 1);
  expect(server.problems).toEqual(["TLS broke: WRONG_VERSION_NUMBER"]);
  expect(server.errors).toEqual([]);
});

test("links of two listeners count against the same limits, and have hosts by hostOf", async () => {
  const server = new HandlerRecorder();
  const shared = {
    limits: new ConnectionLimits(),
    hostOf: (address: string) => `${address}.guest`,
  };
  await join(serve(server, shared), new HandlerRecorder());
  await join(servePlain(server, shared), new HandlerRecorder(), { plain: true });
  await server.until(() => server.opened.length === 2);
  expect(shared.limits.places.count).toBe(2);
  expect(server.opened.map((link) => link.host)).toEqual(["127.0.0.1.guest", "127.0.0.1.guest"]);
});

test("an error in a handler costs that one link", async () => {
  const server = new HandlerRecorder((_, data) => {
    if (Buffer.from(data).toString() === "crash") throw new Error("our mistake");
  });
  const listener = serve(server);
  const mina = new HandlerRecorder();
  const jun = await join(listener, new HandlerRecorder());
  (await join(listener, mina)).link.send(bytes("crash"));
  await mina.until(() => mina.closed.length === 1);
  expect(server.errors).toEqual([new Error("our mistake")]);
  jun.link.send(bytes("fine"));
  await server.until(() => server.text === "crashfine");
});

test("a new certificate is used for new connections, and existing ones stay", async () => {
  const server = new HandlerRecorder((link) => link.send(bytes("ok")));
  const listener = serve(server);
  const port = listener.port;
  const client = new HandlerRecorder();
  const old = await join(listener, client);
  expect(listener.swapCertificate(MINA)).toBeNull();
  expect(listener.port).toBe(port);
  const next = await join(listener, new HandlerRecorder());
  expect(next.link.certificate).toBe(MINA.fingerprint);
  old.link.send(bytes("?"));
  await client.until(() => client.text === "ok");
});

test("a pair that doesn't match is refused, and the old certificate stays in use", async () => {
  const listener = serve(new HandlerRecorder());
  expect(listener.swapCertificate({ cert: SERVER.cert, key: MINA.key })).toContain("MISMATCH");
  expect(listener.swapCertificate({ cert: SERVER.cert, key: "" })).not.toBeNull();
  const { link } = await join(listener, new HandlerRecorder());
  expect(link.certificate).toBe(SERVER.fingerprint);
});

test("stop closes every link, calls close, and resolves", async () => {
  const server = new HandlerRecorder();
  const client = new HandlerRecorder();
  const listener = serve(server);
  const { link } = await join(listener, client);
  await raw(listener.port);
  await server.until(() => server.opened.length === 1);
  await listener.stop();
  expect(server.closed.map(({ why }) => why)).toEqual(["Closed here"]);
  expect(listener.links).toBe(0);
  await client.until(() => client.closed.length === 1);
  expect(client.closed).toEqual([{ link, why: "Connection closed" }]);
});

test("bytes wait for beforeFlush, and later bytes wait for the next call", async () => {
  const asked: PromiseWithResolvers<void>[] = [];
  const limits = new ConnectionLimits({
    beforeFlush: () => {
      if (asked.length === 2) return undefined;
      asked.push(Promise.withResolvers<void>());
      told?.();
      return asked.at(-1)?.promise;
    },
  });
  let told: (() => void) | undefined;
  const server = new HandlerRecorder();
  const client = new HandlerRecorder();
  await join(serve(server, { limits }), client);
  await server.until(() => server.opened.length === 1);
  const [mina] = server.opened as [Link];
  const first = new Promise<void>((resolve) => {
    told = resolve;
  });
  mina.send(bytes("kept "));
  await first;
  mina.send(bytes("later"));
  const second = new Promise<void>((resolve) => {
    told = resolve;
  });
  asked[0]?.resolve();
  await client.until(() => client.text !== "");
  await second;
  expect(client.text).toBe("kept ");
  asked[1]?.resolve();
  await client.until(() => client.text === "kept later");
});

test("a port in use, a foreign address and a bad pair are reported differently", () => {
  const taken = servePlain(new HandlerRecorder());
  const kind = (options: ListenOptions): string => {
    try {
      listeners.push(listen(options, new HandlerRecorder()));
      return "listening";
    } catch (error) {
      return error instanceof ListenError ? error.kind : String(error);
    }
  };
  expect(kind({ hostname: "127.0.0.1", port: taken.port })).toBe("in-use");
  expect(kind({ hostname: "192.0.2.1", port: 0 })).toBe("no-such-address");
  expect(kind({ hostname: "127.0.0.1", port: 0, tls: { ...SERVER, key: "" } })).toBe(
    "bad-certificate",
  );
  expect(kind({ hostname: "127.0.0.1", port: 0, tls: { ...SERVER, key: MINA.key } })).toBe(
    "bad-certificate",
  );
});
