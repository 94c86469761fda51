import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { DayFile } from "../../lib/file-manager/history/day-file.ts";
import { backUp, restoreBackup } from "../../lib/file-manager/maintenance/backup.ts";
import { eraseOffline } from "../../lib/file-manager/maintenance/erase-offline.ts";
import { readSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { accountId } from "../account-ids.ts";
import { Life, openData, SeededWorld, signUp, type Voice } from "../crash/stage.ts";

/** Unreachable histories: they are moved to the archive, not read by a start, and shown to no user. */

const DAY_MS = 86_400_000;
const folders: string[] = [];
const lives: Life[] = [];
let world = new SeededWorld(48);
beforeEach(() => {
  world = new SeededWorld(48);
});
afterEach(async () => {
  for (const life of lives.splice(0)) await life.data.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function newFolder(...names: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "archive-"));
  folders.push(folder);
  const data = await openData(folder);
  for (const name of names) await signUp(data, name);
  await data.close();
  return folder;
}

async function begin(folder: string): Promise<Life> {
  const life = await Life.begin(folder, world);
  lives.push(life);
  return life;
}

async function end(life: Life): Promise<void> {
  await save(life);
  lives.splice(lives.indexOf(life), 1);
  await life.data.close();
}

async function save(life: Life): Promise<void> {
  await life.settled();
  await life.data.save(() => life.server.snapshot());
}

/** Something new happens, so that the next snapshot is another one. */
async function saveAgain(life: Life, mina: Voice): Promise<void> {
  mina.says("PRIVMSG mina :a note for myself");
  await save(life);
}

/** The rooms and pairs that have a folder in "history" or "gone". */
const names = (folder: string, where: "history" | "gone"): string[] => {
  const path = join(folder, "data", where);
  return existsSync(path) ? readdirSync(path).map((id) => id.split(".")[1] ?? "") : [];
};
const ignoreLines = () => {};

test("a room without members is archived one snapshot later, with all its messages", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", ignoreLines);
  mina.says("JOIN #tea", "PRIVMSG #tea :hello", "JOIN #lunch", "PRIVMSG #lunch :hungry");
  await save(life);
  mina.says("PART #tea");
  await save(life);
  expect(names(folder, "history").sort()).toEqual(["lunch", "tea"]);
  await saveAgain(life, mina);
  expect(names(folder, "history").sort()).toEqual(["lunch", "mina+mina"]);
  expect(names(folder, "gone")).toEqual(["tea"]);
  const [id = ""] = readdirSync(join(folder, "data/gone"));
  expect(readdirSync(join(folder, "data/gone", id))).toHaveLength(1);
  // A user founds a new room of that name.
  mina.says("JOIN #tea", "PRIVMSG #tea :hello again");
  await saveAgain(life, mina);
  expect(names(folder, "history").sort()).toEqual(["lunch", "mina+mina", "tea"]);
});

test("a closed room without messages leaves no files", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", ignoreLines);
  mina.says("JOIN #tea", "TOPIC #tea :empty", "PART #tea");
  await save(life);
  await saveAgain(life, mina);
  expect(names(folder, "history")).toEqual(["mina+mina"]);
  expect(names(folder, "gone")).toEqual([]);
});

test("a start doesn't read a closed room's history, whether or not it is archived", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", ignoreLines);
  mina.says("JOIN #tea", "PRIVMSG #tea :hello", "PART #tea");
  await end(life);
  expect(names(folder, "history")).toEqual(["tea"]);
  const opened = spyOn(DayFile, "open");
  try {
    const again = await begin(folder);
    expect(opened.mock.calls).toEqual([]);
    const voice = await again.enter("mina", "", ignoreLines);
    await saveAgain(again, voice);
    await end(again);
    expect(names(folder, "gone")).toEqual(["tea"]);
    opened.mockClear();
    await begin(folder);
    expect(opened.mock.calls.map(([path]) => path.includes("/room.tea."))).not.toContain(true);
  } finally {
    opened.mockRestore();
  }
});

test("a later account with a deleted account's name doesn't get its messages after a restart", async () => {
  const folder = await newFolder("mina", "jun");
  const life = await begin(folder);
  const jun = await life.enter("jun", "", ignoreLines);
  const mina = await life.enter("mina", "", ignoreLines);
  jun.says("PRIVMSG mina :a secret");
  mina.says("ACCOUNT CONFIRM :mina-password");
  await life.settled();
  mina.says("ACCOUNT DELETE");
  await life.settled();
  await signUp(life.data, "mina");
  await end(life);
  const again = await begin(folder);
  expect([...again.server.state.rooms.conversations()]).toEqual([]);
});

test("a history whose room the server doesn't know stays where it is", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", ignoreLines);
  mina.says("JOIN #tea", "PRIVMSG #tea :hello");
  await end(life);
  // As if rooms.json were of another server, and the first days had been deleted.
  rmSync(join(folder, "data/rooms.json"));
  const [id = ""] = readdirSync(join(folder, "data/history"));
  const [day = ""] = readdirSync(join(folder, "data/history", id));
  const path = join(folder, "data/history", id, day);
  await Bun.write(path, (await Bun.file(path).text()).split("\n").slice(2).join("\n"));
  const again = await begin(folder);
  const voice = await again.enter("mina", "", ignoreLines);
  for (let n = 0; n < 3; n += 1) await saveAgain(again, voice);
  expect(names(folder, "history").sort()).toEqual(["mina+mina", "tea"]);
});

test("archived days are deleted after the retention", async () => {
  const folder = await newFolder("mina");
  const gone = join(folder, "data/gone/room.tea.1");
  mkdirSync(gone, { recursive: true });
  for (const day of ["2026-01-01", "2026-01-02"]) await Bun.write(join(gone, `${day}.jsonl`), "");
  const life = await begin(folder);
  const since = Date.UTC(2026, 0, 2);
  await life.data.prune({ byDefault: since, byConversation: new Map() });
  expect(readdirSync(gone)).toEqual(["2026-01-02.jsonl"]);
  await life.data.prune({ byDefault: since + DAY_MS, byConversation: new Map() });
  expect(existsSync(gone)).toBe(false);
});

test("a backup has the archive, where its rooms.json expects it", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", ignoreLines);
  mina.says("JOIN #tea", "PRIVMSG #tea :hello", "PART #tea");
  mina.says("JOIN #lunch", "PRIVMSG #lunch :hungry");
  await save(life);
  await saveAgain(life, mina);
  // One room was archived before rooms.json was copied, the other after it.
  const id = readdirSync(join(folder, "data/history")).find((each) => each.includes("lunch")) ?? "";
  renameSync(join(folder, "data/history", id), join(folder, "data/gone", id));
  const places = { data: join(folder, "data"), certs: join(folder, "certs") };
  expect(await backUp(places, join(folder, "copy"), "now", AccountStore.of)).toMatchObject({
    files: expect.any(Number),
  });
  const back = { data: join(folder, "again/data"), certs: join(folder, "again/certs") };
  expect(restoreBackup(join(folder, "copy"), back)).toMatchObject({ files: expect.any(Number) });
  expect(names(join(folder, "again"), "gone")).toEqual(["tea"]);
  expect(names(join(folder, "again"), "history").sort()).toEqual(["lunch", "mina+mina"]);
  const read = readSnapshot(join(back.data, "rooms.json"));
  expect("refused" in read ? read.refused : read.snapshot.conversations).toHaveLength(2);
});

test("an erasure includes the archive", async () => {
  const folder = await newFolder("mina", "jun");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", ignoreLines);
  const jun = await life.enter("jun", "", ignoreLines);
  for (const voice of [mina, jun]) voice.says("JOIN #tea", "PRIVMSG #tea :hello", "JOIN #lunch");
  for (const voice of [mina, jun]) voice.says("PART #tea");
  await save(life);
  await saveAgain(life, mina);
  const [id = ""] = readdirSync(join(folder, "data/gone"));
  const [day = ""] = readdirSync(join(folder, "data/gone", id));
  const textCount = async () =>
    (await Bun.file(join(folder, "data/gone", id, day)).text()).match(/"text"/g)?.length ?? 0;
  expect(await textCount()).toBe(2);
  const author = { account: accountId("mina"), since: 0, upTo: 1e15 };
  const query = {
    kind: "erase-unreachable",
    who: author,
    except: new Set<ConversationId>(),
  } as const;
  expect(await life.data.answer(query)).toMatchObject({ done: true });
  expect(await textCount()).toBe(1);
  await end(life);
  expect(
    eraseOffline(join(folder, "data"), { account: accountId("jun"), since: 0 }, "jun").ok,
  ).toBe(true);
  expect(await textCount()).toBe(0);
});
