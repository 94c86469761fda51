import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import { lockFolder } from "../../lib/file-manager/disk/lock.ts";
import { openFolderReader } from "../../lib/file-manager/folder-reader.ts";
import { readLoggedChanges } from "../../lib/file-manager/record-log/logged-changes.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { accountId } from "../account-ids.ts";
import { LoggedFolder } from "../contract/logged-folder.ts";
import { makeFolder, whoIs } from "./files-folder.ts";

/**
 * Measures what an upgrade costs the leader that comes, in ms of CPU: reading the folder beside the one that runs,
 * following what happens meanwhile in 500 rooms, and taking the folder over, which is a part of the pause that people
 * feel: `bun tests/bench/followed-folder.ts [ACCOUNTS [ROOMS [MESSAGES]]]`. One JSON line each goes to standard output.
 */

const [accounts = 100_000, rooms = 10_000, messages = 1_000_000] = process.argv
  .slice(2)
  .map(Number);
const NOON = Date.UTC(2026, 10, 22, 12);
const ROOMS_WITH_TALK = 500;
const PERSON_CHANGES = 3000;
const ACCOUNT_CHANGES = 300;

const folder = mkdtempSync(join(tmpdir(), "bench-followed-"));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main(): Promise<void> {
  const data = join(folder, "data");
  await makeFolder(data, { accounts, rooms, messages }, NOON);
  const leader = await measured("a start", () => LoggedFolder.open(folder));
  const options = { makeStore: AccountStore.of, passwordCost: "test", history: true } as const;
  const onProblem = (text: string): void => void process.stderr.write(`${text}\n`);
  const reader = await measured("reading the folder", () =>
    openFolderReader(data, { ...options, onProblem }),
  );
  if ("refused" in reader) throw new Error(reader.refused);
  talk(leader);
  await leader.stored;
  const logged = readLoggedChanges(data);
  if (logged === null || "refused" in logged) throw new Error("the log can't be read");
  await measured("following the log", () => reader.follow(logged.changes));
  await leader.close();
  const locked = await lockFolder(data);
  if (!("lock" in locked)) throw new Error("the folder is in use");
  const taken = await measured("taking the folder over", () => reader.promote(locked.lock));
  if ("refused" in taken) throw new Error(taken.refused);
  await measured("the first message of 500 other rooms", () => {
    for (let room = 0; room < ROOMS_WITH_TALK; room += 1) {
      if (!taken.append(messageIn(2 + ROOMS_WITH_TALK + room))) throw new Error("not stored");
    }
  });
  await taken.close();
}

function talk(leader: LoggedFolder): void {
  for (let room = 0; room < ROOMS_WITH_TALK; room += 1) {
    leader.turn({ kind: "event", event: messageIn(2 + room) });
  }
  const account = accountId("user1");
  for (let time = 1; time <= PERSON_CHANGES; time += 1) {
    leader.turn({ kind: "person", change: { kind: "seen", account, time } });
  }
  for (let time = 1; time <= ACCOUNT_CHANGES; time += 1) {
    const change = { kind: "address-known", id: account, hash: `hash${time}`, time } as const;
    leader.turn({ kind: "accounts", changes: [change] });
  }
}

/** The next message of a small room: `makeFolder` gives them 20 events. */
function messageIn(room: number): RoomEvent {
  const conversation = `room.r${room}.${room}` as ConversationId;
  const place = { conversation, position: 21, time: NOON + room, msgid: `m${room}` };
  return { ...place, by: whoIs("user1"), kind: "said", verb: "PRIVMSG", text: "hello", tags: {} };
}

async function measured<T>(what: string, run: () => T | Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  const row = { what, cpuMs: Math.round((user + system) / 1000) };
  process.stdout.write(`${JSON.stringify(row)}\n`);
  return result;
}
