import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import { AuditFile, isAuditFile } from "../../lib/file-manager/audit/audit-file.ts";
import { type DataFolder, openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import { backUp } from "../../lib/file-manager/maintenance/backup.ts";
import { examine } from "../../lib/file-manager/maintenance/doctor.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";

let folder: string;
let problems: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  problems = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, "audit.jsonl");
const lines = () => readFileSync(path(), "utf8").split("\n").slice(0, -1);
const onProblem = (text: string) => void problems.push(text);

function act(n: number): Extract<PersonChange, { kind: "audited" }> {
  const time = Date.UTC(2026, 10, 29, 18, 0, n);
  return { kind: "audited", id: `a${n}`, time, by: "mina", act: "kill", target: "jun", reason: "" };
}

async function open(disk: Disk = DISK): Promise<DataFolder> {
  const data = await openDataFolder(folder, {
    ...{ makeStore: AccountStore.of, passwordCost: "test", history: true, onProblem, disk },
  });
  if ("refused" in data) throw new Error(data.refused);
  return data;
}

async function newest(data: DataFolder, limit = 10): Promise<string[] | null> {
  const answer = await data.answer({ kind: "audit", limit });
  if (!("entries" in answer)) throw new Error("another answer");
  return answer.entries === null ? null : answer.entries.map(({ id }) => id);
}

test("an act is one line of JSON in a file for the server's user alone, which exists with the first one", async () => {
  const data = await open();
  expect(existsSync(path())).toBe(false);
  expect(await newest(data)).toEqual([]);
  data.appendPerson(act(1));
  data.appendPerson(act(2));
  expect(lines()).toEqual([
    '{"time":"2026-11-29T18:00:01.000Z","by":"mina","act":"kill","target":"jun","reason":"","id":"a1"}',
    '{"time":"2026-11-29T18:00:02.000Z","by":"mina","act":"kill","target":"jun","reason":"","id":"a2"}',
  ]);
  expect(statSync(path()).mode & 0o777).toBe(0o600);
  expect(await newest(data)).toEqual(["a1", "a2"]);
  expect(await newest(data, 1)).toEqual(["a2"]);
  await data.close();
  expect(examine(folder, AccountStore.of, Date.UTC(2026, 11, 1))).toEqual([]);
});

test("a terminal that shows the file obeys nothing in it, and every text is as it was", () => {
  const file = new AuditFile(folder, onProblem);
  const reason = "\u009b31m\u202e\u200b\u3164\x1b]0;x\x07 민수";
  const { kind: _, ...entry } = act(1);
  file.append({ ...entry, reason });
  expect(lines()[0]).not.toMatch(/[\p{C}\u3164]/u);
  expect(file.newest(1)).toMatchObject([{ reason }]);
});

test("an act that a crash kept out of the file comes from the journal, and no act comes twice", async () => {
  const data = await open();
  for (const n of [1, 2, 3]) data.appendPerson(act(n));
  await data.close();
  truncateSync(path(), (lines()[0]?.length ?? 0) + 20);
  const again = await open();
  expect(await newest(again)).toEqual(["a1", "a2", "a3"]);
  await again.close();
  const third = await open();
  expect(await newest(third)).toEqual(["a1", "a2", "a3"]);
  await third.close();
});

test("an act that the disk refuses is written later, and the journal carries it until then", async () => {
  let isFull = false;
  const disk: Disk = {
    ...DISK,
    write: (fd, bytes, start) => {
      // The journal's lines begin with their number.
      const isAudit = Buffer.from(bytes).toString().startsWith('{"time"');
      if (!isFull || !isAudit) return DISK.write(fd, bytes, start);
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    },
  };
  const data = await open(disk);
  isFull = true;
  expect(data.appendPerson(act(1))).toBe(true);
  expect(problems).toEqual([`${path()} cannot be written: the disk is full.`]);
  expect(await newest(data)).toEqual([]);
  expect(await data.sync()).toBe(false);
  isFull = false;
  expect(await data.sync()).toBe(true);
  expect(await newest(data)).toEqual(["a1"]);
  await data.close();
});

test("a line that an editor left without its end stays a line of its own, and lines that are no acts are left out", () => {
  writeFileSync(path(), '{"id":"x"}\nnot json');
  const file = new AuditFile(folder, onProblem);
  const { kind: _, ...entry } = act(1);
  file.append(entry);
  expect(lines()).toHaveLength(3);
  expect(file.newest(5)?.map(({ id }) => id)).toEqual(["a1"]);
});

test("a full file is put aside under its date and never removed", async () => {
  writeFileSync(path(), `${"x".repeat((16 << 20) - 100)}\n`);
  const file = new AuditFile(folder, onProblem);
  const { kind: _, ...entry } = act(1);
  file.append(entry);
  file.append(entry);
  await file.close();
  const names = readdirSync(folder).sort();
  expect(names).toEqual(["audit-2026-11-29T18-00-01-000Z.jsonl", "audit.jsonl"]);
  expect(names.every(isAuditFile)).toBe(true);
  expect(["audit.txt", "audit-.jsonl", "users.json"].some(isAuditFile)).toBe(false);
});

test("acts of a file that was just put aside are the newest all the same, and come no second time", async () => {
  writeFileSync(path(), `${"x".repeat((16 << 20) - 100)}\n`);
  const file = new AuditFile(folder, onProblem);
  for (const n of [1, 2, 3]) {
    const { kind: _, ...entry } = act(n);
    file.append(entry);
  }
  expect(lines()).toHaveLength(2);
  expect(file.newest(5)?.map(({ id }) => id)).toEqual(["a1", "a2", "a3"]);
  file.recover([act(1), act(2), act(3)]);
  expect(lines()).toHaveLength(2);
  await file.close();
});

test("a full file that can't be put aside grows on", async () => {
  writeFileSync(path(), `${"x".repeat((16 << 20) - 100)}\n`);
  mkdirSync(join(folder, "audit-2026-11-29T18-00-01-000Z.jsonl"));
  const file = new AuditFile(folder, onProblem);
  const { kind: _, ...entry } = act(1);
  for (let n = 0; n < 3; n += 1) file.append(entry);
  expect(lines()).toHaveLength(4);
  expect(await file.sync()).toBe(true);
  expect(problems).toEqual([]);
  await file.close();
});

test("an act after the file was moved or removed begins a new one", async () => {
  const file = new AuditFile(folder, onProblem);
  const entries = [1, 2, 3].map((n) => {
    const { kind: _, ...entry } = act(n);
    return entry;
  });
  for (const [index, entry] of entries.entries()) {
    file.append(entry);
    expect(lines()).toHaveLength(1);
    if (index === 0) renameSync(path(), join(folder, "audit.jsonl.1"));
    else rmSync(path());
  }
  await file.close();
  expect(readFileSync(join(folder, "audit.jsonl.1"), "utf8")).toContain('"a1"');
  expect(problems).toEqual([]);
});

test("a backup has the acts", async () => {
  const data = await open();
  await data.answer({ kind: "save-accounts", changes: [] });
  data.appendPerson(act(1));
  await data.close();
  if (!existsSync(join(folder, "users.json"))) appendFileSync(join(folder, "users.json"), "{}");
  const target = join(folder, "..", `${folder.split("/").at(-1)}-backup`);
  expect(
    await backUp({ data: folder, certs: join(folder, "none") }, target, "now", AccountStore.of),
  ).toHaveProperty("files");
  expect(readFileSync(join(target, "data", "audit.jsonl"), "utf8")).toContain('"a1"');
  rmSync(target, { recursive: true });
});
