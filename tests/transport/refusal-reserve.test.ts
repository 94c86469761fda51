import { expect, test } from "bun:test";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import {
  REFUSALS_MAX,
  REFUSALS_PER_SECOND,
  RefusalReserve,
} from "../../lib/transport/refusal-reserve.ts";

const holder = (address: string) => ({ address, evict() {} });

/** A reserve on a clock that the test moves. */
function reserve() {
  const clock = { ms: 1000 };
  const refusals = new RefusalReserve(() => clock.ms as ElapsedMs);
  /** Refuses so many connections, each from another network, and returns those that the reserve took. */
  const refuses = (count: number, network: string) =>
    Array.from({ length: count }, (_, n) => holder(`${network}.${n}`)).filter((one) =>
      refusals.take(one, "full"),
    );
  return { clock, refusals, refuses };
}

test("so many connections of a second are taken, however many come", () => {
  const { clock, refuses } = reserve();
  expect(refuses(200, "192.0.2")).toHaveLength(REFUSALS_PER_SECOND);
  clock.ms += 500;
  expect(refuses(200, "198.51.100")).toHaveLength(REFUSALS_PER_SECOND / 2);
});

test("there are never more at once than the limit, and each that ends gives its place back", () => {
  const { clock, refusals, refuses } = reserve();
  const taken = [];
  for (let n = 0; n < 10; n += 1, clock.ms += 1000) taken.push(...refuses(50, `192.0.${n}`));
  expect(taken).toHaveLength(REFUSALS_MAX);
  for (const one of taken) refusals.leave(one);
  expect(refuses(50, "203.0.113")).toHaveLength(REFUSALS_PER_SECOND);
});

test("an address has one of them, and an IPv6 network too", () => {
  const { refusals } = reserve();
  const [first, second] = [holder("2001:db8::1"), holder("2001:db8::2")];
  expect(refusals.take(first, "address-full")).toBe(true);
  expect(refusals.take(second, "address-full")).toBe(false);
  expect([refusals.rejectionOf(first), refusals.rejectionOf(second)]).toEqual([
    "address-full",
    null,
  ]);
  refusals.leave(second);
  expect(refusals.take(second, "full")).toBe(false);
  refusals.leave(first);
  expect(refusals.take(second, "full")).toBe(true);
});
