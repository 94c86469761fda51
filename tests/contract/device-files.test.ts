import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  FileSink,
  FileSource,
  FileTrouble,
  PreparedFile,
} from "../../lib/chat-client/files/file-ports.ts";
import { DeviceFiles } from "../../lib/file-manager/client/files/device-files.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";
import { sha256Of } from "../chat-client/raw-server.ts";
import { makePicture } from "../media-files.ts";

/** Files of this device: those that are sent, and the places for those that are fetched. */

const root = mkdtempSync(join(tmpdir(), "device-files-"));
let folder = "";
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function prepare(source: FileSource): Promise<PreparedFile | FileTrouble> {
  return new Promise((resolve) => {
    source.prepare(
      () => {},
      (outcome) => resolve("why" in outcome ? outcome.why : outcome),
    );
  });
}

async function readAll(source: FileSource): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let offset = 0; ; ) {
    const piece = await new Promise<Uint8Array>((resolve, reject) => {
      source.read(offset, (outcome) => ("why" in outcome ? reject(outcome.why) : resolve(outcome)));
    });
    if (piece.length === 0) return Buffer.concat(pieces);
    pieces.push(Buffer.from(piece));
    offset += piece.length;
  }
}

describe("a picture that is to be made smaller", () => {
  const SMALLER = { name: "photo.jpg", shrink: true };

  test("has no size before that: it may be larger than what can be sent", async () => {
    const source = new DeviceFiles().source(await makePicture(320, 200, "jpeg"), SMALLER);
    expect(source.size).toBe(0);
    expect(await prepare(source)).toMatchObject({ facts: { name: "photo.jpg", width: 320 } });
  });

  test("isn't sent where it can't be read: its place and camera would go with it", async () => {
    const damaged = (await makePicture(320, 200, "jpeg")).subarray(0, 200);
    expect(await prepare(new DeviceFiles().source(damaged, SMALLER))).toBe("not-shrunk");
    expect(
      await prepare(new DeviceFiles().source(damaged, { ...SMALLER, shrink: false })),
    ).toMatchObject({
      facts: { size: 200 },
    });
  });
});

describe("a file that is sent", () => {
  test("is read in pieces, and its hash is that of all of them", async () => {
    const path = join(folder, "큰 파일.bin");
    const bytes = Buffer.alloc(700_001, "ab c");
    writeFileSync(path, bytes);
    const source = new DeviceFiles().source(path, { name: "큰 파일.bin", shrink: false });
    expect(source.size).toBe(700_001);
    const prepared = await prepare(source);
    expect(prepared).toMatchObject({
      facts: { name: "큰 파일.bin", size: 700_001, sha256: sha256Of(bytes) },
      preview: null,
    });
    expect((await readAll(source)).equals(bytes)).toBe(true);
    source.close();
  });

  test("comes from a stream too, which leaves nothing behind", async () => {
    async function* stream() {
      yield "안녕";
      yield Buffer.from("하세요\n");
    }
    const source = new DeviceFiles().fromStream("a.log", stream(), 1000);
    expect(await prepare(source)).toMatchObject({ facts: { name: "a.log", size: 16 } });
    expect((await readAll(source)).toString()).toBe("안녕하세요\n");
    source.close();
    const long = new DeviceFiles().fromStream("a.log", stream(), 7);
    expect(await prepare(long)).toMatchObject({ facts: { size: 8 } });
    long.close();
  });

  test("says why it can't be read", async () => {
    const files = new DeviceFiles();
    const source = (path: string) => files.source(path, { name: "x", shrink: false });
    expect(await prepare(source(join(folder, "nowhere")))).toBe("no-file");
    expect(await prepare(source(folder))).toBe("is-folder");
    writeFileSync(join(folder, "nothing"), "");
    for (const empty of [
      source(join(folder, "nothing")),
      files.fromStream("x", (async function* () {})(), 9),
    ]) {
      expect(await prepare(empty)).toBe("empty");
      empty.close();
    }
    // Opening a pipe would wait for its writer.
    expect(Bun.spawnSync(["mkfifo", join(folder, "pipe")]).exitCode).toBe(0);
    expect(await prepare(source(join(folder, "pipe")))).toBe("no-plain-file");
    expect(await prepare(source("/dev/zero"))).toBe("no-plain-file");
  });
});

/** Opens a sink, and returns where it begins, or why it can't. */
function open(sink: FileSink, file: SharedFile): Promise<number | FileTrouble> {
  return new Promise((resolve) => {
    sink.open(file, { opened: resolve, failed: resolve, drained: () => {} });
  });
}

function finish(sink: FileSink): Promise<string | null> {
  return new Promise((resolve) => {
    sink.finish((outcome) => resolve("why" in outcome ? `(${outcome.why})` : outcome.path));
  });
}

function shared(name: string, text: string): SharedFile {
  const id = "k3k3k3k3k3k3k3k3";
  return { id, name, size: Buffer.byteLength(text), sha256: sha256Of(text), type: "text/plain" };
}

async function save(sink: FileSink, name: string, text: string): Promise<string | null> {
  await open(sink, shared(name, text));
  sink.write(Buffer.from(text));
  return finish(sink);
}

describe("a file that is fetched", () => {
  test("appears whole under its name, takes no other's, and can't be run", async () => {
    const files = new DeviceFiles();
    const downloads = join(folder, "new", "downloads");
    expect(await save(files.saveInto(downloads), "a.txt", "one")).toBe(join(downloads, "a.txt"));
    expect(await save(files.saveInto(downloads), "a.txt", "two")).toBe(
      join(downloads, "a (2).txt"),
    );
    expect(readdirSync(downloads).sort()).toEqual(["a (2).txt", "a.txt"]);
    expect(readFileSync(join(downloads, "a.txt"), "utf8")).toBe("one");
    expect(statSync(join(downloads, "a.txt")).mode & 0o111).toBe(0);
  });

  test("stays in its folder, whatever it is called", async () => {
    const files = new DeviceFiles();
    const names = ["../../evil.sh", "/etc/passwd", ".bashrc", "a\u001b[31m.txt", "한".repeat(120)];
    for (const name of names) {
      const path = (await save(files.saveInto(folder), name, name)) ?? "";
      expect(join(path, "..")).toBe(folder);
      expect(path).not.toContain("\u001b");
    }
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
    expect(readdirSync(folder)).toHaveLength(names.length);
  });

  test("goes on where an earlier attempt ended, and a damaged beginning is found out", async () => {
    const file = shared("a.txt", "0123456789");
    const first = new DeviceFiles().saveInto(folder);
    await open(first, file);
    first.write(Buffer.from("0123"));
    first.close(true);
    const [part = ""] = await untilThere(() =>
      readdirSync(folder).filter((name) => statSync(join(folder, name)).size === 4),
    );
    expect(part).toEndWith(".part");
    const second = new DeviceFiles().saveInto(folder);
    expect(await open(second, file)).toBe(4);
    second.write(Buffer.from("456789"));
    expect(await finish(second)).toBe(join(folder, "a.txt"));
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("0123456789");
    writeFileSync(join(folder, part), "xxxx");
    const third = new DeviceFiles().saveInto(folder);
    expect(await open(third, file)).toBe(4);
    third.write(Buffer.from("456789"));
    expect(await finish(third)).toBe("(wrong-bytes)");
    expect(await open(third, file)).toBe(0);
    third.close(false);
    await untilThere(() => (existsSync(join(folder, part)) ? [] : ["gone"]));
    expect(readdirSync(folder)).toEqual(["a.txt"]);
  });

  test("is fetched twice at once without one disturbing the other", async () => {
    const files = new DeviceFiles();
    const file = shared("a.txt", "0123456789");
    const sinks = [files.saveInto(folder), files.saveInto(folder)];
    for (const sink of sinks) await open(sink, file);
    for (const text of ["01234", "56789"]) {
      for (const sink of sinks) sink.write(Buffer.from(text));
    }
    const paths = await Promise.all(sinks.map(finish));
    expect(paths.sort()).toEqual([join(folder, "a (2).txt"), join(folder, "a.txt")]);
  });

  test("more than the buffers hold arrives in order, and the sink says when to wait", async () => {
    const sink = new DeviceFiles().saveInto(folder);
    const text = Buffer.alloc(9_000_000, "0123456789abcdef\n").toString();
    const file = shared("big.txt", text);
    let drain = (): void => {};
    await new Promise<void>((resolve) => {
      sink.open(file, { opened: () => resolve(), drained: () => drain(), failed: () => {} });
    });
    let waits = 0;
    for (let offset = 0; offset < file.size; offset += 300_000) {
      const { promise, resolve } = Promise.withResolvers<void>();
      drain = resolve;
      if (sink.write(Buffer.from(text.slice(offset, offset + 300_000)))) continue;
      waits += 1;
      await promise;
    }
    expect(waits).toBeGreaterThan(0);
    expect(await finish(sink)).toBe(join(folder, "big.txt"));
    expect(sha256Of(readFileSync(join(folder, "big.txt")))).toBe(file.sha256);
  });

  test("under a path of its own it replaces nothing unless it may", async () => {
    const files = new DeviceFiles();
    const path = join(folder, "out.txt");
    expect(await save(files.saveAs(path, false), "a.txt", "one")).toBe(path);
    expect(await open(files.saveAs(path, false), shared("a.txt", "two"))).toBe("exists");
    expect(await save(files.saveAs(path, true), "a.txt", "two")).toBe(path);
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(await open(files.saveAs(folder, true), shared("a.txt", "x"))).toBe("is-folder");
    const nowhere = join(folder, "nowhere", "x");
    expect(await open(files.saveAs(nowhere, false), shared("a.txt", "x"))).toBe("no-folder");
  });

  test("a link that somebody has put in its place leads nowhere", async () => {
    const outside = join(root, "outside");
    writeFileSync(outside, "mine");
    const file = shared("a.txt", "0123456789");
    symlinkSync(outside, join(folder, `a.txt.${file.sha256.slice(0, 8)}.part`));
    expect(await open(new DeviceFiles().saveInto(folder), file)).not.toBeNumber();
    expect(readFileSync(outside, "utf8")).toBe("mine");
  });
});

/** Waits until there is something: what a sink does after it was closed has no callback. */
async function untilThere(list: () => string[]): Promise<string[]> {
  for (;;) {
    const names = list();
    if (names.length > 0) return names;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
