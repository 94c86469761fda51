import { afterEach, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import {
  finishStagedChange,
  isChangeUnfinished,
  StagedChange,
} from "../../lib/file-manager/disk/staged-change.ts";
import { formatProblem } from "../../lib/file-manager/upgrade.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "staged-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function textsIn(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

const BEFORE = { "a.json": "old a", "tea/1.jsonl": "old 1", "tea/2.jsonl": "old 2" };
const AFTER = { "a.json": "new a", "tea/0.jsonl": "new 0", "tea/1.jsonl": "new 1" };

/** Stages what makes AFTER of BEFORE. */
function stage(folder: string): StagedChange {
  const change = new StagedChange(folder);
  change.put("a.json", "new a");
  change.put("tea/0.jsonl", "new 0");
  change.put("tea/1.jsonl", "new 1");
  change.remove("tea/2.jsonl");
  return change;
}

test("all files change, and nothing else is left", () => {
  const folder = folderWith(BEFORE);
  stage(folder).apply();
  expect(textsIn(folder)).toEqual(AFTER);
  expect(statSync(join(folder, "tea", "1.jsonl")).mode & 0o777).toBe(0o600);
});

test("a crash before the files are complete leaves the old ones", () => {
  const folder = folderWith(BEFORE);
  stage(folder);
  expect(isChangeUnfinished(folder)).toBe(false);
  finishStagedChange(folder);
  expect(textsIn(folder)).toEqual(BEFORE);
});

test("a crash at any later point is continued, and until then no task uses the folder", () => {
  const steps: readonly ((folder: string) => void)[] = [
    (folder) => renameSync(join(folder, ".upgrade/files/a.json"), join(folder, "a.json")),
    (folder) => renameSync(join(folder, ".upgrade/files/tea/0.jsonl"), join(folder, "tea/0.jsonl")),
    (folder) => renameSync(join(folder, ".upgrade/files/tea/1.jsonl"), join(folder, "tea/1.jsonl")),
    (folder) => rmSync(join(folder, "tea/2.jsonl")),
  ];
  for (let done = 0; done <= steps.length; done += 1) {
    const folder = folderWith(BEFORE);
    stage(folder);
    const paths = ["a.json", "tea/0.jsonl", "tea/1.jsonl", "tea/2.jsonl"];
    const plan = { paths, removed: ["tea/2.jsonl"] };
    writeFileSync(join(folder, ".upgrade", "ready.json"), JSON.stringify(plan));
    for (const step of steps.slice(0, done)) step(folder);
    expect(formatProblem(folder)).toContain("was interrupted. Start the server once");
    finishStagedChange(folder);
    expect([done, textsIn(folder)]).toEqual([done, AFTER]);
    expect(existsSync(join(folder, ".upgrade"))).toBe(false);
    finishStagedChange(folder);
    expect(textsIn(folder)).toEqual(AFTER);
  }
});

test("the plan that apply writes is the one that a later start continues", () => {
  const folder = folderWith(BEFORE);
  const change = stage(folder);
  // A folder in the place of a file: the change stops there.
  rmSync(join(folder, "tea/1.jsonl"));
  mkdirSync(join(folder, "tea/1.jsonl"));
  expect(() => change.apply()).toThrow();
  expect(isChangeUnfinished(folder)).toBe(true);
  const copy = `${folder}-copy`;
  folders.push(copy);
  cpSync(folder, copy, { recursive: true });
  rmSync(join(copy, "tea/1.jsonl"), { recursive: true });
  finishStagedChange(copy);
  expect(textsIn(copy)).toEqual(AFTER);
});

test("a plan that names something outside of the folder is refused, and nothing is changed", () => {
  const outside = folderWith({ "precious.txt": "mine" });
  for (const plan of [
    { paths: ["../PLACE/precious.txt"], removed: ["../PLACE/precious.txt"] },
    { paths: ["a.json", "tea/../../PLACE/precious.txt"], removed: [] },
    { paths: ["a.json"], removed: [], old: "../PLACE/old" },
  ]) {
    const folder = folderWith(BEFORE);
    const place = basename(outside);
    mkdirSync(join(folder, ".upgrade/files"), { recursive: true });
    writeFileSync(join(folder, ".upgrade/files/a.json"), "new a");
    const text = JSON.stringify(plan).replaceAll("PLACE", place);
    writeFileSync(join(folder, ".upgrade/ready.json"), text);
    expect(() => finishStagedChange(folder)).toThrow("outside of");
    expect(textsIn(folder)).toMatchObject(BEFORE);
    expect(textsIn(outside)).toEqual({ "precious.txt": "mine" });
  }
});
