import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QueryAnswers } from "../../lib/chat-server/server-ports.ts";
import { openUserFile } from "../../lib/file-manager/accounts/user-file.ts";
import { openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { AccountName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";

/** Erasing an account's messages from the files of a stopped server. */

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "forget-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const MADE = Date.parse("2026-11-22T12:00:00.000Z");
function history(): string {
  return join(data, "history", "room.tea.abc", "2026-11-22.jsonl");
}

/** Two messages of one name: an hour before the account was made, and an hour after. */
function someoneSpoke(): void {
  mkdirSync(join(data, "history", "room.tea.abc"), { recursive: true });
  const line = (at: number, time: string, text: string) =>
    `{"at":${at},"time":"${time}","msgid":"m${at}","kind":"said","by":{"nick":"mina","account":"mina"},"text":"${text}"}\n`;
  const lines = [
    line(1, "2026-11-22T11:00:00.000Z", "theirs"),
    line(2, "2026-11-22T13:00:00.000Z", "hers"),
  ];
  writeFileSync(history(), lines.join(""));
}

async function signUp(name: string): Promise<void> {
  const opened = openUserFile(data, AccountStore.of);
  if ("refused" in opened) throw new Error(opened.refused);
  const id = accountId(name);
  const account = { id, name: name as AccountName, hash: "$argon2id$…", email: null, owner: false };
  // An account of the time before ids, as an upgrade leaves it.
  const legacyName = account.name;
  const change = { kind: "signed-up", ...account, legacyName, time: MADE } as const;
  expect(await opened.file.store([change])).toBe(true);
  await opened.file.close();
}

function forget(name: string) {
  const task = { name: "forget", words: [name], mend: false } as const;
  const world = { data, certs: data, makeStore: AccountStore.of, now: () => MADE, user: "owner" };
  const newRoomId = () => {
    throw new Error("no room is made");
  };
  return runMaintenance(task, { ...world, newRoomId, newId: () => "act1" });
}

test("messages of an earlier account of that name stay", async () => {
  someoneSpoke();
  await signUp("mina");
  expect(await forget("Mina")).toEqual({
    lines: ["1 message of mina was erased, in 1 conversation."],
    ok: true,
  });
  expect(readFileSync(history(), "utf8")).toContain("theirs");
  expect(readFileSync(history(), "utf8")).not.toContain('"hers"');
});

test("a name without an account and without messages is refused", async () => {
  someoneSpoke();
  await signUp("mina");
  expect(await forget("zz")).toEqual({
    lines: ["There is no account zz, and no messages of one with that name."],
    ok: false,
  });
});

test("an account without messages is no error", async () => {
  someoneSpoke();
  await signUp("jun");
  expect(await forget("jun")).toEqual({ lines: ["There are no messages of jun."], ok: true });
});

test("all messages of a deleted account are erased", async () => {
  someoneSpoke();
  expect((await forget("mina")).lines[0]).toStartWith("2 messages");
  expect(readFileSync(history(), "utf8")).not.toContain('"text"');
});

test("an erasure is in the audit file after the next start, and one that found nobody isn't", async () => {
  someoneSpoke();
  await signUp("mina");
  await forget("mina");
  await forget("nobody");
  const options = { makeStore: AccountStore.of, passwordCost: "test", history: true } as const;
  const opened = await openDataFolder(data, { ...options, onProblem: () => {} });
  if ("refused" in opened) throw new Error(opened.refused);
  const { entries } = (await opened.answer({ kind: "audit", limit: 5 })) as QueryAnswers["audit"];
  expect(entries).toEqual([
    { id: "act1", time: MADE, by: "console:owner", act: "forget", target: "mina", reason: "" },
  ]);
  await opened.close();
});
