import { afterEach, expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sentFileOf } from "../../lib/chat-server/files/file-index.ts";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { eraseOffline } from "../../lib/file-manager/maintenance/erase-offline.ts";
import { readSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import { accountId } from "../account-ids.ts";
import { removeFolders, sentDataFolder } from "./sent-data-folder.ts";

/** `forget` of a stopped server takes the files of the messages along. */

afterEach(removeFolders);

test("the files of who is forgotten go, but for bytes that others' messages name", async () => {
  const { data, sent } = await sentDataFolder(["민수", "민수", "지원"]);
  const [a, b, c] = sent.map(({ file }) => file);
  if (a === undefined || b === undefined || c === undefined) throw new Error("none");
  const author = { account: accountId("민수"), since: 0 };
  expect(eraseOffline(data, author, "민수")).toMatchObject({ ok: true, count: 3 });
  const isThere = (path: string) => existsSync(join(data, "files", path));
  expect([a.path, b.path, previewPath(b), c.path].map(isThere)).toEqual([
    false,
    false,
    false,
    true,
  ]);
  const read = readSnapshot(join(data, "rooms.json"));
  if ("refused" in read) throw new Error(read.refused);
  expect(read.snapshot.files?.map(({ file }) => file.name)).toEqual(["c.jsonl"]);
  expect(readFileSync(join(data, "history/tea-1/2026-11-22.jsonl"), "utf8")).not.toContain("a.txt");
});

test("bytes that somebody else has sent as well stay", async () => {
  const { data, sent, script } = await sentDataFolder(["민수", "지원", "지원"]);
  const [first] = sent;
  if (first === undefined) throw new Error("none");
  const { file } = first;
  const again = { ...file, id: "again00000000000", preview: 3 };
  const said = { kind: "said", verb: "PRIVMSG", text: "", tags: {}, file: again } as const;
  const path = join(data, "history/tea-1/2026-11-22.jsonl");
  appendFileSync(path, formatStoredEvent(script.next(said, "지원")));
  eraseOffline(data, { account: accountId("민수"), since: 0 }, "민수");
  expect(existsSync(join(data, "files", file.path))).toBe(true);
});

test("what a task that was broken off has left in rooms.json goes with the next one", async () => {
  const { data, sent } = await sentDataFolder(["민수", "민수", "민수"]);
  const author = { account: accountId("민수"), since: 0 };
  eraseOffline(data, author, "민수");
  const path = join(data, "rooms.json");
  const rooms = JSON.parse(readFileSync(path, "utf8"));
  const files = sent.flatMap((event) => sentFileOf(event) ?? []);
  writeFileSync(path, JSON.stringify({ ...rooms, files }));
  expect(eraseOffline(data, author, "민수").count).toBe(0);
  const after = readSnapshot(path);
  expect("refused" in after ? after.refused : after.snapshot.files).toEqual([]);
});
