import { afterEach, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backUp, restoreBackup } from "../../lib/file-manager/maintenance/backup.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import { fileOf, newFolder, removeFolders, sentDataFolder, writes } from "./sent-data-folder.ts";

/** Backups have what people sent, and copy only what is new of it. */

afterEach(removeFolders);

async function backedUp() {
  const { data, sent } = await sentDataFolder();
  const places = { data, certs: newFolder() };
  const target = join(newFolder(), "copy");
  const backs = () => backUp(places, target, "2026-11-22", AccountStore.of);
  const first = await backs();
  return { data, sent, places, target, backs, first };
}

test("a backup has the files that people sent, and a restored folder too", async () => {
  const { sent, target, first } = await backedUp();
  expect(first).toMatchObject({ files: 7 });
  const other = { data: join(newFolder(), "data"), certs: newFolder() };
  expect(restoreBackup(target, other)).toEqual(first);
  for (const { file } of sent) {
    expect(readFileSync(join(other.data, "files", file.path), "utf8")).toBe(file.name);
    if (file.preview === undefined) continue;
    expect(readFileSync(join(other.data, "files", previewPath(file)), "utf8")).toBe("pre");
  }
});

test("an earlier backup is brought up to date: new files come, deleted ones go, the others stay", async () => {
  const { data, sent, target, backs } = await backedUp();
  const [first, second, third] = sent.map(({ file }) => file);
  if (first === undefined || second === undefined || third === undefined) throw new Error("none");
  const copyOf = (path: string) => join(target, "data/files", path);
  utimesSync(copyOf(first.path), 1, 1);
  for (const path of [second.path, previewPath(second)]) rmSync(join(data, "files", path));
  const added = fileOf("d.txt");
  writes(join(data, "files", added.path), "d.txt");
  writeFileSync(join(data, "people.journal"), "");
  expect(await backs()).toMatchObject({ files: 7 });
  expect(statSync(copyOf(first.path)).mtimeMs).toBe(1000);
  expect([second.path, previewPath(second)].map((path) => existsSync(copyOf(path)))).toEqual([
    false,
    false,
  ]);
  expect(readFileSync(copyOf(added.path), "utf8")).toBe("d.txt");
  const other = { data: join(newFolder(), "data"), certs: newFolder() };
  expect(restoreBackup(target, other)).toMatchObject({ files: 7 });
  expect(existsSync(join(other.data, "files", third.path))).toBe(true);
});

test("a copy that doesn't have its size any more is made again", async () => {
  const { sent, target, backs } = await backedUp();
  const path = join(target, "data/files", sent[0]?.file.path ?? "");
  writeFileSync(path, "half");
  expect(await backs()).toMatchObject({ files: 7 });
  expect(readFileSync(path, "utf8")).toBe("a.txt");
});

test("a backup that was broken off is no earlier backup", async () => {
  const { target, backs } = await backedUp();
  rmSync(join(target, "backup.json"));
  expect(await backs()).toEqual({ refused: expect.stringContaining("is not empty") });
});

test("a backup that names files outside of the folder of files is refused", async () => {
  const { target } = await backedUp();
  const manifest = JSON.parse(readFileSync(join(target, "backup.json"), "utf8"));
  for (const path of [
    "data/files/x",
    "data/files/a/b/../c",
    "data/files/a/b/.c",
    "data/files/.a/b/c",
  ]) {
    const files = [...manifest.files, { path, bytes: 1, sha256: "a".repeat(64) }];
    writeFileSync(join(target, "backup.json"), JSON.stringify({ ...manifest, files }));
    const other = { data: join(newFolder(), "data"), certs: newFolder() };
    expect(restoreBackup(target, other)).toEqual({
      refused: expect.stringContaining("is damaged"),
    });
  }
});
