import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderProblem } from "../../lib/file-manager/client/state-file.ts";

/** Whether the client's files can be written is known before the first of them is. */

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-client-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder that can be written is made, and nothing is left in it", () => {
  const inner = join(folder, "config", "sodam");
  expect(folderProblem(inner)).toBeNull();
  expect(readdirSync(inner)).toEqual([]);
});

test("a path through a file is no folder", () => {
  writeFileSync(join(folder, "file"), "");
  expect(folderProblem(join(folder, "file", "sodam"))).toBe("no-folder");
});

test("a folder on a full disk can't be written, though the permission is there", () => {
  // Every write to this device fails as on a full disk.
  symlinkSync("/dev/full", join(folder, "write-probe"));
  expect(folderProblem(folder)).toBe("full");
  expect(readdirSync(folder)).toEqual([]);
});
