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

/** Hands over what a throttle knows, as records do. */
function handOver(from: ReturnType<typeof throttle>, to: ReturnType<typeof throttle>): void {
  // Both started 500 ms ago.
  const [origin, nextOrigin] = [from, to].map(({ clock }) => (clock.ms - 500) as ElapsedMs);
  const parts = JSON.parse(JSON.stringify([...from.limits.takeChanges(origin as ElapsedMs)]));
  for (const [key, value] of parts) to.limits.restore(key, value, nextOrigin as ElapsedMs);
}

test("another leader goes on with what an address, a network and all strangers have left", () => {
  const [old, next] = [throttle(), throttle()];
  next.clock.ms = 7_000_000;
  for (let n = 1; n <= 5; n += 1) expect(old.connects(`192.0.2.${n}`, 512)).toBe(512);
  expect(old.connects("198.51.100.1", 100)).toBe(100);
  handOver(old, next);
  expect(next.connects("192.0.2.1", 1)).toBe(0);
  expect(next.connects("192.0.2.9", 1)).toBe(0);
  expect(next.connects("198.51.100.1", 1000)).toBe(412);
  next.clock.ms += 1000;
  expect(next.connects("192.0.2.1", 100)).toBe(4);
});

test("another leader knows who was here, and how many newcomers came", () => {
  const [old, next] = [throttle(), throttle()];
  const flood = (on: typeof old, first: number, count: number): number => {
    let admitted = 0;
    for (let n = first; n < first + count; n += 1) {
      admitted += on.connects(`${10 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.7`, 1);
    }
    return admitted;
  };
  expect(old.connects("192.0.2.1", 1)).toBe(1);
  expect(flood(old, 0, 12_000)).toBe(9999);
  handOver(old, next);
  expect(flood(next, 12_000, 100)).toBe(0);
  expect(next.connects("192.0.2.1", 1)).toBe(1);
});

test("after the first time, only the buckets of those who connected are handed over", () => {
  const { clock, limits, connects } = throttle();
  const origin = 0 as ElapsedMs;
  for (let n = 1; n <= 9; n += 1) connects(`192.0.2.${n}`, 1);
  expect([...limits.takeChanges(origin)]).toHaveLength(9 + 1 + 2);
  expect([...limits.takeChanges(origin)]).toEqual([]);
  connects("192.0.2.3", 2);
  expect([...limits.takeChanges(origin)].map(([key]) => key).sort()).toEqual(
    ["address 192.0.2.3", "network 192.0.2.0/24", "newcomers", "strangers"].sort(),
  );
  clock.ms += 3_600_001;
  connects("203.0.113.1", 1);
  const gone = [...limits.takeChanges(origin)].filter(([, value]) => value === null);
  expect(gone.map(([key]) => key)).toEqual([
    "address 192.0.2.1",
    "address 192.0.2.2",
    "network 192.0.2.0/24",
  ]);
});

test("what can't be read of another leader's buckets is passed over", () => {
  const { limits, connects } = throttle();
  for (const value of [null, 7, [], ["1", 2], { tokens: 0 }]) {
    limits.restore("address 192.0.2.1", value, 0 as ElapsedMs);
    limits.restore("strangers", value, 0 as ElapsedMs);
  }
  expect(connects("192.0.2.1", 1000)).toBe(512);
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
