import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openUserFile } from "../../lib/file-manager/accounts/user-file.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import { MemberBook } from "../../lib/member-server/account-book.ts";
import type { AccountName } from "../../lib/protocol/names.ts";

/** The owner's `eraseMessages`: what an account said is taken out of the files of a server that is stopped. */

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
  const opened = openUserFile(data, MemberBook.of);
  if ("refused" in opened) throw new Error(opened.refused);
  const account = { name: name as AccountName, hash: "$argon2id$…", email: null, owner: false };
  expect(await opened.file.store([{ kind: "signed-up", ...account, time: MADE }])).toBe(true);
  await opened.file.close();
}

function forget(name: string) {
  const task = { name: "forget", words: [name], mend: false } as const;
  const world = { data, certs: data, book: MemberBook.of, now: Date.now };
  const never = () => {
    throw new Error("nothing new is made");
  };
  return runMaintenance(task, { ...world, newRoomId: never, newId: never });
}

test("what somebody else of that name said, before the account was made, stays", async () => {
  someoneSpoke();
  await signUp("mina");
  expect(await forget("Mina")).toEqual({
    said: ["1 message of Mina's was taken out, in 1 conversation."],
    ok: true,
  });
  expect(readFileSync(history(), "utf8")).toContain("theirs");
  expect(readFileSync(history(), "utf8")).not.toContain('"hers"');
});

test("a name that nobody has or had is refused", async () => {
  someoneSpoke();
  await signUp("mina");
  expect(await forget("zz")).toEqual({
    said: ["There is no account zz, and nothing that one of that name said."],
    ok: false,
  });
});

test("an account that has said nothing is no mistake", async () => {
  someoneSpoke();
  await signUp("jun");
  expect(await forget("jun")).toEqual({ said: ["Nothing that jun said is kept."], ok: true });
});

test("of an account that is gone all goes", async () => {
  someoneSpoke();
  expect((await forget("mina")).said[0]).toStartWith("2 messages");
  expect(readFileSync(history(), "utf8")).not.toContain('"text"');
});
