import { afterEach, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { sentFileOf } from "../../lib/chat-server/files/file-index.ts";
import { sweepFiles } from "../../lib/file-manager/files/sweep-files.ts";
import { usageByConversation } from "../../lib/file-manager/folder-facts.ts";
import { sentFilesIn, withSentFiles } from "../../lib/file-manager/history/sent-files.ts";
import { readSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import { TEA } from "./room-log-events.ts";
import { removeFolders, sentDataFolder, writes } from "./sent-data-folder.ts";

/** Files that people sent, as they lie in a data folder: what the histories say of them, and the sweep. */

afterEach(removeFolders);

test("the histories tell which files there are, without those that were erased", async () => {
  const { data, sent } = await sentDataFolder();
  const files = sent.map(sentFileOf);
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

test("a snapshot of a version that knew no files gets those of its messages", async () => {
  const { data, sent } = await sentDataFolder();
  const files = sent.map(sentFileOf);
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

test("a path that leads out of the folder of files is none", async () => {
  const { data } = await sentDataFolder();
  const path = join(data, "history", TEA, "2026-11-22.jsonl");
  const text = readFileSync(path, "utf8").replace(`${TEA}/2026-11-22/atxt`, "../../../etc/atxt");
  writeFileSync(path, text);
  const names = Array.from(sentFilesIn(dirname(path), TEA), ({ file }) => file.name);
  expect(names).toEqual(["b.png", "c.jsonl"]);
});

test("the sweep deletes what no message names, and nothing else", async () => {
  const { data, sent } = await sentDataFolder();
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
    sent.filter((event) => event !== third).flatMap(({ file }) => [file.path, previewPath(file)]),
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

test("the sweep of many files that are all named lets others have their turn", async () => {
  const { data } = await sentDataFolder();
  let [turns, isSwept] = [0, false];
  const count = (): void => {
    turns += 1;
    if (!isSwept) setImmediate(count);
  };
  setImmediate(count);
  const turnsAtFile: number[] = [];
  await sweepFiles(
    data,
    {
      isNamed() {
        const start = performance.now();
        while (performance.now() - start < 5);
        turnsAtFile.push(turns);
        return true;
      },
      isConversation: () => true,
    },
    Number.POSITIVE_INFINITY,
  );
  isSwept = true;
  expect(turnsAtFile).toHaveLength(4);
  expect(new Set(turnsAtFile).size).toBe(4);
});

test("a conversation's files count as its own on the disk", async () => {
  const { data } = await sentDataFolder();
  const history = readFileSync(join(data, "history", TEA, "2026-11-22.jsonl")).length;
  writes(join(data, "files/unfinished/x"), "12345");
  expect(await usageByConversation(data)).toEqual(
    new Map([[TEA, history + "a.txtb.pngc.jsonl".length + 3]]),
  );
});
