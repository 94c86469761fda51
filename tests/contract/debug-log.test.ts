import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChatLog } from "../../lib/file-manager/client/chat-log.ts";
import { openDebugLog } from "../../lib/file-manager/client/debug-log.ts";
import { WriteFailures } from "../../lib/file-manager/client/write-failures.ts";

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

test("a trace and a chat log that can't be written any more are reported once each", () => {
  inFolder((folder) => {
    const failures = new WriteFailures();
    const told: unknown[] = [];
    const path = join(folder, "debug.log");
    const full = Object.assign(new Error("full"), { code: "ENOSPC" });
    failures.failed(path, full);
    failures.failed(path, full);
    const stop = failures.listen((failure) => told.push(failure));
    failures.failed(join(folder, "logs"), Object.assign(new Error("ro"), { code: "EROFS" }));
    stop();
    failures.failed(join(folder, "later"), full);
    expect(told).toEqual([
      { path, why: "full" },
      { path: join(folder, "logs"), why: "read-only" },
    ]);
  });
});

test("a chat log reports what it can't write", () => {
  inFolder((folder) => {
    const failed: string[] = [];
    const logs = join(folder, "logs");
    const opened = openChatLog(
      logs,
      () => 0,
      (path) => failed.push(path),
    );
    if ("refused" in opened) throw new Error(opened.refused);
    rmSync(logs, { recursive: true });
    // A file lies where the folder was.
    writeFileSync(logs, "");
    opened.log({ host: "chat.example", port: 6697 }, "#tea", {
      time: 0,
      nick: "jun",
      kind: "said",
      text: "hi",
      account: null,
    });
    expect(failed).toEqual([logs]);
  });
});
