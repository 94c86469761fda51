import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MetricsFile } from "../../lib/file-manager/metrics-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "metrics-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the file is replaced whole by a new one, which every user may read", async () => {
  const path = join(folder, "sodam.prom");
  const problems: string[] = [];
  const file = new MetricsFile(path, (text) => problems.push(text));
  await file.write("first\n");
  const { ino, mode } = statSync(path);
  expect(mode & 0o444).toBe(0o444);
  // What a killed server left.
  writeFileSync(join(folder, ".sodam.prom.new"), "half");
  await file.write("second\n");
  expect(readFileSync(path, "utf8")).toBe("second\n");
  expect(statSync(path).ino).not.toBe(ino);
  expect(readdirSync(folder)).toEqual(["sodam.prom"]);
  expect(problems).toEqual([]);
});

test("every user may read it also where the umask leaves files to the server alone", async () => {
  const path = join(folder, "sodam.prom");
  const before = process.umask(0o077);
  try {
    await new MetricsFile(path, () => {}).write("first\n");
  } finally {
    process.umask(before);
  }
  expect(statSync(path).mode & 0o777).toBe(0o644);
});

test("a stopped server leaves no file, and writes none later", async () => {
  const path = join(folder, "sodam.prom");
  const file = new MetricsFile(path, () => {});
  await file.write("first\n");
  const late = file.write("second\n");
  file.close();
  await late;
  await file.write("third\n");
  expect(existsSync(path)).toBe(false);
});

test("a folder that isn't there is reported, and the server goes on", async () => {
  const problems: string[] = [];
  const path = join(folder, "none", "sodam.prom");
  await new MetricsFile(path, (text) => problems.push(text)).write("x\n");
  expect(problems).toEqual([`${path} cannot be written: the file or its folder does not exist.`]);
});
