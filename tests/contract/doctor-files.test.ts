import { afterEach, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { examine } from "../../lib/file-manager/maintenance/doctor.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import { NOON } from "./room-log-events.ts";
import { fileOf, removeFolders, sentDataFolder, writes } from "./sent-data-folder.ts";

/** What the doctor says of the files that people sent. */

afterEach(removeFolders);

function examined(data: string, isThorough = true) {
  return examine(data, AccountStore.of, NOON + 86_400_000, null, undefined, isThorough).filter(
    ({ path }) => path.startsWith(join(data, "files")),
  );
}

async function folder() {
  const { data, sent } = await sentDataFolder();
  const [a, b, c] = sent.map(({ file }) => file);
  if (a === undefined || b === undefined || c === undefined) throw new Error("none");
  return { data, a, b, c, at: (path: string) => join(data, "files", path) };
}

test("files that are as they were sent are no finding", async () => {
  const { data, at } = await folder();
  writes(at("unfinished/mina-1"), "half");
  expect(examined(data)).toEqual([]);
});

test("a file that is missing, has another size or other bytes, or no message is found", async () => {
  const { data, at, a, b, c } = await folder();
  rmSync(at(a.path));
  writeFileSync(at(previewPath(b)), "longer");
  writeFileSync(at(c.path), "d.jsonl");
  const orphan = fileOf("orphan.txt").path;
  writes(at(orphan), "x");
  const told = () => examined(data).map(({ path, problem }) => [path, problem]);
  expect(told()).toEqual([
    [at(a.path), "a message has this file, and it isn't there"],
    [at(previewPath(b)), "it has 6 bytes, and 3 bytes were sent"],
    [at(c.path), "its bytes aren't those that were sent"],
    [at(orphan), "no message has this file"],
  ]);
  expect(examined(data, false).map(({ path }) => path)).not.toContain(at(c.path));
  // What can be mended is moved away, and stays readable.
  for (const { repair } of examined(data)) repair?.run();
  expect(told().map(([path]) => path)).toEqual([at(a.path), at(previewPath(b)), at(c.path)]);
  expect(readFileSync(join(data, "mended/files", c.path), "utf8")).toBe("d.jsonl");
  expect(existsSync(join(data, "mended/files", orphan))).toBe(true);
});

test("a file that was sent after rooms.json was written is missing as well", async () => {
  const { data, at, a, b } = await folder();
  const rooms = JSON.parse(readFileSync(join(data, "rooms.json"), "utf8"));
  // It has the first file's event, and no other.
  rooms.conversations[0].at = 2;
  writeFileSync(join(data, "rooms.json"), JSON.stringify({ ...rooms, files: [] }));
  rmSync(at(a.path));
  rmSync(at(b.path));
  rmSync(at(previewPath(b)));
  expect(examined(data).map(({ path }) => path)).toEqual([at(b.path), at(previewPath(b))]);
});

test("a file of no message that others may read is first made private, and then moved", async () => {
  const { data, at } = await folder();
  const orphan = fileOf("orphan.txt").path;
  writes(at(orphan), "x");
  chmodSync(at(orphan), 0o644);
  for (const { repair } of examined(data)) repair?.run();
  expect(examined(data)).toEqual([]);
  expect(statSync(join(data, "mended/files", orphan)).mode & 0o777).toBe(0o600);
});

test("a file whose message was deleted, or that is older than files are kept, isn't missing", async () => {
  const { data, at, a, b } = await folder();
  // Deleted: its line is erased, and rooms.json is a minute behind.
  const day = join(data, "history/tea-1/2026-11-22.jsonl");
  const lines = readFileSync(day, "utf8").split("\n");
  const erase = (line: string) => JSON.stringify({ ...JSON.parse(line), text: "", gone: true });
  writeFileSync(day, lines.map((line) => (line.includes("a.txt") ? erase(line) : line)).join("\n"));
  rmSync(at(a.path));
  // Too old: its message stays, and rooms.json doesn't have it.
  const rooms = JSON.parse(readFileSync(join(data, "rooms.json"), "utf8"));
  const files = rooms.files.filter((sent: { file: { id: string } }) => sent.file.id !== b.id);
  writeFileSync(join(data, "rooms.json"), JSON.stringify({ ...rooms, files }));
  rmSync(at(b.path));
  rmSync(at(previewPath(b)));
  expect(examined(data)).toEqual([]);
});

test("while messages may be in the log of records alone, no file is without one", async () => {
  const { data, at } = await folder();
  writes(at(fileOf("orphan.txt").path), "x");
  writes(join(data, "records.journal"), "");
  expect(examined(data)).toEqual([]);
});
