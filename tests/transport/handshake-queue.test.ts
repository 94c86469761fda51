import { describe, expect, test } from "bun:test";
import { HandshakeQueue } from "../../lib/transport/handshake-queue.ts";

const HANDSHAKES_PER_SLOT = 3;
const SLOT_MS = 5;

/** A queue with a clock that is moved, and the addresses whose handshakes began. */
function scene(membersAddress = "") {
  let now = 1000;
  const timers: { dueMs: number; run: () => void }[] = [];
  const begun: string[] = [];
  const queue = new HandshakeQueue((address) => address === membersAddress, {
    now: () => now,
    after: (ms, run) => void timers.push({ dueMs: now + ms, run }),
  });
  return {
    begun,
    queue,
    arrives: (address: string) => {
      const connection = { address, setReading: (on: boolean) => void (on && begun.push(address)) };
      if (queue.mayBegin()) begun.push(address);
      else queue.wait(connection);
      return connection;
    },
    passes: (ms: number) => {
      const endMs = now + ms;
      for (let next = timers[0]; next !== undefined && next.dueMs <= endMs; next = timers[0]) {
        timers.shift();
        now = next.dueMs;
        next.run();
      }
      now = endMs;
    },
  };
}

describe("TLS handshakes", () => {
  test("begin at once when few come", () => {
    const { begun, arrives, passes } = scene();
    for (let n = 0; n < 50; n += 1) {
      arrives("192.0.2.1");
      passes(SLOT_MS);
    }
    expect(begun).toHaveLength(50);
  });

  test("are spread when many come together, in their order", () => {
    const { begun, arrives, passes } = scene();
    for (let n = 0; n < 100; n += 1) arrives(`192.0.2.${n}`);
    expect(begun).toHaveLength(HANDSHAKES_PER_SLOT);
    passes(SLOT_MS * 10);
    expect(begun).toHaveLength(HANDSHAKES_PER_SLOT * 11);
    passes(1000);
    expect(begun).toEqual(Array.from({ length: 100 }, (_, n) => `192.0.2.${n}`));
  });

  test("begin first where a member has logged in", () => {
    const { begun, arrives, passes } = scene("198.51.100.7");
    for (let n = 0; n < 1000; n += 1) arrives("192.0.2.1");
    arrives("198.51.100.7");
    passes(SLOT_MS);
    expect(begun).toContain("198.51.100.7");
  });

  test("of one network don't hold up those of another", () => {
    const { begun, arrives, passes } = scene();
    for (let n = 0; n < 1000; n += 1) arrives(`192.0.2.${n % 250}`);
    arrives("203.0.113.5");
    passes(SLOT_MS);
    expect(begun).toContain("203.0.113.5");
  });

  test("that come while others wait don't overtake them", () => {
    const { begun, arrives, passes } = scene();
    for (let n = 0; n < HANDSHAKES_PER_SLOT + 1; n += 1) arrives("192.0.2.1");
    passes(SLOT_MS - 1);
    arrives("192.0.2.2");
    expect(begun).not.toContain("192.0.2.2");
    passes(SLOT_MS);
    expect(begun.at(-1)).toBe("192.0.2.2");
  });

  test("of connections that have ended are forgotten, and take nobody's turn", () => {
    const { begun, queue, arrives, passes } = scene("198.51.100.7");
    const gone = Array.from({ length: 1000 }, (_, n) => arrives(`192.0.${n % 4}.${n % 250}`));
    gone.push(arrives("198.51.100.7"));
    arrives("192.0.2.251");
    for (const connection of gone) queue.leave(connection);
    expect(queue.size).toBe(1);
    begun.length = 0;
    passes(SLOT_MS);
    expect(begun).toEqual(["192.0.2.251"]);
  });
});
