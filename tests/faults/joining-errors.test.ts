import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { JoinOutcome } from "./joining-errors-run.ts";

/** Every call on files that a transfer makes, with errors that disks give: a sentence, and the next join completes it. */

let outcomes: readonly JoinOutcome[] = [];
let calls: readonly string[] = [];

beforeAll(async () => {
  const folder = import.meta.dir;
  const script = [
    "--preload",
    join(folder, "failing-system.ts"),
    join(folder, "joining-errors-run.ts"),
  ];
  const child = Bun.spawn([process.execPath, ...script], { stdout: "pipe", stderr: "inherit" });
  ({ outcomes, calls } = JSON.parse(await child.stdout.text()));
}, 120_000);

const nameOf = ({ call, nth, code, isBeside }: JoinOutcome): string =>
  `${call} ${nth ?? "all"} ${code}${isBeside ? ", with an old folder" : ""}`;

test("the runs reach the calls of both ends", () => {
  for (const call of [
    "fs.open",
    "fs.read",
    "handle.write",
    "promises.rename",
    "promises.rmdir",
    "promises.link",
    "fs.renameSync",
  ]) {
    expect(calls).toContain(call);
  }
  expect(outcomes.length).toBeGreaterThan(250);
  expect(outcomes.filter(({ refused }) => refused !== null).length).toBeGreaterThan(30);
});

test("no error ends the process or leaves a wrong folder, and the next join completes it", () => {
  const wrong = outcomes.filter((outcome) => outcome.wrong.length > 0);
  expect(wrong.map((outcome) => `${nameOf(outcome)}: ${outcome.wrong.join("; ")}`)).toEqual([]);
});

test("an owner reads a sentence with the true cause", () => {
  const odd = outcomes.filter(
    ({ refused }) =>
      refused !== null && (/injected|undefined/.test(refused) || !/\.$/.test(refused)),
  );
  expect(odd.map((outcome) => `${nameOf(outcome)}: ${outcome.refused}`)).toEqual([]);
});

test("a disk without syncs, permissions or links is no failure", () => {
  const lacking = outcomes.filter(
    ({ call, code, refused }) =>
      refused !== null &&
      code === "EINVAL" &&
      /\.(?:f(?:data)?sync(?:Sync)?|(?:data)?sync|chmod|link(?:Sync)?)$/.test(call),
  );
  expect(lacking.map(nameOf)).toEqual([]);
});
