import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDebugLog } from "../../lib/file-manager/client/debug-log.ts";

function inFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "sodam-debug-log-"));
  try {
    run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(path: string, line: string): void {
  const opened = openDebugLog(path);
  if ("refused" in opened) throw new Error(opened.refused);
  opened.write(line);
}

test("only the owner can read the file, and its first line describes it", () => {
  inFolder((folder) => {
    const path = join(folder, "debug.log");
    write(path, "one\n");
    write(path, "two\n");
    const [header, ...lines] = readFileSync(path, "utf8").split("\n");
    expect(header).toContain("holds what people said");
    expect(lines).toEqual(["one", "two", ""]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

test("a file that others could read is made private", () => {
  inFolder((folder) => {
    const path = join(folder, "debug.log");
    writeFileSync(path, "", { mode: 0o644 });
    write(path, "one\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

test("a path that can't be written is refused in a sentence that names the setting", () => {
  inFolder((folder) => {
    mkdirSync(join(folder, "logs"));
    for (const path of [join(folder, "logs"), join(folder, "none", "debug.log"), "/dev/null"]) {
      const opened = openDebugLog(path);
      expect(opened).toEqual({
        refused: expect.stringMatching(
          / can't be written \(.+\): choose another file for --debug-log$/,
        ),
      });
    }
  });
});
