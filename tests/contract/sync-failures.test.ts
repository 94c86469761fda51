import { expect, test } from "bun:test";
import { SyncFailures } from "../../lib/file-manager/disk/sync-failures.ts";

test("failing syncs are reported once a minute per file, and once when they succeed again", () => {
  const reports: string[] = [];
  let now = 0;
  const failures = new SyncFailures(
    (text) => reports.push(text),
    () => now,
  );
  const io = Object.assign(new Error("io"), { code: "EIO" });
  for (; now < 120_000; now += 500) for (const path of ["tea", "rice"]) failures.refused(path, io);
  const [tea, rice] = ["tea", "rice"].map(
    (path) => `${path} may not be safe on disk: the disk reported an error.`,
  );
  expect<unknown>(reports.splice(0)).toEqual([tea, rice, tea, rice]);
  for (const path of ["tea", "tea", "noodles"]) failures.resolved(path);
  expect(reports.splice(0)).toEqual(["tea is safe on disk again."]);
  // What is no more is not safe again, and what is refused anew is reports at once.
  failures.forget("rice");
  failures.resolved("rice");
  failures.refused("tea", io);
  expect<unknown>(reports).toEqual([tea]);
});
