import { afterEach, expect, test } from "bun:test";
import {
  cpSync,
  fstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import type { RoomInvitation } from "../../lib/chat-server/users/room-invitations.ts";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import {
  openPeopleFile,
  type PeopleFileOptions,
} from "../../lib/file-manager/snapshot/people-file.ts";
import type { Nick } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "people-"));
  folders.push(folder);
  return join(folder, "people.journal");
}

function open(path: string, folded = 0, options: PeopleFileOptions = {}) {
  const opened = openPeopleFile(path, folded, options);
  if ("refused" in opened) throw new Error(opened.refused);
  return opened;
}

const minsu = accountId("민수");
const nick = (n: number): PersonChange => ({ kind: "nick", account: minsu, nick: `민수${n}` });
const nicks = (...ns: number[]): PersonChange[] => ns.map(nick);

const INVITATION: RoomInvitation = {
  by: {
    ...{
      nick: "jun" as Nick,
      user: "~jun",
      host: "guest.test",
      account: null,
      accountId: null,
      realname: "",
    },
    ...{ bot: false, oper: true },
  },
  time: 7,
  opens: true,
};

test("every kind of change is read back unchanged", () => {
  const changes: PersonChange[] = [
    { kind: "marked", account: minsu, conversation: "tea-1" as ConversationId, time: 5 },
    { kind: "nick", account: minsu, nick: "민수" },
    { kind: "blocked", account: minsu, mask: "*!*@x", on: false },
    { kind: "blocked", account: minsu, mask: "~a:jun", names: accountId("jun"), on: true },
    { kind: "blocked", account: minsu, mask: "~a:nobody", names: null, on: true },
    { kind: "seen", account: minsu, time: 5 },
    { kind: "audited", id: "a", time: 5, by: "민수", act: "kill", target: "jun", reason: "" },
    { kind: "modes", account: minsu, modes: "BRi" },
    { kind: "modes", account: minsu, modes: "" },
    { kind: "metadata", of: "tea-1", key: "color", value: null },
    { kind: "metadata", of: "민수", key: "avatar", value: "x" },
    { kind: "invited", account: minsu, room: "tea-1" as ConversationId, ...INVITATION },
    { kind: "preference", account: minsu, key: "highlight", value: "배포" },
    {
      ...{ kind: "preference", account: minsu, key: "level", value: null },
      conversation: "tea-1" as ConversationId,
    },
    { kind: "uninvited", account: minsu, room: "tea-1" as ConversationId },
    { kind: "forgotten", account: minsu },
  ];
  const path = newPath();
  const { file } = open(path);
  for (const change of changes) expect(file.append(change)).toBe(true);
  expect(open(path).changes).toEqual(changes);
  for (const wrong of [null, {}, { kind: "new" }, { kind: "marked", account: "민수", time: 1 }]) {
    writeFileSync(path, `${JSON.stringify({ n: 1, change: wrong })}\n`);
    expect(openPeopleFile(path, 0)).toEqual({
      refused: expect.stringContaining("is damaged at line 1."),
    });
  }
});

test("changes in the snapshot aren't read back, before and after the journal is folded", async () => {
  const path = newPath();
  const { file } = open(path);
  for (const change of nicks(1, 2)) file.append(change);
  const first = file.mark();
  file.append(nick(3));
  expect(open(path, first.number).changes).toEqual(nicks(3));
  expect(await file.fold(first)).toBe(true);
  expect(open(path, first.number).changes).toEqual(nicks(3));
  const second = file.mark();
  file.append(nick(4));
  const folding = file.fold(second);
  file.append(nick(5));
  expect(await folding).toBe(true);
  file.append(nick(6));
  expect(open(path, second.number).changes).toEqual(nicks(4, 5, 6));
  // A copy of the folder may have the older snapshot with the newer journal.
  expect(open(path, first.number).changes).toEqual(nicks(3, 4, 5, 6));
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(5);
  const third = file.mark();
  expect(await file.fold(third)).toBe(true);
  await file.close();
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
  const again = open(path, third.number);
  expect(again.changes).toEqual([]);
  again.file.append(nick(7));
  expect(open(path, third.number).changes).toEqual(nicks(7));
});

test("a long journal is folded in bounded pieces, whatever is appended meanwhile", async () => {
  const path = newPath();
  const longest: number[] = [];
  const disk: Disk = {
    ...DISK,
    write(fd, bytes, start) {
      longest.push(bytes.length);
      return DISK.write(fd, bytes, start);
    },
  };
  const { file } = open(path, 0, { disk });
  file.append(nick(1));
  await file.fold(file.mark());
  for (let n = 2; n <= 12_000; n += 1) file.append(nick(n));
  const folding = file.fold(file.mark());
  for (let n = 12_001; n <= 12_010; n += 1) {
    file.append(nick(n));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await folding).toBe(true);
  await file.close();
  expect(open(path).changes).toEqual(Array.from({ length: 12_009 }, (_, n) => nick(n + 2)));
  expect(Math.max(...longest)).toBeLessThanOrEqual(256 << 10);
});

test("a crash during a fold leaves the journal whole", async () => {
  const path = newPath();
  const { file } = open(path);
  for (const change of nicks(1, 2, 3)) file.append(change);
  writeFileSync(join(path, "..", ".people.journal.new"), '{"n":2,"cha');
  const copy = newPath();
  cpSync(path, copy);
  expect(open(copy, 2).changes).toEqual(nicks(3));
  await file.fold(file.mark());
  expect(await file.fold(file.mark())).toBe(true);
  expect(open(path).changes).toEqual([]);
});

test("with a full disk nothing is stored, an error is returned, and later changes are stored", async () => {
  let isFull = false;
  const disk: Disk = {
    ...DISK,
    write(fd, bytes, start) {
      if (!isFull) return DISK.write(fd, bytes, start);
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    },
  };
  const path = newPath();
  const problems: string[] = [];
  const { file } = open(path, 0, { disk, onProblem: (text) => problems.push(text) });
  file.append(nick(1));
  await file.fold(file.mark());
  file.append(nick(2));
  isFull = true;
  expect(file.append(nick(3))).toBe(false);
  expect(await file.fold(file.mark())).toBe(false);
  expect(problems).toEqual([`${path} cannot be written: the disk is full.`]);
  isFull = false;
  expect(file.append(nick(4))).toBe(true);
  expect(await file.sync()).toBe(true);
  expect(open(path).changes).toEqual(nicks(1, 2, 4));
  await file.close();
});

test("after a failed sync the journal is replaced by a copy, also during a fold", async () => {
  const path = newPath();
  // The journal, the journal again, its copy; then both.
  const refuses = [true, false, true];
  let copies = 0;
  let folded: Promise<boolean> | null = null;
  const disk: Disk = {
    ...DISK,
    async sync(fd) {
      if (refuses.shift() === true) throw Object.assign(new Error("io"), { code: "EIO" });
      await DISK.sync(fd);
      if (refuses.length > 0 || fstatSync(fd).ino === first) return;
      copies += 1;
      if (copies > 1) return;
      file.append(nick(3));
      folded = file.fold(file.mark());
    },
  };
  const { file } = open(path, 0, { disk });
  const first = statSync(path).ino;
  file.append(nick(1));
  await file.fold(file.mark());
  file.append(nick(2));
  expect([await file.sync(), await file.sync()]).toEqual([false, false]);
  expect(statSync(path).ino).toBe(first);
  expect(await file.sync()).toBe(true);
  const second = statSync(path).ino;
  expect(second).not.toBe(first);
  expect(open(path).changes).toEqual(nicks(1, 2, 3));
  expect(await (folded as Promise<boolean> | null)).toBe(true);
  expect(open(path).changes).toEqual(nicks(2, 3));
  file.append(nick(4));
  expect(await file.sync()).toBe(true);
  expect(open(path).changes).toEqual(nicks(2, 3, 4));
  await file.close();
  expect(readdirSync(join(path, ".."))).toEqual(["people.journal"]);
});

test("a damaged line is refused with its number and advice", () => {
  const path = newPath();
  writeFileSync(path, '{"n":1,"change":{"kind":"nick","account":"a","nick":"b"}}\nrubbish\n{}\n');
  expect(openPeopleFile(path, 0)).toEqual({
    refused: `${path} is damaged at line 2. Take the line out or put back a copy of the file, then start again; nothing was changed.`,
  });
});
