import { expect, test } from "bun:test";
import { ConnectionLimits } from "../../lib/transport/connection-limits.ts";

test("the count of an address goes back to nothing", () => {
  const gate = new ConnectionLimits({ connectionsPerAddressMax: 2 });
  expect(["a", "a", "a", "b"].map((address) => gate.admit(address))).toEqual([
    "in",
    "in",
    "address-full",
    "in",
  ]);
  gate.leave("a");
  expect(gate.admit("a")).toBe("in");
  gate.leave("a");
  gate.leave("a");
  gate.leave("b");
  expect(gate.count).toBe(0);
});
