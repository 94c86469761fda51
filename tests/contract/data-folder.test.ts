import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationSource } from "../../lib/chat-server/snapshot/snapshot.ts";
import { type DataFolder, openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import type { AccountChange } from "../../lib/member-server/account.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { AccountName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { EventScript, TEA } from "./room-log-events.ts";

let folder: string;
let problems: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "data-"));
  problems = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function open(
  disk: Disk = DISK,
  waitAfterRefusal: () => Promise<void> = async () => {},
): Promise<DataFolder> {
  const data = await openDataFolder(folder, {
    makeStore: AccountStore.of,
    passwordCost: "test",
    history: true,
    onProblem: (text) => problems.push(text),
    ...{ disk, waitAfterRefusal },
  });
  if ("refused" in data) throw new Error(data.refused);
  return data;
}

test("syncUntilSafe waits until a sync succeeds", async () => {
  let refusals = 0;
  const disk: Disk = {
    ...DISK,
    async sync(fd) {
      if (refusals > 0) {
        refusals -= 1;
        throw Object.assign(new Error("no"), { code: "EIO" });
      }
      await DISK.sync(fd);
    },
  };
  const refusalsLeft: number[] = [];
  const data = await open(disk, async () => void refusalsLeft.push(refusals));
  refusals = 2;
  expect(data.append(new EventScript().created())).toBe(true);
  await data.syncUntilSafe();
  expect(refusalsLeft).toEqual([1, 0]);
  const path = join(folder, "history", TEA, "2026-11-22.jsonl");
  expect(problems).toEqual([
    `${path} may not be safe on disk: the disk reported an error.`,
    `${path} is safe on disk again.`,
  ]);
  await data.close();
});

test("the folder is dirty until a sync has succeeded, also during the sync", async () => {
  let refuses = true;
  const disk: Disk = {
    ...DISK,
    async sync(fd) {
      expect(data.isDirty).toBe(true);
      if (refuses) throw Object.assign(new Error("no"), { code: "EIO" });
      await DISK.sync(fd);
    },
  };
  const data = await open(disk);
  const talk = new EventScript();
  expect(data.isDirty).toBe(false);
  data.append(talk.created());
  expect(await data.sync()).toBe(false);
  expect(data.isDirty).toBe(true);
  refuses = false;
  const done = data.sync();
  data.append(talk.said("meanwhile"));
  expect(await done).toBe(true);
  expect(data.isDirty).toBe(true);
  expect(await data.sync()).toBe(true);
  expect(data.isDirty).toBe(false);
  await data.close();
});

test("a conversation's folder that is moved before its names are synced doesn't fail later syncs", async () => {
  const data = await open();
  expect(data.append(new EventScript().created())).toBe(true);
  renameSync(join(folder, "history", TEA), join(folder, "set-aside"));
  await data.syncUntilSafe();
  expect(problems).toEqual([]);
  await data.close();
});

test("a redaction while rooms.json is written is applied before the new file counts", async () => {
  const data = await open();
  const talk = new EventScript();
  const [created, said] = [talk.created(), talk.said("secret")];
  for (const event of [created, said]) data.append(event);
  const redacted = talk.redacted(said);
  const amid = function* (): Generator<ConversationSource> {
    data.append(redacted);
    // Behind the place that this entry has no start would look for it.
    yield { id: TEA, at: redacted.position, room: null } as ConversationSource;
  };
  const source = () => ({ conversations: amid(), people: [], bans: [] });
  await data.save(source);
  expect(existsSync(join(folder, "rooms.json"))).toBe(false);
  expect(await data.answer({ kind: "rewrite", event: redacted })).toMatchObject({ done: true });
  await data.save(() => ({ conversations: [], people: [], bans: [] }));
  expect(existsSync(join(folder, "rooms.json"))).toBe(true);
  await data.close();
});

test("what a crash left to erase is erased by the next save, though nothing else happens", async () => {
  const crashed = await open();
  const talk = new EventScript();
  const [created, said] = [talk.created(), talk.said("secret")];
  for (const event of [created, said, talk.redacted(said)]) crashed.append(event);
  crashed.appendPerson({ kind: "metadata", of: accountId("mina"), key: "about", value: "secret" });
  crashed.appendPerson({ kind: "metadata", of: accountId("mina"), key: "about", value: null });
  // Closed without a save, and before anybody asked for the rewrite: a crash does no more.
  await crashed.close();
  const data = await open();
  const source = () => ({ conversations: [], people: [], bans: [] });
  for (let count = 0; count < 2; count += 1) await data.save(source);
  await data.close();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.json/.test(path) || path.endsWith(".journal"))
    .map((path) => readFileSync(join(folder, path), "utf8"));
  expect(files.length).toBeGreaterThan(3);
  expect(files.join("\n")).not.toContain("secret");
});

test("what a crash left beside the files is gone after the start, and a refused folder stays as it is", async () => {
  const left = [".users.json.new", ".people.journal.new", ".rooms.json.new", ".users.journal.new"];
  for (const name of [...left, ".notes.new"]) writeFileSync(join(folder, name), "secret");
  writeFileSync(join(folder, "rooms.json"), '{"format": 99}');
  await expect(open()).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(left));
  rmSync(join(folder, "rooms.json"));
  const data = await open();
  await data.close();
  expect(readdirSync(folder).filter((name) => name.endsWith(".new"))).toEqual([".notes.new"]);
});

test("what was deleted is out of both journals after two saves, though nothing else happens", async () => {
  const data = await open();
  const journals = (): string =>
    ["people.journal", "users.journal", "users.json", "rooms.json"]
      .map((name) => join(folder, name))
      .map((path) => (existsSync(path) ? readFileSync(path, "utf8") : ""))
      .join("\n");
  const source = () => ({ conversations: [], people: [], bans: [] });
  const store = (...changes: AccountChange[]) => data.answer({ kind: "save-accounts", changes });
  const name = "mina" as AccountName;
  const id = accountId("mina");
  const secrets = { hash: "secret hash", email: "secret@example.org" };
  await store({ kind: "signed-up", id, name, ...secrets, owner: false, time: 1 });
  const certificate = { fingerprint: "secretfp", label: "secret phone", addedAt: 1 };
  await store({ kind: "certificate-added", id, certificate });
  const metadata = { kind: "metadata", of: id, key: "about" } as const;
  expect(data.appendPerson({ ...metadata, value: "secret text" })).toBe(true);
  await data.save(source);
  expect(journals()).toContain("secret text");
  expect(journals()).toContain("secret@example.org");

  data.appendPerson({ ...metadata, value: null });
  await store({ kind: "email", id, email: null });
  await store({ kind: "certificate-removed", id, fingerprint: "secretfp" });
  await store({ kind: "deleted", id, time: 2 });
  await data.save(source);
  await data.save(source);
  expect(journals()).not.toContain("secret");
  await data.close();
  // And nothing is lost: the folder opens as it was.
  const again = await open();
  expect(again.accountRecords.accounts).toEqual([]);
  await again.close();
});

test("a save writes nothing when nothing was changed or deleted", async () => {
  const data = await open();
  let [snapshots, fileCount] = [0, 0];
  const entries = function* (): Generator<never> {
    snapshots += 1;
    yield* [];
  };
  const source = () => ({ conversations: entries(), people: [], bans: [], fileCount });
  data.appendPerson({ kind: "nick", account: accountId("mina"), nick: "mina" });
  for (let count = 0; count < 5; count += 1) await data.save(source);
  expect(snapshots).toBe(2);
  // Files become too old without an event.
  fileCount = 7;
  for (let count = 0; count < 5; count += 1) await data.save(source);
  expect(snapshots).toBe(3);
  await data.close();
});
