import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import { PlacedFiles } from "../../lib/file-manager/files/placed-files.ts";
import { UnfinishedFiles } from "../../lib/file-manager/files/unfinished-files.ts";
import {
  DAY_FILE,
  HOUR_MS,
  openStore,
  PREVIEW,
  randomBytes,
  receive,
  uploadOf,
} from "./file-store-stage.ts";

/** Files between their arrival and their place, on a disk that refuses, and beside sweeps. */

describe("a file that waits for its place", () => {
  test("is neither swept nor given to another upload", () => {
    const { folder } = openStore();
    const bytes = randomBytes(50);
    const upload = uploadOf(bytes, { preview: 1 });
    for (const isNewThread of [false, true]) {
      const before = new UnfinishedFiles(folder);
      const file = before.open(upload);
      file.write(Buffer.concat([bytes, bytes.subarray(0, 1)]));
      expect(file.finish()).toBe("stored");
      const unfinished = isNewThread ? new UnfinishedFiles(folder, [file.key]) : before;
      unfinished.sweep(Date.now() + 2 * HOUR_MS);
      expect(readdirSync(join(folder, "unfinished")).sort()).toEqual([
        file.key,
        `${file.key}.preview`,
      ]);
      expect(unfinished.find(upload)).toEqual({ key: "", bytes: 0 });
      const second = unfinished.open(upload);
      expect(second.key).toBe(`${file.key}-2`);
      second.close();
      unfinished.drop(file.key);
      unfinished.drop(second.key);
    }
  });

  test("waits also while the thread rests, until somebody says what becomes of it", async () => {
    const { store } = openStore();
    const bytes = randomBytes(50);
    const upload = uploadOf(bytes);
    const { key } = await receive(store, upload, bytes);
    store.rest();
    expect(await store.ask({ kind: "unfinished-file", ...upload })).toEqual({ key: "", bytes: 0 });
    await store.ask({ kind: "drop-file", key });
    store.rest();
    const again = await receive(store, upload, bytes);
    expect(again).toEqual({ key, offset: 0, outcome: "stored" });
    // Its sender's connections broke before its message was sent.
    await store.ask({ kind: "keep-file", key });
    store.rest();
    const question = { kind: "unfinished-file", ...upload } as const;
    expect(await store.ask(question)).toEqual({ key, bytes: 50 });
    const last = await receive(store, { ...upload, offset: 50 }, bytes);
    expect(last).toEqual({ key, offset: 50, outcome: "stored" });
    // Another server leads: whoever sent it goes on at its end.
    store.close();
    expect(await store.ask(question)).toEqual({ key, bytes: 50 });
  });

  test("comes there though its folder is removed as an empty one meanwhile", () => {
    const { folder } = openStore();
    const bytes = randomBytes(50);
    const unfinished = new UnfinishedFiles(folder);
    const file = unfinished.open(uploadOf(bytes));
    file.write(bytes);
    file.finish();
    let sweeps = 2;
    new PlacedFiles(folder).place(
      {
        move(key, part, path) {
          sweeps -= 1;
          if (sweeps >= 0) rmSync(join(folder, "room"), { recursive: true });
          unfinished.move(key, part, path);
        },
        sizeOf: (key) => unfinished.sizeOf(key),
        drop: (key) => unfinished.drop(key),
      },
      file.key,
      DAY_FILE,
      null,
    );
    expect(readFileSync(join(folder, DAY_FILE)).equals(bytes)).toBe(true);
  });
});

describe("what the disk has refused is not believed:", () => {
  function refusing(call: "write" | "syncNow", times: number): Disk {
    let left = times;
    const refuse = (): void => {
      left -= 1;
      if (left === 0) throw Object.assign(new Error("EIO"), { code: "EIO" });
    };
    return {
      ...DISK,
      write(...args) {
        if (call === "write") refuse();
        return DISK.write(...args);
      },
      syncNow(fd) {
        if (call === "syncNow") refuse();
        DISK.syncNow(fd);
      },
    };
  }

  test.each([
    ["a write in its midst", "write", 2],
    ["its sync", "syncNow", 1],
    ["its preview", "write", 3],
    ["its preview's sync", "syncNow", 2],
  ] as const)("of a file after %s nothing stays, and it is sent anew", (_, call, times) => {
    const { folder } = openStore();
    const bytes = randomBytes(100);
    const upload = uploadOf(bytes, { preview: 1 });
    const unfinished = new UnfinishedFiles(folder, [], refusing(call, times));
    const file = unfinished.open(upload);
    expect(() => {
      file.write(bytes.subarray(0, 50));
      file.write(bytes.subarray(50));
      file.write(bytes.subarray(0, 1));
      file.finish();
    }).toThrow("EIO");
    file.discard();
    expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
    expect(unfinished.find(upload)).toEqual({ key: "", bytes: 0 });
    const again = unfinished.open(upload);
    expect([again.key, again.bytes]).toEqual([file.key, 0]);
    again.close();
  });

  test("what can't be deleted then is nobody's to go on with", () => {
    const { folder } = openStore();
    const bytes = randomBytes(100);
    const upload = uploadOf(bytes, { offset: 100 });
    const unfinished = new UnfinishedFiles(folder);
    const file = unfinished.open(upload);
    file.write(bytes.subarray(0, 50));
    const path = unfinished.pathOf(file.key);
    rmSync(path);
    mkdirSync(join(path, "not empty"), { recursive: true });
    file.discard();
    expect(unfinished.find(upload)).toEqual({ key: "", bytes: 0 });
    const again = unfinished.open(upload);
    expect(again.key).toBe(`${file.key}-2`);
    again.close();
  });
});

test("folders that are empty when their files were removed are removed as well", async () => {
  const { folder, store } = openStore();
  const paths = [DAY_FILE, PREVIEW, "room/2026-12-01/x"];
  for (const path of paths) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), "");
  }
  await store.ask({ kind: "remove-files", paths: [DAY_FILE, "none/2026-12-01/x"] });
  expect(existsSync(join(folder, PREVIEW))).toBe(true);
  await store.ask({ kind: "remove-files", paths: [PREVIEW] });
  expect(readdirSync(join(folder, "room"))).toEqual(["2026-12-01"]);
  await store.ask({ kind: "remove-files", paths });
  expect(readdirSync(folder)).toEqual([]);
});
