import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ConversationId, RoomEvent, StoredFile } from "../../lib/chat-server/event.ts";
import { sentFileOf } from "../../lib/chat-server/files/file-index.ts";
import { sweepFiles } from "../../lib/file-manager/files/sweep-files.ts";
import { usageByConversation } from "../../lib/file-manager/folder-facts.ts";
import { sentFilesIn, withSentFiles } from "../../lib/file-manager/history/sent-files.ts";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { readSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import { EventScript, TEA } from "./room-log-events.ts";

/** Files that people sent, as they lie in a data folder: what the histories say of them, and the sweep. */

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sent-files-"));
  folders.push(folder);
  return folder;
}

function writes(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function fileOf(name: string, fields: Partial<StoredFile> = {}): StoredFile {
  const id = name.replace(/\W/g, "").padEnd(16, "0");
  const path = `${TEA}/2026-11-22/${id}-${name}`;
  return { id, name, size: 4, sha256: "a".repeat(64), type: "text/plain", path, ...fields };
}

/** A data folder with messages that have files, and their bytes. */
function writtenFolder() {
  const data = newFolder();
  const script = new EventScript();
  script.created();
  const sent = [fileOf("a.txt"), fileOf("b.png", { preview: 3 }), fileOf("c.txt")].map((file) =>
    script.next({ kind: "said", verb: "PRIVMSG", text: "", tags: {}, file }),
  );
  script.said('no "file":{ at all');
  const lines = script.events.map((event) => formatStoredEvent(event));
  writes(join(data, "history", TEA, "2026-11-22.jsonl"), lines.join(""));
  for (const event of sent) {
    if (event.kind !== "said" || event.file === undefined) continue;
    writes(join(data, "files", event.file.path), "tea\n");
    if (event.file.preview !== undefined)
      writes(join(data, "files", previewPath(event.file)), "pre");
  }
  return { data, sent, files: sent.map((event: RoomEvent) => sentFileOf(event)) };
}

test("the histories tell which files there are, without those that were erased", () => {
  const { data, files } = writtenFolder();
  const folder = join(data, "history", TEA);
  expect([...sentFilesIn(folder, TEA)]).toEqual(files as never);
  const path = join(folder, "2026-11-22.jsonl");
  const lines = readFileSync(path, "utf8").split("\n");
  const erased = lines.map((line) =>
    line.includes("b.png")
      ? JSON.stringify({ ...JSON.parse(line), text: undefined, gone: true })
      : line,
  );
  writeFileSync(path, erased.join("\n"));
  expect([...sentFilesIn(folder, TEA)]).toEqual([files[0], files[2]] as never);
});

test("a snapshot of a version that knew no files gets those of its messages", () => {
  const { data, files } = writtenFolder();
  const entry = { id: TEA, at: 3, time: 5, saidAt: 5, createdAt: 1, pair: null, room: null };
  const content = { format: 2, peopleFolded: 0, conversations: [entry], people: [] };
  writeFileSync(join(data, "rooms.json"), JSON.stringify(content));
  const read = readSnapshot(join(data, "rooms.json"));
  if ("refused" in read) throw new Error(read.refused);
  expect(read.snapshot.files).toBeUndefined();
  // The third message came after the snapshot, and is replayed.
  expect(withSentFiles(data, read).snapshot.files).toEqual(files.slice(0, 2) as never);
  rmSync(join(data, "files"), { recursive: true });
  expect(withSentFiles(data, read)).toBe(read);
});

test("a path that leads out of the folder of files is none", () => {
  const { data } = writtenFolder();
  const path = join(data, "history", TEA, "2026-11-22.jsonl");
  const text = readFileSync(path, "utf8").replace(`${TEA}/2026-11-22/atxt`, "../../../etc/atxt");
  writeFileSync(path, text);
  const names = Array.from(sentFilesIn(dirname(path), TEA), ({ file }) => file.name);
  expect(names).toEqual(["b.png", "c.txt"]);
});

test("the sweep deletes what no message names, and nothing else", async () => {
  const { data, sent } = writtenFolder();
  const [, , third] = sent;
  const root = join(data, "files");
  const strange = "room.strange" as ConversationId;
  const orphans = [
    `${TEA}/2026-11-22/orphan0000000000-x.txt`,
    `${TEA}/2026-11-22/.orphan0000000000.preview.webp`,
    "room.gone/2026-11-21/gone000000000000-y.txt",
  ];
  for (const path of [...orphans, "unfinished/mina-1", `${strange}/2026-11-22/z.txt`]) {
    writes(join(root, path), "x");
  }
  // Its history is there, and rooms.json doesn't know it: the owner may put another rooms.json back.
  writes(join(data, "history", strange, "2026-11-22.jsonl"), "");
  const named = new Set(
    sent.flatMap((event) =>
      event.kind === "said" && event.file !== undefined && event !== third
        ? [event.file.path, previewPath(event.file)]
        : [],
    ),
  );
  const known = {
    isNamed: (path: string) => named.has(path),
    isConversation: (id: ConversationId) => id === TEA,
  };
  expect(await sweepFiles(data, known, 0)).toBe(0);
  expect(await sweepFiles(data, known, Number.POSITIVE_INFINITY)).toBe(orphans.length + 1);
  for (const path of orphans) expect(existsSync(join(root, path))).toBe(false);
  for (const path of named) {
    const isPreviewOfText = path.endsWith("webp") && !path.includes("bpng");
    if (!isPreviewOfText) expect(existsSync(join(root, path))).toBe(true);
  }
  expect(existsSync(join(root, "room.gone"))).toBe(false);
  expect(existsSync(join(root, "unfinished/mina-1"))).toBe(true);
  expect(existsSync(join(root, strange, "2026-11-22/z.txt"))).toBe(true);
});

test("a conversation's files count as its own on the disk", async () => {
  const { data } = writtenFolder();
  const history = readFileSync(join(data, "history", TEA, "2026-11-22.jsonl")).length;
  writes(join(data, "files/unfinished/x"), "12345");
  expect(await usageByConversation(data)).toEqual(new Map([[TEA, history + 3 * 4 + 3]]));
});
