import { expect, test } from "bun:test";
import { Gate, household, plainAddress } from "../../lib/transport/gate.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
])("%s counts as %s", (address, counted) => {
  expect(household(address)).toBe(counted);
});

test("an IPv4 address over an IPv6 socket is written as IPv4", () => {
  expect(plainAddress("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(plainAddress("2001:db8::1")).toBe("2001:db8::1");
});

test("the count of an address goes back to nothing", () => {
  const gate = new Gate({ connectionsPerAddressMax: 2 });
  expect(["a", "a", "a", "b"].map((address) => gate.enter(address))).toEqual([
    "in",
    "in",
    "address-full",
    "in",
  ]);
  gate.leave("a");
  expect(gate.enter("a")).toBe("in");
  gate.leave("a");
  gate.leave("a");
  gate.leave("b");
  expect(gate.here).toBe(0);
});
