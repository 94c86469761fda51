import { afterEach, expect, spyOn, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import type { Snapshot } from "../../lib/chat-server/snapshot/snapshot.ts";
import { readSnapshot, writeSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import type { AccountName, Nick, RoomName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { EMPTY_SNAPSHOT } from "../scene.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "rooms-"));
  folders.push(folder);
  return join(folder, "rooms.json");
}

const minsu = accountId("민수");
const FULL: Snapshot = {
  conversations: [
    {
      id: "tea-1" as ConversationId,
      at: 12,
      time: 5000,
      saidAt: 11,
      createdAt: 1000,
      pair: null,
      room: {
        name: "#수다방" as RoomName,
        topic: { text: "오늘도", by: "민수", time: 4000 },
        modes: { n: "", l: "20" },
        lists: {
          b: [
            { mask: "*!*@bad", by: "민수", time: 3000 },
            {
              ...{ mask: "~m:~a:jun", account: accountId("jun"), by: "민수", time: 3000 },
              ...{ until: 9000, reason: "시끄러움" },
            },
          ],
          e: [{ mask: "~a:지원", account: accountId("지원"), by: "민수", time: 3000 }],
          I: [{ mask: "~a:nobody", account: null, by: "민수", time: 3000 }],
        },
        requests: [{ account: accountId("jun"), time: 4500 }],
        log: [
          {
            ...{ time: 3000, by: "민수", account: minsu },
            ...{ act: "mode", target: "+b", detail: "~m:~a:jun", until: 9000 },
          },
        ],
        closed: { by: "민수", time: 4900, reason: "" },
        members: [{ account: minsu, ranks: "qo", joinedAt: 2, joinedTime: 1500 }],
        metadata: { color: "blue" },
      },
    },
    {
      id: "dm-2" as ConversationId,
      at: 1,
      time: 1,
      saidAt: 0,
      createdAt: 1,
      pair: [minsu, accountId("지원")],
      room: null,
    },
  ],
  bans: [
    { of: "mask", target: "*!*@bad.example", by: "민수", time: 1, until: null, reason: "" },
    { of: "address", target: "192.0.2.0/24", by: "mina", time: 2, until: 90, reason: "spam" },
  ],
  files: [
    {
      ...{ conversation: "tea-1" as ConversationId, position: 9, time: 4100, msgid: "k3file" },
      by: {
        ...{ nick: "민수" as Nick, user: "u", host: "h", account: "민수" as AccountName },
        accountId: minsu,
      },
      file: {
        ...{ id: "k3fileabcdefghijkl", name: "회의록.txt", size: 5, sha256: "a".repeat(64) },
        ...{ type: "text/plain", path: "tea-1/2026-11-22/k3fileabcdefghijkl-회의록.txt" },
      },
      withheld: true,
    },
  ],
  reports: [
    {
      time: 7000,
      id: "k3abcd",
      by: { nick: "지원" as Nick, account: accountId("지원") },
      conversation: "tea-1" as ConversationId,
      room: "#tea" as RoomName,
      author: { nick: "guest" as Nick, account: null },
      msgid: "m1",
      sentAt: 6500,
      text: "광고\n광고",
      reason: "스팸",
    },
  ],
  people: [
    {
      account: minsu,
      nick: "민수" as Nick,
      realname: "",
      modes: "BR",
      markers: { "tea-1": 5000 },
      blocked: [{ mask: "*!*@spam" }, { mask: "~a:지원", account: accountId("지원") }],
      metadata: {},
      preferences: { "tea-1 level": "nothing", "* highlight": "배포" },
      invitations: [
        {
          room: "tea-1" as ConversationId,
          by: {
            ...{
              nick: "지원" as Nick,
              user: "u",
              host: "x.account",
              account: "지원" as AccountName,
              accountId: accountId("지원"),
            },
            ...{ realname: "", bot: false },
          },
          time: 6000,
          opens: false,
        },
      ],
    },
    {
      account: accountId("지원"),
      nick: "지원" as Nick,
      realname: "김지원",
      choseRealname: true,
      markers: {},
      blocked: [],
      metadata: {},
    },
  ],
};

test("a snapshot is read back unchanged, with the journal's number", async () => {
  const path = newPath();
  await writeSnapshot(path, FULL, 42);
  expect(readSnapshot(path)).toEqual({ snapshot: FULL, peopleFolded: 42, unreachable: [] });
  await writeSnapshot(path, EMPTY_SNAPSHOT, 43);
  expect(readSnapshot(path)).toEqual({
    snapshot: EMPTY_SNAPSHOT,
    peopleFolded: 43,
    unreachable: [],
  });
  expect(readdirSync(join(path, ".."))).toEqual(["rooms.json"]);
});

test("a missing file is an empty snapshot", () => {
  expect(readSnapshot(newPath())).toEqual({
    snapshot: EMPTY_SNAPSHOT,
    peopleFolded: 0,
    unreachable: [],
  });
});

test("each conversation and each person is one line", async () => {
  const path = newPath();
  await writeSnapshot(path, FULL, 1);
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.filter((line) => line.startsWith('{"id":'))).toHaveLength(2);
  expect(lines.filter((line) => line.startsWith('{"account":'))).toHaveLength(2);
});

test("a newer format is refused with the path and advice", () => {
  const path = newPath();
  writeFileSync(path, '{"format": 3, "rooms": []}');
  expect(readSnapshot(path)).toEqual({
    refused: `${path} was written by a newer version (format 3; this one knows 2). Start that version, or put back a copy made before it; nothing was changed.`,
  });
});

test("any damage is refused, with its place", async () => {
  const path = newPath();
  await writeSnapshot(path, FULL, 1);
  const text = readFileSync(path, "utf8");
  const refusal = (content: string): string => {
    writeFileSync(path, content);
    const read = readSnapshot(path);
    return "refused" in read ? read.refused : "";
  };
  expect(refusal(text.slice(0, -20))).toStartWith(`${path} is damaged: it is no JSON (`);
  expect(refusal("[]")).toContain('it has no "format": 2');
  expect(refusal(text.replace('"at":1,', '"at":"1",'))).toContain(
    'something is missing or wrong in number 2 of its "conversations"',
  );
  for (const [right, wrong] of [
    [`"pair":["${minsu}","${accountId("지원")}"]`, `"pair":["${minsu}"]`],
    ['"topic":{"text":"오늘도"', '"topic":{"txt":"오늘도"'],
    ['"modes":{"n":""', '"modes":{"n":1'],
    ['"ranks":"qo"', '"ranks":null'],
    ['"mask":"*!*@bad"', '"mask":""'],
    ['"markers":{"tea-1":5000}', '"markers":{"tea-1":"x"}'],
    ['"blocked":[{"mask":"*!*@spam"}', '"blocked":[{}'],
    ['"choseRealname":true', '"choseRealname":1'],
    ['"peopleFolded": 1', '"folded": 1'],
  ] as const) {
    expect(text).toContain(right);
    expect([right, refusal(text.replace(right, wrong))]).toEqual([
      right,
      expect.stringContaining("is damaged"),
    ]);
  }
});

test("a failed write leaves the old file unchanged", async () => {
  const path = newPath();
  await writeSnapshot(path, FULL, 1);
  const before = readFileSync(path, "utf8");
  const failing = {
    ...FULL,
    get people(): never {
      throw new Error("made to fail");
    },
  };
  await expect(writeSnapshot(path, failing, 2)).rejects.toThrow("made to fail");
  expect(readFileSync(path, "utf8")).toBe(before);
  expect(readdirSync(join(path, ".."))).toEqual(["rooms.json"]);
});

test("the gone list may contain only names of history folders", async () => {
  const path = newPath();
  await writeSnapshot(path, FULL, 1, ["lunch-3" as ConversationId]);
  const text = readFileSync(path, "utf8");
  expect(text).toContain('"lunch-3"');
  for (const wrong of ["../../home", "/etc", "..", ".ssh", "", "a/b"]) {
    writeFileSync(path, text.replace("lunch-3", wrong));
    expect([wrong, readSnapshot(path)]).toEqual([
      wrong,
      { refused: expect.stringContaining('"gone" is no list of names') },
    ]);
  }
});

test("conversations with files and without an entry are stored in the gone list and read back", async () => {
  const path = newPath();
  const there = ["tea-1", "lunch-3", "dm-2"] as ConversationId[];
  const gone = await writeSnapshot(path, FULL, 42, there);
  expect([...(gone ?? [])] as string[]).toEqual(["lunch-3"]);
  expect(readSnapshot(path)).toMatchObject({ unreachable: ["lunch-3"], snapshot: FULL });
});

test("a room of many members is written in small pieces, and read back unchanged", async () => {
  const [path, tea] = [newPath(), FULL.conversations[0]?.room];
  if (tea === undefined || tea === null) throw new Error("no room");
  const members = Array.from({ length: 5001 }, (_, n) => ({
    account: accountId(`user${n}`),
    ranks: "",
    joinedAt: n + 2,
    joinedTime: n,
    ...(n % 2 === 0 && { tally: { time: n, read: 1, named: { "2026-11-22": 2 } } }),
  }));
  const [first, ...rest] = FULL.conversations;
  if (first === undefined) throw new Error("no conversation");
  const large = { ...FULL, conversations: [{ ...first, room: { ...tea, members } }, ...rest] };
  const stringify = spyOn(JSON, "stringify");
  try {
    await writeSnapshot(path, large, 1);
    const longest = Math.max(...stringify.mock.results.map(({ value }) => `${value}`.length));
    expect(longest).toBeLessThan(128 << 10);
  } finally {
    stringify.mockRestore();
  }
  expect(readSnapshot(path)).toMatchObject({ snapshot: large });
  // Still a line for each conversation.
  expect(readFileSync(path, "utf8").match(/^\{"id"/gm)).toHaveLength(2);
});
