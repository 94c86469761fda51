import { afterEach, expect, test } from "bun:test";
import { type ConnectOptions, connect } from "../../lib/transport/connect.ts";
import { HandlerRecorder } from "./handler-recorder.ts";
import { TestAuthority } from "./test-authority.ts";
import { makeTestCertificate } from "./test-certificate.ts";

const SERVER = makeTestCertificate("127.0.0.1");
const ELSEWHERE = makeTestCertificate("elsewhere.example");

const opened: { stop(closeActive?: boolean): void }[] = [];
afterEach(() => {
  for (const listener of opened.splice(0)) listener.stop(true);
});

/** A server without rules: it answers the first bytes with `answer`, or never. */
function serve(tls: { cert: string; key: string } | null, answer: string | null): number {
  const socket = {
    data(socket: { write(text: string): number; shutdown(): void }) {
      if (answer === null) return;
      socket.write(answer);
      socket.shutdown();
    },
    handshake() {},
    error() {},
  };
  const address = { hostname: "127.0.0.1", port: 0, socket };
  const listener = Bun.listen(tls === null ? address : { ...address, tls });
  opened.push(listener);
  return listener.port;
}

function options(port: number, more: Partial<ConnectOptions> = {}): ConnectOptions {
  return { host: "127.0.0.1", port, decide: () => true, ...more };
}

test("a port without a listener is reported as refused", async () => {
  const port = serve(null, null);
  opened.pop()?.stop(true);
  expect(await connect(options(port), new HandlerRecorder())).toMatchObject({ kind: "refused" });
});

test("an unknown host is reported as such", async () => {
  const outcome = await connect(options(1, { host: "nowhere.invalid" }), new HandlerRecorder());
  expect(outcome).toMatchObject({ kind: "no-such-host" });
});

test("a plain-text server is reported as not TLS", async () => {
  const port = serve(null, "ERROR :plain\r\n");
  expect(await connect(options(port), new HandlerRecorder())).toMatchObject({ kind: "not-tls" });
});

test("a server that never answers the ClientHello is given up in time", async () => {
  const client = new HandlerRecorder();
  const outcome = await connect(options(serve(null, null), { timeoutMs: 30 }), client);
  expect(outcome).toMatchObject({ kind: "timeout" });
  expect(client.opened).toEqual([]);
  expect(client.closed).toEqual([]);
});

test("a port that swallows the ClientHello is told from one that can't be reached", async () => {
  const client = new HandlerRecorder();
  const outcome = await connect(options(serve(null, null), { handshakeMs: 30 }), client);
  expect(outcome).toMatchObject({ kind: "no-handshake" });
  expect(client.closed).toEqual([]);
});

test("a server that disconnects before the handshake is reported as closed", async () => {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data() {},
      error() {},
      open(socket) {
        socket.end();
      },
    },
  });
  opened.push(listener);
  expect(await connect(options(listener.port), new HandlerRecorder())).toMatchObject({
    kind: "closed",
  });
});

test.each<[string, string | undefined, typeof SERVER, boolean]>([
  ["by an authority for this host", SERVER.cert, SERVER, true],
  ["by nobody", undefined, SERVER, false],
  ["by an authority, for another host", ELSEWHERE.cert, ELSEWHERE, false],
])(
  "whether a certificate is signed %s is passed to the trust decision",
  async (_, ca, pair, authorised) => {
    const asked: unknown[] = [];
    const port = serve({ cert: pair.cert, key: pair.key }, null);
    const decide = (fingerprint: string, known: boolean): boolean => {
      asked.push([fingerprint, known]);
      return false;
    };
    const outcome = await connect(
      options(port, { decide, ...(ca ? { ca } : {}) }),
      new HandlerRecorder(),
    );
    expect(asked).toEqual([[pair.fingerprint, authorised]]);
    expect(outcome).toMatchObject({ kind: "untrusted", authorised, fingerprint: pair.fingerprint });
  },
);

test.each<[string, string, readonly string[], number, boolean]>([
  ["the host's name", "localhost", ["localhost"], 90, true],
  ["the host's address", "127.0.0.1", ["127.0.0.1"], 90, true],
  ["another name", "localhost", ["chat.example"], 90, false],
  ["the name, but not the address", "127.0.0.1", ["localhost"], 90, false],
  ["the address, but not the name", "localhost", ["127.0.0.1"], 90, false],
  ["every name of a domain", "localhost", ["*.localhost"], 90, false],
  ["another name, with the host's in the subject", "localhost", ["chat.example"], 90, false],
  ["the name, until yesterday", "localhost", ["localhost"], -1, false],
])("an authority vouches for a host by a certificate for %s", async (_, host, names, days, is) => {
  const authority = await TestAuthority.create();
  const subject = names[0]?.startsWith("127.") ? "elsewhere.example" : "localhost";
  const pair = await authority.sign(names, days, subject);
  const asked: unknown[] = [];
  const decide = (fingerprint: string, isAuthorised: boolean): boolean => {
    asked.push([fingerprint, isAuthorised]);
    return false;
  };
  for (const ca of [authority.cert, (await TestAuthority.create()).cert]) {
    const port = serve(pair, null);
    await connect(options(port, { host, decide, ca }), new HandlerRecorder());
  }
  expect(asked).toEqual([
    [pair.fingerprint, is],
    [pair.fingerprint, false],
  ]);
});

test("plain text works on this machine, and its end is reported once", async () => {
  const client = new HandlerRecorder();
  const outcome = await connect(options(serve(null, "pong\r\n"), { plain: true }), client);
  if (outcome.kind !== "connected") throw new Error(outcome.kind);
  expect(outcome.link.certificate).toBeNull();
  outcome.link.send(new TextEncoder().encode("ping\r\n"));
  await client.until(() => client.closed.length === 1);
  expect(client.text).toBe("pong\r\n");
  expect(client.closed[0]?.why).toBe("Connection closed");
});

test("a client certificate that can't be read rejects", async () => {
  const certificate = { cert: "no certificate", key: "no key" };
  const port = serve({ cert: SERVER.cert, key: SERVER.key }, null);
  await expect(connect(options(port, { certificate }), new HandlerRecorder())).rejects.toThrow();
});
