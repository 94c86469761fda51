import { expect, test } from "bun:test";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { listen } from "../../lib/transport/listen.ts";

test("drained is called when a large answer was sent, and not for a small one", async () => {
  const calls: string[] = [];
  const drained = Promise.withResolvers<void>();
  const listener = listen(
    { hostname: "127.0.0.1", port: 0, closeMs: 200, stopMs: 1000 },
    {
      open() {},
      data(link: Link, bytes) {
        const request = Buffer.from(bytes).toString();
        calls.push(request);
        link.send(Buffer.alloc(request === "large" ? 4 << 20 : 100));
      },
      close() {},
      drained() {
        calls.push("drained");
        drained.resolve();
      },
    },
  );
  const small = Promise.withResolvers<void>();
  const reader = await Bun.connect({
    hostname: "127.0.0.1",
    port: listener.port,
    socket: { data: () => small.resolve() },
  });
  reader.write("small");
  await small.promise;
  reader.write("large");
  await drained.promise;
  expect(calls).toEqual(["small", "large", "drained"]);
  reader.terminate();
  await listener.stop();
});
