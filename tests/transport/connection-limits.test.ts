import { expect, test } from "bun:test";
import { Gate } from "../../lib/transport/connection-limits.ts";

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
