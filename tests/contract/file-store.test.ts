import { describe, expect, test } from "bun:test";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { SLOT_BYTES, SLOTS } from "../../lib/file-manager/files/file-jobs.ts";
import type { OutgoingFile } from "../../lib/file-manager/files/outgoing-file.ts";
import { accountId } from "../account-ids.ts";
import {
  breakOff,
  cleanUps,
  DAY_FILE,
  HOUR_MS,
  openStore,
  PREVIEW,
  randomBytes,
  receive,
  uploadOf,
} from "./file-store-stage.ts";

const FILE_STORE = join(import.meta.dir, "../../lib/file-manager/files/file-store.ts");

/** The folder of files with its real thread. */

async function readAll(file: OutgoingFile): Promise<Buffer> {
  expect(await file.opened).toBe("open");
  const pieces: Buffer[] = [];
  let bytes = 0;
  while (bytes < file.bytes) {
    const piece = file.next();
    if (piece === null) {
      await new Promise<void>((resolve) => {
        file.onFilled = resolve;
      });
    } else {
      pieces.push(Buffer.from(piece));
      bytes += piece.length;
      file.release();
    }
  }
  file.close();
  return Buffer.concat(pieces);
}

describe("a file", () => {
  test.each([0, 1, SLOT_BYTES, SLOT_BYTES * SLOTS * 2 + 12_345])(
    "of %d bytes arrives, is placed, and is read back from any byte",
    async (size) => {
      const { folder, store, problems } = openStore();
      const bytes = randomBytes(size);
      const { key, outcome } = await receive(store, uploadOf(bytes), bytes);
      expect(outcome).toBe("stored");
      const place = { kind: "place-file", key, path: DAY_FILE, previewPath: null } as const;
      expect(await store.ask(place)).toEqual({ done: true });
      expect(readFileSync(join(folder, DAY_FILE)).equals(bytes)).toBe(true);
      expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
      for (const offset of [0, size >> 1, size, size + 1]) {
        const given = await readAll(store.give(DAY_FILE, offset));
        expect(given.equals(bytes.subarray(offset))).toBe(true);
      }
      expect(problems).toEqual([]);
    },
  );

  test("has a preview behind it, which is placed beside it; alone where the bytes are there already", async () => {
    const { folder, store } = openStore();
    const bytes = randomBytes(1000);
    const preview = randomBytes(300, 2);
    const upload = uploadOf(bytes, { preview: preview.length });
    for (const [path, previewPath] of [
      [DAY_FILE, PREVIEW],
      [DAY_FILE, "room/2026-12-01/.again.preview.webp"],
    ] as const) {
      const { key, outcome } = await receive(store, upload, Buffer.concat([bytes, preview]));
      expect(outcome).toBe("stored");
      await store.ask({ kind: "place-file", key, path, previewPath });
      expect(readFileSync(join(folder, previewPath)).equals(preview)).toBe(true);
    }
    expect(readFileSync(join(folder, DAY_FILE)).equals(bytes)).toBe(true);
    expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
    // Lost, or cut short: whoever sends the same again brings it back.
    for (const lose of [rmSync, (path: string) => truncateSync(path, 10)]) {
      lose(join(folder, DAY_FILE));
      const { key } = await receive(store, uploadOf(bytes), bytes);
      await store.ask({ kind: "place-file", key, path: DAY_FILE, previewPath: null });
      expect(readFileSync(join(folder, DAY_FILE)).equals(bytes)).toBe(true);
    }
    expect(
      await store.ask({ kind: "remove-files", paths: [DAY_FILE, PREVIEW, "no/such"] }),
    ).toEqual({
      done: true,
    });
    expect([existsSync(join(folder, DAY_FILE)), existsSync(join(folder, PREVIEW))]).toEqual([
      false,
      false,
    ]);
  });

  test("goes on where it broke off, and not beyond what was granted", async () => {
    const { store } = openStore();
    const bytes = randomBytes(SLOT_BYTES + 999);
    const upload = uploadOf(bytes);
    const key = await breakOff(store, upload, bytes.subarray(0, SLOT_BYTES + 5));
    const unfinished = { kind: "unfinished-file", ...upload } as const;
    expect(await store.ask(unfinished)).toEqual({ key, bytes: SLOT_BYTES + 5 });
    const { size, sha256 } = upload;
    expect(
      await store.ask({ kind: "unfinished-file", account: accountId("jun"), size, sha256 }),
    ).toEqual({ key: "", bytes: 0 });
    const offset = SLOT_BYTES;
    const again = await receive(store, { ...upload, offset }, bytes);
    expect(again).toEqual({ key, offset, outcome: "stored" });
    await store.ask({ kind: "drop-file", key });
    expect(await store.ask(unfinished)).toEqual({ key: "", bytes: 0 });
  });

  test("begins anew where nothing is kept of what was granted", async () => {
    const { store } = openStore();
    const bytes = randomBytes(1000);
    const file = store.receive(uploadOf(bytes, { offset: 500 }));
    expect([await file.opened, file.offset]).toEqual([true, 0]);
    file.close();
  });

  test("whose bytes aren't those of its hash is deleted", async () => {
    const { folder, store } = openStore();
    const bytes = randomBytes(1000);
    const wrong = Buffer.from(bytes);
    wrong[999] = (wrong[999] ?? 0) ^ 1;
    expect(await receive(store, uploadOf(bytes), wrong)).toMatchObject({ outcome: "wrong-hash" });
    expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
    // The same where the beginning that was kept is damaged.
    const key = await breakOff(store, uploadOf(bytes), bytes.subarray(0, 500));
    writeFileSync(join(folder, "unfinished", key), wrong.subarray(0, 499).fill(0));
    const again = await receive(store, uploadOf(bytes, { offset: 500 }), bytes);
    expect(again).toMatchObject({ outcome: "wrong-hash", offset: 499 });
    expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
  });

  test("that two connections send at the same time is two, until it is placed", async () => {
    const { folder, store } = openStore();
    const bytes = randomBytes(5000);
    const upload = uploadOf(bytes);
    const first = store.receive(upload);
    const second = await receive(store, upload, bytes);
    expect(await first.opened).toBe(true);
    expect(second).toEqual({ key: `${first.key}-2`, offset: 0, outcome: "stored" });
    // One that is whole is nobody's to go on with.
    const third = await receive(store, { ...upload, offset: 5000 }, bytes);
    expect(third).toMatchObject({ key: `${first.key}-3`, offset: 0 });
    first.write(bytes);
    expect(await first.finish()).toBe("stored");
    for (const key of [first.key, second.key, third.key]) {
      const path = `room/day/${key}`;
      expect(await store.ask({ kind: "place-file", key, path, previewPath: null })).toEqual({
        done: true,
      });
      expect(readFileSync(join(folder, path)).equals(bytes)).toBe(true);
    }
  });

  test("is kept with three others of its account, and no older one: they count in no quota", async () => {
    const { folder, store } = openStore();
    const other = uploadOf(randomBytes(9, 99), { account: accountId("jun") });
    const keys = [await breakOff(store, other, randomBytes(5))];
    for (let seed = 0; seed < 7; seed += 1) {
      const key = await breakOff(store, uploadOf(randomBytes(9, seed)), randomBytes(5));
      const time = new Date(1_000_000 + seed * 1000);
      utimesSync(join(folder, "unfinished", key), time, time);
      keys.push(key);
    }
    const kept = keys.filter((_, index) => index === 0 || index > 3);
    expect(readdirSync(join(folder, "unfinished")).sort()).toEqual(kept.sort());
  });

  test("that nobody went on with for an hour is deleted, and no other", async () => {
    const { folder, store } = openStore();
    const [old, young] = [randomBytes(100), randomBytes(200)];
    const oldKey = await breakOff(store, uploadOf(old), old.subarray(0, 50));
    const youngKey = await breakOff(store, uploadOf(young), young.subarray(0, 50));
    const now = Date.now();
    const agoSeconds = (now - HOUR_MS) / 1000;
    utimesSync(join(folder, "unfinished", oldKey), agoSeconds, agoSeconds);
    store.sweep(now);
    await store.ask({ kind: "file-space" });
    expect(readdirSync(join(folder, "unfinished"))).toEqual([youngKey]);
  });

  test("is never read or written outside of the folder", async () => {
    const { folder, store, problems } = openStore();
    writeFileSync(join(folder, "..", "outside.txt"), "secret");
    cleanUps.push(() => rmSync(join(folder, "..", "outside.txt")));
    for (const path of [
      "../outside.txt",
      "room/../../outside.txt",
      "/etc/passwd",
      "a//b",
      "a\\b",
    ]) {
      expect(await store.give(path, 0).opened).toBe("disk");
      const bytes = randomBytes(10);
      const { key } = await receive(store, uploadOf(bytes), bytes);
      const answer = await store.ask({ kind: "place-file", key, path, previewPath: null });
      expect(answer).toBeNull();
      await store.ask({ kind: "drop-file", key });
    }
    expect(await store.ask({ kind: "drop-file", key: "../outside.txt" })).toBeNull();
    expect(readFileSync(join(folder, "..", "outside.txt"), "utf8")).toBe("secret");
    // Each cause is told once a minute.
    const said = `A file in ${folder} cannot be stored or read: `;
    const causes = ["not a path below the folder of files", "no unfinished file"];
    expect(problems).toEqual(causes.map((cause) => `${said}${cause}.`));
  });

  test("that isn't there is missing, and costs no other file", async () => {
    const { store, problems } = openStore();
    const bytes = randomBytes(100);
    const file = store.receive(uploadOf(bytes));
    expect(await store.give("room/day/none", 0).opened).toBe("missing");
    expect(await file.opened).toBe(true);
    file.write(bytes);
    expect([await file.finish(), problems]).toEqual(["stored", []]);
  });
});

test.skipIf(process.platform !== "linux")(
  "the thread gives way to a server that itself gives way to others",
  async () => {
    const { folder } = openStore();
    const code = `
      import { getPriority } from "node:os";
      import { readdirSync } from "node:fs";
      import { FileStore } from ${JSON.stringify(FILE_STORE)};
      const store = new FileStore(${JSON.stringify(folder)}, console.error);
      const isSpace = (await store.ask({ kind: "file-space" })) !== null;
      const threads = readdirSync("/proc/self/task").map(Number);
      const is = threads.some((thread) => getPriority(thread) === Math.min(getPriority() + 5, 19));
      console.log(isSpace, is);
      process.exit();`;
    const child = Bun.spawn(["nice", "-n", "3", process.execPath, "-e", code], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const said = await Promise.all([child.stdout.text(), child.stderr.text()]);
    expect(said).toEqual(["true true\n", ""]);
  },
);

test("a folder that can't be written fails each file, and tells why", async () => {
  const { folder, store, problems } = openStore();
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");
  const file = store.receive(uploadOf(Buffer.from("a")));
  expect([await file.opened, await file.finish()]).toEqual([false, "disk"]);
  expect(await store.ask({ kind: "file-space" })).toBeNull();
  expect(problems[0]).toStartWith(`A file in ${folder} cannot be stored or read: `);
});

test("the room on the disk is told, and a store that was closed answers that it failed", async () => {
  const { store } = openStore();
  const { freeBytes } = (await store.ask({ kind: "file-space" })) as { freeBytes: number };
  expect(freeBytes).toBeGreaterThan(0);
  const file = store.receive(uploadOf(Buffer.from("a")));
  store.close();
  expect([await file.opened, await file.finish()]).toEqual([false, "disk"]);
});
