import { afterEach, expect, test } from "bun:test";
import { createServer, type Server, type TLSSocket, connect as tlsConnect } from "node:tls";
import { connect } from "../../lib/transport/connect.ts";
import { type Listener, listen } from "../../lib/transport/listen.ts";
import { HandlerRecorder } from "./handler-recorder.ts";
import { makeTestCertificate } from "./test-certificate.ts";

const SERVER = makeTestCertificate("127.0.0.1");
const MINA = makeTestCertificate("mina");

const listeners: Listener[] = [];
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
  for (const server of servers.splice(0)) server.close();
});

function serve(): number {
  const address = { hostname: "127.0.0.1", port: 0, closeMs: 200, stopMs: 1000 };
  const listener = listen({ ...address, tls: SERVER }, new HandlerRecorder());
  listeners.push(listener);
  return listener.port;
}

/** Resolves to the suite that was agreed on, or to null when there is none. */
function agreedCipher(port: number, options: object): Promise<string | null> {
  return new Promise((resolve) => {
    const to = { host: "127.0.0.1", port, rejectUnauthorized: false, ...options };
    const socket: TLSSocket = tlsConnect(to, () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
      socket.destroy();
    });
    socket.on("error", () => resolve(null));
  });
}

test.each([
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "ECDHE-RSA-AES128-SHA",
  "AES128-SHA",
  "AES128-GCM-SHA256",
  "AES256-GCM-SHA384",
])("TLS 1.2 with %s is refused", async (ciphers) => {
  expect(await agreedCipher(serve(), { ciphers, maxVersion: "TLSv1.2" })).toBeNull();
});

test.each(["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"])(
  "TLS 1.2 with %s is accepted",
  async (ciphers) => {
    const agreed = await agreedCipher(serve(), { ciphers, maxVersion: "TLSv1.2" });
    expect(agreed).toBe(`TLSv1.2 ${ciphers}`);
  },
);

test("TLS 1.3 is preferred, and nothing older than 1.2 is spoken", async () => {
  expect(await agreedCipher(serve(), {})).toStartWith("TLSv1.3 ");
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1" };
  expect(await agreedCipher(serve(), old)).toBeNull();
});

/** A server of node:tls, and whose certificates it was shown. */
function nodeServer(maxVersion: "TLSv1.2" | "TLSv1.3"): { port: Promise<number>; shown: string[] } {
  const shown: string[] = [];
  const options = { ...SERVER, requestCert: true, rejectUnauthorized: false, maxVersion };
  const server = createServer(options, (socket) => {
    const { subject } = socket.getPeerCertificate();
    shown.push(String(subject?.CN ?? "nobody"));
    socket.on("error", () => {});
    socket.end("ERROR :bye\r\n");
  });
  servers.push(server);
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address !== null ? address.port : 0);
  });
  return { port: promise, shown };
}

test("the client's certificate is shown by TLS 1.3 alone, where a distrusted server gets none", async () => {
  const modern = nodeServer("TLSv1.3");
  const old = nodeServer("TLSv1.2");
  const outcomes: string[] = [];
  for (const { port } of [modern, old]) {
    for (const isTrusted of [false, true]) {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      const handlers = { open() {}, data() {}, close: () => resolve() };
      const options = { host: "127.0.0.1", port: await port, certificate: MINA };
      const { kind } = await connect({ ...options, decide: () => isTrusted }, handlers);
      outcomes.push(kind);
      if (kind === "connected") await closed;
    }
  }
  expect(outcomes).toEqual(["untrusted", "connected", "untrusted", "connected"]);
  expect(modern.shown).toEqual(["mina"]);
  expect(new Set(old.shown)).toEqual(new Set(["nobody"]));
});
