import { expect, test } from "bun:test";
import { SyncFailures } from "../../lib/file-manager/disk/sync-failures.ts";

test("a disk that goes on refusing is told of once a minute for each file, and when it is well", () => {
  const told: string[] = [];
  let now = 0;
  const refusals = new SyncFailures(
    (text) => told.push(text),
    () => now,
  );
  const io = Object.assign(new Error("io"), { code: "EIO" });
  for (; now < 120_000; now += 500) for (const path of ["tea", "rice"]) refusals.refused(path, io);
  const [tea, rice] = ["tea", "rice"].map(
    (path) => `${path} may not be safe on disk: the disk reported an error.`,
  );
  expect<unknown>(told.splice(0)).toEqual([tea, rice, tea, rice]);
  for (const path of ["tea", "tea", "noodles"]) refusals.resolved(path);
  expect(told.splice(0)).toEqual(["tea is safe on disk again."]);
  // What is no more is not safe again, and what is refused anew is told at once.
  refusals.forget("rice");
  refusals.resolved("rice");
  refusals.refused("tea", io);
  expect<unknown>(told).toEqual([tea]);
});
