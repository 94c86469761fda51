import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { zipSync } from "fflate";
import { readLogFiles } from "../../lib/file-manager/import/input/log-files.ts";

/** The files of a log that somebody else made: how much they may be, and what is no file. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const BYTES_MAX = 10_000;
const isLog = (name: string) => name.endsWith(".log");
const spaces = Buffer.alloc(BYTES_MAX / 2 - 100, 0x20);

function sizes(path: string): number[] | string {
  const read = readLogFiles(path, isLog, null, BYTES_MAX);
  return "refused" in read ? read.refused : read.files.map(({ bytes }) => bytes.length);
}

test("packed files are bounded all together by what they unpack to, in a folder and in a zip", () => {
  for (const [ending, pack] of [
    ["gz", gzipSync],
    ["zst", zstdCompressSync],
  ] as const) {
    const packed = pack(spaces);
    for (const count of [2, 3, 40]) {
      const names = [...Array(count).keys()].map((n) => `${n}.log.${ending}`);
      const root = join(folder, `${ending}-${count}`);
      mkdirSync(root);
      for (const name of names) writeFileSync(join(root, name), packed);
      const zip = join(folder, `${ending}-${count}.zip`);
      const entries = Object.fromEntries(
        names.map((name) => [name.slice(0, -ending.length - 1), packed]),
      );
      writeFileSync(zip, zipSync(entries, { level: 0 }));
      for (const path of [root, zip]) {
        const expected =
          count === 2 ? [spaces.length, spaces.length] : expect.stringContaining("is larger than");
        expect([path, sizes(path)]).toEqual([path, expected]);
      }
    }
  }
});

test("one packed file is bounded, and a damaged one is told so", () => {
  const path = join(folder, "tea.log.gz");
  writeFileSync(path, gzipSync(Buffer.alloc(BYTES_MAX)));
  expect(sizes(path)).toEqual([BYTES_MAX]);
  writeFileSync(path, gzipSync(Buffer.alloc(BYTES_MAX + 1)));
  expect(sizes(path)).toContain("is larger than");
  writeFileSync(path, Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(50, 7)]));
  expect(sizes(path)).toContain("cannot be read");
});

test("what is no file is refused, since it may never end", () => {
  const path = join(folder, "tea.log");
  Bun.spawnSync(["mkfifo", path]);
  expect(sizes(path)).toContain("is no file");
  expect(sizes("/dev/zero")).toContain("is no file");
});
