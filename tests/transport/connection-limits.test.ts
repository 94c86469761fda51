import { expect, test } from "bun:test";
import { ConnectionLimits } from "../../lib/transport/connection-limits.ts";

test("the count of an address returns to 0", () => {
  const limits = new ConnectionLimits({ connectionsPerAddressMax: 2 });
  expect(["a", "a", "a", "b"].map((address) => limits.admit(address))).toEqual([
    "in",
    "in",
    "address-full",
    "in",
  ]);
  limits.leave("a");
  expect(limits.admit("a")).toBe("in");
  limits.leave("a");
  limits.leave("a");
  limits.leave("b");
  expect(limits.count).toBe(0);
});
