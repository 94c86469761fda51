import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readText } from "../../lib/file-manager/disk/text-file.ts";

/** Files that people write: passwords, the message of the day, settings. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "text-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const UTF_16 = Buffer.from("\ufeff비밀 password\r\n", "utf16le");

test.each([
  ["UTF-8", Buffer.from("비밀 password\r\n")],
  ["UTF-8 with a byte order mark, as Notepad writes it", Buffer.from("\ufeff비밀 password\r\n")],
  ["UTF-16, as PowerShell's > writes it", UTF_16],
  ["UTF-16 of the other order", Buffer.from(UTF_16).swap16()],
])("a text in %s is read without its mark", (_encoding, bytes) => {
  const path = join(folder, "password.txt");
  writeFileSync(path, bytes);
  expect(readText(path)).toBe("비밀 password\r\n");
});

test("a file that isn't there has no text", () => {
  expect(readText(join(folder, "none"))).toBeNull();
});
