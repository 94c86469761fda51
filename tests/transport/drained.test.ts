import { expect, test } from "bun:test";
import { type Link, listen } from "../../lib/transport/listen.ts";

test("the owner hears when a reader has taken a large answer, and not for small ones", async () => {
  const told: string[] = [];
  const caughtUp = Promise.withResolvers<void>();
  const listener = listen(
    { hostname: "127.0.0.1", port: 0, closeMs: 200, stopMs: 1000 },
    {
      open() {},
      data(link: Link, bytes) {
        const wanted = Buffer.from(bytes).toString();
        told.push(wanted);
        link.send(Buffer.alloc(wanted === "large" ? 4 << 20 : 100));
      },
      close() {},
      drained() {
        told.push("caught up");
        caughtUp.resolve();
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
  await caughtUp.promise;
  expect(told).toEqual(["small", "large", "caught up"]);
  reader.terminate();
  await listener.stop();
});
