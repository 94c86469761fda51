import { expect, test } from "bun:test";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { ConnectionLimits } from "../../lib/transport/connection-limits.ts";
import { ConnectionThrottle } from "../../lib/transport/connection-throttle.ts";

/** A throttle of the usual limits on a clock that the test moves. */
function throttle() {
  const clock = { ms: 1000 };
  const limits = new ConnectionThrottle(undefined, () => clock.ms as ElapsedMs);
  /** Connects `count` times in one moment, and returns how often it got in. */
  const connects = (address: string, count: number): number => {
    let admitted = 0;
    for (let n = 0; n < count; n += 1) if (limits.admit(address)) admitted += 1;
    return admitted;
  };
  return { clock, limits, connects };
}

test("an office of 256 devices comes back at once, and again, after a restart", () => {
  const { clock, connects } = throttle();
  expect(connects("192.0.2.1", 256)).toBe(256);
  clock.ms += 60_000;
  expect(connects("192.0.2.1", 256)).toBe(256);
});

test("ten thousand people come back within a minute", () => {
  const { clock, connects } = throttle();
  let admitted = 0;
  for (let n = 0; n < 10_000; n += 1) {
    clock.ms += 6;
    admitted += connects(`${10 + (n >> 14)}.${(n >> 6) & 255}.${n & 63}.7`, 1);
  }
  expect(admitted).toBe(10_000);
});

test("one address that connects again and again gets in four times a second, and others as usual", () => {
  const { clock, connects } = throttle();
  expect(connects("192.0.2.1", 5000)).toBe(512);
  let admitted = 0;
  for (let second = 0; second < 10; second += 1) {
    clock.ms += 1000;
    admitted += connects("192.0.2.1", 1000);
  }
  expect(admitted).toBe(40);
  expect(connects("192.0.2.2", 256)).toBe(256);
});

test("all addresses of an IPv6 network of 64 bits are one, and those of 48 bits share a limit", () => {
  const { connects } = throttle();
  let admitted = 0;
  for (let n = 0; n < 2000; n += 1) admitted += connects(`2001:db8:1:1::${n.toString(16)}`, 1);
  expect(admitted).toBe(512);
  for (let n = 2; n < 2000; n += 1) admitted += connects(`2001:db8:1:${n.toString(16)}::1`, 4);
  expect(admitted).toBe(2560);
  expect(connects("2001:db8:2::1", 1)).toBe(1);
});

test("a flood from ever new addresses is limited in all, and leaves in those who were here before", () => {
  const { clock, connects } = throttle();
  expect(connects("192.0.2.1", 1)).toBe(1);
  let admitted = 0;
  for (let n = 0; n < 50_000; n += 1) {
    admitted += connects(`10.${(n >> 8) & 255}.${n & 255}.${n >> 16}`, 1);
    if (n === 12_000) {
      expect(connects("192.0.2.1", 10)).toBe(10);
      expect(connects("192.0.2.9", 1)).toBe(0);
    }
  }
  expect(admitted).toBeLessThanOrEqual(10_000);
  clock.ms += 1000;
  expect(connects("192.0.2.9", 1)).toBe(1);
});

test("a connection that is refused takes no place", () => {
  const { limits } = throttle();
  const { places } = new ConnectionLimits({ throttle: limits, connectionsPerAddressMax: 10_000 });
  const holder = () => ({ address: "192.0.2.1", evict() {} });
  const admissions = Array.from({ length: 513 }, () => places.admit(holder()));
  expect(admissions.at(-1)).toBe("too-fast");
  expect(places.count).toBe(512);
});

test("hundreds of addresses that were here before are limited in all, and members' aren't", () => {
  const { clock, limits, connects } = throttle();
  const addresses = Array.from({ length: 1000 }, (_, n) => `10.${n >> 6}.${n & 63}.7`);
  for (const address of addresses) connects(address, 1);
  clock.ms += 60_000;
  let admitted = 0;
  for (const address of addresses) admitted += connects(address, 100);
  expect(admitted).toBe(15_000);
  clock.ms += 1000;
  admitted = 0;
  for (const address of addresses) admitted += connects(address, 4);
  expect(admitted).toBe(600);
  expect(limits.admit("10.0.1.7", true)).toBe(true);
});
