import { afterEach, expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Upload } from "../../lib/chat-server/files/file-queries.ts";
import { FileStore } from "../../lib/file-manager/files/file-store.ts";
import { accountId } from "../account-ids.ts";
import { Prng } from "../prng.ts";

/** Folders of files with their real thread, and files for them. */

/** What is called after each test, the last one first. */
export const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

export const DAY_FILE = "room/2026-11-30/id-report.pdf";
export const PREVIEW = "room/2026-11-30/.id.preview.webp";
export const HOUR_MS = 3_600_000;

/** Makes a folder of files. */
export function openStore() {
  const folder = mkdtempSync(join(tmpdir(), "files-"));
  const problems: string[] = [];
  const store = new FileStore(folder, (text) => problems.push(text));
  cleanUps.push(
    () => rmSync(folder, { recursive: true }),
    () => store.close(),
  );
  return { folder, store, problems };
}

/** Returns bytes by chance. */
export function randomBytes(length: number, seed = 1): Buffer {
  const prng = new Prng(seed);
  return Buffer.from(Array.from({ length }, () => prng.below(256)));
}

/** Returns an upload of mina with these bytes. */
export function uploadOf(bytes: Uint8Array, part: Partial<Upload> = {}): Upload {
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  return {
    ...{ account: accountId("mina"), sha256, size: bytes.length, preview: 0, offset: 0 },
    ...part,
  };
}

/** Stores a file whole. */
export async function receive(store: FileStore, upload: Upload, bytes: Uint8Array) {
  const file = store.receive(upload);
  expect(await file.opened).toBe(true);
  file.write(bytes.subarray(file.offset));
  return { key: file.key, offset: file.offset, outcome: await file.finish() };
}

/** Resolves when what a file was given is on disk, and it is closed. */
export async function breakOff(
  store: FileStore,
  upload: Upload,
  bytes: Uint8Array,
): Promise<string> {
  const file = store.receive(upload);
  expect(await file.opened).toBe(true);
  file.write(bytes);
  file.close();
  await store.ask({ kind: "file-space" });
  return file.key;
}
