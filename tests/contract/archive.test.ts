import { afterEach, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { DayFile } from "../../lib/file-manager/history/day-file.ts";
import { backUp, restoreBackup } from "../../lib/file-manager/maintenance/backup.ts";
import { eraseOffline } from "../../lib/file-manager/maintenance/erase-offline.ts";
import { readSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { AccountName } from "../../lib/protocol/names.ts";
import { Life, type Voice } from "../crash/stage.ts";

/** Histories that nobody can reach any more are out of the way of every start, and of nobody who comes later. */

const DAY_MS = 86_400_000;
const folders: string[] = [];
const lives: Life[] = [];
afterEach(async () => {
  for (const life of lives.splice(0)) await life.data.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function newFolder(...names: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "aside-"));
  folders.push(folder);
  const data = await openDataFolder(join(folder, "data"), {
    book: ({ accounts, invitations }) => new AccountStore(accounts, invitations),
    passwordCost: "test",
    history: true,
    onProblem: () => {},
  });
  if ("refused" in data) throw new Error(data.refused);
  for (const name of names) await signUp(data, name);
  await data.close();
  return folder;
}

async function signUp(data: Pick<Life["data"], "answer">, name: string): Promise<void> {
  const answer = await data.answer({ kind: "hash-password", password: `${name}-password` });
  const hash = "hash" in answer ? (answer.hash ?? "") : "";
  const rest = { hash, email: null, owner: false, time: 1 };
  const change = { kind: "signed-up", name: name as AccountName, ...rest } as const;
  await data.answer({ kind: "save-accounts", changes: [change] });
}

async function begin(folder: string): Promise<Life> {
  const life = await Life.begin(folder);
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
async function saveAgain(life: Life, voice: Voice): Promise<void> {
  voice.says("PRIVMSG mina :a note for myself");
  await save(life);
}

const names = (folder: string, what: "history" | "gone"): string[] => {
  const path = join(folder, "data", what);
  return existsSync(path) ? readdirSync(path).map((id) => id.split(".")[1] ?? "") : [];
};
const deaf = () => {};

test("a room that everybody has left is put aside one snapshot later, with all that was said in it", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", deaf);
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
  // Somebody founds another room of that name.
  mina.says("JOIN #tea", "PRIVMSG #tea :hello again");
  await saveAgain(life, mina);
  expect(names(folder, "history").sort()).toEqual(["lunch", "mina+mina", "tea"]);
});

test("a room in which nothing was said leaves nothing behind", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", deaf);
  mina.says("JOIN #tea", "TOPIC #tea :empty", "PART #tea");
  await save(life);
  await saveAgain(life, mina);
  expect(names(folder, "history")).toEqual(["mina+mina"]);
  expect(names(folder, "gone")).toEqual([]);
});

test("a start reads nothing of a room that was gone before, whether or not it was put aside by then", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", deaf);
  mina.says("JOIN #tea", "PRIVMSG #tea :hello", "PART #tea");
  await end(life);
  expect(names(folder, "history")).toEqual(["tea"]);
  const opened = spyOn(DayFile, "open");
  try {
    const again = await begin(folder);
    expect(opened.mock.calls).toEqual([]);
    const voice = await again.enter("mina", "", deaf);
    await saveAgain(again, voice);
    await end(again);
    expect(names(folder, "gone")).toEqual(["tea"]);
    opened.mockClear();
    await begin(folder);
    expect(opened.mock.calls.map(([path]) => path.includes("tea"))).not.toContain(true);
  } finally {
    opened.mockRestore();
  }
});

test("nobody who takes a deleted account's name finds its messages after a restart", async () => {
  const folder = await newFolder("mina", "jun");
  const life = await begin(folder);
  const jun = await life.enter("jun", "", deaf);
  const mina = await life.enter("mina", "", deaf);
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

test("a history of which nobody knows the room stays where it is", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", deaf);
  mina.says("JOIN #tea", "PRIVMSG #tea :hello");
  await end(life);
  // As if rooms.json were of another server, and the first days had been deleted.
  rmSync(join(folder, "data/rooms.json"));
  const [id = ""] = readdirSync(join(folder, "data/history"));
  const [day = ""] = readdirSync(join(folder, "data/history", id));
  const path = join(folder, "data/history", id, day);
  await Bun.write(path, (await Bun.file(path).text()).split("\n").slice(2).join("\n"));
  const again = await begin(folder);
  const voice = await again.enter("mina", "", deaf);
  for (let n = 0; n < 3; n += 1) await saveAgain(again, voice);
  expect(names(folder, "history").sort()).toEqual(["mina+mina", "tea"]);
});

test("what was put aside goes with its days, where days are kept for a time", async () => {
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

test("a backup has what was put aside, in the place in which its rooms.json looks for it", async () => {
  const folder = await newFolder("mina");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", deaf);
  mina.says("JOIN #tea", "PRIVMSG #tea :hello", "PART #tea");
  mina.says("JOIN #lunch", "PRIVMSG #lunch :hungry");
  await save(life);
  await saveAgain(life, mina);
  // The one was put aside before rooms.json was copied, the other after it.
  const id = readdirSync(join(folder, "data/history")).find((each) => each.includes("lunch")) ?? "";
  renameSync(join(folder, "data/history", id), join(folder, "data/gone", id));
  const places = { data: join(folder, "data"), certs: join(folder, "certs") };
  expect(backUp(places, join(folder, "copy"), "now")).toMatchObject({ files: expect.any(Number) });
  const back = { data: join(folder, "again/data"), certs: join(folder, "again/certs") };
  expect(restoreBackup(join(folder, "copy"), back)).toMatchObject({ files: expect.any(Number) });
  expect(names(join(folder, "again"), "gone")).toEqual(["tea"]);
  expect(names(join(folder, "again"), "history").sort()).toEqual(["lunch", "mina+mina"]);
  const read = readSnapshot(join(back.data, "rooms.json"));
  expect("refused" in read ? read.refused : read.snapshot.conversations).toHaveLength(2);
});

test("what somebody wants to be forgotten goes out of it as well", async () => {
  const folder = await newFolder("mina", "jun");
  const life = await begin(folder);
  const mina = await life.enter("mina", "", deaf);
  const jun = await life.enter("jun", "", deaf);
  for (const one of [mina, jun]) one.says("JOIN #tea", "PRIVMSG #tea :hello", "JOIN #lunch");
  for (const one of [mina, jun]) one.says("PART #tea");
  await save(life);
  await saveAgain(life, mina);
  const [id = ""] = readdirSync(join(folder, "data/gone"));
  const [day = ""] = readdirSync(join(folder, "data/gone", id));
  const said = async () =>
    (await Bun.file(join(folder, "data/gone", id, day)).text()).match(/"text"/g)?.length ?? 0;
  expect(await said()).toBe(2);
  const who = { account: "mina" as AccountName, since: 0, upTo: 1e15 };
  const query = { kind: "forget-elsewhere", who, except: new Set<ConversationId>() } as const;
  expect(await life.data.answer(query)).toMatchObject({ done: true });
  expect(await said()).toBe(1);
  await end(life);
  expect(eraseOffline(join(folder, "data"), "jun", 0).ok).toBe(true);
  expect(await said()).toBe(0);
});
