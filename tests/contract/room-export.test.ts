import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import { exportAccount } from "../../lib/file-manager/export/account-export.ts";
import { exportRoom } from "../../lib/file-manager/export/room-export.ts";
import { openRoomLog } from "../../lib/file-manager/history/room-log.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { RoomName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { EventScript } from "./room-log-events.ts";

/** The owner's exports, of rooms that rooms.json doesn't have yet. */

const ACCOUNT = {
  id: accountId("민수"),
  name: "민수",
  hash: "h",
  createdAt: 1,
  owner: true,
  email: null,
};

let data: string;
let target: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "room-export-"));
  target = join(data, "tea.txt");
  const accounts = [{ ...ACCOUNT, certificates: [] }];
  const users = { format: 2, folded: 0, accounts, invitations: [], resting: [] };
  writeFileSync(join(data, "users.json"), JSON.stringify(users), { mode: 0o600 });
});
afterEach(() => rmSync(data, { recursive: true }));

async function store(events: readonly RoomEvent[]): Promise<void> {
  const log = openRoomLog(join(data, "history"));
  if ("refused" in log) throw new Error(log.refused);
  for (const event of events) log.append(event);
  await log.close();
}

function newRoom(): EventScript {
  const script = new EventScript();
  script.created();
  script.joined("민수");
  script.said("안녕하세요");
  return script;
}

test.each(["#tea", "#TEA", "tea"])(
  "a room since the last snapshot is exported as %s",
  async (room) => {
    await store(newRoom().events);
    const { lines } = await exportRoom(room, target, data);
    expect(lines).toEqual([`${target} has 1 line of #tea.`]);
    expect(readFileSync(target, "utf8")).toContain("<민수> 안녕하세요");
  },
);

test("a room that was renamed since is exported by its new name", async () => {
  const script = newRoom();
  script.next({ kind: "renamed", name: "#coffee" as RoomName, reason: "" });
  await store(script.events);
  expect((await exportRoom("#tea", target, data)).lines).toEqual(["There is no room #tea."]);
  expect((await exportRoom("#coffe", target, data)).lines).toEqual([
    "There is no room #coffe. Did you mean #coffee?",
  ]);
  expect((await exportRoom("#coffee", target, data)).ok).toBe(true);
});

test("an account's export names such a room", async () => {
  await store(newRoom().events);
  await exportAccount("민수", target, data, AccountStore.of);
  expect(readFileSync(target, "utf8")).toContain('"kind":"message","where":"#tea"');
});
