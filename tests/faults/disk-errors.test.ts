import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import {
  cannotLink,
  cannotSyncFiles,
  cannotSyncFolders,
  fsErrorText,
} from "../../lib/file-manager/disk/fs-errors.ts";
import type { Outcome } from "./disk-errors-run.ts";

/**
 * Every call on files × every error that disks give: the server and its owner's tasks go on, or end with a
 * sentence that names the path and the true cause, and nothing that was acknowledged is lost.
 */

/** Sentences about what an earlier failure has left out: they have no cause of their own. */
const CONSEQUENCES =
  /There is no (?:room|account) |holds no data of a server|there is no such folder|problem found, 0 mended|is safe on disk again|on a disk that can't sync/;
/** A program may take these for "there is nothing" and "it is there already". */
const ABSENCE = ["ENOENT", "EEXIST"];

let outcomes: readonly Outcome[] = [];
let calls: readonly string[] = [];

beforeAll(async () => {
  const child = Bun.spawn(
    [
      process.execPath,
      "--preload",
      join(import.meta.dir, "failing-system.ts"),
      join(import.meta.dir, "disk-errors-run.ts"),
    ],
    { stdout: "pipe", stderr: "inherit" },
  );
  const result = JSON.parse(await new Response(child.stdout).text());
  outcomes = result.outcomes;
  calls = result.counts.map(([call]: [string, number]) => call);
}, 120_000);

function nameOf({ call, nth, code }: Outcome): string {
  return `${call}${nth === null ? "" : ` (${nth})`} ${code}`;
}

function sentencesOf({ refused, problems }: Outcome): readonly string[] {
  return [...refused, ...problems].filter((sentence) => !CONSEQUENCES.test(sentence));
}

test("the runs reach every call on files that a server makes", () => {
  expect(calls).toContain("fs.fsyncSync");
  expect(calls).toContain("fs.linkSync");
  expect(calls).toContain("Bun.listen");
  expect(calls).toContain("handle.datasync");
  expect(calls.length).toBeGreaterThan(30);
  expect(outcomes.length).toBeGreaterThan(1000);
});

test("no error ends the process, and nothing that was acknowledged is lost", () => {
  const wrong = outcomes.filter((outcome) => outcome.wrong.length > 0);
  expect(wrong.map((outcome) => `${nameOf(outcome)}: ${outcome.wrong.join("; ")}`)).toEqual([]);
});

test("each refusal names the path, and has no stack", () => {
  const wrong = outcomes.flatMap((outcome) =>
    sentencesOf(outcome)
      .filter((sentence) => !sentence.includes("/faults-") || /\n\s+at /.test(sentence))
      .map((sentence) => `${nameOf(outcome)}: ${sentence}`),
  );
  expect(wrong).toEqual([]);
});

test("each refusal names the true cause", () => {
  const wrong = outcomes
    .filter(({ code }) => !ABSENCE.includes(code) && code !== "")
    .flatMap((outcome) =>
      sentencesOf(outcome)
        .filter((sentence) => !sentence.includes(fsErrorText(outcome)))
        .map((sentence) => `${nameOf(outcome)}: ${sentence}`),
    );
  expect(wrong).toEqual([]);
});

test("a server starts on a disk without syncs, links, sockets or permissions", () => {
  const isBearable = (outcome: Outcome): boolean => {
    switch (outcome.call) {
      case "fs.fsyncSync":
      case "handle.sync":
        return cannotSyncFolders(outcome);
      case "fs.fdatasync":
      case "fs.fdatasyncSync":
      case "handle.datasync":
        return cannotSyncFiles(outcome);
      case "fs.linkSync":
      case "promises.link":
        return cannotLink(outcome);
      case "Bun.listen":
        return process.platform === "linux";
      case "fs.fchmodSync":
        return true;
      default:
        return false;
    }
  };
  const bearable = outcomes.filter(isBearable);
  expect(bearable.length).toBeGreaterThan(60);
  const stopped = bearable.filter(({ hasStarted, refused }) => !hasStarted || refused.length > 0);
  expect(stopped.map((outcome) => `${nameOf(outcome)}: ${outcome.refused.join("; ")}`)).toEqual([]);
});

test("a start says once what its disk lacks", () => {
  const folders = outcomes.find(({ call, code }) => call === "fs.fsyncSync" && code === "EINVAL");
  const files = outcomes.find(
    ({ call, nth, code }) => call === "fs.fdatasyncSync" && nth === null && code === "ENOSYS",
  );
  const said = (outcome: Outcome | undefined, what: string) =>
    outcome?.problems.filter((problem) => problem.includes(what)).length;
  expect(said(folders, "can't sync folders")).toBe(1);
  expect(said(files, "can't sync files")).toBe(1);
});

test("a disk that counts no names and tells no kinds of entries is as good as another", () => {
  const reticent = outcomes.find(({ code }) => code === "");
  expect(reticent).toMatchObject({ hasStarted: true, refused: [], problems: [], wrong: [] });
});
