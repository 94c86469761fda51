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

test("thousands that expire together do so in jobs among others; whoever is done meanwhile is spared", async () => {
  const jobs: (() => void)[] = [];
  const expired: number[] = [];
  let added = Promise.withResolvers<void>();
  const deadlines = new Deadlines<number>(
    20,
    (n) => void expired.push(n),
    (job) => {
      jobs.push(job);
      added.resolve();
    },
  );
  for (let n = 0; n < 1000; n += 1) deadlines.start(n);
  await added.promise;
  expect(expired).toEqual([]);
  jobs.shift()?.();
  const count = expired.length;
  expect(count).toBeWithin(1, 100);
  deadlines.done(count);
  // Some may have been added so late that the next sweep finds them.
  while (expired.length < 999) {
    added = Promise.withResolvers();
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) job();
    if (expired.length < 999) await added.promise;
  }
  expect(expired).toEqual(Array.from({ length: 1000 }, (_, n) => n).filter((n) => n !== count));
});
