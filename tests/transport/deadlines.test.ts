import { expect, test } from "bun:test";
import { Deadlines } from "../../lib/transport/deadlines.ts";

test("items that expire are reported once, in order; those that were done in time are not", async () => {
  const expired: string[] = [];
  await new Promise<void>((resolve) => {
    const deadlines = new Deadlines<string>(20, (name) => {
      expired.push(name);
      if (name === "last") resolve();
    });
    for (const name of ["mina", "jun", "sora", "last"]) deadlines.start(name);
    deadlines.done("jun");
  });
  expect(expired).toEqual(["mina", "sora", "last"]);
});
