import { afterEach, expect, test } from "bun:test";
import { type Listener, listen } from "../../lib/transport/listen.ts";
import { HandlerRecorder } from "./handler-recorder.ts";
import { makeTestCertificate } from "./test-certificate.ts";

/** Two listeners on one port, as two gateways have them. */

const PEOPLE = 60;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
});

/** Listens on a port that others may share. Everybody is greeted. */
function share(port: number, tls?: ReturnType<typeof makeTestCertificate>): Listener {
  const recorder = new HandlerRecorder();
  const listener = listen(
    {
      ...{ hostname: "127.0.0.1", port, isShared: true, closeMs: 200, stopMs: 1000 },
      ...(tls !== undefined && { tls }),
    },
    { ...handlersOf(recorder), open: (link) => link.send(bytes("hello")) },
  );
  listeners.push(listener);
  return listener;
}

function handlersOf(recorder: HandlerRecorder) {
  return {
    data: recorder.data.bind(recorder),
    close: recorder.close.bind(recorder),
  };
}

/** Connects somebody, and resolves to what they heard when the connection is greeted or ended. */
function comes(port: number, tls = false): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = {
      data(_: Bun.Socket, received: Buffer) {
        heard += received.toString();
        if (heard === "hello") resolve(heard);
      },
      close: () => resolve(heard),
      error: () => resolve(heard),
    };
    const place = { hostname: "127.0.0.1", port };
    const options = tls ? { ...place, tls: { rejectUnauthorized: false } } : place;
    void Bun.connect({ ...options, socket }).catch((error) => resolve(String(error)));
  });
}

test("a listener that accepts no more keeps its links, loses nobody who waits, and leaves the port to the other", async () => {
  const first = share(0);
  const second = share(first.port);
  const people = Array.from({ length: PEOPLE }, () => comes(first.port));
  await first.stopAccepting();
  expect(await Promise.all(people)).toEqual(people.map(() => "hello"));
  expect(first.links).toBeGreaterThan(0);
  expect(first.links + second.links).toBe(PEOPLE);
  const [before] = [first.links];
  expect(await Promise.all(Array.from({ length: PEOPLE }, () => comes(second.port)))).toEqual(
    people.map(() => "hello"),
  );
  expect(first.links).toBe(before);
});

test("a certificate is renewed on a shared port without losing anybody who waits", async () => {
  const [old, renewed] = [makeTestCertificate("127.0.0.1"), makeTestCertificate("renewed")];
  const first = share(0, old);
  const second = share(first.port, old);
  const people = Array.from({ length: PEOPLE }, () => comes(first.port, true));
  expect(first.swapCertificate(renewed)).toBeNull();
  expect(second.swapCertificate(renewed)).toBeNull();
  expect(await Promise.all(people)).toEqual(people.map(() => "hello"));
});
