import { expect, test } from "bun:test";
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Folder, ROOT, run, SERVER } from "./program.ts";

/** `--check` and `doctor` on a data folder that no server uses: they look, and change nothing. */

/** Returns the contents and times of all files in a folder but the lock's, by their paths. */
function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => path !== join(folder, "lock"))
      .sort()
      .map((path) => {
        const { mtimeMs, mode } = statSync(path);
        const text = statSync(path).isFile() ? readFileSync(path, "utf8") : "";
        return [path, `${mtimeMs} ${mode} ${text}`];
      }),
  );
}

function formatOne(folder: Folder): string {
  cpSync(join(ROOT, "tests/fixtures/format-1"), folder.at("data"), { recursive: true });
  return folder.at("data");
}

test("--check of a folder of an older format changes nothing, and says what a start will do", async () => {
  using folder = new Folder();
  const data = formatOne(folder);
  const before = contents(data);
  const check = await run([...SERVER, "--check"], { cwd: folder.path });
  expect(check).toMatchObject({ code: 0 });
  expect(check.stdout).toContain("good");
  expect(check.stderr).toContain("has an older format. The next start brings it to the new one");
  expect(contents(data)).toEqual(before);
  expect(readdirSync(folder.path)).toEqual(["data"]);
});

test("--check reads an older folder as the upgrade leaves it, and names what is wrong where it is", async () => {
  using folder = new Folder();
  const data = formatOne(folder);
  writeFileSync(join(data, "people.journal"), "{\n{\n");
  const before = contents(data);
  const check = await run([...SERVER, "--check"], { cwd: folder.path });
  expect(check).toMatchObject({ code: 1, stdout: "" });
  expect(check.stderr).toContain(join("data", "people.journal"));
  expect(contents(data)).toEqual(before);
});

test("--check of a folder that isn't there makes neither folder nor certificate", async () => {
  using folder = new Folder();
  const check = await run([...SERVER, "--check"], { cwd: folder.path });
  expect(check).toMatchObject({ code: 0, stderr: "" });
  expect(readdirSync(folder.path)).toEqual([]);
});

test("--check reads a folder after a crash, and leaves half a line to the start", async () => {
  using folder = new Folder();
  const data = formatOne(folder);
  writeFileSync(join(data, "users.journal"), '{"n":1', { flag: "a" });
  const before = contents(data);
  const check = await run([...SERVER, "--check"], { cwd: folder.path });
  expect(check).toMatchObject({ code: 0 });
  expect(contents(data)).toEqual(before);
});

test.each([[[]], [["--lang", "ko"]]])("doctor without --mend changes nothing %p", async (flags) => {
  using folder = new Folder();
  const data = formatOne(folder);
  const before = contents(data);
  const doctor = await run([...SERVER, "doctor", ...flags], { cwd: folder.path });
  expect(doctor).toMatchObject({ code: 1, stdout: "" });
  expect(contents(data)).toEqual(before);
});
