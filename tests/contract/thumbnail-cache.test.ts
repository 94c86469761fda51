import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ThumbnailCache } from "../../lib/file-manager/client/pictures/thumbnail-cache.ts";

const HOME = { host: "chat.example.org", port: 6697 };
const OTHER = { host: "other.example.org", port: 6697 };
const NOW = (): number => Date.UTC(2026, 5, 1);
const ID = "k3".repeat(10);

function makeFolder(): string {
  return join(mkdtempSync(join(tmpdir(), "sodam-thumbnails-")), "thumbnails");
}

test("a thumbnail is read by another run, and only for the server that it is from", async () => {
  const folder = makeFolder();
  await new ThumbnailCache(folder, NOW).write(HOME, ID, Buffer.from("small"));
  const next = new ThumbnailCache(folder, NOW);
  expect(Buffer.from((await next.read(HOME, ID)) ?? "").toString()).toBe("small");
  expect(await next.read(OTHER, ID)).toBeNull();
  expect(statSync(join(folder, "chat.example.org_6697", ID)).mode & 0o777).toBe(0o600);
});

test("beyond its bound those go that were unseen longest", async () => {
  const folder = makeFolder();
  const cache = new ThumbnailCache(folder, NOW, 40_000);
  const ids = ["a", "b", "c", "d"].map((letter) => letter.repeat(16));
  for (const [index, id] of ids.slice(0, 3).entries()) {
    await cache.write(HOME, id, new Uint8Array(5000));
    const then = new Date(Date.UTC(2026, 0, 1 + index));
    utimesSync(join(folder, "chat.example.org_6697", id), then, then);
  }
  // Seen again, the first one is no longer the oldest.
  await cache.read(HOME, ids[0] ?? "");
  await cache.write(OTHER, ids[3] ?? "", new Uint8Array(9000));
  expect(readdirSync(join(folder, "chat.example.org_6697"))).toEqual([ids[0] ?? ""]);
  expect((await cache.read(OTHER, ids[3] ?? ""))?.length).toBe(9000);
});

test("where nothing can be written or read, there is just no thumbnail", async () => {
  const folder = makeFolder();
  writeFileSync(folder, "a file in its place");
  const cache = new ThumbnailCache(folder, NOW);
  await cache.write(HOME, ID, Buffer.from("small"));
  expect(await cache.read(HOME, ID)).toBeNull();
  await cache.forget(HOME);
});

test("a server that is forgotten leaves none, and a deleted one is gone", async () => {
  const folder = makeFolder();
  const cache = new ThumbnailCache(folder, NOW);
  await cache.write(HOME, ID, Buffer.from("small"));
  await cache.write(OTHER, ID, Buffer.from("small"));
  await cache.forget(HOME);
  expect(readdirSync(folder)).toEqual(["other.example.org_6697"]);
  await cache.drop(OTHER, ID);
  expect(await cache.read(OTHER, ID)).toBeNull();
  rmSync(folder, { recursive: true });
});

test("what is no file's id leads nowhere", () => {
  const cache = new ThumbnailCache(makeFolder(), NOW);
  expect(cache.write(HOME, "../../../known-servers", Buffer.from("x"))).rejects.toThrow();
});
